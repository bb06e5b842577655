"""`GET` and `POST /unsubscribe/{token}`: looking changes nothing, only a POST unsubscribes (RFC 8058)."""

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from bot.services.opting_out import OptOut
from handlers.call import House
from handlers.pages import masked, page

LONGEST_BODY_BYTES = 64 * 1024
ONE_CLICK, PAGE = "one-click unsubscribe", "unsubscribe page"


def opting_out(house: House) -> APIRouter:
    """The doors for whoever got a mail. They ask for no sign-in: the token names the mail and is hard to forge."""
    router = APIRouter(tags=["unsubscribe"])
    service = house.services.opting_out

    @router.get("/unsubscribe/{token}", response_class=HTMLResponse)
    async def look(token: str) -> HTMLResponse:
        """A page with a button; mail scanners fetch every link, so this changes nothing."""
        return _asked(await service.look(house.workspace.id, token))

    @router.post("/unsubscribe/{token}", response_class=HTMLResponse, max_body_size=LONGEST_BODY_BYTES)
    async def act(token: str, request: Request) -> HTMLResponse:
        """Unsubscribe, by the page's button or by the mail program's one click; twice is as once."""
        how = ONE_CLICK if b"one-click" in (await request.body()).lower() else PAGE
        found = await service.act(house.workspace.id, token, how)
        return _gone() if found is None else _done(found.email)

    return router


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
