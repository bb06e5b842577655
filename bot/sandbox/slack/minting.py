"""New ids and timestamps in Slack's shapes."""

import secrets
import string

from bot.sandbox.slack.settings import Settings

_ALPHABET = string.ascii_uppercase + string.digits


def new_id(prefix: str) -> str:
    """An id such as `C0A1B2C3D4`."""
    return prefix + "0" + "".join(secrets.choice(_ALPHABET) for _ in range(9))


def new_hash(stamp: str) -> str:
    """A view's `hash`: when it last changed, and a random end."""
    return f"{stamp.partition('.')[0]}.{secrets.token_urlsafe(6)}"


class Stamps:
    """Timestamps such as `1767225600.000100`, each later than the one before, even when the clock stands still."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._last_microseconds = 0

    def next(self) -> str:
        now = int(self._settings.clock().timestamp() * 1_000_000)
        self._last_microseconds = max(now, self._last_microseconds + 1)
        seconds, rest = divmod(self._last_microseconds, 1_000_000)
        return f"{seconds}.{rest:06d}"
