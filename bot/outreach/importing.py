"""Imports of leads from files: which column is which, what a row is worth, and the sum of it all."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.outreach.errors import Invalid
from bot.outreach.leads import TEXT_FIELDS

SAMPLE_ROWS = 50
UNDO_FOR = timedelta(hours=24)
WHOLE_NAME = "name"
TARGETS = ("email", *TEXT_FIELDS, WHOLE_NAME)
_HEADERS: Mapping[str, str] = {
    "email": "email e-mail mail emailaddress emailadresse adresseemail courriel correo correoelectronico kontaktemail "
    "workemail primaryemail contactemail emailovaadresa adreseemail posta indirizzoemail mailadres epost enderecoemail",
    "first_name": "firstname first givenname given vorname prenom nombre jmeno krestnijmeno forename imie "
    "nome voornaam fornavn fornamn keresztnev",
    "last_name": "lastname last surname familyname nachname nom apellido apellidos prijmeni nazwisko cognome "
    "achternaam efternavn etternavn efternamn sobrenome vezeteknev",
    "name": "name fullname contact contactname person ansprechpartner jmenoaprijmeni celejmeno kontakt nomcomplet",
    "company_name": "company companyname organization organisation account business firma nazevfirmy spolecnost "
    "unternehmen entreprise societe empresa accountname firmenname nazevspolecnosti azienda societa bedrijf "
    "bedrijfsnaam virksomhed foretag ceg cegnev",
    "domain": "domain companydomain websitedomain domena domaine dominio rootdomain",
    "phone": "phone telephone tel mobile phonenumber telefon telefonnummer mobil portable telefono workphone "
    "cellulare telefoon telefone celular",
    "website": "website url web homepage site www webseite internetseite siteweb sitioweb webovastranka companywebsite "
    "sitoweb hjemmeside hemsida",
    "city": "city town ort stadt ville ciudad mesto miasto locality citta stad cidade varos",
    "country": "country land pays pais zeme stat countrycode kraj paese pais krajina orszag",
    "industry": "industry sector branche obor odvetvi secteur industria branza category vertical settore bransch",
    "company_size": "companysize size employees headcount numberofemployees employeecount mitarbeiter velikost "
    "velikostfirmy pocetzamestnancu effectif empleados",
    "revenue": "revenue annualrevenue turnover umsatz obrat chiffredaffaires ingresos trzby",
}
_TARGET_OF = {word: target for target, words in _HEADERS.items() for word in words.replace("-", "").split()}
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]{2,}")
_WEB = re.compile(r"https?://|www\.", re.IGNORECASE)
_TOLD_COLUMNS, _TOLD_LETTERS = 20, 50
_PHONE = re.compile(r"\+?[\d\s()/.-]{7,20}")


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file. has_names: the first row names them, and is no lead."""

    names: tuple[str, ...]
    has_names: bool

    @property
    def told(self) -> str:
        """The first names on one line, without what would steer a terminal."""
        shown = ["".join(filter(str.isprintable, name))[:_TOLD_LETTERS] for name in self.names[:_TOLD_COLUMNS]]
        more = len(self.names) - len(shown)
        return ", ".join([*shown, *([f"and {more:,} more"] if more else [])])


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
    IN_CAMPAIGN = "duplicate in the campaign"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that became no lead. said: more than the reason says, empty when there is no more."""

    line: int
    reason: Reject
    cells: Sequence[str]
    said: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What became of the rows read so far: each was added, joined the campaign, or was rejected for one reason.

    joined: those who were leads already and came into the import's campaign by it. unpermitted: of all who came into
    it, those without consent where only permission counts: a push holds them back.
    """

    rows: int = 0
    added: int = 0
    joined: int = 0
    rejected: Mapping[Reject, int] = field(default_factory=dict)
    unpermitted: int = 0

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
            self.joined + other.joined,
            {reason: self.rejected.get(reason, 0) + other.rejected.get(reason, 0) for reason in sorted(reasons)},
            self.unpermitted + other.unpermitted,
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
    """The sum in lines: rows read, leads added, leads that joined or lack consent, then each reason with its number."""
    rejected = [(number, reason.value) for reason, number in breakdown.rejected.items() if number]
    joined = [(breakdown.joined, "already a lead, joined the campaign")] if breakdown.joined else []
    held = [(breakdown.unpermitted, "in the campaign without consent, held back")] if breakdown.unpermitted else []
    return [(breakdown.rows, "rows read"), (breakdown.added, "leads added"), *joined, *held, *rejected]


def undo_lines(one: "Import") -> list[tuple[int, str]]:
    """What undoing came to: leads removed, leads that left the campaign, then each reason to stay with its number."""
    left = [(one.withdrawn, "left the campaign")] if one.withdrawn else []
    kept = [(number, f"stayed: {reason}") for reason, number in one.kept.items()]
    return [(one.removed, "leads removed"), *left, *kept]


class ImportState(StrEnum):
    """`running` also while nobody is at it: the same file goes on where it stood."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


class Kept(StrEnum):
    """Why a lead stayed when the import it came by was undone. The first that holds is told."""

    MAILED = "emailed"
    REPLIED = "in a conversation"
    PUSHED = "pushed to a campaign"
    IN_SEQUENCE = "in a sequence"
    DRAFTED = "a draft was written"
    AUDITED = "audited"
    ELSEWHERE = "in another campaign"
    USED = "used elsewhere"
    CHANGED = "changed since"


@dataclass(frozen=True, slots=True)
class Import:
    """One file's way into the lead list. name: the file's. digest: of its contents. mapping: target to column, from 0.

    campaign_id: whom it takes in joins this campaign. columns: the names of the file's columns.
    taken: how many rows of the file were looked at, so that a second start knows where to go on.
    ended_at: when its last row was taken or somebody cancelled it. removed, withdrawn, kept: what undoing it did so
    far to the leads it added, to those who joined the campaign by it, and why leads stayed. is_sorted: its rows are
    taken in the order of `RowReader.place`, else in the file's.
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
    campaign_id: str | None = None
    columns: tuple[str, ...] = ()
    ended_at: datetime | None = None
    removed: int = 0
    withdrawn: int = 0
    kept: Mapping[Kept, int] = field(default_factory=dict)
    is_sorted: bool = False


def undo_refusal(one: Import, now: datetime) -> str:
    """Why this import cannot be undone, in words for a user; empty when it can, also when undoing was interrupted."""
    if one.state is ImportState.RUNNING:
        return "This import is still running. Cancel it first."
    if one.state is ImportState.UNDONE:
        return "This import was undone already."
    if one.state is not ImportState.UNDOING and now - (one.ended_at or one.updated_at) > UNDO_FOR:
        return "An import can be undone for 24 hours. Remove its leads by hand where you must."
    return ""
