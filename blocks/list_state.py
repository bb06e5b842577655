"""Where a reader stands in the list: what they searched, filtered, sorted, and which page. Travels with the view."""

import json
from dataclasses import dataclass, replace
from typing import Any

from blocks.words import clean
from bot.outreach.criteria import Criteria, Rule, rules_of
from bot.outreach.leads import LeadQuery, LeadSort, LeadStatus
from bot.outreach.segments import Segment
from bot.outreach.views import SavedView

MOST_SEARCHED = 150
LONGEST_CURSOR = 720  # a sort column's 120 characters of four bytes each, in base64
_LONGEST_FILTERS = 600
_LONGEST_ID = 64
ALL_STATUSES = "all"


@dataclass(frozen=True, slots=True)
class ListState:
    """`cursor` and `number` name the page. `channel`: where results are announced.

    emptied: how often the filters were cleared; each time a fresh search box, as Slack keeps what an old one holds.
    filters: all of them must match. segment_id: of the one the list is narrowed to.
    """

    text: str = ""
    status: LeadStatus | None = None
    sort: LeadSort = LeadSort.UPDATED
    descending: bool | None = None
    cursor: str | None = None
    number: int = 1
    campaign_id: str | None = None
    channel: str = ""
    all_selected: bool = False
    emptied: int = 0
    filters: tuple[Rule, ...] = ()
    segment_id: str | None = None

    def query(self, segment: Segment | None = None) -> LeadQuery:
        """The question this state asks. segment: the one of its id."""
        return LeadQuery(
            text=self.text.strip(),
            status=self.status,
            sort=self.sort,
            descending=self.descending,
            criteria=Criteria(self.filters) if self.filters else None,
            segment=segment,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether something narrows the list."""
        return bool(self.text.strip() or self.filters or self.segment_id) or self.status is not None

    @property
    def carries_filters(self) -> bool:
        """Whether the filters are short enough to travel with the view."""
        return len(to_json(Criteria(self.filters).stored())) <= _LONGEST_FILTERS

    def narrowed(self, filters: tuple[Rule, ...], segment_id: str | None) -> "ListState":
        """The first page of what these leave."""
        return self._first(filters=filters, segment_id=segment_id or None)

    def viewed(self, view: SavedView) -> "ListState":
        """The first page of a saved view, with its words in a fresh search box."""
        own = {name: getattr(view, name) for name in ("text", "status", "sort", "descending", "filters", "segment_id")}
        return self._first(**own, emptied=self.emptied + 1)

    def searched(self, text: str | None) -> "ListState":
        """The first page of what was typed."""
        return self._first(text=(text or "")[:MOST_SEARCHED])

    def filtered(self, value: str) -> "ListState":
        """The first page of one status: a value of the status filter."""
        known = {status.value for status in LeadStatus}
        return self._first(status=LeadStatus(value) if value in known else None)

    def sorted(self, value: str) -> "ListState":
        """The first page in another order: a value of the sort select, `company:asc`."""
        column, _, direction = value.partition(":")
        known = {sort.value for sort in LeadSort}
        sort = LeadSort(column) if column in known else LeadSort.UPDATED
        return self._first(sort=sort, descending=direction == "desc" if direction else None)

    def paged(self, cursor: str | None, step: int) -> "ListState":
        """The next page (`step` 1) or the previous one (-1)."""
        number = max(1, self.number + step)
        return replace(self, cursor=cursor, number=number, all_selected=False)

    def selected(self, *, everything: bool) -> "ListState":
        """The same page with all or none of its leads chosen."""
        return replace(self, all_selected=everything)

    def without_filters(self) -> "ListState":
        """Everything again, with an empty search box."""
        return self._first(text="", status=None, filters=(), segment_id=None, emptied=self.emptied + 1)

    def sort_value(self) -> str:
        """This order as a value of the sort select."""
        return f"{self.sort.value}:{'desc' if self.query().is_descending else 'asc'}"

    def _first(self, **changes: Any) -> "ListState":
        return replace(self, **changes, cursor=None, number=1, all_selected=False)

    def packed(self) -> str:
        """As compact JSON of at most 2,000 characters; a cursor or id too long to be one of ours is left out."""
        kept = {
            "q": clean(self.text)[:MOST_SEARCHED],
            "s": self.status.value if self.status else None,
            "o": self.sort.value if self.sort is not LeadSort.UPDATED else None,
            "d": None if self.descending is None else int(self.descending),
            "c": _fit(self.cursor, LONGEST_CURSOR),
            "n": self.number if self.number > 1 and _fit(self.cursor, LONGEST_CURSOR) else None,
            "k": _fit(self.campaign_id, _LONGEST_ID),
            "h": _fit(self.channel, _LONGEST_ID),
            "a": int(self.all_selected) or None,
            "e": self.emptied % 1_000 or None,
            "f": Criteria(self.filters).stored() if self.filters and self.carries_filters else None,
            "g": _fit(self.segment_id, _LONGEST_ID),
        }
        return to_json({key: value for key, value in kept.items() if value not in (None, "")})

    @classmethod
    def unpacked(cls, packed: str | None) -> "ListState":
        """The state packed earlier; garbage gives the default."""
        try:
            kept = json.loads(packed or "")
            return cls._read(kept) if isinstance(kept, dict) else cls()
        except (ValueError, TypeError, OverflowError, RecursionError):
            return cls()

    @classmethod
    def _read(cls, kept: dict[str, Any]) -> "ListState":
        return cls(
            text=_text(kept, "q") or "",
            status=LeadStatus(kept["s"]) if "s" in kept else None,
            sort=LeadSort(kept["o"]) if "o" in kept else LeadSort.UPDATED,
            descending=bool(kept["d"]) if "d" in kept else None,
            cursor=_text(kept, "c"),
            number=max(1, int(kept.get("n", 1))),
            campaign_id=_text(kept, "k"),
            channel=_text(kept, "h") or "",
            all_selected=bool(kept.get("a")),
            emptied=int(kept.get("e", 0)),
            filters=rules_of(kept.get("f", ())),
            segment_id=_text(kept, "g"),
        )


def to_json(kept: Any) -> str:
    """As short as it gets."""
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _text(kept: dict[str, Any], key: str) -> str | None:
    value = kept.get(key)
    if value is not None and not isinstance(value, str):
        raise TypeError(key)
    return value


def _fit(text: str | None, limit: int) -> str | None:
    """The text if it is ours to carry: within the limit also when JSON escapes each character."""
    return text if text and len(json.dumps(text, ensure_ascii=False)) - 2 <= limit else None
