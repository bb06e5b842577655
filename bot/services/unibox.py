"""The Unibox: conversations with leads, who takes care of which, and what the composer needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.gateways.plusvibe import PlusVibe
from bot.outreach.access import Actor, Permission, require
from bot.outreach.errors import Conflict, Invalid, NotFound, OutreachError, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.matching import Aside
from bot.outreach.unibox import (
    Answer,
    AnswerState,
    Conversation,
    Direction,
    Reply,
    ReplyCard,
    Thread,
    ThreadPage,
    Via,
    mailbox_for,
    may_mark_read,
)
from bot.services import queueing
from bot.services.mail_replies import VENDOR as INBOUND
from bot.services.mailboxes import are_fresh, keep_mailboxes, known_mailboxes
from bot.services.pushes import NOT_CONNECTED
from bot.services.reply_cards import Wording, cards_in, show_cards, standing_of
from storage.conversations import MOST_MESSAGES
from storage.database import Database
from storage.unit_of_work import UnitOfWork

GONE = "This conversation is not here any more. Open `/unibox` again."
_ENDED = frozenset({AnswerState.SENT, AnswerState.AGAIN})


@dataclass(frozen=True, slots=True)
class Desk:
    """What the composer shows: the conversation, the connected mailboxes and the one to begin with.

    failed: the last answer, when it was refused, for another try. after: the thread's newest answer now.
    """

    conversation: Conversation
    mailboxes: Sequence[str]
    mailbox: str
    failed: Answer | None = None
    after: str = ""

    @property
    def to_email(self) -> str:
        """Who gets it: whoever wrote last."""
        theirs = [mail for mail in self.conversation.mails if mail.direction is Direction.IN]
        return theirs[-1].told.from_email if theirs else ""


class UniboxService:
    """Threads, what waits for an answer, and who takes care of it.

    wording: the card of a reply; copies posted already are stored anew with what changes them. direct: mails can be
    sent from here.
    """

    def __init__(
        self, database: Database, clock: Clock, plusvibe: PlusVibe | None, wording: Wording, *, direct: bool
    ) -> None:
        self._database = database
        self._direct = direct
        self._clock = clock
        self._plusvibe = plusvibe
        self._wording = wording

    @property
    def connected(self) -> bool:
        """Whether PlusVibe is set up."""
        return self._plusvibe is not None

    async def waiting(self, workspace_id: str, actor: Actor, limit: int = 5) -> tuple[int, list[ReplyCard]]:
        """How many replies nobody has answered, and the longest waiting ones. The number stops at 1,000."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            replies = await uow.replies.unanswered(limit)
            cards = await cards_in(uow, [reply.id for reply in replies], self._clock())
            return await uow.replies.count_unanswered(), cards

    async def cards(self, workspace_id: str, reply_ids: Sequence[str]) -> list[ReplyCard]:
        """The cards of these replies, in their order; those that are gone are left out."""
        async with self._database.read(workspace_id) as uow:
            return await cards_in(uow, reply_ids, self._clock())

    async def page(
        self, workspace_id: str, actor: Actor, cursor: str | None = None, *, waiting: bool = True
    ) -> ThreadPage:
        """Ten conversations, newest first. waiting: only those with a reply that nobody answered."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            threads, after, before = await uow.conversations.page(cursor, waiting=waiting)
            leads = await uow.leads.get_many({thread.lead_id for thread in threads})
            replies = await _newest_of(uow, threads)
            strays = (await uow.inbox.set_aside(INBOUND)).get(Aside.STRANGER.value, 0)
        return ThreadPage(tuple(threads), {lead.id: lead for lead in leads}, after, before, replies, strays)

    async def of_lead(
        self, workspace_id: str, actor: Actor, lead_id: str
    ) -> tuple[Lead, list[Thread], Mapping[str, Reply]]:
        """One lead's conversations, newest first, and their newest replies, by thread. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            lead = await uow.leads.get(lead_id)
            if lead is None:
                raise NotFound("This lead is not here any more.")
            threads = await uow.conversations.of_leads([lead_id])
            return lead, threads, await _newest_of(uow, threads)

    async def thread_of(self, workspace_id: str, reply_id: str) -> str:
        """The conversation a reply belongs to. Raises `NotFound`."""
        async with self._database.read(workspace_id) as uow:
            reply = await uow.replies.get(reply_id)
        if reply is None:
            raise NotFound("This reply is not here any more.")
        return reply.thread_id

    async def conversation(self, workspace_id: str, actor: Actor, thread_id: str) -> Conversation:
        """Everything written in a thread. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await _conversation(uow, thread_id)

    async def desk(self, workspace_id: str, actor: Actor, thread_id: str) -> Desk:
        """What the composer shows. Raises `NotAllowed`, `NotFound`, `Unavailable` when nothing can be sent."""
        require(actor, Permission.SEND_REPLIES)
        async with self._database.read(workspace_id) as uow:
            conversation = await _conversation(uow, thread_id)
        mailboxes = await self._senders(workspace_id, conversation.thread.via)
        async with self._database.read(workspace_id) as uow:
            newest = next(iter(await uow.answers.of_thread(thread_id, limit=1)), None)
        theirs = [mail.told for mail in conversation.mails if mail.direction is Direction.IN]
        ours = [mail.told.mailbox for mail in conversation.mails if mail.direction is Direction.OUT]
        written_to = theirs[-1].mailbox if theirs else conversation.thread.mailbox
        return Desk(
            conversation,
            mailboxes,
            mailbox_for(written_to, ours[-1] if ours else "", mailboxes),
            newest if newest and newest.state is AnswerState.FAILED else None,
            newest.id if newest else "",
        )

    async def take(self, workspace_id: str, actor: Actor, thread_id: str) -> Conversation:
        """Take care of a conversation. Raises `Conflict`, naming who has it."""
        require(actor, Permission.SEND_REPLIES)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            before = await _conversation(uow, thread_id)
            if not await uow.conversations.claim(thread_id, actor.id):
                names = await uow.members.named([before.thread.claimed_by])
                raise Conflict(f"{names.get(before.thread.claimed_by, 'Somebody')} has taken it already.")
            claimed = await uow.replies.claim(thread_id, actor.id)
            if before.thread.claimed_by != actor.id:
                await uow.events.add(by(actor, EventKind.REPLY_CLAIMED, now, before.lead.id))
            await show_cards(uow, claimed, self._wording, now)
            return await _conversation(uow, thread_id)

    async def mark_read(self, workspace_id: str, actor: Actor, thread_id: str) -> Conversation:
        """Mark a thread read, at PlusVibe first if it is from there. Raises `Invalid` where PlusVibe has none of it."""
        require(actor, Permission.SEND_REPLIES)
        thread = (await self.conversation(workspace_id, actor, thread_id)).thread
        if thread.unread and thread.via is Via.PLUSVIBE:
            if self._plusvibe is None:
                raise Unavailable(NOT_CONNECTED, transient=False)
            if not may_mark_read(thread):
                raise Invalid("PlusVibe gave no thread to mark as read.")
            await self._plusvibe.unibox.mark_read(thread.provider_id)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if await uow.conversations.read(thread_id):
                read = await uow.replies.read(thread_id, now)
                await uow.events.add(by(actor, EventKind.THREAD_READ, now, thread.lead_id))
                await show_cards(uow, read, self._wording, now)
            return await _conversation(uow, thread_id)

    async def _senders(self, workspace_id: str, via: Via) -> list[str]:
        """The addresses an answer may come from. Raises `Unavailable`."""
        if via is Via.PLUSVIBE:
            if self._plusvibe is None:
                raise Unavailable(NOT_CONNECTED, transient=False)
            return await self._mailboxes(workspace_id, self._plusvibe)
        if not self._direct:
            raise Unavailable(queueing.NOT_CONNECTED, transient=False)
        async with self._database.read(workspace_id) as uow:
            return list(dict.fromkeys(site.from_email for site in await uow.sites.all()))

    async def _mailboxes(self, workspace_id: str, plusvibe: PlusVibe) -> list[str]:
        """As last read; read again when that is long ago. A vendor that cannot answer leaves the old ones."""
        now = self._clock()
        async with self._database.read(workspace_id) as uow:
            known, fresh = await known_mailboxes(uow), await are_fresh(uow, now)
        if fresh:
            return known
        try:
            found = await plusvibe.unibox.mailboxes()
        except OutreachError:
            if known:
                return known
            raise
        async with self._database.begin(workspace_id) as uow:
            await keep_mailboxes(uow, found, now)
        return found


async def _conversation(uow: UnitOfWork, thread_id: str) -> Conversation:
    thread = await uow.conversations.get(thread_id)
    lead = await uow.leads.get(thread.lead_id) if thread else None
    if thread is None or lead is None:
        raise NotFound(GONE)
    answers = await uow.answers.of_thread(thread_id)
    standing = [answer for answer in answers[:1] if answer.state not in _ENDED]
    replies = await uow.replies.of_threads([thread_id], MOST_MESSAGES)
    people = [thread.claimed_by, *(answer.author for answer in answers), *(reply.corrected_by for reply in replies)]
    return Conversation(
        thread,
        lead,
        tuple(await uow.conversations.mails(thread_id)),
        tuple(standing),
        await uow.members.named(people),
        {reply.heard.key: reply for reply in replies},
        await standing_of(uow, lead),
    )


async def _newest_of(uow: UnitOfWork, threads: Sequence[Thread]) -> dict[str, Reply]:
    replies = await uow.replies.get_many({thread.last_reply_id for thread in threads})
    return {reply.thread_id: reply for reply in replies.values()}
