"""Where the reader of a campaign's leads stands: which campaign, what narrows its list, and the page."""

import json
from dataclasses import dataclass, replace

from blocks.list_state import MOST_SEARCHED
from blocks.words import clean
from bot.outreach.enrolments import Badge, EnrolmentQuery
from bot.outreach.segments import Segment

EVERY_BADGE = EVERY_SEGMENT = "all"
_LONGEST_CURSOR = 200
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class CampaignState:
    """channel: where results are posted. emptied: how often the filters were cleared: each time a new box.

    segment_id: of the one the list is narrowed to; empty for none.
    """

    campaign_id: str
    text: str = ""
    badge: Badge | None = None
    cursor: str = ""
    number: int = 1
    channel: str = ""
    all_selected: bool = False
    emptied: int = 0
    segment_id: str = ""

    def query(self, segment: Segment | None = None) -> EnrolmentQuery:
        """The question this state asks. segment: the one of its id."""
        return EnrolmentQuery(self.campaign_id, self.text.strip(), self.badge, segment)

    @property
    def is_filtered(self) -> bool:
        """Whether something narrows the list."""
        return bool(self.text.strip() or self.segment_id) or self.badge is not None

    def searched(self, text: str) -> "CampaignState":
        """The first page of what was typed."""
        return replace(self, text=text[:MOST_SEARCHED], cursor="", number=1, all_selected=False)

    def filtered(self, value: str) -> "CampaignState":
        """The first page of one badge: a value of the filter."""
        badge = Badge(value) if value in set(Badge) else None
        return replace(self, badge=badge, cursor="", number=1, all_selected=False)

    def narrowed(self, value: str) -> "CampaignState":
        """The first page of one segment: a value of its select."""
        segment_id = "" if value == EVERY_SEGMENT else value[:_LONGEST_ID]
        return replace(self, segment_id=segment_id, cursor="", number=1, all_selected=False)

    def paged(self, cursor: str, step: int) -> "CampaignState":
        """The next page (`step` 1) or the previous one (-1)."""
        return replace(self, cursor=cursor, number=max(1, self.number + step), all_selected=False)

    def cleared(self) -> "CampaignState":
        """Everything again, with an empty search box."""
        return CampaignState(self.campaign_id, channel=self.channel, emptied=self.emptied + 1)

    def packed(self) -> str:
        """As compact JSON of at most 1,000 characters."""
        kept = [
            self.campaign_id[:_LONGEST_ID],
            clean(self.text)[:MOST_SEARCHED],
            self.badge.value if self.badge else "",
            self.cursor[:_LONGEST_CURSOR],
            self.number,
            self.channel[:_LONGEST_ID],
            int(self.all_selected),
            self.emptied % 1_000,
            self.segment_id[:_LONGEST_ID],
        ]
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def unpacked(cls, packed: str) -> "CampaignState":
        """The state packed earlier; garbage gives no campaign."""
        try:
            campaign, text, badge, cursor, number, channel, selected, emptied, segment = json.loads(packed)
            known = Badge(badge) if badge else None
            texts = (str(campaign), str(text), known, str(cursor))
            return cls(*texts, max(1, int(number)), str(channel), bool(selected), int(emptied), str(segment))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return cls("")
