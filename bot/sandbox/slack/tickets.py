"""What Slack hands out for a limited time: triggers that open modals, and response URLs."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.settings import Settings

RESPONSE_URL_USES = 5
RESPONSE_URL_LIFE = timedelta(minutes=30)


@dataclass
class Trigger:
    """Permission to open one modal for `user`. `view_id` is the modal the click came from."""

    id: str
    user: str
    view_id: str | None
    expires: datetime
    used: bool = False


class Triggers:
    """Every trigger works once, and only for a few seconds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, view_id: str | None = None) -> str:
        trigger = Trigger(_trigger_id(), user, view_id, self._settings.clock() + self._settings.trigger_life)
        self._issued[trigger.id] = trigger
        return trigger.id

    def take(self, trigger_id: str) -> Trigger:
        """Spend a trigger. An expired one is told as expired even when it was used before."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if self._settings.clock() > trigger.expires:
            raise SlackError("expired_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        trigger.used = True
        return trigger


def _trigger_id() -> str:
    return f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"


@dataclass
class ResponseUrl:
    """Where an app may answer one interaction. `original` is the ts of the message that was clicked."""

    token: str
    user: str
    channel: str
    original: str | None
    thread_ts: str | None
    expires: datetime
    uses_left: int = RESPONSE_URL_USES


class ResponseUrls:
    """Response URLs by the token at their end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._issued: dict[str, ResponseUrl] = {}

    def issue(
        self, *, user: str, channel: str, original: str | None = None, thread_ts: str | None = None
    ) -> ResponseUrl:
        token = secrets.token_urlsafe(18)
        url = ResponseUrl(token, user, channel, original, thread_ts, self._settings.clock() + RESPONSE_URL_LIFE)
        self._issued[token] = url
        return url

    def take(self, token: str) -> ResponseUrl:
        """Spend one use. Raises `SlackError` with status 404 for an unknown, old or used-up URL."""
        url = self._issued.get(token)
        if url is None:
            raise SlackError("invalid_url", status=404)
        if self._settings.clock() > url.expires:
            raise SlackError("expired_url", status=404)
        if url.uses_left == 0:
            raise SlackError("used_url", status=404)
        url.uses_left -= 1
        return url
