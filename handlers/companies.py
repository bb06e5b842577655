"""`/outreach companies`: the directory by traits, and everybody who matches into a campaign."""

from typing import Any

from blocks import campaign_ids
from blocks.companies import ANY, CAMPAIGN_BLOCK, LONGEST_VALUE, companies_view, intake_form, trait_options
from bot.outreach.access import Permission
from bot.outreach.companies import CompanyFilter, IntakeSource, Trait
from bot.outreach.errors import OutreachError
from bot.services.intakes import Wanted
from handlers import Table
from handlers.call import Call
from handlers.intakes import show_intake
from handlers.modals import refuse
from handlers.push import campaign_choices


async def open_companies(call: Call) -> None:
    """The directory in a fresh modal."""
    await call.open(await _view(call, CompanyFilter(), call.channel))


async def _view(call: Call, wanted: CompanyFilter, channel: str) -> dict[str, Any]:
    actor = await call.actor()
    seen = await call.services.companies.look(call.workspace_id, actor, wanted)
    may_add = Permission.IMPORT_LEADS in actor.permissions
    return companies_view(seen.total, seen.matching, wanted, channel=channel, may_add=may_add)


def _kept(call: Call) -> tuple[CompanyFilter, str]:
    """The filter and the channel as the view remembers them."""
    kept = call.kept
    return CompanyFilter.of(kept.get("filter") or {}), str(kept.get("channel") or "")


async def choose(call: Call) -> None:
    """Another value of a trait, or any."""
    await call.ack()
    wanted, channel = _kept(call)
    trait = Trait(str(call.action.get("action_id")).partition("|")[2])
    value = "" if call.value == ANY else call.value
    wanted = CompanyFilter.of({**wanted.stored(), trait.value: value})
    view = await _view(call, wanted, channel)
    if call.is_newest():
        await call.update(view, racing=False)


async def clear(call: Call) -> None:
    """Every company again."""
    await call.ack()
    await call.update(await _view(call, CompanyFilter(), _kept(call)[1]), racing=False)


def offers(trait: Trait) -> Any:
    """What a trait's select offers while somebody types."""

    async def offer(call: Call) -> None:
        typed, (wanted, _) = str(call.body.get("value") or ""), _kept(call)
        found = await call.services.companies.values(call.workspace_id, await call.actor(), trait, typed, wanted)
        short = [(value, number) for value, number in found if len(value) <= LONGEST_VALUE]
        await call.ack(options=trait_options(trait, short, typed=typed))

    return offer


async def add(call: Call) -> None:
    """`Add to Campaign`: which one."""
    await call.ack()
    wanted, channel = _kept(call)
    actor = await call.actor()
    seen = await call.services.companies.look(call.workspace_id, actor, wanted)
    campaigns = await call.services.campaigns.all(call.workspace_id, actor)
    await call.open(intake_form(campaigns, seen.matching, wanted, channel))


async def added(call: Call) -> None:
    """The campaign is chosen: the rest is the clock's."""
    wanted, channel = _kept(call)
    campaign_id = call.chosen(campaign_ids.INTAKE_CAMPAIGN)
    asked = Wanted(
        campaign_id, IntakeSource.COMPANIES, wanted, channel or await call.post_channel(), f"slack:{call.key}"
    )
    try:
        intake = await call.services.intakes.begin(call.workspace_id, await call.actor(), asked)
    except OutreachError as error:
        return await refuse(call, error, CAMPAIGN_BLOCK)
    await call.ack(response_action="clear")
    return await show_intake(call.house, intake)


TABLE = Table(
    actions={campaign_ids.COMPANY_TRAIT: choose, campaign_ids.COMPANIES_CLEAR: clear, campaign_ids.COMPANIES_ADD: add},
    views={campaign_ids.INTAKE_FORM: added},
    options={
        **{f"{campaign_ids.COMPANY_TRAIT}|{trait.value}": offers(trait) for trait in Trait},
        campaign_ids.INTAKE_CAMPAIGN: campaign_choices,
    },
)
