"""The composer: from whom, to whom, what, as they will read it; and what became of it."""

import json
from dataclasses import dataclass

from blocks import ids
from blocks.elements import Block
from blocks.mail_text import lines_of, read
from blocks.message import (
    actions,
    bold,
    button,
    context,
    divider,
    esc,
    field_input,
    modal,
    option,
    section,
    select,
    strong,
    text_input,
)
from bot.outreach.unibox import LONGEST_BODY, LONGEST_SUBJECT, Answer, AnswerState, Conversation, Direction, Via

FROM_BLOCK, SUBJECT_BLOCK, BODY_BLOCK = "composer_from", "composer_subject", "composer_body"
BLOCK_OF = {"mailbox": FROM_BLOCK, "subject": SUBJECT_BLOCK, "body": BODY_BLOCK}


_NO_SENDER = {
    Via.PLUSVIBE: "PlusVibe lists no connected mailbox to reply from. Connect one there, then try again.",
    Via.MAIL: "There is no site to reply from any more. An admin adds one with `/outreach sites`.",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What the composer holds. preview: the body as words, when it was asked for."""

    mailbox: str
    subject: str
    body: str
    to_email: str
    preview: str | None = None


def composer_view(
    conversation: Conversation, mailboxes: list[str], letter: Letter, *, after: str, back: str, note: str = ""
) -> Block:
    """The form. note: why the last try failed. What was typed is given again with every redraw."""
    if not mailboxes:
        return modal(ids.NOTICE, "Reply", [section(f"⚠️ {_NO_SENDER[conversation.thread.via]}")])
    blocks = [
        *([section(f"⚠️ {esc(note, 600)}")] if note else []),
        section(_goes(letter)),
        *_last(conversation),
        field_input("Reply from", FROM_BLOCK, _mailboxes(mailboxes, letter.mailbox), dispatch=True),
        field_input(
            "Subject",
            SUBJECT_BLOCK,
            text_input(ids.REPLY_SUBJECT, value=letter.subject, max_length=LONGEST_SUBJECT),
        ),
        field_input("Body", BODY_BLOCK, _body(letter.body), hint="Text or HTML. A blank line begins a paragraph."),
        *actions(button("Preview", ids.REPLY_PREVIEW), block_id="composer_bar"),
        *_preview(letter),
    ]
    metadata = json.dumps({"thread": conversation.thread.id, "after": after, "back": back}, separators=(",", ":"))
    return modal(ids.COMPOSER, "Reply", blocks, metadata=metadata, submit="Send reply", close="Cancel")


def _goes(letter: Letter) -> str:
    sender = esc(letter.mailbox, 150) or "a mailbox to be chosen"
    return f"Goes to {bold(letter.to_email, 150)} from {strong(sender)}"


def _last(conversation: Conversation) -> list[Block]:
    """What is answered, so that nobody answers from memory."""
    theirs = [mail for mail in conversation.mails if mail.direction is Direction.IN]
    return [section(lines_of(read(theirs[-1].told).fresh, 600, quote=True) or "&gt; (no text)")] if theirs else []


def _mailboxes(mailboxes: list[str], chosen: str) -> Block:
    return select(ids.REPLY_FROM, "Choose a mailbox", [option(esc(each, 75), each) for each in mailboxes], chosen)


def _body(typed: str) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": ids.REPLY_BODY,
        "multiline": True,
        "max_length": LONGEST_BODY,
    }
    if typed.strip():
        element["initial_value"] = typed[:LONGEST_BODY]
    return element


def _preview(letter: Letter) -> list[Block]:
    if letter.preview is None:
        return []
    words = lines_of(letter.preview, 2_800) or "Nothing to show: write something first."
    return [divider(), context(f"As they will read it, subject “{esc(letter.subject, 200)}”:"), section(words)]


def sending_view(answer: Answer) -> Block:
    """While the call is under way."""
    return modal(ids.NOTICE, "Reply", [section(f"⏳ Sending to {esc(answer.to_email, 150)}…")])


def outcome_view(answer: Answer) -> Block:
    """What became of it, in words."""
    to, sender = esc(answer.to_email, 150), esc(answer.mailbox, 150)
    match answer.state:
        case AnswerState.SENT:
            return modal(ids.NOTICE, "Reply", [section(f"✅ Sent to {to} from {sender}.")])
        case AnswerState.FAILED:
            said = f"⚠️ Not sent: {esc(answer.problem, 600)} Your text is kept."
            again = actions(button("Open composer", ids.REPLY, answer.thread_id, style="primary"), block_id="again")
            return modal(ids.NOTICE, "Reply", [section(said), *again])
        case AnswerState.UNCLEAR:
            return modal(
                ids.NOTICE, "Reply", [section(f"⚠️ It is not known whether it went out. {esc(answer.problem, 500)}")]
            )
        case _:
            if answer.via is Via.MAIL:
                why = f"It waits: {esc(answer.problem, 500)}" if answer.problem.strip() else "It is on its way."
                return modal(ids.NOTICE, "Reply", [section(f"⏳ To {to} from {sender}. {why} The card follows.")])
            said = (
                f"⏳ PlusVibe did not say whether the reply to {to} went out. We look for it in the thread and tell "
                "you; it is not sent again by itself."
            )
            return modal(ids.NOTICE, "Reply", [section(said)])
