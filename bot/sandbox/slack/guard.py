"""Only this machine's own pages may use the workspace: no other site by DNS rebinding, none by a forged POST."""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def only_from_here(request: Request) -> None:
    """A dependency that refuses with 403 a Host that is not this machine, and a write from another origin.

    A browser sends the Host of the name it was given, so a foreign name that resolves to 127.0.0.1 shows here. It
    always sends Origin with a cross-site POST; a client that is no browser sends none and is let through.
    """
    host = request.headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in _OWN_HOSTS:
        raise HTTPException(403, "The local workspace answers only under localhost or 127.0.0.1.")
    origin = request.headers.get("origin")
    if origin is not None and request.method not in ("GET", "HEAD") and urlsplit(origin).netloc != host:
        raise HTTPException(403, "A page of another origin may not act in the local workspace.")
