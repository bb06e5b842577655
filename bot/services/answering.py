"""Answers on their way: intent, call, outcome; evidence where the outcome was lost; a person where there is none."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from bot.clock import Clock
from bot.gateways.plusvibe import PlusVibe
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.errors import Conflict, NotFound, OutreachError, Unavailable
from bot.outreach.quoting import html_to_text
from bot.outreach.unibox import Answer, AnswerState, Thread, Via, checked_answer, is_evidence
from bot.services.filing import STOOD, Typed, existing_answer, intent, require_unclear
from bot.services.mail_answering import MailAnswers
from bot.services.mailboxes import known_mailboxes
from bot.services.pushes import NOT_CONNECTED
from bot.services.reply_cards import tell_author
from bot.services.settling import Settling
from storage.database import Database
from storage.unit_of_work import UnitOfWork

ANSWER_LEASE = timedelta(minutes=2)
LOOK_AGAIN = timedelta(seconds=15)
EVIDENCE_FOR = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(minutes=15)
CLAIM_ANSWERS = 20
NO_EVIDENCE = "PlusVibe's answer was lost, and the message does not stand in the thread there."
NOT_ASKED = "PlusVibe's answer was lost, and PlusVibe could not be asked since."
log = structlog.get_logger()


class Overtaken(Exception):
    """This process stood still for longer than its lease: whether the answer goes out is not its to decide now."""


class AnswerService:
    """Sends answers, each at most once. by_mail: those in conversations by mail; the others leave through PlusVibe."""

    def __init__(
        self, database: Database, clock: Clock, plusvibe: PlusVibe | None, settling: Settling, by_mail: MailAnswers
    ) -> None:
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe
        self._settling = settling
        self._by_mail = by_mail

    async def send(self, workspace_id: str, actor: Actor, typed: Typed, key: str) -> Answer:
        """Store the intent and carry it out. The same key again gives the first answer."""
        answer = await self.begin(workspace_id, actor, typed, key)
        return await self.carry_out(workspace_id, answer.id)

    async def begin(self, workspace_id: str, actor: Actor, typed: Typed, key: str) -> Answer:
        """Store the intent to send. The same key again gives the first one.

        Raises `Invalid` for what cannot be sent, `Conflict` when another answer is under way or came meanwhile.
        """
        require(actor, Permission.SEND_REPLIES)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            thread = await uow.conversations.locked(typed.thread_id)
            if known := await uow.answers.by_key(key):
                return known
            if thread is None:
                raise NotFound("This conversation is not here any more.")
            if thread.via is Via.MAIL:
                await self._refuse_second(uow, thread, typed.after)
                return await self._by_mail.begin(uow, thread, actor, typed, key)
            if self._plusvibe is None:
                raise Unavailable(NOT_CONNECTED, transient=False)
            checked_answer(typed.mailbox, typed.subject, typed.body, await known_mailboxes(uow))
            await self._refuse_second(uow, thread, typed.after)
            answer = await intent(uow, thread, actor, typed, now)
            await uow.answers.add(answer, key, now + ANSWER_LEASE)
        return answer

    async def carry_out(self, workspace_id: str, answer_id: str) -> Answer:
        """Send it, unless somebody has; how it stands after that."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            attempted = await uow.answers.attempt(answer_id, now, now + ANSWER_LEASE)
            answer = await existing_answer(uow, answer_id)
        if answer.via is Via.MAIL:
            return await self._by_mail.carry_out(workspace_id, answer_id)
        if not attempted or self._plusvibe is None:
            return answer
        try:
            email_id = await self._plusvibe.unibox.reply(
                reply_to=answer.reply_to,
                mailbox=answer.mailbox,
                to_email=answer.to_email,
                subject=answer.subject,
                html=answer.html,
                last_look=lambda: self._still_ours(now),
            )
        except Overtaken:
            return await self.get(workspace_id, answer_id)
        except OutreachError as error:
            return await self._failed(workspace_id, answer, error)
        return await self._settle(workspace_id, answer, AnswerState.SENT, email_id=email_id)

    async def get(self, workspace_id: str, answer_id: str) -> Answer:
        """The answer as it stands. Raises `NotFound`."""
        async with self._database.read(workspace_id) as uow:
            return await existing_answer(uow, answer_id)

    async def take_up(self, workspace_id: str) -> int:
        """What a process left open: never attempted goes out now, attempted is looked for; how many."""
        async with self._database.begin(workspace_id) as uow:
            opened = await uow.answers.claim_open(self._clock(), CLAIM_ANSWERS, ANSWER_LEASE)
        for answer in opened:
            if answer.via is Via.MAIL:
                await self._by_mail.follow(workspace_id, answer.id)
            elif self._plusvibe is None:
                continue
            elif answer.state is AnswerState.DUE:
                await self.carry_out(workspace_id, answer.id)
            else:
                await self._look(workspace_id, answer)
        return len(opened)

    async def it_was_sent(self, workspace_id: str, actor: Actor, answer_id: str) -> Answer:
        """A person knows that an unclear answer went out. Raises `Conflict` when that is settled."""
        require(actor, Permission.SEND_REPLIES)
        answer = await self.get(workspace_id, answer_id)
        if answer.via is Via.MAIL:
            return await self._by_mail.it_was_sent(workspace_id, actor, answer_id)
        require_unclear(answer)
        return await self._settle(workspace_id, answer, AnswerState.SENT, actor=actor)

    async def send_again(self, workspace_id: str, actor: Actor, answer_id: str) -> Answer:
        """A person has an unclear answer sent again; a second click gives the same one. Raises `Conflict`."""
        require(actor, Permission.SEND_REPLIES)
        if (await self.get(workspace_id, answer_id)).via is Via.MAIL:
            return await self._by_mail.send_again(workspace_id, actor, answer_id)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.conversations.locked((await existing_answer(uow, answer_id)).thread_id)
            old = await existing_answer(uow, answer_id)
            key = f"again:{answer_id}"
            again = await uow.answers.by_key(key)
            if again is None:
                require_unclear(old)
                await uow.answers.settle(answer_id, AnswerState.AGAIN, problem=old.problem)
                again = replace(
                    old,
                    id=str(uuid4()),
                    author=actor.id,
                    created_at=now,
                    state=AnswerState.DUE,
                    attempted_at=None,
                    problem="",
                )
                await uow.answers.add(again, key, now + ANSWER_LEASE)
                await tell_author(uow, replace(old, state=AnswerState.AGAIN), self._settling.author, now)
        return await self.carry_out(workspace_id, again.id)

    async def _failed(self, workspace_id: str, answer: Answer, error: OutreachError) -> Answer:
        """A refusal had no effect. A lost answer may have had one: it is never sent again by itself, but looked for."""
        if not isinstance(error, Unavailable) or error.answered:
            return await self._settle(workspace_id, answer, AnswerState.FAILED, problem=str(error))
        log.warning("reply unclear", answer=answer.id, said=str(error))
        async with self._database.begin(workspace_id) as uow:
            await uow.answers.look_again(answer.id, self._clock())
        return await self.get(workspace_id, answer.id)

    async def _look(self, workspace_id: str, answer: Answer) -> None:
        """Look for an attempted answer in the thread at PlusVibe; after a while a person is asked."""
        now = self._clock()
        waited = now - (answer.attempted_at or answer.created_at)
        try:
            email_id = await self._evidence(workspace_id, answer)
        except OutreachError as error:
            log.warning("reply not looked for", answer=answer.id, said=str(error))
            email_id, patience, problem = "", GIVE_UP_AFTER, NOT_ASKED
        else:
            patience, problem = EVIDENCE_FOR, NO_EVIDENCE
        if email_id:
            await self._settle(workspace_id, answer, AnswerState.SENT, email_id=email_id)
        elif waited >= patience:
            await self._settle(workspace_id, answer, AnswerState.UNCLEAR, problem=problem)
        else:
            async with self._database.begin(workspace_id) as uow:
                await uow.answers.look_again(answer.id, now + LOOK_AGAIN)

    async def _evidence(self, workspace_id: str, answer: Answer) -> str:
        """The provider's id of this answer, if a message that we did not know before is it; else empty."""
        assert self._plusvibe is not None
        async with self._database.read(workspace_id) as uow:
            known = await uow.conversations.email_ids(answer.thread_id)
            lead = await uow.leads.get(answer.lead_id)
        words = html_to_text(answer.html)
        since = answer.attempted_at or answer.created_at
        address = lead.email if lead and lead.email else answer.to_email
        async for page in self._plusvibe.unibox.mails(lead=address, email_type="sent"):
            for mail in page:
                if mail.told.email_id not in known and is_evidence(answer, words, mail):
                    return mail.told.email_id
            if min(mail.told.at for mail in page) < since - GIVE_UP_AFTER:
                break
        return ""

    async def _settle(
        self,
        workspace_id: str,
        answer: Answer,
        state: AnswerState,
        *,
        problem: str = "",
        email_id: str = "",
        actor: Actor = CLOCK,
    ) -> Answer:
        """What became of it, with everything that shows it, in one transaction."""
        async with self._database.begin(workspace_id) as uow:
            return await self._settling.settle(
                uow, answer, state, self._clock(), problem=problem, email_id=email_id, actor=actor
            )

    def _still_ours(self, attempted_at: datetime) -> None:
        """Waiting for our turn may take longer than the lease: somebody may have been told that it did not go out."""
        if self._clock() >= attempted_at + ANSWER_LEASE:
            raise Overtaken

    async def _refuse_second(self, uow: UnitOfWork, thread: Thread, after: str) -> None:
        """One answer at a time, and none that crosses another one unseen."""
        newest = next(iter(await uow.answers.of_thread(thread.id, limit=1)), None)
        if newest is None or newest.state is AnswerState.FAILED:
            return
        if newest.state not in {AnswerState.SENT, AnswerState.AGAIN}:
            raise Conflict(f"A reply in this conversation {STOOD[newest.state]}. Decide about that one first.")
        if newest.id != after:
            raise Conflict("Somebody answered in this conversation since you opened it. Read that first.")
