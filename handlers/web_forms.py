"""`POST /forms/{key}`: what visitors send; `/forms/confirm/{token}`: they confirm it, by POST only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from bot.outreach.forms import HONEYPOT, PAGE, BadSubmission, TooOften, WebForm
from bot.services.submissions import Confirmation
from handlers.house import House
from handlers.pages import masked, page
from handlers.web import InHouse

doors = APIRouter(tags=["forms"])  # for visitors of other people's pages: no sign-in

LONGEST_BODY_BYTES = 32 * 1024
MOST_BOXES = 50
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NO_SUCH = "There is no such form. Copy its code again with `/outreach forms`."
RETIRED = "This form takes no more submissions."
NOT_HERE = "This form is not sent from here. Add the page's origin to the form with `/outreach forms`."
WRONG_KIND = f"Send {FORM} or {JSON}."
NOT_READ = "The body cannot be read. Send an object of texts, at most 50 of them."


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a form: what was sent (None: nothing that can be read), from where, and how to answer."""

    given: Mapping[str, str] | None
    kind: str
    origin: str
    address: str

    @property
    def wants_json(self) -> bool:
        """A page's script reads JSON; a plain form shows a page."""
        return self.kind == JSON


@doors.get("/forms/confirm/{token}", response_class=HTMLResponse)
async def look(house: InHouse, token: str) -> HTMLResponse:
    """A page with a button; mail scanners fetch every link, so this changes nothing."""
    return _asked(await house.services.submissions.look(house.workspace.id, token))


@doors.post("/forms/confirm/{token}", response_class=HTMLResponse, max_body_size=LONGEST_BODY_BYTES)
async def confirm(house: InHouse, token: str) -> HTMLResponse:
    """Confirm; twice is as once."""
    return _told(await house.services.submissions.confirm(house.workspace.id, token))


@doors.options("/forms/{key}")
async def preflight(house: InHouse, key: str, request: Request) -> Response:
    """Whether a page of that origin may send this form by script."""
    form, origin = await house.services.submissions.form(house.workspace.id, key), request.headers.get("origin", "")
    allowed = form is not None and form.allows(origin)
    return Response(status_code=204, headers=_cors(origin) if allowed else {})


@doors.post("/forms/{key}", max_body_size=LONGEST_BODY_BYTES)
async def submit(house: InHouse, key: str, request: Request) -> Response:
    """Take in what a visitor typed. A form-encoded request is answered with a page, JSON with JSON."""
    visit = await _visit(request)
    form = await house.services.submissions.form(house.workspace.id, key)
    if form is None:
        return _refusal(visit, 404, NO_SUCH)
    answer = await _taken(house, form, visit)
    if form.allows(visit.origin):
        answer.headers.update(_cors(visit.origin))
    return answer


async def _taken(house: House, form: WebForm, visit: Visit) -> Response:
    if not form.allows(visit.origin):
        return _refusal(visit, 403, NOT_HERE)
    if form.retired_at is not None:
        return _refusal(visit, 410, RETIRED)
    if visit.kind not in {JSON, FORM}:
        return _refusal(visit, 415, WRONG_KIND)
    if visit.given is None:
        return _refusal(visit, 400, NOT_READ)
    if visit.given.get(HONEYPOT, "").strip():
        return _thanks(form, visit)  # a program hears what a visitor would, and nothing is kept
    try:
        await house.services.submissions.submit(house.workspace.id, form, visit.given, visit.address)
    except BadSubmission as error:
        return _refusal(visit, 422, str(error), error.problems)
    except TooOften as error:
        answer = _refusal(visit, 429, str(error))
        answer.headers["Retry-After"] = str(int(error.retry_after.total_seconds()) + 1)
        return answer
    return _thanks(form, visit)


async def _visit(request: Request) -> Visit:
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    given = _json(body) if kind == JSON else _encoded(body) if kind == FORM else None
    if given is not None and not given.get(PAGE):
        given = {**given, PAGE: request.headers.get("referer", "")}
    address = request.client.host if request.client else ""
    return Visit(given, kind, request.headers.get("origin", ""), address)


def _json(body: bytes) -> dict[str, str] | None:
    """An object of texts; true counts as a ticked box. None for anything else."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or len(given) > MOST_BOXES:
        return None
    texts = {name: "yes" if value is True else value for name, value in given.items()}
    texts = {name: value for name, value in texts.items() if value is not None and value is not False}
    return texts if all(isinstance(value, str) for value in texts.values()) else None


def _encoded(body: bytes) -> dict[str, str] | None:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_BOXES, errors="strict"))
    except ValueError:
        return None


def _cors(origin: str) -> dict[str, str]:
    if not origin:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }


def _thanks(form: WebForm, visit: Visit) -> Response:
    """The same whether the address is new, known or suppressed: a form tells nobody who is here."""
    if visit.wants_json:
        return JSONResponse({"status": "ok", "confirm": form.double_opt_in})
    if form.thank_you_url:
        return RedirectResponse(form.thank_you_url, 303)
    more = " Look into your inbox: if you agreed to emails, one asks you to confirm." if form.double_opt_in else ""
    return page("Thank you", f"<p>We have what you sent.{more}</p>")


def _refusal(visit: Visit, status: int, words: str, problems: Mapping[str, str] | None = None) -> Response:
    if visit.wants_json:
        listed = [{"field": name, "message": said} for name, said in (problems or {}).items()]
        answer = {"error": HTTPStatus(status).phrase.lower().replace(" ", "_"), "message": words}
        return JSONResponse(answer | ({"problems": listed} if listed else {}), status)
    lines = "".join(f"<li>{escape(said)}</li>" for said in (problems or {}).values())
    shown = f"<ul>{lines}</ul><p>Go back and mend it.</p>" if lines else f"<p>{escape(words)}</p>"
    return page("This was not sent", shown, status)


def _asked(found: Confirmation | None) -> HTMLResponse:
    if found is None or found.is_late or found.is_confirmed:
        return _told(found)
    return page(
        "Please confirm",
        f"<p><b>{escape(masked(found.email))}</b></p><p>“{escape(found.form.wording)}”</p>"
        '<form method="post"><button>Confirm</button></form>',
    )


def _told(found: Confirmation | None) -> HTMLResponse:
    if found is None:
        return page("This link is not one of ours", "<p>It may have been cut. Open it from the email again.</p>", 404)
    if found.is_late:
        return page("This link is too old", "<p>Fill in the form once more, and a new one comes by email.</p>", 410)
    return page("Confirmed, thank you", f"<p>We have noted it for <b>{escape(masked(found.email))}</b>.</p>")
