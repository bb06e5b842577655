"""The composer: opened for a conversation, previewed, sent once; and decisions about answers that are unclear."""

from dataclasses import replace
from typing import Any

from blocks import ids
from blocks.composer import BLOCK_OF, Letter, composer_view, outcome_view, sending_view
from blocks.errors import problem
from blocks.lead_card import loading_view, problem_view
from bot.outreach.errors import Invalid, OutreachError
from bot.outreach.unibox import Answer, reply_subject
from bot.services.composing import composed
from bot.services.filing import Typed
from bot.services.unibox import Desk
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.modals import redraw_beneath, refuse
from handlers.unibox import thread_of

_BACK = "back"


async def compose(call: Call) -> None:
    """`Reply`: the composer for a conversation; after a refusal with the text that was kept."""
    await call.ack()
    back = str(call.kept.get(_BACK) or "")
    thread_id = call.value
    view_id = await call.open(loading_view("Reply"))  # the mailboxes may have to be read first
    try:
        desk = await call.services.unibox.desk(call.workspace_id, await call.actor(), thread_id)
    except OutreachError as error:
        await call.update(problem_view("Reply", noted(error, user=call.user_id, thread=thread_id)), view_id=view_id)
        return
    await call.update(_view(desk, _first_letter(desk), back, _why(desk)), view_id=view_id)


def _view(desk: Desk, letter: Letter, back: str, note: str = "") -> dict[str, Any]:
    return composer_view(desk.conversation, list(desk.mailboxes), letter, after=desk.after, back=back, note=note)


def _first_letter(desk: Desk) -> Letter:
    failed = desk.failed
    if failed is not None:
        mailbox = failed.mailbox if failed.mailbox in desk.mailboxes else desk.mailbox
        return Letter(mailbox, failed.subject, failed.typed, desk.to_email)
    return Letter(desk.mailbox, reply_subject(desk.conversation.thread.subject), "", desk.to_email)


def _why(desk: Desk) -> str:
    return f"The last try was not sent: {desk.failed.problem}" if desk.failed else ""


async def changed(call: Call) -> None:
    """Another mailbox: the line that says from whom it goes follows."""
    await _redraw(call, preview=False)


async def preview(call: Call) -> None:
    """The mail as its reader will see it."""
    await _redraw(call, preview=True)


async def _redraw(call: Call, *, preview: bool) -> None:
    await call.ack()
    kept = call.kept
    desk = await call.services.unibox.desk(call.workspace_id, await call.actor(), str(kept.get("thread")))
    desk = replace(desk, after=str(kept.get("after") or ""))
    typed = call.chosen(ids.REPLY_BODY)
    letter = Letter(
        call.chosen(ids.REPLY_FROM),
        reply_subject(call.chosen(ids.REPLY_SUBJECT)),
        typed,
        desk.to_email,
        composed(typed).text if preview else None,
    )
    await call.update(_view(desk, letter, str(kept.get(_BACK) or "")))


async def submitted(call: Call) -> None:
    """`Send reply`. The intent is stored before Slack has its answer, under the view's own id: sent once."""
    kept = call.kept
    typed = Typed(
        str(kept.get("thread")),
        call.chosen(ids.REPLY_FROM),
        call.chosen(ids.REPLY_SUBJECT),
        call.chosen(ids.REPLY_BODY),
        str(kept.get("after") or ""),
    )
    view_id = str(call.view.get("id"))
    try:
        answer = await call.services.answers.begin(call.workspace_id, await call.actor(), typed, f"view:{view_id}")
    except OutreachError as error:  # what was typed stays in the box
        block = BLOCK_OF.get(error.field or "", BLOCK_OF["body"]) if isinstance(error, Invalid) else BLOCK_OF["body"]
        return await refuse(call, error, block)
    await call.ack(response_action="update", view=sending_view(answer))
    await _carry_out(call, answer, view_id, str(kept.get(_BACK) or ""))
    return None


async def _carry_out(call: Call, answer: Answer, view_id: str, back: str) -> None:
    answer = await call.services.answers.carry_out(call.workspace_id, answer.id)
    await call.update(outcome_view(answer), view_id=view_id)
    if back:
        await redraw_beneath(call, thread_of, answer.thread_id, back)


async def it_was_sent(call: Call) -> None:
    """A person saw an unclear answer in the thread at PlusVibe."""
    await call.ack()
    if await call.first_time():
        answer = await call.services.answers.it_was_sent(call.workspace_id, await call.actor(), call.value)
        await _show(call, answer)


async def send_again(call: Call) -> None:
    """A person has an unclear answer sent again."""
    await call.ack()
    if await call.first_time():
        answer = await call.services.answers.send_again(call.workspace_id, await call.actor(), call.value)
        await _show(call, answer)


async def _show(call: Call, answer: Answer) -> None:
    """What came of the decision: in the modal it was made in, else the message itself follows; a failure is told."""
    if call.view.get("type") == "modal":
        await call.update(outcome_view(answer), racing=False)
    elif answer.problem:
        await call.tell(problem(answer.problem))


TABLE = Table(
    actions={
        ids.REPLY: compose,
        ids.REPLY_FROM: changed,
        ids.REPLY_PREVIEW: preview,
        ids.IT_WAS_SENT: it_was_sent,
        ids.SEND_AGAIN: send_again,
    },
    views={ids.COMPOSER: submitted},
)
