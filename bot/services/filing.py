"""An answer's rows: the intent as it is stored, the message it becomes, and what is told of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.outreach.access import Actor
from bot.outreach.errors import Conflict, Invalid, NotFound
from bot.outreach.events import Event, EventKind, by
from bot.outreach.quoting import html_to_text
from bot.outreach.unibox import Answer, AnswerState, Direction, InboundReply, Mail, Thread, mail_key, reply_subject
from bot.services.composing import composed
from storage.unit_of_work import UnitOfWork

STOOD = {
    AnswerState.DUE: "is about to go out",
    AnswerState.ATTEMPTING: "is being sent or looked for",
    AnswerState.SENT: "was sent",
    AnswerState.FAILED: "was not sent",
    AnswerState.UNCLEAR: "may have gone out or not",
    AnswerState.AGAIN: "was sent again",
}


NOTHING = "Nothing of this can be sent: it has no words."


@dataclass(frozen=True, slots=True)
class Typed:
    """What the composer holds. after: the newest answer of the thread when it was opened, if there was one."""

    thread_id: str
    mailbox: str
    subject: str
    body: str
    after: str = ""


async def intent(uow: UnitOfWork, thread: Thread, actor: Actor, typed: Typed, now: datetime) -> Answer:
    """The answer to be sent: to whoever wrote last, by the provider's id of what they wrote. Raises `Invalid`."""
    mails = await uow.conversations.mails(thread.id)
    last = next((mail for mail in reversed(mails) if mail.direction is Direction.IN and mail.told.email_id), None)
    if last is None:
        raise Invalid("PlusVibe has not indexed a message to answer yet. Press Refresh and try again.", field="body")
    body = composed(typed.body)
    if not body.text.strip():
        raise Invalid(NOTHING, field="body")
    return Answer(
        id=str(uuid4()),
        thread_id=thread.id,
        lead_id=thread.lead_id,
        author=actor.id,
        mailbox=typed.mailbox,
        to_email=last.told.from_email,
        subject=reply_subject(typed.subject),
        typed=typed.body,
        html=body.html,
        reply_to=last.told.email_id,
        created_at=now,
    )


async def file_sent(uow: UnitOfWork, answer: Answer, now: datetime) -> None:
    """A sent answer stands in its thread, and what had come by then is answered."""
    thread = await uow.conversations.get(answer.thread_id)
    if thread is None:
        return
    at, words = answer.attempted_at or now, html_to_text(answer.html)
    told = InboundReply(
        key=mail_key("", answer.email_id or f"answer:{answer.id}", answer.mailbox, answer.subject, words),
        lead_email=answer.to_email,
        from_email=answer.mailbox,
        at=at,
        subject=answer.subject,
        text=words,
        html=answer.html,
        mailbox=answer.mailbox,
        email_id=answer.email_id,
        thread_id=thread.provider_id,
    )
    await uow.conversations.add_mails([(thread.id, Mail(Direction.OUT, told, answer.to_email))])
    await uow.replies.answered(thread.id, answer.author, now, received_until=answer.created_at)
    waiting = await uow.replies.waiting_since(thread.id)
    if at >= thread.last_at:
        thread = replace(thread, last_at=at, last_direction=Direction.OUT, preview=words[:300])
    await uow.conversations.save_many([replace(thread, waiting_since=waiting)])


def event_of(answer: Answer, actor: Actor, now: datetime) -> Event:
    """What happened, for the lead's timeline: by the author, or by the person who decided."""
    kinds = {AnswerState.FAILED: EventKind.REPLY_FAILED, AnswerState.UNCLEAR: EventKind.REPLY_UNCLEAR}
    facts = {"answer": answer.id, "from": answer.mailbox}
    if answer.problem:
        facts["reason"] = answer.problem
    who = actor if actor.is_person else Actor(answer.author, "", frozenset())
    return by(who, kinds.get(answer.state, EventKind.REPLY_SENT), now, answer.lead_id, facts)


async def existing_answer(uow: UnitOfWork, answer_id: str) -> Answer:
    """The answer. Raises `NotFound`."""
    answer = await uow.answers.get(answer_id)
    if answer is None:
        raise NotFound("This reply is not here any more.")
    return answer


def require_unclear(answer: Answer) -> None:
    """Raises `Conflict` unless a person has to decide about it."""
    if answer.state is not AnswerState.UNCLEAR:
        raise Conflict(f"That is settled: this reply {STOOD[answer.state]}.")
