"""`/outreach campaign <name>`: a campaign's leads, looked through, and their badges set by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from blocks import campaign_ids
from blocks.campaign_leads import (
    activate_view,
    activated,
    badge_form,
    badge_notice,
    badges_set,
    campaign_leads_view,
)
from blocks.campaign_state import EVERY_SEGMENT, CampaignState
from bot.outreach.enrolments import Badge, EnrolmentQuery
from bot.outreach.errors import Invalid, OutreachError
from bot.services.once import Selection
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.modals import draw_newest
from handlers.pushing import needs_second_look, push, second_look

NOBODY_CHOSEN = "Choose at least one lead first, or Select all on page."


async def open_named(call: Call, name: str) -> None:
    """The list of the campaign of that name, in a fresh modal."""
    campaign = await call.services.campaigns.named(call.workspace_id, await call.actor(), name)
    await call.open(await list_of(call, CampaignState(campaign.id, channel=call.channel)))


async def open_from_button(call: Call) -> None:
    """`Leads` on a campaign's line."""
    await call.ack()
    await call.open(await list_of(call, CampaignState(call.value, channel=call.channel)))


async def list_of(call: Call, state: CampaignState, *, done: str = "", problem: str = "") -> dict[str, Any]:
    """The list as a view. A cursor that fits no longer gives the first page, a segment not to be used everybody."""
    member, service = await call.member(), call.services.campaign_leads
    campaign = await service.campaign(call.workspace_id, member.actor, state.campaign_id)
    try:
        query = await _query(call, state)
    except OutreachError as error:
        state, problem = state.narrowed(EVERY_SEGMENT), str(error)
        query = state.query()
    try:
        page = await service.page(call.workspace_id, member.actor, query, state.cursor or None)
    except Invalid:
        state = replace(state, cursor="", number=1)
        page = await service.page(call.workspace_id, member.actor, query)
    return campaign_leads_view(
        campaign,
        page,
        state,
        may=member.actor.permissions,
        segments=await call.services.segments.usable(call.workspace_id, member.actor),
        timezone=member.timezone,
        done=done,
        problem=problem,
    )


async def _query(call: Call, state: CampaignState) -> EnrolmentQuery:
    """What the state asks. Raises `NotFound` or `Conflict` for a segment not to be used: never everybody instead."""
    if not state.segment_id:
        return state.query()
    return state.query(await call.services.segments.in_use(call.workspace_id, await call.actor(), state.segment_id))


def _state(call: Call) -> CampaignState:
    """Where the reader stands, with the words typed since it was drawn."""
    state = CampaignState.unpacked(call.metadata)
    typed = call.chosen(campaign_ids.CAMPAIGN_SEARCH) if call.shows(campaign_ids.CAMPAIGN_SEARCH) else state.text
    return state if typed.strip() == state.text.strip() else state.searched(typed)


async def _show(call: Call, state: CampaignState, problem: str = "") -> None:
    await draw_newest(call, list_of, state, problem=problem)


async def search(call: Call) -> None:
    """Each keystroke is a new question."""
    await call.ack()
    await _show(call, _state(call).searched(call.value))


async def filter_badge(call: Call) -> None:
    """Only one badge, or all."""
    await call.ack()
    await _show(call, _state(call).filtered(call.value))


async def filter_segment(call: Call) -> None:
    """Only who is in one segment, or everybody."""
    await call.ack()
    await _show(call, _state(call).narrowed(call.value))


async def clear(call: Call) -> None:
    """Everything again."""
    await call.ack()
    await _show(call, _state(call).cleared())


async def next_page(call: Call) -> None:
    """One page on."""
    await call.ack()
    await _show(call, _state(call).paged(call.value, 1))


async def previous_page(call: Call) -> None:
    """One page back."""
    await call.ack()
    await _show(call, _state(call).paged(call.value, -1))


async def select_page(call: Call) -> None:
    """All leads on this page; pressed again, none."""
    await call.ack()
    state = _state(call)
    await _show(call, replace(state, all_selected=not state.all_selected))


async def submitted(call: Call) -> None:
    """The list's submit searches."""
    await call.ack(response_action="update", view=await list_of(call, _state(call)))


async def set_chosen(call: Call) -> None:
    """`Change status` of the leads chosen: which one, and what it will do."""
    await call.ack()
    chosen = call.chosen_many(campaign_ids.CAMPAIGN_SELECTION)
    if not chosen:
        await _show(call, _state(call), NOBODY_CHOSEN)
        return
    await call.open(await _asked(call, chosen, len(chosen)))


async def set_all(call: Call) -> None:
    """The same for everybody who matches: opened at once, for looking through a long campaign may take seconds."""
    await call.ack()
    state = _state(call)
    try:
        query = await _query(call, state)
    except OutreachError as error:
        await _show(call, state, noted(error, user=call.user_id))
        return
    view_id = await call.open(badge_notice("⏳ Looking for everybody who matches…"))
    try:
        found = await call.services.campaign_leads.matching(call.workspace_id, await call.actor(), query)
    except OutreachError as error:
        await call.update(badge_notice(f"⚠️ {noted(error, user=call.user_id)}"), view_id=view_id)
        return
    view = await _asked(call, (), len(found)) if found else badge_notice("Nobody matches.")
    await call.update(view, view_id=view_id)


async def _asked(call: Call, lead_ids: Sequence[str], number: int) -> dict[str, Any]:
    state, actor = _state(call), await call.actor()
    campaign = await call.services.campaign_leads.campaign(call.workspace_id, actor, state.campaign_id)
    return badge_form(campaign, state, number, lead_ids, may=actor.permissions)


async def badge_chosen(call: Call) -> None:
    """Set the badges; what was left out is counted, with the reasons."""
    await call.ack()
    if not await call.first_time():
        return
    kept = call.kept
    state, wanted = CampaignState.unpacked(str(kept["state"])), Badge(call.chosen(campaign_ids.BADGE_CHOICE))
    actor, service = await call.actor(), call.services.campaign_leads
    campaign = await service.campaign(call.workspace_id, actor, state.campaign_id)
    lead_ids = [str(lead_id) for lead_id in kept["leads"]]
    lead_ids = lead_ids or await service.matching(call.workspace_id, actor, await _query(call, state))
    envelope = await service.set_badge(call.workspace_id, actor, campaign.id, lead_ids, wanted)
    left_out = [outcome.lead_id for outcome in envelope.skipped][:200]
    names = await call.services.pushes.titles(call.workspace_id, left_out)
    message = badges_set(campaign, envelope, wanted, names)
    if call.under:
        await call.update(await list_of(call, state, done=message.words.partition("\n")[0]), view_id=call.under)
    if envelope.skipped or not call.under:
        await call.tell(message)


async def push_chosen(call: Call) -> None:
    """Push the leads chosen to this campaign; the result is posted where the list was opened."""
    await call.ack()
    state, chosen = _state(call), call.chosen_many(campaign_ids.CAMPAIGN_SELECTION)
    if not chosen:
        await _show(call, state, NOBODY_CHOSEN)
        return
    actor = await call.actor()
    try:
        checked = await call.services.pushes.check(call.workspace_id, actor, state.campaign_id, chosen)
    except OutreachError as error:
        await _show(call, state, noted(error, user=call.user_id))
        return
    selection = Selection(state.campaign_id, tuple(chosen), state.channel)
    if needs_second_look(checked):
        await call.open(await second_look(call, checked, selection))
    else:
        await push(call, selection)
        await _show(call, state)


async def ask_to_activate(call: Call) -> None:
    """`Activate` on a campaign's line: first say to whom it will write."""
    await call.ack()
    actor, service = await call.actor(), call.services.campaign_leads
    campaign = await service.campaign(call.workspace_id, actor, call.value)
    await call.open(activate_view(campaign, await service.unchecked(call.workspace_id, actor, campaign.id)))


async def activate(call: Call) -> None:
    """It may send."""
    await call.ack()
    if await call.first_time():
        campaign = await call.services.campaigns.activate(call.workspace_id, await call.actor(), call.metadata)
        await call.tell(activated(campaign))


TABLE = Table(
    actions={
        campaign_ids.OPEN_CAMPAIGN: open_from_button,
        campaign_ids.ACTIVATE_CAMPAIGN: ask_to_activate,
        campaign_ids.CAMPAIGN_SEARCH: search,
        campaign_ids.CAMPAIGN_BADGE: filter_badge,
        campaign_ids.CAMPAIGN_SEGMENT: filter_segment,
        campaign_ids.CAMPAIGN_CLEAR: clear,
        campaign_ids.CAMPAIGN_NEXT: next_page,
        campaign_ids.CAMPAIGN_PREVIOUS: previous_page,
        campaign_ids.CAMPAIGN_SELECT_PAGE: select_page,
        campaign_ids.CAMPAIGN_SET: set_chosen,
        campaign_ids.CAMPAIGN_SET_ALL: set_all,
        campaign_ids.CAMPAIGN_PUSH: push_chosen,
    },
    views={
        campaign_ids.CAMPAIGN_LEADS: submitted,
        campaign_ids.BADGE_FORM: badge_chosen,
        campaign_ids.ACTIVATE_FORM: activate,
    },
)
