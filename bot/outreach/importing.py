"""Imports of leads from files: which column is which, what a row is worth, and the sum of it all."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.outreach.addresses import LONGEST_ADDRESS, address_key, domain_of
from bot.outreach.errors import Invalid
from bot.outreach.leads import LeadDraft

SAMPLE_ROWS = 50
FIELDS = (
    "email",
    "first_name",
    "last_name",
    "company_name",
    "domain",
    "phone",
    "website",
    "city",
    "country",
    "industry",
    "company_size",
    "revenue",
)
WHOLE_NAME = "name"
TARGETS = (*FIELDS, WHOLE_NAME)
LONGEST_CELL = {"company_name": 500, "website": 2_000}
LONGEST = 500
_HEADERS: Mapping[str, str] = {
    "email": "email e-mail mail emailaddress emailadresse adresseemail courriel correo correoelectronico kontaktemail "
    "workemail primaryemail contactemail emailovaadresa adreseemail posta",
    "first_name": "firstname first givenname given vorname prenom nombre jmeno krestnijmeno forename imie",
    "last_name": "lastname last surname familyname nachname nom apellido apellidos prijmeni nazwisko cognome",
    "name": "name fullname contact contactname person ansprechpartner jmenoaprijmeni celejmeno kontakt nomcomplet",
    "company_name": "company companyname organization organisation account business firma nazevfirmy spolecnost "
    "unternehmen entreprise societe empresa accountname firmenname nazevspolecnosti",
    "domain": "domain companydomain websitedomain domena domaine dominio rootdomain",
    "phone": "phone telephone tel mobile phonenumber telefon telefonnummer mobil portable telefono workphone",
    "website": "website url web homepage site www webseite internetseite siteweb sitioweb webovastranka companywebsite",
    "city": "city town ort stadt ville ciudad mesto miasto locality",
    "country": "country land pays pais zeme stat countrycode kraj",
    "industry": "industry sector branche obor odvetvi secteur industria branza category vertical",
    "company_size": "companysize size employees headcount numberofemployees employeecount mitarbeiter velikost "
    "velikostfirmy pocetzamestnancu effectif empleados",
    "revenue": "revenue annualrevenue turnover umsatz obrat chiffredaffaires ingresos trzby",
}
_TARGET_OF = {word: target for target, words in _HEADERS.items() for word in words.replace("-", "").split()}
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]{2,}")
_BETWEEN = re.compile(r"[^<>@]*<([^<>\s]+@[^<>\s]+)>\s*")
_WEB = re.compile(r"https?://|www\.", re.IGNORECASE)
_PHONE = re.compile(r"\+?[\d\s()/.-]{7,20}")
# What the checker of addresses takes as it stands, letter for letter; everything else is asked of it.
_PLAIN = re.compile(r"[A-Za-z0-9_+]+(?:[.-][A-Za-z0-9_+]+)*@((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,63})", re.ASCII)
_SPECIAL = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test", "example", "internal", "alt"})
Check = Callable[[str], str]  # the address as it is kept; raises `Invalid`


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file. has_names: the first row names them, and is no lead."""

    names: tuple[str, ...]
    has_names: bool


def header_of(rows: Sequence[Sequence[str]]) -> Header:
    """The columns, from the first rows. A first row with an address in it is a lead already."""
    if not rows:
        return Header((), has_names=False)
    first = [cell.strip() for cell in rows[0]]
    has_names = not any(_ADDRESS.fullmatch(cell) for cell in first) and any(first)
    width = max(len(row) for row in rows)
    named = first if has_names else []
    names = [named[at] if at < len(named) and named[at] else f"Column {at + 1}" for at in range(width)]
    return Header(tuple(names), has_names)


def guessed(header: Header, samples: Sequence[Sequence[str]]) -> dict[str, int]:
    """Which column fills which target, by the columns' names in several languages, else by what stands in them."""
    found: dict[str, int] = {}
    if header.has_names:
        for at, name in enumerate(header.names):
            target = _TARGET_OF.get(folded_name(name))
            if target is not None:
                found.setdefault(target, at)
    taken = set(found.values())
    for target, fits in (("email", _is_email), ("website", _is_web), ("phone", _is_phone)):
        if target in found:
            continue
        for at in range(len(header.names)):
            cells = [row[at].strip() for row in samples if at < len(row) and row[at].strip()]
            if at not in taken and cells and sum(map(fits, cells)) * 2 > len(cells):
                found[target] = at
                taken.add(at)
                break
    if WHOLE_NAME in found and "first_name" in found:
        del found[WHOLE_NAME]
    return found


def folded_name(name: str) -> str:
    """A column's name without case, accents and signs."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())


def _is_email(cell: str) -> bool:
    return _ADDRESS.fullmatch(cell) is not None


def _is_web(cell: str) -> bool:
    return _WEB.match(cell) is not None


def _is_phone(cell: str) -> bool:
    return _PHONE.fullmatch(cell) is not None and sum(map(str.isdigit, cell)) >= 7


def checked_mapping(mapping: Mapping[str, int], columns: int) -> dict[str, int]:
    """The mapping as it may be used. Raises `Invalid` (field `email`, or the target that is wrong)."""
    if "email" not in mapping:
        raise Invalid("Choose the column that holds the email address.", field="email")
    for target, at in mapping.items():
        if target not in TARGETS:
            raise Invalid(f"A lead has no field {target}.", field=target)
        if not 0 <= at < columns:
            raise Invalid(f"The file has no column {at + 1}.", field=target)
    return dict(mapping)


class Reject(StrEnum):
    """Why a row became no lead, in the words of the file that gives it back."""

    NO_ADDRESS = "no email address"
    BAD_FORM = "bad email format"
    TOO_LONG = "a cell is too long"
    BROKEN = "the row cannot be read"
    IN_FILE = "duplicate in the file"
    HERE = "already a lead"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that may become a lead. key: of its address."""

    line: int
    key: str
    draft: LeadDraft
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that became no lead. said: more than the reason says, empty when there is no more."""

    line: int
    reason: Reject
    cells: Sequence[str]
    said: str = ""


class RowReader:
    """Turns rows into candidates by a mapping. check: asked about addresses that are not plain."""

    def __init__(self, mapping: Mapping[str, int], check: Check) -> None:
        self._email = mapping["email"]
        self._others = [(target, at) for target, at in mapping.items() if target not in {"email", WHOLE_NAME}]
        self._whole = mapping.get(WHOLE_NAME)
        self._check = check

    def read(self, line: int, cells: Sequence[str]) -> Candidate | Rejected:
        """The candidate, or why there is none."""
        try:
            email = self._address(cells[self._email] if self._email < len(cells) else "")
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

    def _address(self, cell: str) -> str:
        text = cell.strip()
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
class Breakdown:
    """What became of the rows read so far: each was added or rejected for one reason."""

    rows: int = 0
    added: int = 0
    rejected: Mapping[Reject, int] = field(default_factory=dict)

    @property
    def rejects(self) -> int:
        """How many rows became no lead."""
        return sum(self.rejected.values())

    def plus(self, other: "Breakdown") -> "Breakdown":
        """Both together."""
        reasons = {reason for each in (self, other) for reason in each.rejected}
        return Breakdown(
            self.rows + other.rows,
            self.added + other.added,
            {reason: self.rejected.get(reason, 0) + other.rejected.get(reason, 0) for reason in sorted(reasons)},
        )

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Breakdown":
        """As `stored` wrote it."""
        rejected = {Reject(reason): number for reason, number in stored["rejected"].items()}
        return cls(**{**stored, "rejected": rejected})


def breakdown_lines(breakdown: Breakdown) -> list[tuple[int, str]]:
    """The sum in lines: rows read, leads added, then each reason with its number."""
    rejected = [(number, reason.value) for reason, number in breakdown.rejected.items() if number]
    return [(breakdown.rows, "rows read"), (breakdown.added, "leads added"), *rejected]


class ImportState(StrEnum):
    """`running` also while nobody is at it: the same file goes on where it stood."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Import:
    """One file's way into the lead list. name: the file's. digest: of its contents. mapping: target to column, from 0.

    taken: how many rows of the file were looked at, so that a second start knows where to go on.
    """

    id: str
    name: str
    author: str
    digest: str
    mapping: Mapping[str, int]
    created_at: datetime
    updated_at: datetime
    state: ImportState = ImportState.RUNNING
    taken: int = 0
    breakdown: Breakdown = field(default_factory=Breakdown)
