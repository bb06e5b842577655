"""Who joins a campaign: the message that follows an intake, its cancelling, and `Import from Pipeline`."""

from contextlib import aclosing
from typing import Any

from blocks import campaign_ids
from blocks.campaign_state import CampaignState
from blocks.companies import ANY
from blocks.intakes import (
    EVERY,
    FILTER_WORDS,
    intake_message,
    pipeline_import_form,
    pipeline_options,
    tally_message,
)
from blocks.push import lead_options
from bot.outreach.companies import CompanyFilter, Intake, IntakeSource, IntakeState, Trait
from bot.outreach.errors import OutreachError
from bot.outreach.posts import WantedPost
from bot.services.intakes import Wanted
from handlers import Table
from handlers.call import Call
from handlers.campaign_leads import list_of
from handlers.house import House
from handlers.modals import refuse
from handlers.names import name_of
from handlers.posting import wanted


async def fill_campaigns(house: House) -> object:
    """Carry on what is open, and keep its message up to date."""
    last: Intake | None = None
    async with aclosing(house.services.intakes.run_due(house.workspace.id)) as moved:
        async for intake in moved:
            last = intake
            await show_intake(house, intake)
    if last is not None and last.state is not IntakeState.RUNNING:
        await house.services.intakes.reported(house.workspace.id, last.id)
    return last


async def show_intake(house: House, intake: Intake) -> None:
    """Its message as it stands; once it is over, the sum in its thread."""
    campaign = await house.services.intakes.campaign(house.workspace.id, intake.campaign_id)
    author = await name_of(house, intake.author if intake.author[:1] in {"U", "W"} else "")
    head = f"intake:{intake.id}"
    posts: list[WantedPost] = [
        wanted(head, intake.channel, intake_message(campaign, intake, author), tell=intake.author)
    ]
    if intake.state is not IntakeState.RUNNING:
        posts.append(wanted(f"{head}:sum", intake.channel, tally_message(campaign, intake.tally), parent_key=head))
    await house.poster.show(house.workspace.id, posts)


async def cancel(call: Call) -> None:
    """`Cancel`: nobody more joins. Whoever is at it says so in the message, at once or with the clock's next round."""
    await call.ack()
    await call.services.intakes.cancel(call.workspace_id, await call.actor(), call.value)


async def open_import(call: Call) -> None:
    """`Import from Pipeline` on a campaign's list."""
    await call.ack()
    state = CampaignState.unpacked(call.metadata)
    await call.open(await _form(call, state.campaign_id, state.packed(), CompanyFilter(), state.channel))


async def _form(call: Call, campaign_id: str, state: str, asked: CompanyFilter, channel: str) -> dict[str, Any]:
    campaign = await call.services.intakes.campaign(call.workspace_id, campaign_id)
    segments = await call.services.segments.usable(call.workspace_id, await call.actor())
    return pipeline_import_form(campaign, state, asked.stored(), channel, segments)


async def filter_import(call: Call) -> None:
    """A filter's value: what the other filters and the leads are offered by follows it."""
    await call.ack()
    kept = call.kept
    view = await _form(call, str(kept["campaign"]), str(kept["state"]), _chosen(call), str(kept["channel"]))
    if call.is_newest():
        await call.update(view)


def _chosen(call: Call) -> CompanyFilter:
    """The filters as they stand in the boxes."""
    values = {trait.value: call.chosen(f"{campaign_ids.PIPELINE_TRAIT}|{trait.value}") for trait in Trait}
    values["segment_id"] = call.chosen(campaign_ids.PIPELINE_SEGMENT)
    return CompanyFilter.of({name: "" if value == ANY else value for name, value in values.items()})


def offers(trait: Trait) -> Any:
    """What a filter's select offers while somebody types."""

    async def offer(call: Call) -> None:
        typed, kept = str(call.body.get("value") or ""), call.kept
        asked = CompanyFilter.of(kept.get("filter") or {})
        found = await call.services.intakes.values(call.workspace_id, await call.actor(), trait, typed, asked)
        await call.ack(options=pipeline_options(trait, found, typed=typed))

    return offer


async def offer_leads(call: Call) -> None:
    """Leads that hold what is typed and match the filters."""
    kept = call.kept
    asked = CompanyFilter.of(kept.get("filter") or {})
    typed = str(call.body.get("value") or "")
    found = await call.services.intakes.find(call.workspace_id, await call.actor(), typed, asked)
    await call.ack(options=lead_options(found))


async def imported(call: Call) -> None:
    """The leads chosen join at once; all that match are the clock's."""
    kept = call.kept
    campaign_id, channel = str(kept["campaign"]), str(kept["channel"]) or await call.post_channel()
    actor, service = await call.actor(), call.services.intakes
    chosen, everybody = call.chosen_many(campaign_ids.PIPELINE_LEADS), call.chosen(campaign_ids.PIPELINE_SCOPE) == EVERY
    if not chosen and not everybody:
        said = "Choose at least one lead, or All matching the filters."
        await call.ack(response_action="errors", errors={"pipeline_leads": said})
        return
    try:
        if everybody:
            asked = Wanted(campaign_id, IntakeSource.LEADS, _chosen(call), channel, f"slack:{call.key}")
            intake = await service.begin(call.workspace_id, actor, asked)
            await call.ack(response_action="clear")
            await show_intake(call.house, intake)
            return
        tally = await service.take_chosen(call.workspace_id, actor, campaign_id, chosen)
    except OutreachError as error:
        await refuse(call, error, "pipeline_leads")
        return
    await call.ack()
    said = tally_message(await service.campaign(call.workspace_id, campaign_id), tally).words
    if call.under:
        await call.update(await list_of(call, CampaignState.unpacked(kept["state"]), done=said), view_id=call.under)
    else:
        await call.tell(tally_message(await service.campaign(call.workspace_id, campaign_id), tally))


TABLE = Table(
    actions={
        campaign_ids.INTAKE_CANCEL: cancel,
        campaign_ids.PIPELINE_IMPORT: open_import,
        campaign_ids.PIPELINE_TRAIT: filter_import,
        campaign_ids.PIPELINE_SEGMENT: filter_import,
    },
    views={campaign_ids.PIPELINE_IMPORT_FORM: imported},
    options={
        **{f"{campaign_ids.PIPELINE_TRAIT}|{trait.value}": offers(trait) for trait in FILTER_WORDS},
        campaign_ids.PIPELINE_LEADS: offer_leads,
    },
)
