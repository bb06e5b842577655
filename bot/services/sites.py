"""Sites: whom our mail comes from, and what each may still send today."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.limits import Budget, next_midnight
from bot.outreach.local_time import local_day
from bot.outreach.sites import Site, checked_site
from bot.services.addresses import normalised
from storage.database import Database
from storage.unit_of_work import UnitOfWork


class SiteService:
    """The sites of a workspace. connected: SendGrid has its key."""

    def __init__(self, database: Database, clock: Clock, *, connected: bool) -> None:
        self._database = database
        self._clock = clock
        self.connected = connected

    async def budgets(self, workspace_id: str, actor: Actor) -> Sequence[Budget]:
        """Every site with its day, by name."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await budgets_of(uow, await uow.sites.all(), self._clock())

    async def save(self, workspace_id: str, actor: Actor, site: Site) -> Site:
        """A new site when its id is empty. Saving lets a stopped site send again. Raises `Invalid` with the field."""
        require(actor, Permission.SET_SITES)
        try:
            site = replace(
                checked_site(site),
                from_email=normalised(site.from_email),
                stopped="",
                reply_domain=site.reply_domain.lower(),
            )
        except Invalid as error:
            raise Invalid(str(error), field="from_email" if error.field == "email" else error.field) from error
        async with self._database.begin(workspace_id) as uow:
            names = {known.name: known.id for known in await uow.sites.all()}
            if names.get(site.name, site.id) != site.id:
                raise Invalid(f"There is a site called {site.name}. Choose another name.", field="name")
            if not site.id:
                site = replace(site, id=str(uuid4()))
                await uow.sites.add(site)
            elif not await uow.sites.change(site):
                raise NotFound("This site is not here any more.")
            await uow.events.add(by(actor, EventKind.SITE_SAVED, self._clock(), None, {"name": site.name}))
        return site


async def last_written(uow: UnitOfWork, address_keys: Collection[str]) -> dict[str, datetime]:
    """When each was written to last, or will be: what waits to leave makes the next one wait as what left does."""
    return await uow.rests.last_sent(address_keys) | await uow.mails.leaving_to(address_keys)


async def budgets_of(uow: UnitOfWork, sites: Sequence[Site], now: datetime) -> list[Budget]:
    """What each of these sites has sent today and what is due yet."""
    resets = {site.id: next_midnight(now, site.timezone) for site in sites}
    used = await uow.sites.used([(site.id, local_day(now, site.timezone)) for site in sites])
    held = await uow.mails.held(resets)
    return [
        Budget(site, used.get((site.id, local_day(now, site.timezone)), 0), held[site.id], resets[site.id])
        for site in sites
    ]
