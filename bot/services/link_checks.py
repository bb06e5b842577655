"""Link checks: pages that should link to us looked at when they are due, or at once when somebody asks."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.gateways.web import AT_ONCE
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.errors import Conflict, Invalid, Unavailable
from bot.outreach.link_checks import Finding, LinkCheck, Sight
from bot.outreach.opportunities import Opportunity
from bot.services.link_looking import LinkLooker
from bot.services.link_recording import Looked, record
from bot.services.recipients import existing_opportunity
from bot.services.under_way import break_off, together_or_alone
from storage.database import Database

LOOKS_AT_ONCE = 100
CLAIMED_AT_ONCE = 250  # so that some can be looked at while others are recorded
LEASE = timedelta(minutes=5)  # a site may want half a minute between two requests
LONGEST_RUN = timedelta(seconds=30)
KEPT = timedelta(days=365)  # a page nobody answers for is looked at daily, so its log would grow for ever
FORGOTTEN_AT_ONCE = 1_000
GATHER_SECONDS = 0.2  # a transaction costs as much for one look as for fifty
OFF = "Links are not checked here: LINK_CHECKS is off."
NO_TARGET = "Nothing to look for: this opportunity has no page of yours it should lead to."
UNDER_WAY = "Somebody looks at this page right now. Open the history again in a moment."
log = structlog.get_logger()


class LinkCheckService:
    """looker: None where no links are checked."""

    def __init__(self, database: Database, clock: Clock, looker: LinkLooker | None) -> None:
        self._database = database
        self._clock = clock
        self._looker = looker

    @property
    def connected(self) -> bool:
        """Whether links are checked here."""
        return self._looker is not None

    async def check_due(self, workspace_id: str) -> int:
        """Look at what is due for half a minute, and finish what was begun; how many looks were recorded.

        Any number of processes may do so: an opportunity is held by one of them, and free again when that one dies.
        """
        if self._looker is None:
            return 0
        running: dict[asyncio.Task[Looked], Opportunity] = {}
        room = asyncio.Semaphore(LOOKS_AT_ONCE)
        recorded, ends, is_more = 0, self._clock() + LONGEST_RUN, True
        try:
            while True:
                if is_more and len(running) <= CLAIMED_AT_ONCE * 3 // 4 and self._clock() < ends:
                    claimed = await self._claimed(workspace_id, CLAIMED_AT_ONCE - len(running))
                    is_more = bool(claimed)
                    for each in claimed:
                        running[asyncio.create_task(self._look(self._looker, each, room))] = each
                if not running:
                    return recorded
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(GATHER_SECONDS)
                done = [task for task in running if task.done()]
                recorded += await self._recorded(workspace_id, [task.result() for task in done])
                for task in done:
                    del running[task]
                is_more = True
        finally:
            await self._let_go(workspace_id, running)

    async def check_now(self, workspace_id: str, actor: Actor, opportunity_id: str) -> Opportunity:
        """Look at one page at once; the opportunity as it stands then.

        Raises `NotFound`, `Invalid` (field `target_url`) where there is nothing to look for, `Unavailable` where
        links are not checked, and `Conflict` while somebody looks.
        """
        require(actor, Permission.EDIT_OPPORTUNITIES)
        if self._looker is None:
            raise Unavailable(OFF, transient=False)
        async with self._database.begin(workspace_id) as uow:
            if not (await existing_opportunity(uow, opportunity_id)).target_url:
                raise Invalid(NO_TARGET, field="target_url")
            claimed = await uow.link_checks.claim(opportunity_id, self._clock(), LEASE)
        if claimed is None:
            raise Conflict(UNDER_WAY)
        try:
            looked = await self._look(self._looker, claimed, asyncio.Semaphore())
            async with self._database.begin(workspace_id) as uow:
                await record(uow, [looked], actor, self._clock())
                return await existing_opportunity(uow, opportunity_id)
        except BaseException:
            await self._free(workspace_id, [claimed.id])
            raise

    async def forget_old(self, workspace_id: str) -> int:
        """Take the looks of more than a year ago out of the log, some at a time; what is known of a link stays."""
        async with self._database.begin(workspace_id) as uow:
            return await uow.link_checks.forget(self._clock() - KEPT, limit=FORGOTTEN_AT_ONCE)

    async def news(self, workspace_id: str, check_ids: Sequence[str]) -> list[tuple[LinkCheck, Opportunity]]:
        """These looks with their opportunities, oldest first; those whose opportunity is gone are left out."""
        async with self._database.read(workspace_id) as uow:
            checks = await uow.link_checks.get_many(check_ids)
            found = await uow.opportunities.get_many({check.opportunity_id for check in checks})
        return [(check, found[check.opportunity_id]) for check in checks if check.opportunity_id in found]

    async def _claimed(self, workspace_id: str, room: int) -> list[Opportunity]:
        async with self._database.begin(workspace_id) as uow:
            return await uow.link_checks.claim_due(self._clock(), limit=room, lease=LEASE, each=AT_ONCE)

    async def _look(self, looker: LinkLooker, opportunity: Opportunity, room: asyncio.Semaphore) -> Looked:
        """A fault of ours is told like one of the site: one page nobody has thought of must not stop the others."""
        try:
            async with room:
                return Looked(opportunity, await looker.look(opportunity))
        except Exception as error:
            log.error("look broke", opportunity=opportunity.id, error=type(error).__name__, exc_info=True)
            return Looked(opportunity, Finding(Sight.UNREAD, why="the page is one we cannot read"))

    async def _recorded(self, workspace_id: str, looked: Sequence[Looked]) -> int:
        return await together_or_alone(
            looked, partial(self._record, workspace_id), lambda each: {"opportunity": each.opportunity.id}
        )

    async def _record(self, workspace_id: str, looked: Sequence[Looked]) -> int:
        async with self._database.begin(workspace_id) as uow:
            return await record(uow, looked, CLOCK, self._clock())

    async def _let_go(self, workspace_id: str, running: dict[asyncio.Task[Looked], Opportunity]) -> None:
        """We are being stopped: what is under way is left to whoever comes next."""
        if not running:
            return
        await break_off(running)
        await self._free(workspace_id, [each.id for each in running.values()])

    async def _free(self, workspace_id: str, opportunity_ids: Sequence[str]) -> None:
        async with self._database.begin(workspace_id) as uow:
            await uow.link_checks.let_go(opportunity_ids)
