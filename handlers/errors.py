"""Error kinds → words for a user, error kinds → HTTP status."""

import secrets
from collections.abc import Mapping

import structlog
from slack_sdk.errors import SlackApiError

from bot.outreach.errors import Conflict, Invalid, LimitReached, NotAllowed, NotFound, OutreachError, Unavailable

log = structlog.get_logger()

_STATUS: Mapping[type[OutreachError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Invalid: 422,
    Conflict: 409,
    LimitReached: 429,
}
_SLACK_WORDS: Mapping[str, str] = {
    "expired_trigger_id": "That took too long for Slack to open the window. Please try again.",
    "trigger_expired": "That took too long for Slack to open the window. Please try again.",
    "exchanged_trigger_id": "That window was opened already. Please try again.",
    "trigger_exchanged": "That window was opened already. Please try again.",
    "push_limit_reached": "Slack shows at most three windows on top of each other. Close one and try again.",
    "token_revoked": "Slack no longer accepts this app's token. Ask an admin to install the app again.",
    "invalid_auth": "Slack no longer accepts this app's token. Ask an admin to install the app again.",
    "account_inactive": "Slack no longer accepts this app's token. Ask an admin to install the app again.",
    "missing_scope": "The app lacks a permission at Slack. Ask an admin to install it again with the current manifest.",
}


def reference() -> str:
    """A short id that ties what a person sees to a log line."""
    return secrets.token_hex(4)


def words(error: BaseException, reference_id: str) -> str:
    """What to tell the person. Anything but our own kinds of error is only a reference for whoever reads the log."""
    if isinstance(error, OutreachError):
        return str(error)
    if isinstance(error, SlackApiError):
        code = str(error.response.get("error", ""))
        if code in _SLACK_WORDS:
            return _SLACK_WORDS[code]
    return (
        f"Something went wrong on our side and nothing was changed twice. Please try again; reference {reference_id}."
    )


def report(error: BaseException, reference_id: str, **facts: object) -> None:
    """One log line: expected refusals quietly, everything else with its trace. Facts are ids, never addresses."""
    if isinstance(error, Unavailable):
        log.warning("unavailable", reference=reference_id, said=str(error), **facts)
    elif isinstance(error, OutreachError):
        log.info("refused", reference=reference_id, kind=type(error).__name__, **facts)
    else:
        log.error("failed", reference=reference_id, exc_info=error, **facts)


def noted(error: OutreachError, **facts: object) -> str:
    """What to tell of a refusal shown in its own place; a vendor's failure names the log line that tells more."""
    reference_id = reference()
    report(error, reference_id, **facts)
    return f"{error} Reference {reference_id}." if isinstance(error, Unavailable) else str(error)


def status(error: OutreachError) -> int:
    """The HTTP status of an error. A vendor that failed is 502; a part nobody connected, or a refused key, 503."""
    if isinstance(error, Unavailable):
        return 502 if error.transient else 503
    return next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
