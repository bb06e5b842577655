"""Prospects that answer: a handful of believable replies, with our mail quoted below as their programs do it."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from itertools import count

from bot.sandbox.plusvibe import happenings
from bot.sandbox.plusvibe.world import PlusVibeWorld, StoredLead

ANSWER_AFTER_SECONDS = 8.0
ONE_IN = 3


@dataclass(frozen=True)
class Believable:
    """A way to answer. said: for the person who pressed the button. colleague: somebody else at the company writes."""

    said: str
    words: str
    label: str
    sentiment: str
    quote: Callable[[str, str, str], str]
    html: bool = False
    colleague: str = ""


def _gmail(at: str, sender: str, mail: str) -> str:
    return f"On {at}, Lena Brandt <{sender}> wrote:\n{_marked(mail)}"


def _outlook(at: str, sender: str, mail: str) -> str:
    return (
        f"________________________________\nFrom: Lena Brandt <{sender}>\nSent: {at}\nSubject: Your website\n\n{mail}"
    )


def _german(at: str, sender: str, mail: str) -> str:
    return f"Am {at} schrieb Lena Brandt <{sender}>:\n{_marked(mail)}"


def _czech(at: str, sender: str, mail: str) -> str:
    return f"Dne {at} Lena Brandt napsal(a):\n{_marked(mail)}"


def _nothing(at: str, sender: str, mail: str) -> str:
    return ""


ANSWERS = (
    Believable("interested", happenings.POSITIVE_REPLY, "INTERESTED", "POSITIVE", _gmail),
    Believable(
        "with a question",
        "Hello Lena,\n\nwhat would fixing the first point cost us, roughly? And how long does it take?\n\nBest regards",
        "",
        "NEUTRAL",
        _outlook,
        html=True,
    ),
    Believable("not interested", happenings.NEGATIVE_REPLY, "NOT_INTERESTED", "NEGATIVE", _gmail),
    Believable(
        "out of office",
        "I am out of the office until Monday and will read your message then.\nIn urgent cases call our front desk.",
        "OUT_OF_OFFICE",
        "NEUTRAL",
        _nothing,
    ),
    Believable(
        "passed on to a colleague",
        "Hi, this landed on my desk: I look after the website here.\nCan you call me on Thursday after two?",
        "INTERESTED",
        "POSITIVE",
        _german,
        html=True,
        colleague="web",
    ),
    Believable(
        "in Czech",
        "Dobrý den,\n\nděkuji za přehled. Pošlete mi prosím celou zprávu.",
        "INTERESTED",
        "POSITIVE",
        _czech,
    ),
)


async def answer(world: PlusVibeWorld, lead: StoredLead, which: int | None = None) -> str:
    """One of them answers; how, in words. which: else each in turn, beginning with somebody who is interested."""
    way = ANSWERS[(next(world.turns) if which is None else which) % len(ANSWERS)]
    sender = world.campaigns[lead.campaign_id].sender
    quoted = way.quote(f"{world.clock():%d.%m.%Y %H:%M}", sender, _last_mail(world, lead))
    words = f"{way.words}\n\n{quoted}" if quoted else way.words
    colleague = f"{way.colleague}@{lead.email.rpartition('@')[2]}" if way.colleague else ""
    html = _as_html(way.words, quoted) if way.html else ""
    await happenings.reply(world, lead, words, label=way.label, sentiment=way.sentiment, html=html, sender=colleague)
    return way.said


def let_them_answer(world: PlusVibeWorld, *, after_seconds: float = ANSWER_AFTER_SECONDS, one_in: int = ONE_IN) -> None:
    """From now on some of those who are written to answer by themselves, a while later."""
    mails = count(1)

    async def later(lead: StoredLead, turn: int) -> None:
        await asyncio.sleep(after_seconds)
        await answer(world, lead, turn // one_in - 1)

    def written_to(lead: StoredLead) -> None:
        turn = next(mails)
        if turn % one_in == 0:
            world.spawn(later(lead, turn))

    world.after_mail = written_to


def _last_mail(world: PlusVibeWorld, lead: StoredLead) -> str:
    sent = [row["body"] for row in world.campaign_mails if row["lead_id"] == lead.id]
    ours = [row["body"]["html"] for row in world.messages if row["lead_id"] == lead.id and row["direction"] == "OUT"]
    html = (ours or sent or ["<p>We looked at your website.</p>"])[-1]
    return re.sub(r"<[^>]*>", "", re.sub(r"</p>|<br\s*/?>|</div>", "\n", html)).strip()


def _marked(mail: str) -> str:
    return "\n".join(f"> {line}" for line in mail.splitlines())


def _as_html(words: str, quoted: str) -> str:
    paragraphs = "".join(f"<p>{escape(block).replace(chr(10), '<br>')}</p>" for block in words.split("\n\n"))
    return f"<div>{paragraphs}</div><blockquote>{escape(quoted).replace(chr(10), '<br>')}</blockquote>"
