"""What a reply is, told by rules: out of office, opt-out, interested, question, referral, or something else.

A machine that only says that the message arrived is told apart from one that says somebody is away.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise

from bot.outreach import reply_phrases as phrases
from bot.outreach.quoting import fresh_text
from bot.outreach.reply_dates import return_day

LONGEST_READ = 6_000  # a reply says what it wants at its beginning
LONGEST_SENTENCE = 400
ABSENCE = timedelta(days=7)
BACK_FROM = time(6)
LONGEST_NAME_WORDS = 4
_WRAPPED_AT = 55  # a line this long was broken by a mail program, not by whoever wrote it
_QUOTES = '"“„«‘'


class ReplyClass(StrEnum):
    """What a reply is. The value is stored."""

    OUT_OF_OFFICE = "out_of_office"
    OPT_OUT = "opt_out"
    INTERESTED = "interested"
    QUESTION = "question"
    REFERRAL = "referral"
    ACKNOWLEDGED = "acknowledged"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reply was read. rule: why, for people, empty when nothing fired. sentence: theirs that fired it.

    until: the day they are back, or the last one they are away, as written; only when out of office.
    """

    reply_class: ReplyClass = ReplyClass.OTHER
    rule: str = ""
    sentence: str = ""
    until: date | None = None

    @property
    def is_reply(self) -> bool:
        """Whether somebody answered."""
        return self.reply_class not in MACHINES


UNREAD = Reading()
MACHINES = frozenset({ReplyClass.OUT_OF_OFFICE, ReplyClass.ACKNOWLEDGED})
_AWAY_LABEL, _AUTOMATIC_LABEL = "OUT_OF_OFFICE", "AUTOMATIC_REPLY"
_LABELS = {
    "INTERESTED": ReplyClass.INTERESTED,
    "MEETING_BOOKED": ReplyClass.INTERESTED,
    "MEETING_COMPLETED": ReplyClass.INTERESTED,
    "WRONG_PERSON": ReplyClass.REFERRAL,
}


@dataclass(frozen=True, slots=True)
class _Sentence:
    """As written, and folded character by character, so that both have the same places."""

    words: str
    folded: str


def read_reply(
    subject: str, text: str, html: str = "", *, label: str = "", is_automatic: bool = False, now: datetime
) -> Reading:
    """Read a reply by what is fresh in it, without history and signature. The first that fits wins, in this order:
    asks to be removed; is away, or no longer there; a machine that answers; declines; passes on; is interested; asks;
    the provider's label.

    html: read when the text is empty. label: the provider's. is_automatic: its headers say that no person wrote it.
    """
    sentences = list(_sentences(_own_words(fresh_text(text, html)[:LONGEST_READ])))
    return (
        _opt_out(sentences)
        or _left(sentences)
        or _by_machine(subject, sentences, label.upper(), is_automatic=is_automatic, today=now.date())
        or _said(ReplyClass.OTHER, phrases.NOT_INTERESTED, sentences)
        or _said(ReplyClass.REFERRAL, phrases.REFERRAL, sentences)
        or _said(ReplyClass.INTERESTED, phrases.INTERESTED, sentences, unless=phrases.NEGATION)
        or _asked(sentences)
        or _labelled(label)
        or UNREAD
    )


def back_at(reading: Reading, received_at: datetime) -> datetime:
    """When whoever is away may be written to again: the morning of the day they name, else a week later."""
    if reading.until is None:
        return received_at + ABSENCE
    return datetime.combine(reading.until, BACK_FROM, UTC)


def _opt_out(sentences: Sequence[_Sentence]) -> Reading | None:
    for sentence in sentences:
        if _alone(phrases.OPT_OUT_ALONE).fullmatch(sentence.folded.strip(" .!,-*\"'")):
            return Reading(ReplyClass.OPT_OUT, f"says “{sentence.words.strip(' .!,')}”", sentence.words)
    unless = f"(?:{phrases.NEGATION}|{phrases.ASKED_ABOUT})"
    return _said(ReplyClass.OPT_OUT, phrases.OPT_OUT, sentences, unless=unless)


def _left(sentences: Sequence[_Sentence]) -> Reading | None:
    return _said(ReplyClass.REFERRAL, phrases.LEFT, sentences)


def _by_machine(
    subject: str, sentences: Sequence[_Sentence], label: str, *, is_automatic: bool, today: date
) -> Reading | None:
    """Somebody is away, or a machine tells that the message arrived. What a machine says otherwise is an absence."""
    language, away = _in_a_language(phrases.OUT_OF_OFFICE, sentences)
    away = away or _begins(phrases.OUT_OF_OFFICE_SUBJECTS, subject)
    spoken, machine = _in_a_language(phrases.AUTOMATIC, sentences)
    machine = machine or _begins(phrases.AUTOMATIC_SUBJECTS, subject)
    if machine is None and is_automatic:
        machine = Reading(ReplyClass.OUT_OF_OFFICE, "its headers say that no person wrote it")
    if machine is None and label in {_AWAY_LABEL, _AUTOMATIC_LABEL}:
        machine = Reading(ReplyClass.OUT_OF_OFFICE, f"the provider's label is {_spelled(label)}")
    found = away or machine
    if found is None:
        return None
    arrived = None if away or label == _AWAY_LABEL else _said(ReplyClass.ACKNOWLEDGED, phrases.ARRIVED, sentences)
    until = return_day(" ".join(each.folded for each in sentences), language or spoken or "en", today)
    return arrived or replace(found, until=until)


def _in_a_language(said: Mapping[str, tuple[str, ...]], sentences: Sequence[_Sentence]) -> tuple[str, Reading | None]:
    """The first sentence that says one of these, with its language."""
    for language, each in said.items():
        if reading := _said(ReplyClass.OUT_OF_OFFICE, each, sentences, unless=phrases.NOT_AWAY):
            return language, reading
    return "", None


def _begins(said: tuple[str, ...], subject: str) -> Reading | None:
    begins = _beginning(said).match(fold(subject.strip()))
    if begins is None:
        return None
    return Reading(ReplyClass.OUT_OF_OFFICE, f"the subject begins “{subject.strip()[: begins.end()]}”")


def _asked(sentences: Sequence[_Sentence]) -> Reading | None:
    for sentence in sentences:
        is_polite = _alone(phrases.PLEASANTRIES).fullmatch(sentence.folded.strip(" ?!.,"))
        if sentence.folded.rstrip(" )\"'”").endswith("?") and not is_polite:
            return Reading(ReplyClass.QUESTION, "asks a question", sentence.words)
    return _said(ReplyClass.QUESTION, phrases.QUESTION, sentences)


def _labelled(label: str) -> Reading | None:
    known = _LABELS.get(label.upper())
    return Reading(known, f"the provider's label is {_spelled(label)}") if known else None


def _spelled(label: str) -> str:
    return label.replace("_", " ").lower()


def _said(
    reply_class: ReplyClass, said: tuple[str, ...], sentences: Iterable[_Sentence], *, unless: str = ""
) -> Reading | None:
    """The first sentence that says one of these, not within quotes. unless: what must not stand right before."""
    for sentence in sentences:
        for match in _anywhere(said).finditer(sentence.folded):
            before = sentence.folded[: match.start()]
            if sentence.words[: match.start()].rstrip()[-1:] in _QUOTES and match.start() > 1:
                continue
            if unless and _anything(unless).search(before):
                continue
            fired = sentence.words[match.start() : match.end()].strip(" ,.")
            return Reading(reply_class, f"says “{fired}”", sentence.words)
    return None


def fold(text: str) -> str:
    """The text in lower case without accents, as long as it was."""
    return "".join(map(_folded, text))


@cache
def _folded(character: str) -> str:
    if character in "’‘´`":
        return "'"
    if character.isspace():
        return " "
    if character in "łŁ":  # one letter to Unicode, with nothing to take off
        return "l"
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


def _own_words(fresh: str) -> str:
    """What they wrote themselves: no signature, no footers with links to unsubscribe, a `PS` kept."""
    kept: list[str] = []
    is_over = False
    lines = fresh.splitlines()
    for at, line in enumerate(lines):
        said = fold(line).strip(" ,.!-–*>")
        if line.strip() in {"--", "—", "__"} or _closes(said, lines[at + 1 :]):
            is_over = is_over or any(each.strip() for each in kept)
        elif said.startswith(("ps:", "p.s", "ps ")):
            is_over = False
        is_footer = "unsubscribe" in said and ("http" in said or "www." in said)
        if not is_over and not is_footer and not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept)


def _closes(said: str, after: Sequence[str]) -> bool:
    """Whether a line such as `Best regards` ends what they wrote: a name follows, or nothing."""
    if not _alone(phrases.CLOSINGS).fullmatch(said):
        return False
    following = next((line for line in after if line.strip()), "")
    return len(following.split()) <= LONGEST_NAME_WORDS


def _sentences(text: str) -> Iterator[_Sentence]:
    """Sentences without line breaks, each cut where it gets too long."""
    for paragraph in re.split(r"\n\s*\n", text):
        for part in re.split(r"(?<=[.!?…])(?<!\d\.)\s+", _joined(paragraph)):
            for line in part.split("\n"):
                words = " ".join(line.split())[:LONGEST_SENTENCE]
                if words:
                    yield _Sentence(words, fold(words))


def _joined(paragraph: str) -> str:
    """Lines a mail program broke are one again."""
    lines = paragraph.splitlines()
    joined = lines[0] if lines else ""
    for before, line in pairwise(lines):
        goes_on = line.lstrip()[:1].islower() or line.lstrip()[:1].isdigit() or len(before.strip()) >= _WRAPPED_AT
        joined += f"{' ' if goes_on else chr(10)}{line.strip()}"
    return joined


@cache
def _anywhere(said: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w)(?:{each})" + ("" if each.endswith(" ") else r"(?!\w)") for each in said))


@cache
def _alone(said: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(said))


@cache
def _beginning(said: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(said)})")


@cache
def _anything(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
