"""The leads of one stage as a modal, each with a status select."""

import json
from dataclasses import dataclass

from blocks import ids
from blocks.elements import Block
from blocks.lead_rows import row_text
from blocks.message import actions, button, context, count, divider, esc, header, modal, option, section, select
from blocks.statuses import word
from bot.outreach.access import Permission
from bot.outreach.leads import SELECTABLE, Lead, LeadPage, LeadStatus, spelled
from bot.outreach.pipeline import STAGE_LEADS

_STATUS_OPTIONS = [option(spelled(status), status.value) for status in SELECTABLE]
_LONGEST_CURSOR = 1_300
_LONGEST_PLACE = 1_900  # a button's value holds 2,000


@dataclass(frozen=True, slots=True)
class StagePlace:
    """Where the reader stands: the stage, the page's cursor and number."""

    status: LeadStatus
    cursor: str | None = None
    number: int = 1

    def packed(self) -> str:
        """As text for a view's metadata or a button; a cursor too long to keep there leads to the first page."""
        packed = _packed(self.status, self.cursor, self.number if self.cursor else 1)
        return packed if len(packed) <= _LONGEST_PLACE else _packed(self.status, None, 1)

    @classmethod
    def unpacked(cls, packed: str) -> "StagePlace":
        """The place packed earlier; garbage gives the first page of New."""
        try:
            status, cursor, number = json.loads(packed)
            return cls(LeadStatus(status), str(cursor) if cursor else None, max(1, int(number)))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return cls(LeadStatus.NEW)


def _packed(status: LeadStatus, cursor: str | None, number: int) -> str:
    return json.dumps([status.value, cursor, number], separators=(",", ":"))


def stage_view(
    page: LeadPage, place: StagePlace, *, may: frozenset[Permission], done: str = "", problem: str = ""
) -> Block:
    """Ten leads of a stage. done, problem: one line about the status that was just changed, or why it was not."""
    total = len(page.leads) if page.total is None else page.total
    pages = max(1, -(-total // STAGE_LEADS), place.number)
    blocks = [
        *([section(f"⚠️ {esc(problem)}")] if problem else [section(f"✅ {esc(done)}")] if done else []),
        header(word(place.status)),
        context(f"{count(total, 'lead')} at this status now · page {place.number:,} of {pages:,}"),
    ]
    for lead in page.leads[:STAGE_LEADS]:
        blocks += _lead(lead, may)
    if not page.leads:
        blocks.append(section("*Nobody stands here now.* Leads come and go as they move on; look at another stage."))
    blocks += [divider(), *actions(*_paging(page, place), button("Back to pipeline", ids.BACK_TO_PIPELINE))]
    return modal(ids.STAGE, "Pipeline", blocks, metadata=place.packed())


def _lead(lead: Lead, may: frozenset[Permission]) -> list[Block]:
    """The lead's line, its status and the way to its card. A changed status is a new block, or Slack keeps the old."""
    status = lead.status.value if lead.status else None
    edits = Permission.EDIT_LEADS in may
    chooser = select(f"{ids.STAGE_STATUS}|{lead.id}", _placeholder(lead), _STATUS_OPTIONS, status) if edits else None
    by_hand = "\nset by hand" if lead.status_by_hand else ""
    return [
        section(row_text(lead) + by_hand),
        *actions(chooser, button("Open lead", ids.STAGE_LEAD, lead.id), block_id=f"{lead.id}:{status}"[:255]),
    ]


def _placeholder(lead: Lead) -> str:
    return "Sent (legacy)" if lead.status is LeadStatus.SENT else "new"


def _paging(page: LeadPage, place: StagePlace) -> list[Block | None]:
    """Values are the places they lead to."""
    before, after = page.previous_cursor, page.next_cursor
    previous = StagePlace(place.status, before, max(1, place.number - 1)).packed()
    following = StagePlace(place.status, after, place.number + 1).packed()
    return [
        button("Previous", ids.STAGE_PREVIOUS, previous) if before and len(before) <= _LONGEST_CURSOR else None,
        button("Next", ids.STAGE_NEXT, following) if after and len(after) <= _LONGEST_CURSOR else None,
    ]
