"""Bulk update: what to change for the chosen leads, the second look, and what became of each."""

import json
from collections.abc import Mapping, Sequence

from blocks import ids
from blocks.elements import Block
from blocks.list_state import ListState
from blocks.message import (
    actions,
    button,
    confirmation,
    context,
    count,
    esc,
    field_input,
    modal,
    option,
    section,
    select,
    text_input,
)
from blocks.push_results import grouped
from blocks.segments import segment_name, segment_select
from blocks.statuses import badge, word
from bot.outreach.leads import SELECTABLE, LeadStatus
from bot.outreach.pushes import Envelope
from bot.outreach.segments import Segment

FIELD = "value"
TITLE = "Bulk update"
EMPTIES = "-"
STATUS_BLOCK, SEGMENT_BLOCK = "status", "segment"
TEXTS: Mapping[str, str] = {
    "country": "Country",
    "city": "City",
    "industry": "Industry",
    "company_size": "Company size",
    "revenue": "Revenue",
}
_STATUSES = [option(badge(status), status.value) for status in SELECTABLE]
_LONGEST = 500


def bulk_form(leads: int, segments: Sequence[Segment], kept: str) -> Block:
    """What to change for so many leads. segments: static ones that take members. kept: metadata, see `kept_for`."""
    keep = f"A box left empty keeps what stands there; `{EMPTIES}` empties it."
    blocks = [
        section(f"For {count(leads, 'chosen lead')}"),
        field_input("Status", STATUS_BLOCK, select(ids.BULK_STATUS, "Keep", _STATUSES), optional=True),
        *_texts(),
        context(keep),
    ]
    if segments:
        chosen = segment_select(ids.BULK_SEGMENT, segments)
        hint = "Use this instead of changing fields."
        blocks.append(field_input("Add to static segment", SEGMENT_BLOCK, chosen, optional=True, hint=hint))
    return modal(ids.BULK_FORM, TITLE, blocks, metadata=kept, submit="Next", close="Cancel")


def _texts() -> list[Block]:
    box = text_input(FIELD, max_length=_LONGEST)
    return [field_input(label, name, box, optional=True) for name, label in TEXTS.items()]


def kept_for(state: ListState, **more: object) -> str:
    """Metadata: the list to return to, and more, within Slack's 3,000 characters."""
    whole = json.dumps({"list": state.packed(), **more}, ensure_ascii=False)
    return whole if len(whole) <= 3_000 else json.dumps({"list": ListState().packed(), **more})


def bulk_confirm(leads: int, changes: Mapping[str, str], segment: Segment | None, kept: str) -> Block:
    """The second look, with the count."""
    if segment is not None:
        said = f"Add {count(leads, 'lead')} to {segment_name(segment)}?"
    else:
        said = "\n".join([f"Change {count(leads, 'lead')}?", *(_change(name, changes[name]) for name in changes)])
    return modal(ids.BULK_CONFIRM, TITLE, [section(said)], metadata=kept, submit=f"Update {leads:,}", close="Cancel")


def _change(name: str, value: str) -> str:
    if name == STATUS_BLOCK:
        return f"• Status becomes {word(LeadStatus(value))}, marked as set by hand"
    return f"• {TEXTS[name]} becomes {esc(value, 200)}" if value else f"• {TEXTS[name]} is emptied"


def bulk_result(envelope: Envelope, names: Mapping[str, str], *, verb: str, kept: str = "", undo: str = "") -> Block:
    """`12 leads updated, 1 skipped`, and why. undo: the token that takes it back, empty when nothing can.

    kept: metadata, see `kept_for`.
    """
    skipped = f", {len(envelope.skipped):,} skipped" if envelope.skipped else ""
    mark = "⚠️" if envelope.skipped else "✅"
    blocks = [section(f"{mark} *{count(len(envelope.done), 'lead')} {verb}{skipped}*")]
    blocks += [section(line) for line in grouped("Skipped", envelope.skipped, names)]
    if undo and envelope.done:
        back = confirmation("Undo", "What stood before comes back, except where somebody changed it since.", "Undo")
        blocks += actions(button("Undo", ids.BULK_UNDO, undo, confirm=back))
        blocks.append(context("It can be undone for 10 minutes."))
    return modal(ids.NOTICE, TITLE, blocks, metadata=kept)
