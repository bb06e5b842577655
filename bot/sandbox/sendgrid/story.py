"""A mail's story for a reader: how far it got, in words, and everything that happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.sendgrid.mails import ActKind, SentMail

_ARRIVAL = ("accepted", "processed", "deferred", "delivered", "blocked", "dropped", "bounced")
_WORDS = {
    "bounce": "bounced",
    "open": "opened",
    "click": "clicked",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
_BAD = frozenset({"blocked", "dropped", "bounced", "complained"})
_GOOD = frozenset({"opened", "clicked", "replied"})


@dataclass(frozen=True, slots=True)
class State:
    """One word on how the mail stands. tone: `good`, `bad` or empty."""

    word: str

    @property
    def tone(self) -> str:
        """For its colour."""
        return "bad" if self.word in _BAD else "good" if self.word in _GOOD else ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the story. told: the vendor's words."""

    at: datetime
    state: State
    told: str


def states_of(mail: SentMail) -> list[State]:
    """How far it got, then what the person did, each once."""
    words = [happening.state.word for happening in story_of(mail)]
    furthest = max((word for word in ["accepted", *words] if word in _ARRIVAL), key=_ARRIVAL.index)
    return [State(word) for word in dict.fromkeys([furthest, *(word for word in words if word not in _ARRIVAL)])]


def story_of(mail: SentMail) -> list[Happening]:
    """Events and acts, oldest first."""
    events = [
        Happening(datetime.fromtimestamp(event["timestamp"], UTC), State(_word(event)), _told(event))
        for event in mail.events
    ]
    acts = [
        Happening(act.at, State("replied" if act.kind is ActKind.REPLY else "unsubscribed"), _answered(act.status))
        for act in mail.acts
    ]
    return sorted([*events, *acts], key=lambda happening: happening.at)


def _word(event: Mapping[str, Any]) -> str:
    if event["event"] == "bounce" and event.get("type") == "blocked":
        return "blocked"
    if event["event"] == "open" and event.get("sg_machine_open"):
        return "opened by a machine"
    return _WORDS.get(event["event"], str(event["event"]))


def _told(event: Mapping[str, Any]) -> str:
    return next((str(event[key]) for key in ("reason", "response", "url", "useragent") if event.get(key)), "")


def _answered(status: int) -> str:
    return f"our address answered {status}" if status else "nobody answered at our address"
