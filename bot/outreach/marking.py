"""Which words of a letter came from the lead or its audit, so that a reader sees at once what was filled in."""

import re
from collections.abc import Collection, Mapping

from bot.outreach.audits import FinishedAudit
from bot.outreach.leads import Lead
from bot.outreach.letter_facts import letter_facts
from bot.outreach.writebacks import Tone

_NAMED: Mapping[str, str] = {
    "name": "first name",
    "company": "company",
    "issue": "top issue",
    "fix": "how to fix it",
    "score": "score",
}
_NOT_SHOWN = frozenset({"step", "is_weak", "is_fine", "rest"})
_SHORTEST = 2
Piece = tuple[str, bool]  # words of a letter, and whether they were filled in


def filled_in(lead: Lead, audit: FinishedAudit, tone: Tone, step: int) -> set[str]:
    """The texts that a letter of this step may have taken from the lead or the audit."""
    facts = letter_facts(lead, audit, tone, step)
    return {text for name, text in facts.items() if name not in _NOT_SHOWN and len(text) >= _SHORTEST}


def not_known(lead: Lead, audit: FinishedAudit, tone: Tone) -> tuple[str, ...]:
    """What the letters do without, because nobody told it."""
    facts = letter_facts(lead, audit, tone, 1)
    return tuple(words for name, words in _NAMED.items() if not facts[name])


def pieces(text: str, values: Collection[str]) -> tuple[Piece, ...]:
    """The text cut where a value begins and ends; the longest value wins. Capital letters make no difference."""
    known = sorted((value for value in values if value), key=len, reverse=True)
    if not known:
        return ((text, False),)
    either = "|".join(re.escape(value) for value in known)
    found = re.split(rf"(?<!\w)({either})(?!\w)", text, flags=re.IGNORECASE)
    return tuple((piece, bool(place % 2)) for place, piece in enumerate(found) if piece)
