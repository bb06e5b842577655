"""One person as we hold them: every lead with their address, the addresses, and the words that name them."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.outreach.addresses import address_key
from bot.outreach.leads import Lead

ERASED = "(erased)"
_SHORTEST_NAME = 4  # a shorter one stands in too many other words


@dataclass(frozen=True, slots=True)
class Person:
    """lead_ids: also of leads removed before. keys: of their addresses. words: what names them in other rows:
    addresses, whole names.
    """

    lead_ids: tuple[str, ...]
    keys: tuple[str, ...]
    words: tuple[str, ...]

    def redacted(self, value: Any) -> Any:
        """The same JSON with every mention struck out, in whatever case of letters."""
        if isinstance(value, str) and self.words:
            return self._pattern().sub(ERASED, value)
        if isinstance(value, dict):
            return {name: self.redacted(member) for name, member in value.items()}
        return [self.redacted(member) for member in value] if isinstance(value, list) else value

    @property
    def spellings(self) -> tuple[str, ...]:
        """The words as plain text and as JSON may spell them."""
        return tuple(dict.fromkeys(each for word in self.words for each in (word, json.dumps(word)[1:-1])))

    def _pattern(self) -> "re.Pattern[str]":
        return re.compile("|".join(map(re.escape, self.words)), re.IGNORECASE)


def person_of(leads: Iterable[Lead]) -> Person:
    """The person behind leads that share an address. Of a lead without an address it is the lead alone."""
    found = list(leads)
    emails = [lead.email for lead in found if lead.email]
    keys = dict.fromkeys(map(address_key, emails))
    names = [name for lead in found if len(name := lead.name.strip()) >= _SHORTEST_NAME and " " in name]
    words = dict.fromkeys((*emails, *keys, *names))
    return Person(tuple(lead.id for lead in found), tuple(keys), tuple(sorted(words, key=len, reverse=True)))
