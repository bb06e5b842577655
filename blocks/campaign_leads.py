"""The leads of one campaign as a modal: search, badge, segment, what to do with a selection, then the page's rows."""

import json
import zlib
from collections.abc import Mapping, Sequence

from blocks import campaign_ids, ids
from blocks.campaign_choice import campaign_name
from blocks.campaign_state import EVERY_BADGE, EVERY_SEGMENT, CampaignState
from blocks.elements import MOST_OPTIONS, Block
from blocks.lead_rows import choices
from blocks.list_state import MOST_SEARCHED
from blocks.message import (
    Message,
    actions,
    button,
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
    strong,
    text_input,
    when,
)
from blocks.push_results import grouped
from blocks.segments import segment_name
from blocks.statuses import company
from bot.outreach.access import Permission
from bot.outreach.campaigns import Campaign
from bot.outreach.enrolments import (
    MOST_COUNTED,
    MOST_LOOKED_AT,
    SETTABLE,
    Badge,
    CampaignLead,
    EnrolmentPage,
    Unchecked,
)
from bot.outreach.pushes import Envelope
from bot.outreach.segments import Segment
from bot.outreach.validation import Verdict

SEARCH_BLOCK = "campaign_search"
BADGE_BLOCK = "badge"
SELECTION_BLOCK = "campaign_selection"  # the block's id goes on with the page's identity
BADGE_WORDS: Mapping[Badge, str] = {
    Badge.PENDING: "⚪ Pending",
    Badge.CONTACTED: "📤 Contacted",
    Badge.REPLIED: "💬 Replied",
    Badge.BOUNCED: "⛔ Bounced",
    Badge.INVALID: "⚠️ Invalid",
    Badge.UNSUBSCRIBED: "🔕 Unsubscribed",
    Badge.COMPLETED: "🏁 Completed (no reply)",
}
NOBODY = (
    "*Nobody is in this campaign yet.* Leads come here by a push (`/push`), by a sync from PlusVibe, from the company "
    "directory (`/outreach companies`) or from your pipeline."
)
EFFECTS: Mapping[Badge, str] = {
    Badge.PENDING: "They count as not written to. Whoever got an email already is skipped.",
    Badge.REPLIED: "No further step reaches them: whoever is at PlusVibe is closed there.",
    Badge.COMPLETED: "No further step reaches them: whoever is at PlusVibe is closed there. Who replied is skipped.",
    Badge.UNSUBSCRIBED: "Their addresses are suppressed: nobody writes to them in any campaign.",
}
_FILTER = [option("All statuses", EVERY_BADGE), *(option(words, badge.value) for badge, words in BADGE_WORDS.items())]


def campaign_leads_view(
    campaign: Campaign,
    page: EnrolmentPage,
    state: CampaignState,
    *,
    may: frozenset[Permission],
    segments: Sequence[Segment] = (),
    timezone: str = "UTC",
    done: str = "",
    problem: str = "",
) -> Block:
    """One page; metadata is the state. segments: those in use. done, problem: a line on top."""
    blocks = [section(f"⚠️ {esc(problem)}" if problem else f"✅ {esc(done)}")] if problem or done else []
    blocks.append(section(_headline(campaign, page, state)))
    adds = button("Import from Pipeline", campaign_ids.PIPELINE_IMPORT) if Permission.EDIT_LEADS in may else None
    if not page.rows and not page.counts and not state.is_filtered:
        return _modal([*blocks, section(NOBODY), *actions(adds)], state)
    blocks += [_search(state), *_tools(state, segments, adds)]
    if page.rows and Permission.EDIT_LEADS in may:
        blocks += _bulk(page.rows, state, may)
    blocks.append(divider())
    blocks += [_row(row, campaign, timezone) for row in page.rows] or _nothing(page, state, segments)
    blocks += actions(
        button("Previous", campaign_ids.CAMPAIGN_PREVIOUS, page.previous_cursor) if page.previous_cursor else None,
        button("Next", campaign_ids.CAMPAIGN_NEXT, page.next_cursor) if page.next_cursor else None,
    )
    return _modal(blocks, state)


def _modal(blocks: list[Block], state: CampaignState) -> Block:
    """A modal with an input has to have a submit button; this one searches again."""
    searches = any(block["type"] == "input" for block in blocks)
    submit = "Search" if searches else ""
    return modal(campaign_ids.CAMPAIGN_LEADS, "Campaign leads", blocks, metadata=state.packed(), submit=submit)


def _headline(campaign: Campaign, page: EnrolmentPage, state: CampaignState) -> str:
    facts = [esc(campaign.status.capitalize(), 20) or "State unknown", count(campaign.steps, "step")]
    facts.append(f"page {state.number:,}")
    counted = [f"{BADGE_WORDS[badge]} {_number(page.counts[badge])}" for badge in Badge if badge in page.counts]
    return "\n".join([f"{strong(campaign_name(campaign))} · {' · '.join(facts)}", " · ".join(counted)]).strip()


def _number(counted: int) -> str:
    return f"{counted:,}+" if counted >= MOST_COUNTED else f"{counted:,}"


def _search(state: CampaignState) -> Block:
    """Sends each pause in typing; the block keeps its id, so that Slack keeps what is being typed."""
    placeholder = "Company, domain, name or email"
    box = text_input(campaign_ids.CAMPAIGN_SEARCH, value=state.text, placeholder=placeholder, max_length=MOST_SEARCHED)
    box["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    block_id = f"{SEARCH_BLOCK}:{state.emptied}" if state.emptied else SEARCH_BLOCK
    return field_input("Search", block_id, box, optional=True, dispatch=True)


def _tools(state: CampaignState, segments: Sequence[Segment], adds: Block | None) -> list[Block]:
    """Its id follows what is chosen, for Slack applies initial options to new ids only."""
    chosen = state.badge.value if state.badge else EVERY_BADGE
    filtering = select(campaign_ids.CAMPAIGN_BADGE, "Status", _FILTER, chosen)
    return actions(filtering, _narrowing(state, segments), adds, block_id=f"campaign_tools:{chosen}:{state.segment_id}")


def _narrowing(state: CampaignState, segments: Sequence[Segment]) -> Block | None:
    """The first by name, and the one chosen in any case."""
    listed = segments[: MOST_OPTIONS - 1]
    if not any(each.id == state.segment_id for each in listed):
        listed = [*listed[:-1], *(each for each in segments if each.id == state.segment_id)] or listed
    offered = [option(plain(each.name, 70) or "Unnamed segment", each.id) for each in listed]
    if not offered:
        return None
    options = [option("All segments", EVERY_SEGMENT), *offered]
    return select(campaign_ids.CAMPAIGN_SEGMENT, "Segment", options, state.segment_id or EVERY_SEGMENT)


def _bulk(rows: Sequence[CampaignLead], state: CampaignState, may: frozenset[Permission]) -> list[Block]:
    """Who is chosen, then what becomes of them. Ids follow the page and `all_selected`, as in the list of all leads."""
    options = choices([row.lead for row in rows])
    element: Block = {
        "type": "multi_static_select",
        "action_id": campaign_ids.CAMPAIGN_SELECTION,
        "options": options,
        "placeholder": {"type": "plain_text", "text": "Choose leads on this page"},
    }
    if state.all_selected:
        element["initial_options"] = options
    page = zlib.crc32("".join([row.lead.id for row in rows]).encode())
    mark = f"{page:x}:{int(state.all_selected)}"
    return [
        field_input("Leads", f"{SELECTION_BLOCK}:{mark}", element, optional=True),
        *actions(
            button(
                "Clear selection" if state.all_selected else "Select all on page", campaign_ids.CAMPAIGN_SELECT_PAGE
            ),
            button("Change status", campaign_ids.CAMPAIGN_SET),
            button("Change all matching" if state.is_filtered else "Change all", campaign_ids.CAMPAIGN_SET_ALL),
            button("Push chosen", campaign_ids.CAMPAIGN_PUSH) if Permission.PUSH_LEADS in may else None,
            block_id=f"campaign_bulk:{mark}",
        ),
    ]


def _row(row: CampaignLead, campaign: Campaign, timezone: str) -> Block:
    """Company and address; the badge, the step, the last activity and what is known of the address."""
    enrolment, lead = row.enrolment, row.lead
    email = esc(lead.email, 80) if lead.email else "no email"
    standing = [BADGE_WORDS[enrolment.badge] if enrolment.badge else ""]
    if enrolment.step:
        standing.append(f"Step {enrolment.step:,} of {max(campaign.steps, enrolment.step):,}")
    elif not enrolment.is_there:
        standing.append("not pushed yet")
    facts = [f"Last activity {when(enrolment.updated_at, timezone)}", *_address(row)]
    text = f"{strong(company(lead))} · {email}\n{' · '.join(standing)}\n{' · '.join(facts)}"
    return section(text, button("Open", ids.OPEN_LEAD, lead.id))


def _address(row: CampaignLead) -> list[str]:
    """What validation says, where it is worth a word."""
    if row.check is None or not row.lead.email:
        return []
    if row.check.verdict is None:
        return ["address not checked yet"]
    return {Verdict.UNVERIFIED: ["address unverified"], Verdict.VALID: ["address valid"]}.get(row.check.verdict, [])


def _nothing(page: EnrolmentPage, state: CampaignState, segments: Sequence[Segment]) -> list[Block]:
    if not state.is_filtered:
        return [section("*Nothing on this page.* The list changed meanwhile; go back a page or search.")]
    asked = [f"“{esc(state.text, 80)}”"] if state.text.strip() else []
    asked += [BADGE_WORDS[state.badge]] if state.badge else []
    asked += [f"segment {segment_name(each)}" for each in segments if each.id == state.segment_id]
    said = f"*Nobody matches* {', '.join(asked)}."
    if page.next_cursor:
        said = f"*Nobody so far matches* {', '.join(asked)}. The campaign is long: *Next* looks further back."
    return [section(said), *actions(button("Clear filters", campaign_ids.CAMPAIGN_CLEAR))]


def activate_view(campaign: Campaign, unchecked: Unchecked) -> Block:
    """Before a campaign may send: to whom, and whose address nobody has checked. `private_metadata` is its id."""
    more = "+" if unchecked.total >= MOST_LOOKED_AT else ""
    said = f"PlusVibe begins to write to its {count(unchecked.total, 'lead')}{more} as the campaign's schedule says."
    if not unchecked.total:
        said = "Nobody is in it yet; PlusVibe writes to whoever comes, as the campaign's schedule says."
    lines = [f"Activate {strong(campaign_name(campaign))}? {said}"]
    if unchecked.unchecked:
        lines.append(
            f"⏳ *{unchecked.unchecked:,} of {unchecked.total:,}{more} still unchecked.* "
            "Addresses that bounce harm your sender's name: wait until the check is done."
        )
    return modal(
        campaign_ids.ACTIVATE_FORM,
        "Activate campaign",
        [section(line) for line in lines],
        metadata=campaign.id,
        submit="Activate anyway" if unchecked.unchecked else "Activate",
        close="Wait" if unchecked.unchecked else "Cancel",
    )


def activated(campaign: Campaign) -> Message:
    """It sends."""
    said = f"{campaign_name(campaign)} is active: PlusVibe sends as its schedule says"
    return Message(said, [section(f"▶️ *{said.replace('*', '∗')}*")])


def badge_form(
    campaign: Campaign, state: CampaignState, chosen: int, lead_ids: Sequence[str] = (), *, may: frozenset[Permission]
) -> Block:
    """Which badge to set, and what each does; metadata `{"state", "leads"}`. lead_ids: none means all that match."""
    matching = "" if lead_ids else " that match" if state.is_filtered else ", all of the campaign"
    settable = [badge for badge in SETTABLE if badge is not Badge.UNSUBSCRIBED or Permission.SUPPRESS in may]
    choice = select(
        campaign_ids.BADGE_CHOICE, "Choose a status", [option(BADGE_WORDS[badge], badge.value) for badge in settable]
    )
    effects = "\n".join(f"• *{BADGE_WORDS[badge]}*: {EFFECTS[badge]}" for badge in settable)
    return modal(
        campaign_ids.BADGE_FORM,
        "Change status",
        [
            section(f"*{count(chosen, 'lead')}*{matching} in {strong(campaign_name(campaign))}"),
            field_input("New status", BADGE_BLOCK, choice),
            section(effects),
            context("Those it does not fit are skipped, with the reason."),
        ],
        metadata=json.dumps({"state": state.packed(), "leads": list(lead_ids)}, separators=(",", ":")),
        submit=f"Change {chosen:,}"[:24],
        close="Cancel",
    )


def badge_notice(said: str) -> Block:
    """A line in the form's place: that it is being made, or why it is not."""
    return modal(ids.NOTICE, "Change status", [section(esc(said, 2_000))])


def badges_set(campaign: Campaign, envelope: Envelope, wanted: Badge, names: Mapping[str, str]) -> Message:
    """`Set 22 leads to Replied in Spring, 3 skipped`, and why."""
    said = f"Set {count(len(envelope.done), 'lead')} to {BADGE_WORDS[wanted]} in {campaign_name(campaign)}"
    if envelope.skipped:
        said += f", {len(envelope.skipped):,} skipped"
    details = grouped("Skipped", envelope.skipped, names)
    mark = "⚠️" if envelope.skipped else "✅"
    return Message(
        "\n".join([said, *details]),
        [section(f"{mark} *{said.replace('*', '∗')}*"), *(section(line) for line in details)],
    )
