"""`/push`: the form, the one-liner, and the buttons under a result."""

from collections.abc import Sequence

from blocks import ids
from blocks.campaign_choice import campaign_options
from blocks.outreach import help_message
from blocks.push import LEADS_BLOCK, SEGMENT_BLOCK, STATUS_BLOCK, lead_options, push_notice, push_view
from bot.outreach.access import Permission, require
from bot.outreach.errors import OutreachError
from bot.outreach.leads import LeadQuery, LeadSort, LeadStatus
from bot.outreach.searching import parse_push_line
from bot.outreach.segments import Segment
from bot.services.once import Selection
from bot.services.pushes import MOST_LEADS
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.modals import refuse
from handlers.pushing import needs_second_look, push, second_look, show_result, submit_push

OPTIONS_AT_ONCE = 25


async def command(call: Call) -> None:
    """`/push` opens the form; `/push <emails or domains> to <campaign>` pushes at once."""
    await call.ack()
    if not call.text:
        await open_form(call, [], call.channel)
    elif call.text.lower() == "help":
        await call.tell(help_message("push"))
    else:
        await _push_line(call)


async def _push_line(call: Call) -> None:
    terms, name = parse_push_line(call.text)
    actor = await call.actor()
    campaign = await call.services.campaigns.named(call.workspace_id, actor, name)
    found = [lead.id for term in terms for lead in await call.services.leads.find(call.workspace_id, actor, term)]
    selection = Selection(campaign.id, tuple(dict.fromkeys(found)), call.channel)
    checked = await call.services.pushes.check(call.workspace_id, actor, campaign.id, selection.lead_ids)
    if needs_second_look(checked):
        await call.open(await second_look(call, checked, selection))
    else:
        await push(call, selection)


async def open_form(call: Call, lead_ids: Sequence[str], channel: str, campaign_id: str | None = None) -> None:
    """The push form, with leads already chosen when it was asked for from a row."""
    actor = await call.actor()
    services = call.services
    chosen = await services.leads.named(call.workspace_id, actor, lead_ids) if lead_ids else {}
    view = push_view(
        await services.campaigns.all(call.workspace_id, actor),
        connected=services.campaigns.connected,
        channel=channel,
        chosen=[chosen[lead_id] for lead_id in lead_ids if lead_id in chosen],
        campaign_id=campaign_id,
        total_by_status=await services.leads.counts(call.workspace_id, actor),
        segments=await services.segments.usable(call.workspace_id, actor),
    )
    await call.open(view)


async def open_from_button(call: Call) -> None:
    """A button elsewhere that leads to the form."""
    await call.ack()
    await open_form(call, [], call.channel)


async def submitted(call: Call) -> None:
    """The form's submit: leads by name, or all of a status, or of a segment."""
    lead_ids = call.chosen_many(ids.PUSH_LEADS)
    status, segment_id = call.chosen(ids.PUSH_STATUS), call.chosen(ids.PUSH_SEGMENT)
    if sum(map(bool, (lead_ids, status, segment_id))) > 1:
        said = "Choose leads by name, by status or by segment, not several of these."
        return await call.ack(response_action="errors", errors={LEADS_BLOCK: said})
    actor, services = await call.actor(), call.services
    try:
        if status:
            lead_ids = await services.pushes.of_status(call.workspace_id, actor, LeadStatus(status))
        elif segment_id:
            preview = await services.segments.preview(call.workspace_id, actor, segment_id)
            if not preview.count.is_whole and call.chosen(ids.PUSH_CAMPAIGN):
                return await _push_out_of_many(call, preview.segment)
            lead_ids = await services.segments.chosen(call.workspace_id, actor, segment_id, MOST_LEADS)
    except OutreachError as error:
        block = STATUS_BLOCK if status else SEGMENT_BLOCK
        return await refuse(call, error, block)
    if not lead_ids:
        said = "Choose at least one lead, a status or a segment."
        return await call.ack(response_action="errors", errors={LEADS_BLOCK: said})
    return await submit_push(call, call.chosen(ids.PUSH_CAMPAIGN), lead_ids, call.metadata)


async def _push_out_of_many(call: Call, segment: Segment) -> None:
    """The same where finding everybody takes longer than a form may wait: the form says so, then what came of it."""
    actor, services, campaign_id = await call.actor(), call.services, call.chosen(ids.PUSH_CAMPAIGN)
    await call.ack(response_action="update", view=push_notice(f"⏳ Looking for everybody in {segment.name}…"))
    view_id = str(call.view.get("id"))
    try:
        lead_ids = await services.segments.chosen(call.workspace_id, actor, segment.id, MOST_LEADS)
        checked = await services.pushes.check(call.workspace_id, actor, campaign_id, lead_ids)
    except OutreachError as error:
        await call.update(push_notice(f"⚠️ {noted(error, user=call.user_id)}"), view_id=view_id)
        return
    selection = Selection(campaign_id, tuple(lead_ids), call.metadata)
    if needs_second_look(checked):
        await call.update(await second_look(call, checked, selection), view_id=view_id)
        return
    said = f"{segment.name} is handed over: a message in the channel follows it. You can close this."
    await call.update(push_notice(said), view_id=view_id)
    await push(call, selection)


async def confirmed(call: Call) -> None:
    """The second look was taken."""
    await call.ack(response_action="clear")
    await push(call, await call.services.once.kept(call.workspace_id, call.user_id, call.metadata))


async def lead_choices(call: Call) -> None:
    """Leads for the form's search box."""
    query = LeadQuery(str(call.body.get("value") or ""), sort=LeadSort.COMPANY, limit=OPTIONS_AT_ONCE)
    page = await call.services.leads.page(call.workspace_id, await call.actor(), query)
    await call.ack(options=lead_options(page.leads))


async def campaign_choices(call: Call) -> None:
    """Campaigns for the select, when there are too many to list."""
    typed = str(call.body.get("value") or "").casefold()
    campaigns = await call.services.campaigns.all(call.workspace_id, await call.actor())
    await call.ack(options=campaign_options([each for each in campaigns if typed in each.name.casefold()]))


async def retry_status(call: Call) -> None:
    """`Retry status update`: our own rows again, the vendor's are fine."""
    await call.ack()
    require(await call.actor(), Permission.PUSH_LEADS)
    result = await call.services.pushes.follow_up(call.workspace_id, call.value)
    await show_result(call.house, result.push, result)


async def retry_failed(call: Call) -> None:
    """Only those that failed, as a push of their own."""
    await call.ack()
    result = await call.services.pushes.result(call.workspace_id, call.value)
    still_here = await call.services.pushes.titles(call.workspace_id, [outcome.lead_id for outcome in result.failed])
    selection = Selection(result.push.campaign_id, tuple(still_here), result.push.origin.channel or "")
    await push(call, selection, key=f"retry:{call.value}")


async def keep_choice(call: Call) -> None:
    """A select whose value is read at submit."""
    await call.ack()


TABLE = Table(
    commands={"/push": command},
    actions={
        ids.OPEN_PUSH: open_from_button,
        ids.RETRY_STATUS: retry_status,
        ids.RETRY_FAILED: retry_failed,
        ids.PUSH_CAMPAIGN: keep_choice,
        ids.CAMPAIGN: keep_choice,
        ids.SELECTION: keep_choice,
    },
    views={ids.PUSH_FORM: submitted, ids.PUSH_CONFIRM: confirmed},
    options={
        ids.PUSH_LEADS: lead_choices,
        ids.PUSH_CAMPAIGN: campaign_choices,
        ids.CAMPAIGN: campaign_choices,
        ids.CARD_CAMPAIGN: campaign_choices,
    },
)
