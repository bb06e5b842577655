"""The time machine: what would be sent, put off and stopped in the days to come, when nobody reacts."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.calendars import Calendar
from bot.outreach.errors import NotFound
from bot.services.foretelling import told
from bot.services.queueing import NO_SITE, NOT_CONNECTED
from bot.services.rehearsing import Progress, Rehearsal
from storage.database import Database
from storage.in_memory import in_memory
from storage.rehearsals import Lifted
from storage.unit_of_work import UnitOfWork

MOST_RUNS = 2_000
LONGEST = timedelta(seconds=60)
FEW = 50  # as many are looked at to the minute; more to the half hour, or it takes minutes of work
NOTHING_OPEN = "No lead is in a sequence and no email is queued to send. *Start sequence* on a lead card begins one."
_COUNTING_DAYS = timedelta(days=2)  # a site's today is at most a day away from ours


class SimulationService:
    """Looks ahead on a copy in memory; one at a time, the next waits. connected: SendGrid has its key."""

    def __init__(
        self, database: Database, clock: Clock, *, connected: bool, most: int = MOST_RUNS, longest: timedelta = LONGEST
    ) -> None:
        """most: so many runs, and so many single mails. longest: of real time; then the calendar ends early."""
        self._database = database
        self._clock = clock
        self.connected = connected
        self._most = most
        self._longest = longest
        self._turn = asyncio.Lock()

    async def run(self, workspace_id: str, actor: Actor, span: timedelta, progress: Progress) -> Calendar:
        """What would happen from now on, for so long. Stored rows stay as they are and no vendor is called.

        progress: told how much of it has passed, whenever another day has.
        """
        require(actor, Permission.READ_LEADS)
        begins = self._clock()
        empty = Calendar(begins, begins + span, begins)
        if not self.connected:
            return replace(empty, obstacle=NOT_CONNECTED)
        async with self._turn, in_memory() as database:
            lifted = await self._copied(database, workspace_id, begins)
            async with database.read(workspace_id) as uow:
                if obstacle := await _obstacle(uow, lifted):
                    return replace(empty, obstacle=obstacle)
            empty = replace(empty, every=timedelta(minutes=1 if lifted.size <= FEW else 30))
            rehearsal = Rehearsal(database, workspace_id, begins, empty.every)
            acts = await rehearsal.play(empty.ends, self._longest, progress)
            async with database.read(workspace_id) as uow:
                return await told(uow, lifted, acts, empty)

    async def _copied(self, database: Database, workspace_id: str, now: datetime) -> Lifted:
        async with self._database.read_unbound() as directory:
            workspace = await directory.workspaces.get(workspace_id)
        if workspace is None:
            raise NotFound("This workspace is not here any more.")
        async with database.begin_unbound() as directory:
            await directory.workspaces.add(workspace)
        async with self._database.read(workspace_id) as uow:
            lifted = await uow.rehearsals.lift(self._most, (now - _COUNTING_DAYS).date())
        async with database.begin(workspace_id) as uow:
            await uow.rehearsals.lay(lifted)
        return lifted


async def _obstacle(uow: UnitOfWork, lifted: Lifted) -> str:
    if not await uow.sites.all():
        return NO_SITE
    return "" if lifted.size else NOTHING_OPEN
