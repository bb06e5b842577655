"""What stories of mails we send ourselves begin with, seen from outside the application."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from bot.gateways.sendgrid import MAIL_ID_ARG
from bot.outreach.leads import LeadDraft
from bot.outreach.local_time import local_day
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.sites import Site
from storage.ids import new_id
from storage.mail_tables import mails
from tests.scenarios.processes import Outside
from tests.storage.given_mails import a_mail, a_site

IN_FLIGHT = select(mails).where(mails.c.state == MailState.SENDING)


async def has_site(world: Outside, name: str = "Sunny", **values: Any) -> Site:
    """A stored site where it is noon now, so that no midnight comes between."""
    behind = world.clock().hour - 12  # `Etc/GMT` counts westwards
    site = a_site(name, timezone=f"Etc/GMT{behind:+d}", **values)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.sites.add(site)
    return site


async def has_due(world: Outside, sites: Sequence[Site]) -> list[Outgoing]:
    """A due mail to a lead of its own from each of these, stored together."""
    now, made = world.clock(), []
    async with world.database.begin(world.workspace_id) as uow:
        for number, site in enumerate(sites):
            draft = LeadDraft(f"quiet@firm{number}.example.com", "Jane", company_name=f"Firm {number}")
            lead = await uow.leads.add(new_id(), draft, key=draft.email, at=now)
            mail = a_mail(lead.id, site.id, to_email=draft.email, due_at=now, created_at=now)
            await uow.mails.add(mail, mail.id, str(draft.email))
            made.append(mail)
    return made


async def states_of(world: Outside, sent: Sequence[Outgoing]) -> dict[str, MailState]:
    """Where each mail stands."""
    async with world.database.read(world.workspace_id) as uow:
        return {mail.id: mail.state for mail in await uow.mails.known([mail.id for mail in sent], [])}


async def unclear(world: Outside) -> set[str]:
    """The mails that wait for a person."""
    async with world.database.read(world.workspace_id) as uow:
        return {mail.id for mail in await uow.mails.unclear()}


async def used_of(world: Outside, site: Site) -> int:
    """What counts as sent on the site's day."""
    day = (site.id, local_day(world.clock(), site.timezone))
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.sites.used([day])).get(day, 0)


def taken(world: Outside) -> Counter[str]:
    """How often SendGrid has each mail."""
    return Counter(mail.custom_args[MAIL_ID_ARG] for mail in world.sendgrid.mails)


async def leases_end(world: Outside) -> None:
    """As if the time of whoever held a mail had passed."""
    async with world.database.begin(world.workspace_id) as uow:
        held = mails.c.lease_until.is_not(None)
        await uow.mails._tenant.change(update(mails).where(held).values(lease_until=world.clock()))


async def all_due(world: Outside) -> None:
    """As if the time of whatever waits had come."""
    async with world.database.begin(world.workspace_id) as uow:
        held = mails.c.state == MailState.HELD
        await uow.mails._tenant.change(update(mails).where(held).values(due_at=world.clock()))


async def count_events(world: Outside, lead_id: str, kind: str) -> int:
    """How often this stands in the lead's history."""
    async with world.database.read(world.workspace_id) as uow:
        return sum(event.kind == kind for event in await uow.events.of_lead(lead_id, limit=100))
