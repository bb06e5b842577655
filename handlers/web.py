"""What every HTTP door shares: errors as JSON, strict JSON bodies, bearer tokens asked for before a body is read."""

import json
import math
from collections.abc import Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException

from bot.outreach.access import Actor
from bot.outreach.approvals import AlreadyDecided, StaleDraft
from bot.outreach.errors import Duplicate, Invalid, OutreachError
from bot.outreach.limits import OverLimit
from bot.outreach.readiness import GuardReport, NotReady
from handlers import errors
from handlers.house import House

LONGEST_BODY_BYTES = 10 * 1024 * 1024
MOST_PROBLEMS = 20
Bearer = HTTPBearer(auto_error=False, description="A token from `python -m bot token create`, or API_TOKEN")
_NAMES = {
    "Invalid": "invalid",
    "NotFound": "not_found",
    "NotAllowed": "forbidden",
    "Conflict": "conflict",
    "LimitReached": "limit_reached",
    "Unavailable": "unavailable",
    "NeedsToken": "unauthorized",
}


class NeedsToken(Exception):
    """No bearer token, or one nobody knows."""


class StrictRequest(Request):
    """A request whose JSON holds no NaN, no infinity, no number of thousands of digits and no endless nesting."""

    async def json(self) -> Any:
        try:
            return json.loads(await self.body(), parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("not JSON we take", "", 0) from error


async def house_of(request: Request) -> House:
    """Whose door it is. Routes are made once, however many applications a process has: making them is slow."""
    house: House = request.app.state.house
    return house


async def caller(request: Request) -> Actor:
    """The one who acts, as the door found them."""
    actor: Actor = request.state.actor
    return actor


InHouse = Annotated[House, Depends(house_of)]
Caller = Annotated[Actor, Depends(caller)]


class Door(APIRoute):
    """Opens to a known bearer token only, before a byte of the body is looked at."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            request.state.actor = await _bearer(await house_of(request), request)
            return await handle(StrictRequest(request.scope, request.receive))

        return guarded


def api_router(**settings: Any) -> APIRouter:
    """A router of such doors."""
    return APIRouter(route_class=Door, dependencies=[Depends(Bearer)], **settings)


async def _bearer(house: House, request: Request) -> Actor:
    scheme, text = get_authorization_scheme_param(request.headers.get("authorization"))
    known = text if scheme.lower() == "bearer" else ""
    found = await house.services.tokens.bearer(known, house.workspace.id) if known else None
    if found is None or found[0] != house.workspace.id:
        raise NeedsToken
    return found[1]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("too large a number")
    return number


def add_error_answers(app: FastAPI) -> None:
    """Every failure of the JSON doors as JSON with `error` and `message`."""
    app.add_exception_handler(OutreachError, _refused)
    app.add_exception_handler(NeedsToken, _needs_token)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _no_such_door)
    app.add_exception_handler(Exception, _failed)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OutreachError)
    reference_id = errors.reference()
    errors.report(error, reference_id, path=request.url.path)
    kind = next(_NAMES[base.__name__] for base in type(error).__mro__ if base.__name__ in _NAMES)
    answer: dict[str, Any] = {"error": kind, "message": str(error), "reference": reference_id}
    if isinstance(error, NotReady):
        answer = {"error": "not_ready", **report_json(error.report)}
    elif isinstance(error, StaleDraft):
        answer |= {"error": "stale", **stale_json(error)}
    elif isinstance(error, AlreadyDecided):
        answer |= {"error": "already_decided", "status": error.draft.state, "revision": error.draft.revision}
    elif isinstance(error, OverLimit):
        answer = {"error": kind, **limit_json(error)}
    elif isinstance(error, Duplicate):
        answer = {"error": "duplicate", "id": error.id}
    elif isinstance(error, Invalid) and error.field:
        answer["field"] = to_camel(error.field) if error.field.isidentifier() else error.field
    return JSONResponse(answer, errors.status(error))


def limit_json(error: OverLimit) -> dict[str, Any]:
    """What is used, of how much, until when, and whose limit it is: the site's day or the prospect's rest."""
    resets_at = error.resets_at.isoformat().replace("+00:00", "Z")
    return {"limit": error.limit, "used": error.used, "resets_at": resets_at, "scope": error.scope}


def report_json(report: GuardReport) -> dict[str, Any]:
    """The guard's report as the API words it."""
    return {
        "ready": [{"id": lead.id, "status": lead.status} for lead in report.ready],
        "notReady": [
            {"id": refusal.lead.id, "status": refusal.lead.status, "reason": refusal.reason}
            for refusal in report.not_ready
        ],
        "unreachable": [{"id": refusal.lead.id, "reason": refusal.reason} for refusal in report.unreachable],
    }


def stale_json(error: StaleDraft) -> dict[str, Any]:
    """The revision that stands, who wrote it, and what differs from the one that was seen."""
    changes = [
        {"step": change.step + 1, "part": change.part, "old": change.old, "new": change.new} for change in error.changes
    ]
    return {"revision": error.draft.revision, "editedBy": error.draft.edited_by, "changes": changes}


async def _needs_token(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse(
        {"error": "unauthorized", "message": "Send Authorization: Bearer <token>."},
        401,
        headers={"WWW-Authenticate": "Bearer"},
    )


async def _bad_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [{"field": _place(problem["loc"]), "message": problem["msg"]} for problem in error.errors()]
    answer = {"error": "invalid", "message": "The request cannot be used.", "field": problems[0]["field"]}
    return JSONResponse({**answer, "problems": problems[:MOST_PROBLEMS]}, 422)


def _place(parts: Sequence[str | int]) -> str:
    """Where in the body it is wrong. Names are the caller's, so they may hold halves of characters, or be endless."""
    return ".".join(str(part)[:80] for part in parts[1:]).encode("utf-8", "replace").decode()


async def _no_such_door(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    words = f"{phrase}." if error.detail == phrase else error.detail
    answer = {"error": phrase.lower().replace(" ", "_"), "message": words}
    return JSONResponse(answer, error.status_code, error.headers)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    reference_id = errors.reference()
    errors.report(error, reference_id, path=request.url.path)
    return JSONResponse({"error": "internal", "message": errors.words(error, reference_id)}, 500)
