"""A prospect's reply in a channel: what they wrote, who takes care of it, and the way to answer."""

from collections.abc import Sequence

from blocks import ids
from blocks.elements import Block
from blocks.mail_text import is_long, lines_of, mood, named, read
from blocks.message import Message, actions, bold, button, context, esc, section, when
from blocks.reading import class_select, opt_out_part, reading_line, until
from bot.outreach.addresses import address_key
from bot.outreach.leads import Lead
from bot.outreach.reply_reading import ReplyClass
from bot.outreach.unibox import Answer, AnswerState, Reply, ReplyCard, Via

MOST_TEXT = 1_500
MOST_LISTED = 15
_EVIDENCE = {
    Via.PLUSVIBE: "Look into the thread at PlusVibe, then decide.",
    Via.MAIL: "SendGrid's events may still tell; after half an hour its Email Logs know, then decide.",
}
NOTES_STAY = "Notes typed in this thread stay here; only Reply writes to the prospect."


def reply_message(card: ReplyCard) -> Message:
    """The whole card as it stands now; a short one for what a machine says."""
    reply, lead = card.reply, card.lead
    if not reply.reading.is_reply:
        return _by_machine(card)
    fresh = read(reply.heard).fresh
    said = f"{esc(lead.title, 150)} replied"
    quoted = lines_of(fresh, MOST_TEXT, quote=True) or "&gt; (no text)"
    blocks = [
        section(f"💬 *{said.replace('*', '∗')}*\n{_from(card)}"),
        section(quoted),
        *opt_out_part(reply, card.standing),
        *(context(line) for line in reading_line(reply, card.names)),
        context(" · ".join([*mood(reply.heard.label, reply.heard.sentiment), *_standing(card)])),
        *_unclear(card),
        *_buttons(card, is_cut=is_long(fresh, MOST_TEXT)),
        context(NOTES_STAY),
    ]
    return Message(f"{said}: {esc(fresh, 300) or '(no text)'}", blocks)


def _by_machine(card: ReplyCard) -> Message:
    """Nobody answered: one line of whom, why it is read so, and the way to say that it is an answer."""
    reply, lead = card.reply, card.lead
    mark, what = _mark(reply)
    is_away = reply.reading.reply_class is ReplyClass.OUT_OF_OFFICE
    said = f"{esc(lead.title, 150)}{' is' if is_away else ':'} {what}".replace("*", "∗")
    blocks = [
        section(f"{mark} *{said}*\n{_sender(card)}"),
        context(" · ".join([*reading_line(reply, card.names), f"Received {when(reply.received_at)}"])),
        *actions(
            class_select(reply),
            button("Conversation", ids.OPEN_THREAD, reply.thread_id),
            button("Open lead", ids.OPEN_LEAD, lead.id),
            block_id=f"reply:{reply.id}",
        ),
    ]
    return Message(said, blocks)


def _from(card: ReplyCard) -> str:
    subject = card.reply.heard.subject
    return _sender(card) + (f"\n{bold(subject, 200)}" if subject.strip() else "")


def _sender(card: ReplyCard) -> str:
    heard, lead = card.reply.heard, card.lead
    sender = esc(heard.from_email, 150)
    whose = f"{esc(lead.name, 100)} ({sender})" if lead.name else sender
    if address_key(heard.from_email) != address_key(heard.lead_email):
        whose = f"{sender}, not {esc(heard.lead_email, 150)} whom we wrote to"
    campaign = f" · {esc(card.campaign, 100)}" if card.campaign.strip() else ""
    return f"{whose}{campaign}"


def _standing(card: ReplyCard) -> list[str]:
    """Who takes care of it, what came of it, when it came."""
    reply = card.reply
    lines = [f"Received {when(reply.received_at)}"]
    if reply.claimed_by:
        lines.append(f"Taken by {named(reply.claimed_by, card.names)}")
    if reply.read_at:
        lines.append("Read")
    if reply.answered_at:
        lines.append(f"✅ Answered by {named(reply.answered_by, card.names)} {when(reply.answered_at)}")
    elif not reply.claimed_by:
        lines.append("Waiting, nobody has taken it")
    return lines


def _unclear(card: ReplyCard) -> list[Block]:
    """An answer of ours that has no good end."""
    if card.answer is None:
        return []
    return answer_line(card.answer, named(card.answer.author, card.names))


def answer_line(answer: Answer, author: str) -> list[Block]:
    """What became of an answer that is not known to be sent. author: by name."""
    if answer.state is AnswerState.FAILED:
        again = actions(button("Open composer", ids.REPLY, answer.thread_id), block_id=f"failed:{answer.id}")
        return [section(f"⚠️ {author}'s reply was not sent: {esc(answer.problem, 500)} The text is kept."), *again]
    if answer.state is AnswerState.UNCLEAR:
        said = f"⚠️ It is not known whether {author}'s reply went out. {esc(answer.problem, 500)}"
        return [section(said), *decision(answer)]
    if answer.problem.strip():
        return [context(f"⏳ {author}'s reply waits: {esc(answer.problem, 500)}")]
    return [context(f"⏳ {author}'s reply is on its way.")]


def decision(answer: Answer) -> list[Block]:
    """What a person decides about an unclear answer."""
    return actions(
        button("It was sent", ids.IT_WAS_SENT, answer.id),
        button("Send again", ids.SEND_AGAIN, answer.id, style="danger"),
        block_id=f"unclear:{answer.id}",
    )


def _buttons(card: ReplyCard, *, is_cut: bool) -> list[Block]:
    """Nothing to decide stays once it is decided."""
    reply = card.reply
    waits = reply.answered_at is None
    under_way = card.answer is not None and card.answer.state is not AnswerState.FAILED
    return actions(
        button("Reply", ids.REPLY, reply.thread_id, style="primary") if waits and not under_way else None,
        button("Take", ids.TAKE_THREAD, reply.thread_id) if waits and not reply.claimed_by else None,
        button("Mark read", ids.MARK_READ, reply.thread_id) if card.may_mark_read and not reply.read_at else None,
        button("More" if is_cut else "Conversation", ids.OPEN_THREAD, reply.thread_id),
        button("Open lead", ids.OPEN_LEAD, card.lead.id),
        class_select(reply),
        block_id=f"reply:{reply.id}",
    )


def replies_message(cards: Sequence[ReplyCard]) -> Message:
    """Many that came at once: a line each, the rest in the Unibox."""
    said = f"{len(cards):,} replies"
    lines = [f"• {bold(card.lead.title, 60)}: {_gist(card.reply)}" for card in cards[:MOST_LISTED]]
    if len(cards) > MOST_LISTED:
        lines.append(f"… and {len(cards) - MOST_LISTED:,} more")
    blocks = [
        section(f"💬 *{said}*"),
        section("\n".join(lines)),
        *actions(button("Open Unibox", ids.OPEN_UNIBOX), block_id="replies"),
        context(NOTES_STAY.replace("Reply", "the composer")),
    ]
    return Message(f"{said}: {', '.join(esc(card.lead.title, 60) for card in cards[:5])}", blocks)


def _mark(reply: Reply) -> tuple[str, str]:
    """What a machine said, with its sign."""
    if reply.reading.reply_class is ReplyClass.OUT_OF_OFFICE:
        return "🌴", f"out of office{until(reply)}"
    return "🤖", "their machine says the email arrived"


def _gist(reply: Reply) -> str:
    if not reply.reading.is_reply:
        return " ".join(_mark(reply))
    return esc(read(reply.heard).fresh, 120) or "(no text)"


def unclear_message(answer: Answer, lead: Lead) -> Message:
    """For its author: nobody knows whether it went out, what is known, and how that ended."""
    goes = f"your reply to {esc(answer.to_email, 150)} ({esc(lead.title, 100)})"
    known = f"From {esc(answer.mailbox, 150)}, “{esc(answer.subject, 200)}”"
    tried = f", tried {when(answer.attempted_at)}" if answer.attempted_at else ""
    match answer.state:
        case AnswerState.UNCLEAR:
            said, ending = f"It is not known whether {goes} went out.", decision(answer)
        case AnswerState.SENT:
            said, ending = f"Settled: {goes} was sent.", []
        case AnswerState.AGAIN:
            said, ending = f"Settled: {goes} is sent again.", []
        case _:
            said, ending = f"Settled: {goes} was not sent.", []
    problem = [section(esc(answer.problem, 500))] if answer.problem.strip() and ending else []
    quoted = section(lines_of(answer.typed, 800, quote=True) or "–")
    hint = f"{_EVIDENCE[answer.via]} It is never sent again by itself."
    notes = [context(hint)] if ending else []
    return Message(
        said, [section(f"⚠️ {said}" if ending else said), *problem, context(known + tried), quoted, *ending, *notes]
    )
