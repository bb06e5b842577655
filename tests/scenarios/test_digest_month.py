"""A month of digests across a change of the clocks, with two workers that come and go."""

import asyncio
import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest

from bot.connections import Gateways
from bot.outreach.access import Role, person
from bot.outreach.leads import LeadDraft
from bot.outreach.local_time import instant, local_day
from bot.outreach.routes import EVERY_DAY, Cadence, Topic
from bot.sandbox.slack.server import ANA, OUTREACH, SALES
from bot.use_cases import services
from handlers.announcing import post_digests
from handlers.house import House
from handlers.posting import Poster
from handlers.schedule import deliver_posts
from storage.database import Database

PRAGUE = "Europe/Prague"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # a day of 23 hours, a day of 25
PERSON = person(ANA, "Ana", Role.OWNER)
AT = {OUTREACH: time(9), SALES: time(2, 30)}  # the second does not exist on the one day, and occurs twice on the other


class Worker:
    """What one process makes of the clock's jobs: its own connections and use cases, ended and begun again at will."""

    def __init__(self, world, clock):
        self._world, self._clock = world, clock
        self.delivers_next = True

    async def start(self):
        settings, known = self._world.demo.app.settings, self._world.house
        self._database = Database(settings.database_url)
        use_cases = services(settings, self._database, Gateways(), self._clock)
        await use_cases.routes.default_to(known.workspace.id, settings.slack_channel, settings.digest_at)
        poster = Poster(
            use_cases.posts, known.slack, self._clock, every=timedelta(0), rejects=use_cases.import_files.rejects
        )
        self.house = House(use_cases, poster, known.slack, known.workspace, settings.slack_channel)

    async def stop(self):
        await self._database.close()

    async def tick(self):
        if await post_digests(self.house) or self.delivers_next:
            await deliver_posts(self.house)
        self.delivers_next = not self.delivers_next


class Month:
    """Its clock stands still between ticks."""

    def __init__(self, world, first, last, seed):
        self.world, self.last, self.dice = world, last, random.Random(seed)
        self.now = datetime.combine(first, time(0), UTC)
        self.days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        self.restarts = 0

    def clock(self):
        return self.now

    async def passes(self):
        workers = [Worker(self.world, self.clock) for _ in range(2)]
        async with self.world.database.begin(self.world.workspace_id) as uow:
            await uow.routes.drop(OUTREACH, list(Topic))  # the settings' own come anew, at this clock's time
        for worker in workers:
            await worker.start()
        await self._sales_wants_it_at_night(workers[0].house)
        known = None
        while (today := local_day(self.now, PRAGUE)) <= self.last:
            if today != known:
                await self._something_happens()
                known = today
            await asyncio.gather(*(worker.tick() for worker in self.dice.sample(workers, 2)))
            if self.dice.random() < 0.1:
                await self._restart(self.dice.choice(workers))
            self.now += timedelta(minutes=self.dice.choice((3, 60, 150, 300, 400)), seconds=self.dice.randrange(60))
        for worker in workers:
            await deliver_posts(worker.house)
            await worker.stop()

    async def _restart(self, worker):
        """Sometimes both are away for hours meanwhile."""
        await worker.stop()
        if self.dice.random() < 0.3:
            self.now += timedelta(hours=self.dice.randrange(1, 8))
        await worker.start()
        self.restarts += 1

    async def _sales_wants_it_at_night(self, house):
        off = {topic: Cadence.OFF for topic in Topic if topic is not Topic.FUNNEL}
        cadences = {**off, Topic.FUNNEL: Cadence.DAILY}
        await house.services.routes.set(house.workspace.id, PERSON, SALES, cadences, AT[SALES], EVERY_DAY)

    async def _something_happens(self):
        """So that there is news every day."""
        async with self.world.database.begin(self.world.workspace_id) as uow:
            await uow.leads.add(str(uuid4()), LeadDraft(None, company_name="Acme"), key=None, at=self.now)


async def stored(world, channel, days):
    """The digests of these days, with how many there are of each."""
    async with world.database.read(world.workspace_id) as uow:
        return [await uow.digests.of_day(channel, day) for day in days]


async def holds_for(world, month):
    await month.passes()

    for channel, at in AT.items():
        digests = await stored(world, channel, month.days)
        posted = Counter(post.text.splitlines()[0] for post in world.posts(channel))
        assert posted == {f"Outreach pipeline, {day:%A %-d %B}": 1 for day in month.days}
        for day, digest in zip(month.days, digests, strict=True):
            due_at = instant(day, at, PRAGUE)
            assert digest.number == 1
            assert due_at <= digest.at
            assert local_day(digest.at, PRAGUE) == day
            assert (digest.late_since is not None) == (digest.at - due_at > timedelta(minutes=10))
    assert month.restarts > 0


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 3, 15), date(2026, 4, 14)), (date(2026, 10, 10), date(2026, 11, 9))],
    ids=["23 hours", "25 hours"],
)
async def test_a_month_of_restarts_and_two_workers_has_one_digest_per_channel_and_day(world, first, last):
    assert first < (SPRING if first.month == 3 else AUTUMN) < last
    await holds_for(world, Month(world, first, last, seed=first.month))


@pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["23 hours", "25 hours"])
async def test_so_have_the_days_around_the_change_on_postgresql(postgres_url, change):
    from tests.world import built

    async with built(postgres_url) as world:
        first, last = change - timedelta(days=2), change + timedelta(days=2)
        await holds_for(world, Month(world, first, last, seed=25))
