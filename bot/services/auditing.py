"""The built-in auditor at work: requested audits, each visited, judged and completed like an outside service's."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.clock import Clock
from bot.outreach.audit_links import report_link
from bot.outreach.auditing import finished
from bot.outreach.audits import Audit, FinishedAudit, usable_domain
from bot.outreach.errors import Invalid, OutreachError, Unavailable
from bot.services.under_way import break_off
from bot.services.visiting import Visitor
from storage.database import Database

AUDITS_AT_ONCE = 20
LEASE = timedelta(minutes=2)  # renewed every second; who dies loses it, and another begins afresh
TELL_EVERY = 1.0  # seconds
WRITTEN_AT_ONCE = 4  # writebacks in one transaction, in which nobody else may write on SQLite
Done = tuple[Audit, FinishedAudit]
Take = Callable[[str, Sequence[Done]], Awaitable[None]]
Refuse = Callable[[str, Audit, OutreachError], Awaitable[None]]
log = structlog.get_logger()


class _Unwanted(Exception):
    """The audit was given up while we looked, or is no longer ours, or not of this site."""


@dataclass(eq=False)
class _Held:
    """The audits one run holds, until then.

    visits: under way; done: those to be written back yet, by whoever is `writing`. seen: by an audit's id, how many
    pages were read, of how many; unwanted: given up while we looked. ended: how many are over.
    """

    until: datetime
    visits: dict[asyncio.Task[FinishedAudit | None], Audit] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    writing: asyncio.Task[None] | None = None
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    unwanted: set[str] = field(default_factory=set)
    ended: int = 0
    told_at: float = field(default_factory=time.monotonic)

    @property
    def tasks(self) -> list[asyncio.Task[Any]]:
        """All that is under way."""
        return [*self.visits, *([self.writing] if self.writing else [])]

    def add(self, audit: Audit, visit: Coroutine[Any, Any, FinishedAudit | None]) -> None:
        """Begin with one more."""
        self.seen[audit.id] = (0, 0)
        self.visits[asyncio.create_task(visit)] = audit

    def note(self, audit_id: str, done: int, found: int) -> None:
        """So far it has come. Raises `_Unwanted` when it need not go on."""
        if audit_id in self.unwanted:
            raise _Unwanted
        self.seen[audit_id] = (done, found)

    def is_time(self) -> bool:
        """Whether all are to be told of again; true once every so often."""
        if time.monotonic() - self.told_at < TELL_EVERY:
            return False
        self.told_at = time.monotonic()
        return True

    async def some_ended(self) -> None:
        """Wait until a visit is over or the writing, or it is time to tell."""
        over, _ = await asyncio.wait(self.tasks, timeout=TELL_EVERY, return_when=asyncio.FIRST_COMPLETED)
        if self.writing in over:
            self.writing = None
        for visit in over & self.visits.keys():
            audit = self.visits.pop(visit)
            if report := _come_to(visit, audit):
                self.done.append((audit, report))
            else:
                self.over([audit])

    def over(self, audits: Sequence[Audit]) -> None:
        """These are held no longer."""
        self.ended += len(audits)
        for audit in audits:
            del self.seen[audit.id]

    async def stop(self) -> list[str]:
        """Break off what is under way; which audits."""
        ids = list(self.seen)
        await break_off(self.tasks)
        self.visits.clear()
        self.done.clear()
        self.seen.clear()
        self.writing = None
        return ids


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
        """Audit what is due until nothing is; how many audits ended.

        What comes meanwhile is begun meanwhile: one slow site must not keep the others waiting. Any number of processes
        may do so: an audit is held by one of them, and again free when that one dies.
        """
        held = _Held(self._clock() + LEASE)
        try:
            while True:
                is_time = held.is_time()
                if is_time:
                    await self._hold(workspace_id, held)
                room = self._at_once - max(len(held.visits), len(held.done))
                if is_time or room * 4 >= self._at_once:
                    for audit, domain in await self._claimed(workspace_id, room):
                        held.add(audit, self._visit(workspace_id, audit, domain, held, refuse))
                if held.done and not held.writing:
                    held.writing = asyncio.create_task(self._write(workspace_id, held, take))
                if not held.tasks:
                    return held.ended
                await held.some_ended()
        finally:
            await self._let_go(workspace_id, held)

    async def _claimed(self, workspace_id: str, limit: int) -> list[tuple[Audit, str]]:
        if limit < 1:
            return []
        async with self._database.begin(workspace_id) as uow:
            return await uow.audits.claim_visits(self._clock(), limit=limit, lease=LEASE)

    async def _visit(
        self, workspace_id: str, audit: Audit, domain: str, held: _Held, refuse: Refuse
    ) -> FinishedAudit | None:
        """What the visit came to, None where it was refused. A fault of ours is told like one of the site."""
        try:
            return await self._audited(workspace_id, audit, domain, held)
        except _Unwanted:
            await self._free(workspace_id, [audit.id])
        except (Unavailable, Invalid) as error:
            await refuse(workspace_id, audit, error)
        except Exception as error:  # one page nobody has thought of must not stop the other audits
            log.error("audit broke", audit=audit.id, error=type(error).__name__, exc_info=True)
            await refuse(workspace_id, audit, Unavailable("The auditor met a page it cannot judge."))
        return None

    async def _audited(self, workspace_id: str, audit: Audit, domain: str, held: _Held) -> FinishedAudit:
        async with self._database.read(workspace_id) as uow:
            lead = await uow.leads.get(audit.lead_id)
        if lead is None:
            raise Invalid("The lead was removed before its audit began.")
        if lead.domain != domain:  # edited since: whoever reads that one may be another
            raise _Unwanted

        site = await self._visitor.visit(usable_domain(lead), partial(held.note, audit.id))
        link = report_link(self._address, workspace_id, audit.id, self._secret)
        return finished(site, run_id=audit.id, url=link, completed_at=self._clock())

    async def _write(self, workspace_id: str, held: _Held, take: Take) -> None:
        """Write back what is done, a few in one transaction; the next visits go on meanwhile."""
        while few := held.done[:WRITTEN_AT_ONCE]:
            await _stored(workspace_id, few, take)
            del held.done[: len(few)]
            held.over([audit for audit, _ in few])

    async def _hold(self, workspace_id: str, held: _Held) -> None:
        """Tell how far each has come, and hold them on; who was away for a whole lease has lost them all."""
        now = self._clock()
        if now >= held.until:
            await held.stop()
        async with self._database.begin(workspace_id) as uow:
            wanted = await uow.audits.hold(held.seen, until=now + LEASE)
        held.unwanted |= held.seen.keys() - wanted
        held.until = now + LEASE

    async def _let_go(self, workspace_id: str, held: _Held) -> None:
        """We are being stopped: what is under way is left to whoever comes next."""
        if held.seen:
            await self._free(workspace_id, await held.stop())

    async def _free(self, workspace_id: str, audit_ids: list[str]) -> None:
        async with self._database.begin(workspace_id) as uow:
            await uow.audits.let_go(audit_ids)


def _come_to(visit: asyncio.Task[FinishedAudit | None], audit: Audit) -> FinishedAudit | None:
    """What it came to. An audit whose end could not be stored begins afresh when its lease has run out."""
    if error := visit.exception():
        log.error("audit not stored", audit=audit.id, error=type(error).__name__)
        return None
    return visit.result()


async def _stored(workspace_id: str, done: Sequence[Done], take: Take) -> None:
    """All of them, or each alone where one spoils it for the others."""
    try:
        await take(workspace_id, done)
    except Exception as error:
        if len(done) == 1:
            log.error("audit not stored", audit=done[0][0].id, error=type(error).__name__)
            return
        for each in done:
            await _stored(workspace_id, [each], take)
