"""The engine that sends, over a copy in memory, a clock of its own and nobody at the other end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.gateways.sendgrid import OutgoingMail
from bot.outreach.mails import MailState, Outgoing
from bot.services.dispatching import DispatchService, Mailer
from bot.services.outcomes import accept
from bot.services.runs import BATCH_RUNS, RunService
from storage.database import Database

NOWHERE = "https://rehearsal.invalid"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Progress = Callable[[timedelta], Awaitable[None]]


@dataclass
class Acts:
    """What the engine did: mails that left and mails it will never send, both in turn, and each it put off, since when.

    Mails come without their texts. reached: the moment up to which it got.
    """

    reached: datetime
    sent: list[Outgoing] = field(default_factory=list)
    refused: list[tuple[Outgoing, datetime]] = field(default_factory=list)
    put_off: list[tuple[Outgoing, datetime]] = field(default_factory=list)


class TakesAll:
    """Stands in for SendGrid: takes every mail and calls nobody."""

    async def send(self, mail: OutgoingMail, last_look: Callable[[], None] | None = None) -> str:
        """Taken."""
        return f"rehearsed-{mail.mail_id}"


class Rehearsal:
    """One workspace's engine. database: a copy that nobody else touches. every: what falls due within it acts at its
    end, together.
    """

    def __init__(self, database: Database, workspace_id: str, begins: datetime, every: timedelta) -> None:
        self._database = database
        self._workspace_id = workspace_id
        self._now = begins
        self._every = every
        self._runs = RunService(database, self._clock, connected=True)
        self._dispatch = DispatchService(database, self._clock, Mailer(TakesAll(), NOWHERE, b"rehearsal"))

    async def play(self, ends: datetime, longest: timedelta, progress: Progress) -> Acts:
        """Go from due moment to due moment until the end, or for so long of real time.

        progress: told how much of it has passed, whenever another day has.
        """
        loop, acts, begins, days = asyncio.get_running_loop(), Acts(self._now), self._now, 0
        stops = loop.time() + longest.total_seconds()
        await self._land(acts)
        while (moment := await self._next_moment()) is not None and moment < ends:
            if loop.time() > stops:
                return acts
            self._now = acts.reached = moment
            if (moment - begins).days > days:
                days = (moment - begins).days
                await progress(moment - begins)
            await self._act(acts, ends)
            self._now += self._every
        acts.reached = ends
        return acts

    def _clock(self) -> datetime:
        return self._now

    async def _land(self, acts: Acts) -> None:
        """Calls under way where the copy was taken count as taken; what waits already is put off from the beginning."""
        async with self._database.begin(self._workspace_id) as uow:
            mails = await uow.rehearsals.on_their_way()
            flying = [mail for mail in mails if mail.state is MailState.SENDING]
            await accept(uow, [(mail, mail.message_id) for mail in flying], self._now)
        acts.sent += [replace(_light(mail), accepted_at=self._now) for mail in flying]
        waiting = [mail for mail in mails if mail.state is MailState.HELD and mail.waits_for]
        acts.put_off += [(_light(mail), self._now) for mail in waiting if mail.due_at > self._now]

    async def _next_moment(self) -> datetime | None:
        async with self._database.read(self._workspace_id) as uow:
            due_at = await uow.rehearsals.next_at()
        return None if due_at is None else max(self._now, _ceiling(due_at, self._every))

    async def _act(self, acts: Acts, ends: datetime) -> None:
        """One round of the clock's jobs."""
        while await self._runs.resume_due(self._workspace_id) == BATCH_RUNS:
            pass
        await self._runs.advance_due(self._workspace_id)
        async with self._database.read(self._workspace_id) as uow:
            due = await uow.rehearsals.due_mails(self._now)
        if not due:
            return
        await self._dispatch.send_due(self._workspace_id)
        async with self._database.begin(self._workspace_id) as uow:
            mails = await uow.mails.known(due, [])
            idle = [mail for mail in mails if mail.state is MailState.HELD and mail.waits_for is None]
            # A person would have to act, and none does: once is enough to know.
            await uow.mails.put_off([(mail.id, ends, None, mail.problem) for mail in idle])
        for mail in mails:
            if mail.state is MailState.ACCEPTED:
                acts.sent.append(_light(mail))
            elif mail.state is MailState.HELD:
                acts.put_off.append((_light(mail), self._now))
            else:
                acts.refused.append((_light(mail), self._now))


def _light(mail: Outgoing) -> Outgoing:
    return replace(mail, text="", thread="")


def _ceiling(moment: datetime, every: timedelta) -> datetime:
    """The first whole one from then on, as the clocks in UTC count."""
    return _EPOCH - (_EPOCH - moment) // every * every
