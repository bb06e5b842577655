"""Replies from a mailbox: what is new there is handed on, then the place is marked."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.gateways.mailboxes import Fetched, ImapMailbox
from bot.gateways.mime import parse_mime
from bot.outreach.errors import Unavailable
from bot.outreach.inbound import InboundMail
from bot.outreach.mailbox_replies import FIRST_LOOK, MailboxStanding, wait_after
from storage.database import Database

LEASE = timedelta(minutes=5)  # longer than one batch can take
Take = Callable[[str, Sequence[InboundMail]], Awaitable[int]]
log = structlog.get_logger()


class MailboxService:
    """Reads one mailbox. take: stores mails of a workspace and answers how many were new; twice is harmless."""

    def __init__(self, database: Database, clock: Clock, mailbox: ImapMailbox | None, take: Take) -> None:
        self._database = database
        self._clock = clock
        self._mailbox = mailbox
        self._take = take

    async def look(self, workspace_id: str) -> int:
        """Read what came since the last look; how many mails were new.

        Nothing is done while another process looks, and for a while after a failure. The mark is kept once the mails
        are stored, so a look cut off begins there again.
        """
        if self._mailbox is None:
            return 0
        standing, new = await self._claimed(workspace_id, self._mailbox.key), 0
        try:
            while standing is not None:
                from_day = (self._clock() - FIRST_LOOK).date()
                fetched = await self._mailbox.new(standing.mark, from_day)
                if fetched.mails:
                    new += await self._take(workspace_id, await asyncio.to_thread(_parsed, fetched))
                standing = await self._kept(workspace_id, standing, fetched)
        except Unavailable as error:
            if standing is not None:
                await self._put_off(workspace_id, standing, str(error))
        return new

    async def _claimed(self, workspace_id: str, mailbox: str) -> MailboxStanding | None:
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            return await uow.mailbox_marks.claim(mailbox, now, now + LEASE)

    async def _kept(self, workspace_id: str, before: MailboxStanding, fetched: Fetched) -> MailboxStanding | None:
        """What to go on with; None at the end, or when somebody else goes on because this took too long."""
        now = self._clock()
        standing = replace(
            before,
            mark=fetched.mark,
            mails_read=before.mails_read + len(fetched.mails),
            left_out=before.left_out + fetched.left_out,
            look_at=now + LEASE if fetched.has_more else now,
            looked_at=before.looked_at if fetched.has_more else now,
            failures=0,
            problem="",
        )
        async with self._database.begin(workspace_id) as uow:
            is_ours = await uow.mailbox_marks.keep(standing, before.look_at)
        if before.problem:
            log.info("mailbox is read again")
        if fetched.left_out:
            log.warning("mails left out", number=fetched.left_out)
        return standing if is_ours and fetched.has_more else None

    async def _put_off(self, workspace_id: str, before: MailboxStanding, problem: str) -> None:
        failures = before.failures + 1
        look_at = self._clock() + wait_after(failures)
        standing = replace(before, look_at=look_at, failures=failures, problem=problem)
        async with self._database.begin(workspace_id) as uow:
            await uow.mailbox_marks.keep(standing, before.look_at)
        if problem != before.problem:  # told once, however often it fails
            log.warning("mailbox put off", said=problem)


def _parsed(fetched: Fetched) -> list[InboundMail]:
    return [parse_mime(raw) for raw in fetched.mails]
