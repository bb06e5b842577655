"""`GET` and `POST /unsubscribe/{token}`: looking changes nothing, only a POST unsubscribes (RFC 8058)."""

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from bot.services.opting_out import OptOut
from handlers.pages import masked, page
from handlers.web import InHouse

doors = APIRouter(tags=["unsubscribe"])  # no sign-in: the token names the mail and is hard to forge

LONGEST_BODY_BYTES = 64 * 1024
ONE_CLICK, PAGE = "one-click unsubscribe", "unsubscribe page"


@doors.get("/unsubscribe/{token}", response_class=HTMLResponse)
async def look(house: InHouse, token: str) -> HTMLResponse:
    """A page with a button; mail scanners fetch every link, so this changes nothing."""
    return _asked(await house.services.opting_out.look(house.workspace.id, token))


@doors.post("/unsubscribe/{token}", response_class=HTMLResponse, max_body_size=LONGEST_BODY_BYTES)
async def act(house: InHouse, token: str, request: Request) -> HTMLResponse:
    """Unsubscribe, by the page's button or by the mail program's one click; twice is as once."""
    how = ONE_CLICK if b"one-click" in (await request.body()).lower() else PAGE
    found = await house.services.opting_out.act(house.workspace.id, token, how)
    return _gone() if found is None else _done(found.email)


def _asked(found: OptOut | None) -> HTMLResponse:
    if found is None:
        return _gone()
    if found.is_out:
        return _done(found.email)
    return page(
        "Unsubscribe",
        f"<p>Stop all emails from us to <b>{escape(masked(found.email))}</b>?</p>"
        '<form method="post"><button>Unsubscribe</button></form>',
    )


def _done(email: str) -> HTMLResponse:
    return page("You are unsubscribed", f"<p>Nothing more is sent to <b>{escape(masked(email))}</b>.</p>")


def _gone() -> HTMLResponse:
    return page(
        "This link is not one of ours", "<p>It may have been cut. Reply to the email and ask to be removed.</p>"
    )
