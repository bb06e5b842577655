"""Merge fields fitted to a campaign: a lead written back for another number of steps is rendered again for the push."""

from datetime import datetime

from bot.outreach.campaigns import Campaign, blank_fields
from bot.outreach.leads import Lead
from bot.outreach.templates import body_keys
from bot.outreach.writebacks import Tone
from bot.services.writebacks import render, stored
from storage.unit_of_work import UnitOfWork


async def blanks(uow: UnitOfWork, leads: list[Lead], campaign: Campaign) -> tuple[str, ...]:
    """Merge fields of the campaign that some lead would leave blank, even with the body keys the push renders."""
    if not campaign.merge_fields:
        return ()
    unfit = _unfit(leads, campaign)
    audits = await uow.audits.latest_complete([lead.id for lead in unfit]) if unfit else {}
    rendered = dict.fromkeys(body_keys(campaign.steps), "to be rendered")
    blank = {
        name
        for lead in leads
        for name in blank_fields(campaign, {**lead.variables, **rendered} if lead.id in audits else lead.variables)
    }
    return tuple(name for name in campaign.merge_fields if name in blank)


def _unfit(leads: list[Lead], campaign: Campaign) -> list[Lead]:
    """Leads whose stored body keys are not those of this campaign's steps."""
    needed = set(body_keys(campaign.steps))
    return [lead for lead in leads if not lead.variables.keys() >= needed]


async def fitted(uow: UnitOfWork, leads: list[Lead], campaign: Campaign, now: datetime) -> list[Lead]:
    """Render again for leads whose stored body keys do not fit this campaign's steps, so that no step goes blank."""
    unfit = _unfit(leads, campaign)
    audits = await uow.audits.latest_complete([lead.id for lead in unfit]) if unfit else {}
    changes = []
    for lead in unfit:
        audit = audits.get(lead.id)
        if audit is None or audit.finished is None:
            continue
        tone = Tone((lead.plusvibe_lead_data.get("lastOutboundWriteback") or {}).get("tone") or Tone.DIRECT)
        variables = {**lead.variables, **render(lead, audit.finished, tone, campaign)}
        changes.append((lead.id, stored(lead, variables, campaign, tone, now)))
    if not changes:
        return leads
    await uow.leads.change_many(changes, at=now)
    return list(await uow.leads.get_many([lead.id for lead in leads]))
