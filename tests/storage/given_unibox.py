"""A conversation with one reply, one answer and one closing, and every act on them, for the tests of tenancy."""

from dataclasses import dataclass

from bot.outreach.reply_reading import ReplyClass
from bot.outreach.unibox import Answer, AnswerState, Direction, InboundReply, Mail, Reply, Thread
from storage.ids import new_id
from storage.unit_of_work import UnitOfWork
from tests.storage.given import AT, LEASE, later

TOLD = InboundReply("m:1", "a@b.com", "a@b.com", AT, "Re: Hi", "Yes")


@dataclass
class Talk:
    """What one workspace holds."""

    thread: Thread
    reply: Reply
    answer: Answer
    closing: str


async def add_talk(uow: UnitOfWork, lead_id: str) -> Talk:
    """All of it, for a lead that is enrolled somewhere."""
    thread = Thread(new_id(), lead_id, "p1", "Re: Hi", "Yes", AT, Direction.IN, unread=True, waiting_since=AT)
    reply = Reply(new_id(), lead_id, TOLD, AT, thread_id=thread.id)
    answer = Answer(new_id(), thread.id, lead_id, "U1", "us@x.com", "a@b.com", "Re: Hi", "Yes", "<p>Yes</p>", "e1", AT)
    await uow.conversations.add_many([thread])
    await uow.conversations.add_mails([(thread.id, Mail(Direction.IN, TOLD))])
    await uow.replies.add_many([reply])
    await uow.answers.add(answer, f"key:{answer.id}", AT)
    await uow.closings.add_for({lead_id: reply.id}, AT)
    (closing,) = await uow.closings.claim_due(AT, 9, LEASE)
    await uow.closings.retry(closing.id, AT, "")
    return Talk(thread, reply, answer, closing.id)


def unibox_writes(uow, talk: Talk):
    """Every changing method, aimed at somebody else's ids."""
    thread, answer = talk.thread.id, talk.answer.id
    return [
        uow.conversations.save_many([talk.thread]),
        uow.conversations.claim(thread, "U9"),
        uow.conversations.read(thread),
        uow.conversations.fill({"m:none": Mail(Direction.IN, TOLD)}),
        uow.replies.act_on(9, later(9)),
        uow.replies.correct(talk.reply, ReplyClass.QUESTION, "U9", again=True),
        uow.replies.label_many({"m:none": ("LABEL", "positive")}),
        uow.replies.claim(thread, "U9"),
        uow.replies.answered(thread, "U9", later(9), received_until=later(9)),
        uow.replies.answered_many({thread: later(9)}, "U9"),
        uow.replies.read(thread, later(9)),
        uow.answers.attempt(answer, later(9), later(99)),
        uow.answers.settle(answer, AnswerState.SENT),
        uow.answers.look_again(answer, later(99)),
        uow.answers.claim_open(later(9), 9, LEASE),
        uow.closings.claim_due(later(9), 9, LEASE),
        uow.closings.done([talk.closing]),
        uow.closings.retry(talk.closing, later(9), "error"),
    ]


UNIBOX_READING = """
    locked of_leads known mails email_ids unanswered count_unanswered of_keys waiting_since in_thread of_thread
    of_threads under_many
"""
UNIBOX_ADDING = "add_mails add_for"
