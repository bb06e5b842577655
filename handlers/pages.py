"""The few pages that people outside see, as plain as can be: no script, nothing from elsewhere."""

from html import escape

from fastapi.responses import HTMLResponse

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1d1c1d}"
    "main{max-width:30rem;margin:12vh auto;background:#fff;border-radius:12px;padding:2rem;box-shadow:0 1px 4px #0002}"
    "h1{font-size:1.3rem;margin:0 0 .5rem}button{font:inherit;border:0;border-radius:8px;padding:.7rem 1.4rem;"
    "background:#1f3a5f;color:#fff;cursor:pointer}p{margin:.5rem 0 1.2rem}li{margin:.3rem 0}"
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """A page. title: plain text; body: HTML whose outside texts are escaped."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style>'
        f"<main><h1>{escape(title)}</h1>{body}</main></html>",
        status,
        headers=_HEADERS,
    )


def masked(email: str) -> str:
    """`j•••@acme.com`: a forwarded mail must not tell more than its reader knows."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"
