"""A sequence started for a whole segment: the form, the second look, and the one message that follows it."""

import json
from collections.abc import Sequence as Many

from blocks import ids, segment_ids
from blocks.elements import Block
from blocks.message import (
    Message,
    actions,
    bold,
    button,
    confirmation,
    context,
    count,
    esc,
    field_input,
    modal,
    option,
    plain,
    section,
    select,
    who,
)
from blocks.segments import how_many, segment_name
from blocks.sites import left_today
from bot.outreach.limits import Budget
from bot.outreach.segments import Count, Segment
from bot.outreach.sequences import Mode, Sequence
from bot.outreach.starts import MOST_BY_HAND, Start

FIELD = "value"
TITLE = "Start sequence"
MOST_REASONS = 10


def start_form(segment: Segment, leads: Count, sequences: Many[Sequence], budgets: Many[Budget]) -> Block:
    """Which sequence, from which site; metadata `{"segment"}`. At least one of each."""
    offered = [option(f"{plain(each.name, 50) or 'Unnamed'}{_by_hand(each)}", each.id) for each in sequences]
    sites = [option(plain(each.site.name, 70) or "Unnamed site", each.site.id) for each in budgets]
    blocks = [
        section(f"For {how_many(leads)} of {segment_name(segment)}"),
        context("\n".join(left_today(budget) for budget in budgets[:5])),
        field_input("Sequence", "sequence", select(FIELD, "Choose", offered, sequences[0].id)),
        field_input("From", "site", select(FIELD, "Choose", sites, budgets[0].site.id)),
        context(
            "Whoever replied or converted, is in a sequence, cannot be reached or lacks a value that a step prints is "
            "skipped, and the end says how many and why. In a manual sequence a person sends each later step; it takes "
            f"{MOST_BY_HAND:,} leads at most."
        ),
    ]
    kept = json.dumps({"segment": segment.id})
    return modal(segment_ids.START_FORM, TITLE, blocks, metadata=kept, submit="Next", close="Cancel")


def _by_hand(sequence: Sequence) -> str:
    return " (manual)" if sequence.mode is Mode.MANUAL else ""


def start_confirm(segment: Segment, leads: Count, sequence: Sequence, site_id: str, budget: str) -> Block:
    """The second look; metadata `{"segment", "sequence", "site"}`. budget: what the site may send today."""
    said = f"Start {bold(sequence.name, 80)} for {how_many(leads)} of {segment_name(segment)}?"
    note = "Emails leave as fast as the site's limits allow. Progress is posted and can be stopped there."
    kept = json.dumps({"segment": segment.id, "sequence": sequence.id, "site": site_id})
    blocks = [section(said), *_asks(sequence, leads), context(budget), context(note)]
    return modal(segment_ids.START_CONFIRM, TITLE, blocks, metadata=kept, submit="Start", close="Cancel")


def _asks(sequence: Sequence, leads: Count) -> list[Block]:
    """How often a person will be asked."""
    later = len(sequence.steps) - 1
    if sequence.mode is Mode.AUTO or later < 1:
        return []
    cards = count(leads.leads * later, "card")
    most = f"up to {cards}" if leads.is_whole else f"at least {cards}"
    return [
        section(f"✋ The first step leaves by itself. {count(later, 'later step')} for each lead: {most} to decide.")
    ]


def start_obstacle(segment: Segment, obstacle: str) -> Block:
    """Why nothing can be started."""
    return modal(ids.NOTICE, TITLE, [section(f"⚠️ {segment_name(segment)}: {esc(obstacle, 2_000)}")])


def start_message(start: Start, segment: str, sequence: str, author: str) -> Message:
    """How far a start is; at its end the whole envelope. Names as told, author: by name."""
    about = f"{bold(sequence, 80) or 'a deleted sequence'} for {bold(segment, 80) or 'a deleted segment'}"
    counts = f"{count(start.started, 'lead')} started, {start.left_out:,} skipped"
    head = "⏳ Starting" if start.is_running else ("⏹️ Stopped starting" if start.why else "✅ Started")
    said = f"{head} {about}: {counts}"
    reasons = sorted(start.skipped.items(), key=lambda entry: -entry[1])
    lines = [f"*Skipped {number:,}*: {esc(reason, 200)}" for reason, number in reasons[:MOST_REASONS]]
    why = [f"Why: {esc(start.why, 300)}"] if start.why else []
    stop = confirmation("Stop", "It begins for nobody else. What has begun goes on.", "Stop")
    running = (
        button("Stop", segment_ids.START_STOP, start.id, style="danger", confirm=stop) if start.is_running else None
    )
    by = [context(f"by {who(author)}")] if author else []
    details = [] if start.is_running else [*why, *lines]
    blocks = [section(said), *(section(line) for line in details), *actions(running), *by]
    return Message("\n".join([said, *details]), blocks)
