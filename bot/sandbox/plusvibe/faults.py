"""Faults on demand: the ways a call can go wrong, effect and answer apart."""

from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send


@dataclass
class Fault:
    """What happens to the next call of `path` (`*`: of any).

    status: answered instead. hang_seconds: the answer comes that late. drop_after_effect: the connection closes in
    the middle of the answer. garbage: HTML with status 200. refused: 200 whose `status` is not `success`.
    effect: whether the call does its work all the same. times: how many calls it spoils.
    """

    path: str
    status: int | None = None
    hang_seconds: float = 0.0
    drop_after_effect: bool = False
    garbage: bool = False
    refused: bool = False
    retry_after: str | None = None
    effect: bool = True
    times: int = 1


class CutResponse(Response):
    """Begins an answer and closes the connection before it is whole."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"status":"succ', "more_body": True})


def spoilt(fault: Fault) -> Response | None:
    """The answer given instead of the true one; None when the true one only comes late."""
    if fault.drop_after_effect:
        return CutResponse()
    if fault.garbage:
        return HTMLResponse("<!doctype html><title>PlusVibe</title><p>We will be right back.</p>")
    if fault.refused:
        return Response('{"status":"error","message":"something went wrong"}', media_type="application/json")
    if fault.status is not None:
        headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else None
        page = f"<!doctype html><h1>{fault.status}</h1><p>nginx</p>"
        return HTMLResponse(page, status_code=fault.status, headers=headers)
    return None
