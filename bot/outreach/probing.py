"""Whom to ask about mailboxes, how often, and when to stop: a mail host that feels searched blocks whoever asks.

A provider is the registered domain of the mail host: thousands of domains have the same one.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.outreach.smtp_replies import Heard
from bot.outreach.validation import Answer, Reason, Stage

# Yahoo says yes to anybody; Outlook.com forbids the question and blocks who asks; Apple refuses by reputation.
DO_NOT_ASK = (".olc.protection.outlook.com", ".yahoodns.net", ".mail.icloud.com")
MAILBOXES_A_CALL = 10  # Postfix hangs up after twenty refusals in one conversation
_BAD_IN_A_ROW = 3
_UNKNOWN_IN_A_ROW = 5
_LAST_REPLIES = 200
_MOST_BLOCKED = 0.1
_LONGEST_PAUSE = timedelta(hours=24)
_MOST_REMEMBERED = 50_000


class Asking(StrEnum):
    """Whether mail hosts are asked about mailboxes, and if not, why."""

    ASKED = "asked"
    OFF = "off"
    PORT_CLOSED = "port closed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Pace:
    """gap: between two conversations with one provider. questions_a_minute: to all of them; None for any number."""

    gap: timedelta = timedelta(seconds=2)
    questions_a_minute: int | None = 60


def provider_of(host: str) -> str:
    """Whose mail host this is."""
    return ".".join(host.rsplit(".", 2)[-2:])


def may_ask(hosts: Iterable[str], do_not_ask: Iterable[str] = DO_NOT_ASK) -> bool:
    """Whether none of these mail hosts is one that must not be asked."""
    suffixes = tuple(suffix if suffix.startswith(".") else f".{suffix}" for suffix in do_not_ask)
    return not any(f".{host}".endswith(suffixes) for host in hosts)


@dataclass(slots=True)
class _Provider:
    free_at: datetime | None = None
    bad: int = 0
    unknown: int = 0
    pauses: int = 0
    paused_until: datetime | None = None


@dataclass(slots=True)
class Gate:
    """What this process remembers of the hosts it asked: their turns, and whom it leaves alone for a while."""

    pace: Pace = field(default_factory=Pace)
    _providers: dict[str, _Provider] = field(default_factory=dict)
    _promised: dict[str, datetime] = field(default_factory=dict)
    _free_at: datetime | None = None
    _replies: deque[bool] = field(default_factory=lambda: deque(maxlen=_LAST_REPLIES))
    stopped_until: datetime | None = None

    def closed(self, host: str, now: datetime) -> Reason | None:
        """Why this host is not asked now, or None."""
        provider = self._of(host)
        if self.stopped_until is not None and now < self.stopped_until:
            return Reason.BLOCKED
        if provider.paused_until is not None and now < provider.paused_until:
            return Reason.BLOCKED if provider.bad else Reason.PROVIDER_NOT_ASKED
        return None

    def turn(self, domain: str, host: str, questions: int, now: datetime) -> datetime:
        """When this domain's host may be asked: now, or the moment to come back. The turn is kept for the domain."""
        promised = self._promised.pop(domain, None)
        if promised is not None and promised <= now:
            return now
        provider = self._of(host)
        at = promised or max(now, provider.free_at or now, self._free_at or now)
        if promised is None:
            provider.free_at = at + self.pace.gap
            if self.pace.questions_a_minute:
                self._free_at = at + timedelta(minutes=questions / self.pace.questions_a_minute)
        if at > now:
            self._promised[domain] = at
        return at

    def heard(self, host: str, answers: Iterable[Answer], now: datetime) -> None:
        """Count what came of a conversation, and pause where it went badly."""
        provider = self._of(host)
        for answer in answers:
            is_bad = answer.heard is Heard.BLOCKED or (answer.heard is None and answer.stage is not Stage.RECIPIENT)
            self._replies.append(answer.heard is Heard.BLOCKED)
            provider.bad = provider.bad + 1 if is_bad else 0
            provider.unknown = provider.unknown + 1 if answer.heard is Heard.NO_MAILBOX else 0
        if provider.bad >= _BAD_IN_A_ROW:
            provider.paused_until = now + min(timedelta(hours=2**provider.pauses), _LONGEST_PAUSE)
            provider.pauses = min(provider.pauses + 1, 5)
        elif provider.bad == 0:
            provider.pauses = 0
        if provider.unknown >= _UNKNOWN_IN_A_ROW:  # this looks like a dictionary attack from there
            provider.unknown, provider.paused_until = 0, now + _LONGEST_PAUSE
        if len(self._replies) == _LAST_REPLIES and sum(self._replies) > _MOST_BLOCKED * _LAST_REPLIES:
            self._replies.clear()
            self.stopped_until = now + _LONGEST_PAUSE

    def _of(self, host: str) -> _Provider:
        """What is remembered of the provider; the oldest memories go when there are too many."""
        name = provider_of(host)
        if name not in self._providers and len(self._providers) >= _MOST_REMEMBERED:
            del self._providers[next(iter(self._providers))]
        if len(self._promised) > _MOST_REMEMBERED:
            del self._promised[next(iter(self._promised))]
        return self._providers.setdefault(name, _Provider())
