"""Where a reader stands among drafts: the queue's filter and page, and what lies under an open draft."""

import json
from dataclasses import dataclass, replace
from typing import Any

from bot.outreach.drafts import DraftState

EVERY_STATE = "all"
_LONGEST = 64
_LONGEST_METADATA = 3_000


@dataclass(frozen=True, slots=True)
class QueueState:
    """state: None for all. channel: where the queue was opened, and cards are posted."""

    state: DraftState | None = DraftState.WAITING
    cursor: str | None = None
    channel: str = ""

    @property
    def value(self) -> str:
        """The state as a value of the filter."""
        return self.state.value if self.state else EVERY_STATE

    def filtered(self, value: str) -> "QueueState":
        """The first page of one state, or of all."""
        known = {state.value for state in DraftState}
        return replace(self, state=DraftState(value) if value in known else None, cursor=None)

    def paged(self, cursor: str) -> "QueueState":
        """The page at this cursor."""
        return replace(self, cursor=cursor or None)

    def packed(self) -> str:
        """As compact JSON."""
        kept = {"s": self.value, "c": (self.cursor or "")[:_LONGEST], "h": self.channel[:_LONGEST]}
        return _json({key: value for key, value in kept.items() if value})

    @classmethod
    def unpacked(cls, packed: str) -> "QueueState":
        """The state packed earlier; garbage gives the default."""
        kept = _object(packed)
        state = cls(cursor=_text(kept, "c") or None, channel=_text(kept, "h"))
        return replace(state.filtered(_text(kept, "s")), cursor=state.cursor) if "s" in kept else state


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """An open draft: at which revision, where its card would be posted, and the view it lies on.

    under: `queue`, `list` or `card`, empty for none. metadata: that view's own.
    """

    draft_id: str
    revision: int = 0
    channel: str = ""
    under: str = ""
    metadata: str = ""

    def packed(self) -> str:
        """As JSON within Slack's 3,000 characters; what lies under it is forgotten when there is no room."""
        kept: dict[str, Any] = {"d": self.draft_id[:_LONGEST], "r": self.revision, "h": self.channel[:_LONGEST]}
        whole = _json({**kept, "u": self.under, "m": self.metadata})
        return whole if len(whole) <= _LONGEST_METADATA else _json(kept)

    @classmethod
    def unpacked(cls, packed: str) -> "DraftPlace":
        """The place packed earlier; garbage gives none."""
        kept = _object(packed)
        revision = kept.get("r")
        number = revision if isinstance(revision, int) else 0
        return cls(_text(kept, "d"), number, _text(kept, "h"), _text(kept, "u"), _text(kept, "m"))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _object(packed: str) -> dict[str, Any]:
    try:
        kept = json.loads(packed or "{}")
    except (ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _text(kept: dict[str, Any], key: str) -> str:
    value = kept.get(key)
    return value if isinstance(value, str) else ""
