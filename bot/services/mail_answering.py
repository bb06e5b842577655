"""Answers in conversations by mail: each is one of our mails, with the same id, and stands as that stands."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor
from bot.outreach.addresses import address_key, is_address
from bot.outreach.errors import Invalid, Unavailable
from bot.outreach.mail_answers import STANDS_AS, answered_ids
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import Outgoing
from bot.outreach.sites import Site
from bot.outreach.unibox import Answer, AnswerState, Direction, Thread, Via, checked_answer, reply_subject
from bot.services.composing import composed
from bot.services.dispatching import DispatchService
from bot.services.filing import NOTHING, Typed, existing_answer, require_unclear
from bot.services.outcomes import accept
from bot.services.queueing import NO_SITE, NOT_CONNECTED, existing_mail, sent_again
from bot.services.reply_cards import tell_author
from bot.services.settling import Settling
from storage.database import Database
from storage.unit_of_work import UnitOfWork

LOOK_AGAIN = timedelta(seconds=5)


class MailAnswers:
    """Answers through SendGrid, each at most once. What is sent, and what became of it, is the mail's to know."""

    def __init__(self, database: Database, clock: Clock, dispatch: DispatchService, settling: Settling) -> None:
        self._database = database
        self._clock = clock
        self._dispatch = dispatch
        self._settling = settling

    async def begin(self, uow: UnitOfWork, thread: Thread, actor: Actor, typed: Typed, key: str) -> Answer:
        """Store the answer and the mail it is, both or neither; the caller has locked the thread. Raises `Invalid`."""
        if not self._dispatch.connected:
            raise Unavailable(NOT_CONNECTED, transient=False)
        now = self._clock()
        answer, mail = await _intent(uow, thread, actor, typed, now)
        await uow.answers.add(answer, key, now + LOOK_AGAIN)
        await uow.mails.add(mail, f"answer:{answer.id}", address_key(mail.to_email))
        await self._settling.show(uow, answer, now)
        return answer

    async def carry_out(self, workspace_id: str, answer_id: str) -> Answer:
        """Send it, unless somebody has; how it stands after that."""
        await self._dispatch.send_due(workspace_id, only=answer_id)
        return await self.follow(workspace_id, answer_id)

    async def follow(self, workspace_id: str, answer_id: str) -> Answer:
        """What became of its mail becomes of it."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            mail, answer = await existing_mail(uow, answer_id), await existing_answer(uow, answer_id)
            state = STANDS_AS.get(mail.state, answer.state)
            unclear = state is AnswerState.UNCLEAR
            if state is answer.state:
                await uow.answers.look_again(answer.id, now + LOOK_AGAIN, mail.problem)
                if mail.problem != answer.problem:
                    await self._settling.show(uow, answer, now)
                return await existing_answer(uow, answer_id)
            look_at = now + LOOK_AGAIN if unclear else None
            return await self._settling.settle(
                uow, answer, state, now, problem=mail.problem, email_id=mail.id, look_at=look_at
            )

    async def it_was_sent(self, workspace_id: str, actor: Actor, answer_id: str) -> Answer:
        """A person knows that it went out. Raises `Conflict` when that is settled."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            (mail,) = await uow.mails.known([answer_id], [], locked=True)
            answer = await existing_answer(uow, answer_id)
            require_unclear(answer)
            await accept(uow, [(mail, "")], now)
            return await self._settling.settle(uow, answer, AnswerState.SENT, now, email_id=mail.id, actor=actor)

    async def send_again(self, workspace_id: str, actor: Actor, answer_id: str) -> Answer:
        """A person has it sent again, after events had their time to prove it; a second click gives the same one."""
        now, key = self._clock(), f"again:{answer_id}"
        async with self._database.begin(workspace_id) as uow:
            (mail,) = await uow.mails.known([answer_id], [], locked=True)
            old = await existing_answer(uow, answer_id)
            again = await uow.answers.by_key(key)
            if again is None:
                require_unclear(old)
                await uow.conversations.locked(old.thread_id)
                mail = await sent_again(uow, mail, actor, now)
                await uow.answers.settle(answer_id, AnswerState.AGAIN, problem=old.problem)
                state = {"state": AnswerState.ATTEMPTING, "problem": "", "attempted_at": now, "created_at": now}
                again = replace(old, id=mail.id, author=actor.id, **state)  # type: ignore[arg-type]
                await uow.answers.add(again, key, now + LOOK_AGAIN)
                await tell_author(uow, replace(old, state=AnswerState.AGAIN), self._settling.author, now)
                await self._settling.show(uow, again, now)
        return await self.carry_out(workspace_id, again.id)


async def _intent(
    uow: UnitOfWork, thread: Thread, actor: Actor, typed: Typed, now: datetime
) -> tuple[Answer, Outgoing]:
    """What is to be sent: to whoever wrote last, in the conversation. Raises `Invalid` with the field to mend."""
    mails = await uow.conversations.mails(thread.id)
    sent = await uow.mails.known([mail.told.email_id for mail in mails if mail.direction is Direction.OUT], [])
    site = await _site(uow, typed, sent[-1].site_id if sent else "")
    last = next((mail.told for mail in reversed(mails) if mail.direction is Direction.IN), None)
    if last is None or not is_address(last.from_email):
        raise Invalid("There is no address to answer to in this conversation.", field="body")
    body = composed(typed.body)
    if not body.text.strip():
        raise Invalid(NOTHING, field="body")
    answer = Answer(
        id=str(uuid4()),
        thread_id=thread.id,
        lead_id=thread.lead_id,
        author=actor.id,
        mailbox=site.from_email,
        to_email=last.from_email,
        subject=reply_subject(typed.subject),
        typed=typed.body,
        html=body.html,
        reply_to=last.message_id,
        created_at=now,
        state=AnswerState.ATTEMPTING,
        attempted_at=now,
        via=Via.MAIL,
    )
    return answer, _mail(answer, site, body.text, answered_ids(mails, {mail.id: mail.smtp_id for mail in sent}))


def _mail(answer: Answer, site: Site, text: str, thread: str) -> Outgoing:
    """The mail that carries the answer. thread: the `Message-ID`s it answers."""
    return Outgoing(
        id=answer.id,
        lead_id=answer.lead_id,
        to_email=answer.to_email,
        site_id=site.id,
        type=DraftType.REPLY,
        subject=answer.subject,
        text=text,
        author=answer.author,
        created_at=answer.created_at,
        due_at=answer.created_at,
        thread=thread,
        html=answer.html,
    )


async def _site(uow: UnitOfWork, typed: Typed, of_last: str) -> Site:
    """The site with the address chosen; of several with the same, the one that wrote last. Raises `Invalid`."""
    sites = await uow.sites.all()
    if not sites:
        raise Invalid(NO_SITE, field="mailbox")
    checked_answer(typed.mailbox, typed.subject, typed.body, [site.from_email for site in sites])
    chosen = [site for site in sites if address_key(site.from_email) == address_key(typed.mailbox)]
    return next((site for site in chosen if site.id == of_last), chosen[0])
