"""Faults on demand: the ways a call of `mail/send` can go wrong, effect and answer apart."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.sandbox.plusvibe.faults import CutResponse

_SAID = {
    401: "The provided authorization grant is invalid, expired, or revoked",
    403: "access forbidden",
    429: "too many requests",
}
_IN_HTML = {413: "Request Entity Too Large", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` calls.

    status: answered instead; message: its words, where they are JSON. hang_seconds: the answer comes that late.
    drop_after_effect: the connection closes in the middle of the answer. reset_seconds: with 429, how long the limit
    lasts. effect: whether the mail is taken all the same.
    """

    status: int | None = None
    message: str = ""
    hang_seconds: float = 0.0
    drop_after_effect: bool = False
    reset_seconds: int = 1
    effect: bool = True
    times: int = 1


class Faults:
    """The faults that wait for their call, and the switch that lets every call answer 503."""

    def __init__(self) -> None:
        self.down = False
        self._waiting: list[Fault] = []

    def fail_next(
        self,
        *,
        status: int | None = None,
        message: str = "",
        hang_seconds: float = 0.0,
        drop_after_effect: bool = False,
        reset_seconds: int = 1,
        effect: bool | None = None,
        times: int = 1,
    ) -> None:
        """Spoil the next sends. A bare status takes no mail unless `effect` says so."""
        happens = effect if effect is not None else status is None
        self._waiting.append(Fault(status, message, hang_seconds, drop_after_effect, reset_seconds, happens, times))

    def take(self) -> Fault | None:
        """The fault the present send meets, used up by it."""
        if not self._waiting:
            return None
        fault = self._waiting[0]
        fault.times -= 1
        if not fault.times:
            self._waiting.pop(0)
        return fault


def spoilt(fault: Fault, now: datetime) -> Response | None:
    """The answer given instead of the true one; None when the true one only comes late."""
    if fault.drop_after_effect:
        return CutResponse()
    if fault.status is None:
        return None
    if fault.status in _IN_HTML:
        return html_refusal(fault.status)
    reset_at = str(int(now.timestamp()) + fault.reset_seconds)
    limits = {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset_at}
    return refusal(
        fault.status, fault.message or _SAID.get(fault.status, "error"), headers=limits if fault.status == 429 else None
    )


def refusal(status: int, message: str, *, headers: dict[str, str] | None = None) -> Response:
    """One error in SendGrid's shape, about no field."""
    return JSONResponse({"errors": [{"message": message, "field": None, "help": None}]}, status, headers)


def html_refusal(status: int) -> Response:
    """What the proxy in front of SendGrid answers: a page."""
    title = f"{status} {_IN_HTML[status]}"
    return HTMLResponse(f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>", status)
