"""Reading the Unibox at PlusVibe: what a lost webhook kept from us, one lead's mail on demand, and closings."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.gateways.plusvibe import PlusVibe
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.enrolments import Happening, HeardOf
from bot.outreach.errors import Invalid, NotFound, OutreachError, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.unibox import Mail, Via
from bot.services.hearing import Heard
from bot.services.news import tell_mails
from bot.services.pushes import NOT_CONNECTED
from bot.services.reply_cards import TellAuthor, Wording, show_cards, tell_author
from storage.closings import Closing
from storage.database import Database

OVERLAP = timedelta(minutes=15)
FIRST_LOOK = timedelta(days=30)
PAGES_AT_MOST = 500
CLOSE_LEASE = timedelta(minutes=2)
CLOSE_AT_ONCE = 20
MAX_ATTEMPTS = 8
_READ_UNTIL = "unibox_read_until"
log = structlog.get_logger()


class UniboxSyncService:
    """Reads messages into our conversations.

    wording: the card of a reply, for copies posted already. tell_author: what the author of an answer hears that was
    unclear and is found now.
    """

    def __init__(
        self, database: Database, clock: Clock, plusvibe: PlusVibe | None, wording: Wording, tell_author: TellAuthor
    ) -> None:
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe
        self._wording = wording
        self._tell_author = tell_author

    @property
    def connected(self) -> bool:
        """Whether PlusVibe is set up."""
        return self._plusvibe is not None

    async def sweep(self, workspace_id: str) -> int:
        """Read the newest messages until those read before; how many replies were new.

        How far it was read counts only once all of it is stored, so a sweep cut off begins there again. Raises
        `Unavailable`.
        """
        plusvibe = self._required()
        began = self._clock()
        async with self._database.read(workspace_id) as uow:
            kept = await uow.settings.get(_READ_UNTIL)
        until = datetime.fromisoformat(kept) - OVERLAP if isinstance(kept, str) else began - FIRST_LOOK
        newest, new, pages = until, 0, 0
        async for mails in plusvibe.unibox.mails():
            new += len((await self._store(workspace_id, mails)).replies)
            newest = max(newest, *(mail.told.at for mail in mails))
            pages += 1
            if min(mail.told.at for mail in mails) < until or pages >= PAGES_AT_MOST:
                break
        async with self._database.begin(workspace_id) as uow:
            await uow.settings.put(_READ_UNTIL, min(newest, began).isoformat())
        return new

    async def refresh(self, workspace_id: str, actor: Actor, lead_id: str) -> int:
        """Read one lead's messages, the campaigns' too; how many replies were new. Raises `Invalid` without email."""
        require(actor, Permission.READ_LEADS)
        plusvibe = self._required()
        async with self._database.read(workspace_id) as uow:
            lead = await uow.leads.get(lead_id)
        if lead is None:
            raise NotFound("This lead is not here any more.")
        if not lead.email:
            raise Invalid("This lead has no contact email.", field="email")
        new = 0
        async for mails in plusvibe.unibox.mails(lead=lead.email):
            new += len((await self._store(workspace_id, mails)).replies)
        async with self._database.read(workspace_id) as uow:
            threads = await uow.conversations.of_leads([lead_id])
            has_thread = any(thread.via is Via.PLUSVIBE for thread in threads)
        if has_thread:  # a conversation begins with a message in the Unibox; what a campaign sent only precedes it
            await self._store(workspace_id, await plusvibe.unibox.campaign_mails(lead.email))
        return new

    async def close_due(self, workspace_id: str) -> int:
        """End campaigns at PlusVibe for leads that replied; how many were taken up."""
        if self._plusvibe is None:
            return 0
        async with self._database.begin(workspace_id) as uow:
            due = await uow.closings.claim_due(self._clock(), CLOSE_AT_ONCE, CLOSE_LEASE)
            campaigns = {campaign.id: campaign.provider_id for campaign in await uow.campaigns.all()}
            leads = {lead.id: lead.email for lead in await uow.leads.get_many([each.lead_id for each in due])}
        for closing in due:
            campaign, email = campaigns.get(closing.campaign_id), leads.get(closing.lead_id)
            try:
                if campaign and email:
                    await self._plusvibe.mark_completed(campaign, email)
            except Unavailable as error:
                await self._close_later(workspace_id, closing.id, closing.attempts, error)
                continue
            except OutreachError as error:  # not there any more, or refused: asking again changes nothing
                log.info("not closed", closing=closing.id, said=str(error))
                async with self._database.begin(workspace_id) as uow:
                    await uow.closings.done([closing.id], str(error))
                continue
            await self._closed(workspace_id, closing)
        return len(due)

    async def _store(self, workspace_id: str, mails: Sequence[Mail]) -> Heard:
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            heard = await tell_mails(uow, mails, now)
            touched = list(heard.touched)
            for answer in heard.settled:
                touched += await uow.replies.in_thread(answer.thread_id)
                await tell_author(uow, answer, self._tell_author, now)
            await show_cards(uow, touched, self._wording, now)
        return heard

    async def _close_later(self, workspace_id: str, closing_id: str, attempts: int, error: Unavailable) -> None:
        async with self._database.begin(workspace_id) as uow:
            if attempts + 1 >= MAX_ATTEMPTS:
                await uow.closings.done([closing_id], str(error))
            else:
                wait = timedelta(seconds=30) * 2**attempts
                await uow.closings.retry(closing_id, self._clock() + wait, str(error))

    async def _closed(self, workspace_id: str, closing: Closing) -> None:
        now, why = self._clock(), closing.reason
        told = [Happening.CLOSED] if closing.is_by_hand else [Happening.REPLIED, Happening.CLOSED]
        async with self._database.begin(workspace_id) as uow:
            await uow.closings.done([closing.id])
            news = [HeardOf(closing.lead_id, closing.campaign_id, what, now, reason=why) for what in told]
            uow.enrolments.hear(news)
            await uow.events.add(by(CLOCK, EventKind.MARKED_COMPLETED, now, closing.lead_id, {"reason": why}))

    def _required(self) -> PlusVibe:
        if self._plusvibe is None:
            raise Unavailable(NOT_CONNECTED, transient=False)
        return self._plusvibe
