"""The rows of an import: what each says, and whether it becomes a lead."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.outreach.addresses import LONGEST_ADDRESS, address_key, domain_of
from bot.outreach.csv_text import Row
from bot.outreach.errors import Invalid
from bot.outreach.importing import WHOLE_NAME, Reject, Rejected
from bot.outreach.leads import LeadDraft

LONGEST_CELL = {"company_name": 500, "website": 2_000}
LONGEST = 500
_BETWEEN = re.compile(r"[^<>@]*<([^<>\s]+@[^<>\s]+)>\s*")
# What the checker of addresses takes as it stands, letter for letter; everything else is asked of it.
_PLAIN = re.compile(r"[A-Za-z0-9_+]+(?:[.-][A-Za-z0-9_+]+)*@((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,63})", re.ASCII)
_SPECIAL = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test", "example", "internal", "alt"})
Check = Callable[[str], str]  # the address as it is kept; raises `Invalid`


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that may become a lead. key: of its address."""

    line: int
    key: str
    draft: LeadDraft
    cells: Sequence[str]


class RowReader:
    """Turns rows into candidates by a mapping. check: asked about addresses that are not plain."""

    def __init__(self, mapping: Mapping[str, int], check: Check) -> None:
        self._email = mapping["email"]
        self._others = [(target, at) for target, at in mapping.items() if target not in {"email", WHOLE_NAME}]
        self._whole = mapping.get(WHOLE_NAME)
        self._check = check

    def row(self, row: Row) -> Candidate | Rejected:
        """The same of a row that may be broken."""
        if row.problem:
            return Rejected(row.line, Reject.BROKEN, row.cells, row.problem)
        return self.read(row.line, row.cells)

    def read(self, line: int, cells: Sequence[str]) -> Candidate | Rejected:
        """The candidate, or why there is none."""
        try:
            email = self._address_in(cells)
        except Invalid as error:
            reason = Reject.BAD_FORM if str(error) else Reject.NO_ADDRESS
            return Rejected(line, reason, cells, str(error))
        values: dict[str, Any] = {}
        for target, at in self._others:
            if at < len(cells) and (cell := cells[at].strip()):
                if len(cell) > LONGEST_CELL.get(target, LONGEST):
                    return Rejected(line, Reject.TOO_LONG, cells, target.replace("_", " "))
                values[target] = cell
        if self._whole is not None and self._whole < len(cells):
            first, _, last = cells[self._whole].strip()[:LONGEST].partition(" ")
            values |= {"first_name": first, "last_name": values.get("last_name") or last.strip()}
        if "domain" not in values and "website" in values:
            values["domain"] = domain_of(values["website"])
        return Candidate(line, address_key(email), LeadDraft(email, **values), cells)

    def place(self, row: Row) -> str:
        """Where the row comes when a file is taken in order: the people of one domain one after the other, and those
        without a usable address first. Neighbours change the same pages of the database.
        """
        try:
            email = "" if row.problem else self._address_in(row.cells)
        except Invalid:
            return ""
        name, _, domain = address_key(email).rpartition("@")
        return f"{domain} {name}"

    def _address_in(self, cells: Sequence[str]) -> str:
        text = cells[self._email].strip() if self._email < len(cells) else ""
        if (plain := _PLAIN.fullmatch(text)) and len(text) <= LONGEST_ADDRESS and _is_plain(text, plain[1]):
            return text
        if not text:
            raise Invalid("", field="email")
        between = _BETWEEN.fullmatch(text)
        return self._check(between[1] if between else text)


def _is_plain(text: str, domain: str) -> bool:
    if len(text) - len(domain) > 65 or domain.rpartition(".")[2] in _SPECIAL:
        return False
    return len(domain) < 64 or all(len(label) <= 63 for label in domain.split("."))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the addresses of some rows, by their keys.

    against: what stands against writing there. leads: the ids of those who are leads, and not by this import.
    taken: came in by this import already, as a new lead or into the campaign. in_campaign: were there before.
    """

    against: Mapping[str, str]
    leads: Mapping[str, str]
    taken: Collection[str]
    in_campaign: Collection[str]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rows told apart. joining: whose address is a lead's that comes into the campaign."""

    new: Mapping[str, Candidate]
    joining: Mapping[str, Candidate]
    rejected: Sequence[Rejected]


def sorted_out(read: Sequence[Candidate | Rejected], known: Known, *, into_campaign: bool) -> Sorted:
    """Each row to one pile. However the file is cut into parts, a row ends in the same."""
    new: dict[str, Candidate] = {}
    joining: dict[str, Candidate] = {}
    rejected: list[Rejected] = []
    for each in read:
        if isinstance(each, Rejected):
            rejected.append(each)
        elif (fact := known.against.get(each.key)) is not None:
            rejected.append(Rejected(each.line, Reject.SUPPRESSED, each.cells, fact))
        elif each.key in new or each.key in joining or each.key in known.taken:
            rejected.append(Rejected(each.line, Reject.IN_FILE, each.cells))
        elif each.key not in known.leads:
            new[each.key] = each
        elif into_campaign and each.key not in known.in_campaign:
            joining[each.key] = each
        else:
            reason = Reject.IN_CAMPAIGN if into_campaign else Reject.HERE
            rejected.append(Rejected(each.line, reason, each.cells))
    return Sorted(new, joining, rejected)
