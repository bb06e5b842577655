"""`GET` and `POST /unsubscribe/{token}`: looking changes nothing, only a POST unsubscribes (RFC 8058)."""

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from bot.services.opting_out import OptOut
from handlers.call import House

LONGEST_BODY_BYTES = 64 * 1024
ONE_CLICK, PAGE = "one-click unsubscribe", "unsubscribe page"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1d1c1d}"
    "main{max-width:30rem;margin:12vh auto;background:#fff;border-radius:12px;padding:2rem;box-shadow:0 1px 4px #0002}"
    "h1{font-size:1.3rem;margin:0 0 .5rem}button{font:inherit;border:0;border-radius:8px;padding:.7rem 1.4rem;"
    "background:#1f3a5f;color:#fff;cursor:pointer}p{margin:.5rem 0 1.2rem}"
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


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
    return _page(
        "Unsubscribe",
        f"<p>Stop all emails from us to <b>{escape(_masked(found.email))}</b>?</p>"
        '<form method="post"><button>Unsubscribe</button></form>',
    )


def _done(email: str) -> HTMLResponse:
    return _page("You are unsubscribed", f"<p>Nothing more is sent to <b>{escape(_masked(email))}</b>.</p>")


def _gone() -> HTMLResponse:
    return _page(
        "This link is not one of ours", "<p>It may have been cut. Reply to the email and ask to be removed.</p>"
    )


def _masked(email: str) -> str:
    """`j•••@acme.com`: a forwarded mail must not tell more than its reader knows."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _page(title: str, body: str) -> HTMLResponse:
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style>'
        f"<main><h1>{title}</h1>{body}</main></html>",
        headers=_HEADERS,
    )
