"""Segments: all of them, one with what can be done, who is in it, and the forms around it."""

import json
from collections.abc import Mapping, Sequence

from blocks import ids, segment_ids
from blocks.criteria import Names, rule_line
from blocks.elements import Block
from blocks.message import (
    actions,
    bold,
    button,
    confirmation,
    context,
    count,
    divider,
    esc,
    field_input,
    modal,
    option,
    plain,
    section,
    select,
    text_input,
    when,
)
from blocks.statuses import lead_line
from bot.outreach.criteria import MOST_RULES, Match
from bot.outreach.leads import Lead, LeadPage
from bot.outreach.segments import LONGEST_NAME, Count, Segment, SegmentKind, SegmentState

FIELD = "value"
MOST_SEGMENTS = 90
NO_SEGMENTS = (
    "*No segments yet.* A segment is a named group of leads: *Static* holds exactly the leads you put in, *Dynamic* "
    "finds leads by rules."
)
KINDS: Mapping[SegmentKind, str] = {
    SegmentKind.STATIC: "📋 Static",
    SegmentKind.DYNAMIC: "⚙️ Dynamic",
}
STATES: Mapping[SegmentState, str] = {
    SegmentState.DRAFT: "📝 Draft",
    SegmentState.ACTIVE: "🟢 Active",
    SegmentState.RETIRED: "🗄️ Retired",
}
WHICH = "Only an active segment can be pushed, put into a sequence or filtered by. A retired one can be read."
_MATCHES = [option("All rules must match", Match.ALL.value), option("Any rule may match", Match.ANY.value)]


def segment_name(segment: Segment) -> str:
    """Its name in bold, never empty."""
    return bold(segment.name, 100) or "*Unnamed segment*"


def badges(segment: Segment) -> str:
    """`⚙️ Dynamic · 🟢 Active`."""
    return f"{KINDS[segment.kind]} · {STATES[segment.state]}"


def segment_select(action_id: str, segments: Sequence[Segment], chosen: str | None = None) -> Block:
    """One of these segments; the first hundred by name."""
    offered = [option(plain(each.name, 70) or "Unnamed segment", each.id) for each in segments]
    return select(action_id, "Choose a segment", offered, chosen)


def segments_view(segments: Sequence[Segment], *, may_edit: bool, notice: str = "") -> Block:
    """Every segment with its type and state. notice: what the last act came to."""
    blocks = [section(esc(notice, 2_500))] if notice.strip() else []
    blocks += actions(button("New segment", segment_ids.SEGMENT_NEW) if may_edit else None)
    blocks += [_row(each) for each in segments[:MOST_SEGMENTS]] or [section(NO_SEGMENTS)]
    if len(segments) > MOST_SEGMENTS:
        blocks.append(context(f"and {len(segments) - MOST_SEGMENTS:,} more, later in the alphabet"))
    return modal(segment_ids.SEGMENTS, "Segments", [*blocks, context(WHICH)])


def _row(segment: Segment) -> Block:
    changed = f" · changed {when(segment.updated_at)}" if segment.updated_at else ""
    said = f"{segment_name(segment)}\n{badges(segment)}{changed}"
    return section(said, button("Open", segment_ids.SEGMENT_OPEN, segment.id))


def new_segment_form() -> Block:
    """A name and a type."""
    kinds = [
        option("Static: exactly the leads I put in", SegmentKind.STATIC.value),
        option("Dynamic: whoever matches rules", SegmentKind.DYNAMIC.value),
    ]
    blocks = [
        field_input("Name", "name", text_input(FIELD, placeholder="Hotels in Norway", max_length=LONGEST_NAME)),
        field_input("Type", "kind", select(segment_ids.SEGMENT_KIND, "Type", kinds, SegmentKind.STATIC.value)),
        context("It begins as a draft."),
    ]
    return modal(segment_ids.SEGMENT_FORM, "New segment", blocks, metadata="{}", submit="Create", close="Cancel")


def rename_form(segment: Segment) -> Block:
    """Another name; metadata `{"segment"}`."""
    box = text_input(FIELD, value=segment.name, max_length=LONGEST_NAME)
    return _form(segment_ids.SEGMENT_RENAME_FORM, "Rename segment", [field_input("Name", "name", box)], segment, "Save")


def segment_view(
    segment: Segment,
    leads: Count | None,
    campaigns: Names,
    *,
    may_edit: bool,
    may_start: bool = False,
    notice: str = "",
    problem: str = "",
) -> Block:
    """One segment; metadata `{"segment", "seen"}`. leads: None before anybody was counted.

    may_start: sequences can be started for it.
    """
    edits = may_edit and segment.state is not SegmentState.RETIRED
    blocks = [section(f"⚠️ {esc(problem, 1_500)}" if problem else esc(notice, 1_500))] if problem or notice else []
    blocks.append(section(f"{segment_name(segment)}\n{badges(segment)}"))
    if segment.is_dynamic:
        blocks += _rules(segment, campaigns, edits=edits)
    blocks.append(section(_size(segment, leads)))
    blocks += actions(
        button("Preview" if segment.is_dynamic else "Members", segment_ids.SEGMENT_MEMBERS, segment.id),
        button("Add leads", segment_ids.SEGMENT_ADD, segment.id) if edits and not segment.is_dynamic else None,
        button("Start sequence", segment_ids.SEGMENT_START, segment.id) if may_start and segment.is_active else None,
    )
    blocks += [divider(), *actions(*_turns(segment, edits=edits))] if may_edit else []
    kept = json.dumps({"segment": segment.id, "seen": segment.revision})
    return modal(segment_ids.SEGMENT, "Segment", blocks, metadata=kept)


def _size(segment: Segment, leads: Count | None) -> str:
    if leads is None:
        return "⏳ Counting…"
    which = "match it now" if segment.is_dynamic else "in it"
    if leads.is_whole:
        return f"👥 {how_many(leads)} {which}"
    found = f"At least {count(leads.leads, 'lead')} {which}" if leads.leads else "Nobody found yet"
    return f"⏳ {found} · {_percent(leads)} of all leads looked at, counting on"


def how_many(leads: Count) -> str:
    """`1,234 leads`, or how many at least."""
    if leads.is_whole:
        return count(leads.leads, "lead")
    return f"at least {count(leads.leads, 'lead')}" if leads.leads else "leads still being looked for"


def _percent(leads: Count) -> str:
    return f"{min(99, int(leads.share * 100))}%"


def _rules(segment: Segment, campaigns: Names, *, edits: bool) -> list[Block]:
    rules, match = segment.criteria.rules, segment.criteria.match
    which = "All of these rules match" if match is Match.ALL else "Any of these rules matches"
    blocks = [section(f"*{which}*" if rules else "*No rules yet.* Without a rule it matches nobody.")]
    for place, rule in enumerate(rules):
        menu: Block = {
            "type": "overflow",
            "action_id": segment_ids.RULE_MENU,
            "options": [option("Edit", f"edit:{place}"), option("Remove", f"remove:{place}")],
        }
        blocks.append(section(f"• {rule_line(rule, campaigns)}", menu if edits else None))
    if edits:
        blocks += actions(
            button("Add rule", segment_ids.RULE_ADD, segment.id) if len(rules) < MOST_RULES else None,
            select(segment_ids.SEGMENT_MATCH, "Match", _MATCHES, match.value) if len(rules) > 1 else None,
            block_id=f"rules:{match}",
        )
    return blocks


def _turns(segment: Segment, *, edits: bool) -> list[Block | None]:
    is_active = segment.is_active
    retired = confirmation(
        "Retire segment", "It can be read but no longer used, until somebody activates it.", "Retire"
    )
    gone = confirmation("Delete segment", "It is deleted for everybody. Its leads stay where they are.", "Delete")
    return [
        None if is_active else button("Activate", segment_ids.SEGMENT_ACTIVATE, segment.id, style="primary"),
        button("Rename", segment_ids.SEGMENT_RENAME, segment.id) if edits else None,
        button("Retire", segment_ids.SEGMENT_RETIRE, segment.id, confirm=retired) if edits else None,
        None if is_active else button("Delete", segment_ids.SEGMENT_REMOVE, segment.id, style="danger", confirm=gone),
    ]


def preview_view(segment: Segment, leads: Count, samples: Sequence[Lead]) -> Block:
    """How many match, and a few of them."""
    said = f"{segment_name(segment)}\n{_size(segment, leads)}"
    shown = "All of them" if leads.is_whole and leads.leads == len(samples) else "Changed last"
    listed = [context(shown), *(section(lead_line(lead)) for lead in samples)] if samples else []
    return modal(ids.NOTICE, "Preview", [section(said), *listed])


def members_view(segment: Segment, page: LeadPage, *, may_edit: bool, notice: str = "") -> Block:
    """One page of a static segment's members; metadata `{"segment"}`."""
    removes = may_edit and segment.state is not SegmentState.RETIRED
    blocks = [section(esc(notice, 500))] if notice else []
    blocks.append(context(f"{segment_name(segment)} · those changed last come first"))
    for lead in page.leads:
        button_ = button("Remove", f"{segment_ids.SEGMENT_DROP}|{lead.id}", lead.id) if removes else None
        blocks.append(section(lead_line(lead), button_))
    if not page.leads:
        blocks.append(
            section("*Nobody is in it yet.* *Add leads* puts some in, and so does *Bulk update* in `/leads`.")
        )
    blocks += actions(
        button("Previous", segment_ids.SEGMENT_PREVIOUS, page.previous_cursor) if page.previous_cursor else None,
        button("Next", segment_ids.SEGMENT_NEXT, page.next_cursor) if page.next_cursor else None,
    )
    return modal(segment_ids.SEGMENT_PEOPLE, "Members", blocks, metadata=json.dumps({"segment": segment.id}))


def add_members_form(segment: Segment) -> Block:
    """Leads by search; metadata `{"segment"}`."""
    box: Block = {
        "type": "multi_external_select",
        "action_id": ids.PUSH_LEADS,
        "min_query_length": 2,
        "placeholder": {"type": "plain_text", "text": "Type a company, domain, name or email"},
    }
    blocks = [section(f"To {segment_name(segment)}"), field_input("Leads", "leads", box)]
    return _form(segment_ids.SEGMENT_ADD_FORM, "Add leads", blocks, segment, "Add")


def _form(callback_id: str, title: str, blocks: Sequence[Block], segment: Segment, submit: str) -> Block:
    kept = json.dumps({"segment": segment.id})
    return modal(callback_id, title, blocks, metadata=kept, submit=submit, close="Cancel")
