"""What every HTTP door shares: bounded bodies, errors as JSON, bearer tokens."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bot.outreach.access import Actor
from bot.outreach.errors import Duplicate, Invalid, OutreachError
from bot.outreach.readiness import GuardReport, NotReady
from handlers import errors
from handlers.call import House

LONGEST_BODY_BYTES = 10 * 1024 * 1024
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


class TooLong(Exception):
    """The body is over the door's limit."""


class NeedsToken(Exception):
    """No bearer token, or one nobody knows."""


async def read_body(request: Request, longest_bytes: int) -> bytes:
    """The raw body, given up as soon as it is over the limit. Raises `TooLong`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest_bytes:
            raise TooLong
    return bytes(body)


def caller(house: House) -> Callable[..., Coroutine[Any, Any, Actor]]:
    """The dependency that turns a bearer token into one who acts. Raises `NeedsToken`."""

    async def known(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(Bearer)]) -> Actor:
        found = None
        if credentials is not None:
            found = await house.services.tokens.bearer(credentials.credentials, house.workspace.id)
        if found is None or found[0] != house.workspace.id:
            raise NeedsToken
        return found[1]

    return known


def limit_bodies(app: FastAPI) -> None:
    """Refuse bodies over 10 MB before anything parses them, by their stated length."""

    @app.middleware("http")
    async def bounded(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        stated = request.headers.get("content-length", "0")
        if not stated.isdigit() or int(stated) > LONGEST_BODY_BYTES:
            return JSONResponse({"error": "too_large", "message": "The body is over 10 MB."}, 413)
        return await go_on(request)


def add_error_answers(app: FastAPI) -> None:
    """Every failure of the JSON doors as JSON with `error` and `message`."""
    app.add_exception_handler(OutreachError, _refused)
    app.add_exception_handler(NeedsToken, _needs_token)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(Exception, _failed)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OutreachError)
    reference_id = errors.reference()
    errors.report(error, reference_id, path=request.url.path)
    kind = next(_NAMES[base.__name__] for base in type(error).__mro__ if base.__name__ in _NAMES)
    answer: dict[str, Any] = {"error": kind, "message": str(error), "reference": reference_id}
    if isinstance(error, NotReady):
        answer = {"error": "not_ready", **report_json(error.report), "message": str(error)}
    elif isinstance(error, Duplicate):
        answer |= {"error": "duplicate", "id": error.id}
    elif isinstance(error, Invalid) and error.field:
        answer["field"] = error.field
    return JSONResponse(answer, errors.status(error))


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


async def _needs_token(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse(
        {"error": "unauthorized", "message": "Send Authorization: Bearer <token>."},
        401,
        headers={"WWW-Authenticate": "Bearer"},
    )


async def _bad_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [
        {"field": ".".join(str(part) for part in problem["loc"][1:]), "message": problem["msg"]}
        for problem in error.errors()
    ]
    return JSONResponse({"error": "invalid", "message": "The request cannot be used.", "problems": problems}, 422)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    reference_id = errors.reference()
    errors.report(error, reference_id, path=request.url.path)
    return JSONResponse({"error": "internal", "message": errors.words(error, reference_id)}, 500)
