"""The Home tab: what it shows, who has it open, and whether what they see is out of date."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.events import permalink
from bot.outreach.home import MOST_COUNTED_STEPS, TOLD, BlockedLine, Figures, Waiting, midnight
from bot.outreach.local_time import local_day
from bot.outreach.pipeline import EmailFigures, funnel
from bot.outreach.pushes import ArmedState
from bot.services.sites import budgets_of
from storage.database import Database
from storage.unit_of_work import UnitOfWork

OPEN_FOR = timedelta(hours=12)
LEASE = timedelta(minutes=1)
# Slack takes about a hundred calls of `views.publish` a minute, and the clock comes every five seconds.
MOST_A_ROUND = 8
SHOWN_BLOCKED = 3
_NEWEST_EVENTS = 20
_MOST_OF_A_DAY = 2_000


class HomeService:
    """Draws from counters and indexes only, and remembers who looked at Home lately."""

    def __init__(self, database: Database, clock: Clock, *, team_url: str = "") -> None:
        self._database = database
        self._clock = clock
        self._team_url = team_url

    async def figures(self, workspace_id: str, actor: Actor, timezone: str) -> Figures:
        """The funnel, the e-mails, the campaigns, and what happened since this person's midnight."""
        require(actor, Permission.READ_LEADS)
        since = midnight(self._clock(), timezone)
        async with self._database.read(workspace_id) as uow:
            return Figures(
                funnel=funnel(await uow.leads.funnel()),
                counts=await uow.leads.counts(),
                emails=EmailFigures(await uow.drafts.counts()),
                campaigns=await uow.campaigns.all(),
                today=await uow.events.tally(TOLD, since, most=_MOST_OF_A_DAY),
                budgets=await budgets_of(uow, await uow.sites.all(), self._clock()),
            )

    async def blocked(self, workspace_id: str, actor: Actor) -> Waiting:
        """How many pushes stand refused, how many of them armed, and the newest few with the way to their reports;
        how many mails are unclear.
        """
        require(actor, Permission.READ_LEADS)
        now = self._clock()
        async with self._database.read(workspace_id) as uow:
            blocked, armed = await uow.blocked.standing(now)
            lines = await self._lines(uow, now) if blocked else []
            unclear = await uow.mails.count_unclear()
        return Waiting(blocked=blocked, armed=armed, blocked_lines=lines, unclear=unclear)

    async def _lines(self, uow: UnitOfWork, now: datetime) -> Sequence[BlockedLine]:
        newest = await uow.blocked.newest(now, SHOWN_BLOCKED)
        names = {campaign.id: campaign.name for campaign in await uow.campaigns.all()}
        places = await uow.posts.places([f"blocked:{blocked.id}" for blocked, _ in newest])
        return [
            BlockedLine(
                blocked.id,
                names.get(blocked.campaign_id, ""),
                leads,
                blocked.created_at,
                blocked.expires_at if blocked.armed is ArmedState.ARMED else None,
                permalink(self._team_url, *places[f"blocked:{blocked.id}"])
                if f"blocked:{blocked.id}" in places
                else "",
            )
            for blocked, leads in newest
        ]

    async def version(self, workspace_id: str) -> str:
        """A short mark of everything Home is drawn from, in a handful of statements. It changes every hour too."""
        async with self._database.read(workspace_id) as uow:
            return await _version(uow, self._clock())

    async def opened(self, workspace_id: str, user_id: str, version: str, mark: str) -> None:
        """Somebody looks at Home and sees this view of that version."""
        async with self._database.begin(workspace_id) as uow:
            await uow.homes.opened(user_id, self._clock(), version=version, shown=mark)

    async def behind(self, workspace_id: str) -> tuple[str, Sequence[str]]:
        """The version now, and who opened Home within half a day and sees an older one: held for this process.

        The longest undrawn come first, a few at a time; nothing is written when nothing changed.
        """
        now = self._clock()
        since = now - OPEN_FOR
        async with self._database.read(workspace_id) as uow:
            if not await uow.homes.anybody(since):
                return "", []
            version = await _version(uow, now)
            late = await uow.homes.behind(version, since=since, now=now, limit=MOST_A_ROUND)
        if not late:
            return version, []
        async with self._database.begin(workspace_id) as uow:
            return version, await uow.homes.claim(late, version, now, now + LEASE)

    async def sees(self, workspace_id: str, user_id: str, mark: str) -> bool:
        """Whether Slack shows this person this very view already."""
        async with self._database.read(workspace_id) as uow:
            return await uow.homes.seen(user_id) == mark

    async def drawn(self, workspace_id: str, user_id: str, version: str, mark: str) -> None:
        """The person's view is of this version now; the hold on it ends."""
        async with self._database.begin(workspace_id) as uow:
            await uow.homes.drawn(user_id, self._clock(), version=version, shown=mark)


async def _version(uow: UnitOfWork, now: datetime) -> str:
    """The newest events and not the newest alone: one that began earlier may commit later."""
    newest = [event.id for event in await uow.events.log(limit=_NEWEST_EVENTS)]
    counts = {str(status): leads for status, leads in (await uow.leads.counts()).items()}
    furthest = {int(got): leads for got, leads in (await uow.leads.funnel()).items()}
    drafts = {str(state): number for state, number in (await uow.drafts.counts()).items()}
    blocked, steps = await uow.blocked.standing(now), await uow.runs.waits(MOST_COUNTED_STEPS)
    mails = [await uow.mails.count_unclear(), *await _days(uow, now)]
    standing = [counts, furthest, drafts, blocked, steps, mails]
    whole = json.dumps([newest, *standing, f"{now:%Y-%m-%dT%H}"], sort_keys=True)
    return hashlib.blake2s(whole.encode(), digest_size=12).hexdigest()


async def _days(uow: UnitOfWork, now: datetime) -> list[tuple[str, int]]:
    """What each site sent on its day, and what keeps it from sending. What waits to leave is told by events."""
    sites = await uow.sites.all()
    used = await uow.sites.used([(site.id, local_day(now, site.timezone)) for site in sites])
    return [(site.stopped, used.get((site.id, local_day(now, site.timezone)), 0)) for site in sites]
