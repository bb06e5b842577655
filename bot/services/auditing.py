"""The built-in auditor at work: requested audits, each visited, judged and completed like an outside service's."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.outreach.audit_links import report_link
from bot.outreach.auditing import finished
from bot.outreach.audits import Audit, FinishedAudit, usable_domain
from bot.outreach.errors import Invalid, OutreachError, Unavailable
from bot.services.visiting import Visitor
from storage.database import Database

AUDITS_AT_ONCE = 20
LEASE = timedelta(minutes=2)  # renewed while pages come in; who dies loses it, and another begins afresh
LONGEST_RUN = timedelta(seconds=30)
TELL_EVERY = 1.0  # seconds
Take = Callable[[str, Audit, FinishedAudit], Awaitable[None]]
Refuse = Callable[[str, Audit, OutreachError], Awaitable[None]]
log = structlog.get_logger()


class _Unwanted(Exception):
    """The audit was given up, or its lead removed, while we looked."""


class Auditor:
    """Works off the queue. take: completes an audit; refuse: puts one off or gives it up.

    address: ours, for the reports' links, which are signed with the secret.
    """

    def __init__(
        self, database: Database, clock: Clock, visitor: Visitor, *, address: str, secret: bytes, at_once: int = 0
    ) -> None:
        self._database = database
        self._clock = clock
        self._visitor = visitor
        self._address = address
        self._secret = secret
        self._at_once = at_once or AUDITS_AT_ONCE

    async def run_due(self, workspace_id: str, take: Take, refuse: Refuse) -> int:
        """Audit what is due for half a minute, and finish what was begun; how many audits ended.

        Any number of processes may do so: an audit is held by one of them, and again free when that one dies.
        """
        running: dict[asyncio.Task[None], str] = {}
        ended, ends, is_more = 0, self._clock() + LONGEST_RUN, True
        try:
            while True:
                room = self._at_once - len(running)
                if is_more and room > 0 and self._clock() < ends:
                    claimed = await self._claimed(workspace_id, room)
                    is_more = len(claimed) == room
                    for audit in claimed:
                        running[asyncio.create_task(self._run(workspace_id, audit, take, refuse))] = audit.id
                if not running:
                    return ended
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    ended += _is_well(task, running.pop(task))
                is_more = True
        finally:
            await self._let_go(workspace_id, running)

    async def _claimed(self, workspace_id: str, limit: int) -> list[Audit]:
        async with self._database.begin(workspace_id) as uow:
            return await uow.audits.claim_requested(self._clock(), limit=limit, lease=LEASE)

    async def _run(self, workspace_id: str, audit: Audit, take: Take, refuse: Refuse) -> None:
        """One audit from the visit to its end. A fault of ours is told like one of the site: nothing hangs."""
        try:
            report = await self._audited(workspace_id, audit)
        except _Unwanted:
            return
        except (Unavailable, Invalid) as error:
            await refuse(workspace_id, audit, error)
        except Exception as error:  # one page nobody has thought of must not stop the other audits
            log.error("audit broke", audit=audit.id, error=type(error).__name__, exc_info=True)
            await refuse(workspace_id, audit, Unavailable("The auditor met a page it cannot judge."))
        else:
            await take(workspace_id, audit, report)

    async def _audited(self, workspace_id: str, audit: Audit) -> FinishedAudit:
        async with self._database.read(workspace_id) as uow:
            lead = await uow.leads.get(audit.lead_id)
        if lead is None:
            raise Invalid("The lead was removed before its audit began.")
        told_at = -TELL_EVERY

        async def seen(done: int, found: int) -> None:
            nonlocal told_at
            now = asyncio.get_running_loop().time()
            if now - told_at >= TELL_EVERY:
                told_at = now
                await self._hold(workspace_id, audit, done, found)

        site = await self._visitor.visit(usable_domain(lead), seen)
        link = report_link(self._address, workspace_id, audit.id, self._secret)
        return finished(site, run_id=audit.id, url=link, completed_at=self._clock())

    async def _hold(self, workspace_id: str, audit: Audit, done: int, found: int) -> None:
        async with self._database.begin(workspace_id) as uow:
            if not await uow.audits.hold(audit.id, done, found, until=self._clock() + LEASE):
                raise _Unwanted

    async def _let_go(self, workspace_id: str, running: dict[asyncio.Task[None], str]) -> None:
        """We are being stopped: what is under way is left to whoever comes next."""
        if not running:
            return
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        async with self._database.begin(workspace_id) as uow:
            await uow.audits.let_go(list(running.values()))


def _is_well(task: asyncio.Task[None], audit_id: str) -> bool:
    """Whether the audit ended. One that could not be stored begins afresh when its lease has run out."""
    if error := task.exception():
        log.error("audit not stored", audit=audit_id, error=type(error).__name__)
    return error is None
