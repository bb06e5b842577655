"""Where the reader of the link board stands: what is searched for, and the column and page that are open."""

import json
from dataclasses import dataclass, replace

from blocks.list_state import MOST_SEARCHED
from blocks.words import clean
from bot.outreach.opportunities import BoardColumn

_LONGEST_CURSOR = 60


@dataclass(frozen=True, slots=True)
class LinkState:
    """column: the open one, None for the whole board. emptied: how often the search was cleared: each a new box."""

    text: str = ""
    column: BoardColumn | None = None
    cursor: str = ""
    emptied: int = 0

    def searched(self, text: str) -> "LinkState":
        """From the newest of what was typed."""
        return replace(self, text=text[:MOST_SEARCHED], cursor="")

    def opened(self, column: BoardColumn | None, cursor: str = "") -> "LinkState":
        """One column, or all."""
        return replace(self, column=column, cursor=cursor)

    def cleared(self) -> "LinkState":
        """Everything again, with an empty search box."""
        return LinkState(column=self.column, emptied=self.emptied + 1)

    def packed(self) -> str:
        """As compact JSON of at most 1,000 characters."""
        column = self.column.value if self.column else ""
        kept = [clean(self.text)[:MOST_SEARCHED].strip(), column, self.cursor[:_LONGEST_CURSOR], self.emptied % 1_000]
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def unpacked(cls, packed: str) -> "LinkState":
        """The state packed earlier; garbage gives the whole board."""
        try:
            text, column, cursor, emptied = json.loads(packed)
            return cls(str(text), BoardColumn(column) if column else None, str(cursor), int(emptied))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return cls()
