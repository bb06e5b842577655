"""Replies to mails we send ourselves: Inbound Parse's stored at the door, mailboxes' handed in, each mail once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.gateways.sendgrid_inbound import kept_whole, parse_inbound
from bot.outreach.inbound import InboundMail
from bot.outreach.matching import Aside, Match, written_at
from bot.outreach.unibox import Reply, mail_key
from bot.outreach.webhooks import ReceivedEvent
from bot.services.inboxes import Inboxes
from bot.services.letterbox import digest
from bot.services.mail_hearing import Answered, sort_out, tell_replies
from storage.database import Database
from storage.unit_of_work import UnitOfWork

VENDOR = "sendgrid_inbound"
BATCH_MAILS = 10  # of up to 30 MB
log = structlog.get_logger()


class MailReplyService:
    """Takes mails and turns those that answer us into replies. secrets: answer addresses were signed with these."""

    def __init__(self, database: Database, clock: Clock, secrets: Sequence[bytes]) -> None:
        self._database = database
        self._clock = clock
        self._secrets = secrets
        self._inboxes = Inboxes(database, clock, VENDOR, self._apply, batch=BATCH_MAILS)

    async def receive(self, workspace_id: str, content_type: str, body: bytes) -> bool:
        """Store a delivery; False when the same mail is stored already. Nothing is refused for its content."""
        kept = kept_whole(content_type, body)
        mail = await asyncio.to_thread(parse_inbound, kept)
        key = mail_key(mail.message_id, "", "", "", "") if mail and mail.message_id.strip() else digest(body)
        async with self._database.begin(workspace_id) as uow:
            return await uow.inbox.receive(VENDOR, key, kept, self._clock())

    async def apply_due(self, workspace_id: str) -> int:
        """Apply stored deliveries; how many. What is no reply is set aside with its reason."""
        return await self._inboxes.apply_due(workspace_id)

    async def take(self, workspace_id: str, mails: Sequence[InboundMail]) -> int:
        """Mails read from a mailbox, applied at once; how many were replies nobody told of before.

        The same mail again, by this door or the other, changes nothing. What is no reply stays in its mailbox alone.
        """
        new = 0
        for start in range(0, len(mails), BATCH_MAILS):
            batch, now = mails[start : start + BATCH_MAILS], self._clock()
            async with self._database.begin(workspace_id) as uow:
                sorted_out = await sort_out(uow, batch, self._secrets)
                new += len(await _tell(uow, list(zip(batch, sorted_out, strict=True)), [now] * len(batch), now))
        return new

    async def _apply(self, uow: UnitOfWork, received: Sequence[ReceivedEvent]) -> None:
        read = [(parse_inbound(each.body), each) for each in received]
        found = [(mail, each) for mail, each in read if mail is not None]
        sorted_out = await sort_out(uow, [mail for mail, _ in found], self._secrets)
        reasons = {each.id: Aside.UNREADABLE for mail, each in read if mail is None}
        reasons |= {each.id: why for (_, each), why in zip(found, sorted_out, strict=True) if isinstance(why, Aside)}
        for each_id, why in reasons.items():
            log.info("mail set aside", received=each_id, reason=why.value)
            await uow.inbox.quarantine(each_id, why.value)
        now = self._clock()
        ids = [each.id for _, each in found if each.id not in reasons]
        if await uow.inbox.applied(ids, now) == len(ids):
            told = [(mail, match) for (mail, _), match in zip(found, sorted_out, strict=True)]
            await _tell(uow, told, [each.received_at for _, each in found], now, is_fresh=True)


async def _tell(
    uow: UnitOfWork,
    mails: Sequence[tuple[InboundMail, Match | Aside]],
    received: Sequence[datetime],
    now: datetime,
    *,
    is_fresh: bool = False,
) -> list[Reply]:
    """is_fresh: as `written_at` means it."""
    answers = [
        Answered(mail, match, written_at(mail, at, match.mail, is_fresh=is_fresh))
        for (mail, match), at in zip(mails, received, strict=True)
        if isinstance(match, Match)
    ]
    return await tell_replies(uow, answers, now) if answers else []
