"""How a reply was read, in words, and the way to correct it; an opt-out's sentence and what can be done about it."""

from collections.abc import Mapping

from blocks import ids
from blocks.elements import Block
from blocks.mail_text import named
from blocks.message import bold, button, confirmation, context, cut, esc, option, section, select
from bot.outreach.reachability import REASONS, AddressFact
from bot.outreach.reply_reading import ReplyClass
from bot.outreach.unibox import Reply

CLASSES: Mapping[ReplyClass, str] = {
    ReplyClass.OUT_OF_OFFICE: "🌴 Out of office",
    ReplyClass.OPT_OUT: "✋ Asks to be removed",
    ReplyClass.INTERESTED: "👍 Interested",
    ReplyClass.QUESTION: "❓ Question",
    ReplyClass.REFERRAL: "👉 Referral",
    ReplyClass.ACKNOWLEDGED: "🤖 Automatic: it arrived",
    ReplyClass.OTHER: "Other",
}


def reading_line(reply: Reply, names: Mapping[str, str], *, short: bool = False) -> list[str]:
    """What it is, by which rule or by whom. Nothing for a reply no rule fired for. short: without the rule."""
    reading = reply.reading
    if not reading.rule and not reply.corrected_by:
        return []
    said = CLASSES[reading.reply_class] + until(reply)
    if short:
        return [said]
    if reply.corrected_by:
        said += f" · set by {named(reply.corrected_by, names)}"
        return [said + (f", the rule read: {esc(reading.rule, 120)}" if reading.rule else "")]
    return [f"{said} · rule: {esc(reading.rule, 120)}"]


def until(reply: Reply) -> str:
    """` until 3 Dec` for an absence whose end is known, with its year when that is another one."""
    end = reply.reading.until
    if reply.reading.reply_class is not ReplyClass.OUT_OF_OFFICE or end is None:
        return ""
    return f" until {end.day} {end:%b}" + (f" {end.year}" if end.year != reply.received_at.year else "")


def class_select(reply: Reply) -> Block:
    """Correct the class in one click. Values are `id:class`."""
    offered = [option(words, f"{reply.id}:{each.value}") for each, words in CLASSES.items()]
    return select(ids.REPLY_CLASS, "Read as", offered, f"{reply.id}:{reply.reading.reply_class.value}")


def opt_out_part(reply: Reply, standing: AddressFact | None) -> list[Block]:
    """The sentence that asks, and `Suppress`, or what already stands against the address."""
    if reply.reading.reply_class is not ReplyClass.OPT_OUT:
        return []
    sentence = reply.reading.sentence if not reply.corrected_by else ""
    return removal(sentence, reply.heard.lead_email, standing, (ids.REPLY_SUPPRESS, reply.id))


def removal(
    sentence: str, email: str, standing: AddressFact | None, act: tuple[str, str], *, then: str = ""
) -> list[Block]:
    """They ask to be removed, in this sentence of theirs. act: the action and the value of `Suppress`.

    then: what else it does.
    """
    quoted = f": “{esc(cut(sentence, 300), 400)}”" if sentence else "."
    if standing is not None:
        return [context(f"🚫 They ask to be removed{quoted} {REASONS[standing]}.")]
    told = f"Nobody writes to {bold(email, 100)} any more. Their words are kept as the reason.{then}"
    suppress = button("Suppress", *act, style="danger", confirm=confirmation("Suppress", told, "Suppress"))
    return [section(f"✋ *They ask to be removed*{quoted}", suppress, block_id=f"opt_out:{act[1]}")]
