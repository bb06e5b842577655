"""The company directory: companies out of files, the filters over them, and the leads they become."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.outreach.addresses import address_key, domain_of
from bot.outreach.errors import Invalid
from bot.outreach.import_rows import LONGEST, LONGEST_CELL
from bot.outreach.leads import LeadDraft

COMPANY_TARGETS = (
    "company_name",
    "email",
    "domain",
    "website",
    "phone",
    "city",
    "country",
    "industry",
    "company_size",
    "revenue",
)
MOST_ADDRESSES = 20
_BETWEEN_ADDRESSES = re.compile(r"[\s,;|]+")
Check = Callable[[str], str]  # the address as it is kept; raises `Invalid`


class Trait(StrEnum):
    """What companies and leads are filtered by; the value names the field."""

    COUNTRY = "country"
    CITY = "city"
    INDUSTRY = "industry"
    SIZE = "company_size"
    REVENUE = "revenue"


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the directory. emails: the first is written to; each as it stood in the file, perhaps malformed."""

    company_name: str = ""
    emails: tuple[str, ...] = ()
    domain: str = ""
    website: str = ""
    phone: str = ""
    city: str = ""
    country: str = ""
    industry: str = ""
    company_size: str = ""
    revenue: str = ""

    @property
    def key(self) -> str:
        """What makes two rows one company: the address, else the domain, else name and city."""
        first = address_key(self.emails[0]) if self.emails else ""
        return first or self.domain or f"{folded_trait(self.company_name)}|{folded_trait(self.city)}"


def folded_trait(text: str) -> str:
    """The form in which values are compared: case, spaces and ways of writing the same letter make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())[:120]


class CompanyReject(StrEnum):
    """Why a row became no company."""

    NAMELESS = "neither a name, a domain nor an email address"
    TOO_LONG = "a cell is too long"
    BROKEN = "the row cannot be read"
    HERE = "already in the directory"


def checked_columns(mapping: Mapping[str, int]) -> dict[str, int]:
    """The columns a directory has a use for. Raises `Invalid` when none of them says which company it is."""
    kept = {target: at for target, at in mapping.items() if target in COMPANY_TARGETS}
    if not kept.keys() & {"company_name", "domain", "website", "email"}:
        raise Invalid("Choose the column that holds the company's name.", field="company_name")
    return kept


def company_in(mapping: Mapping[str, int], cells: Sequence[str]) -> Company | CompanyReject:
    """The company of a row, or why there is none."""
    told = {target: cells[at].strip() for target, at in mapping.items() if at < len(cells) and cells[at].strip()}
    if any(len(text) > LONGEST_CELL.get(target, LONGEST) for target, text in told.items()):
        return CompanyReject.TOO_LONG
    emails = tuple(part for part in _BETWEEN_ADDRESSES.split(told.pop("email", "")) if part)[:MOST_ADDRESSES]
    domain = domain_of(told.pop("domain", "") or told.get("website", ""))
    company = Company(emails=emails, domain=domain, **told)
    return company if company.company_name or domain or emails else CompanyReject.NAMELESS


@dataclass(frozen=True, slots=True)
class CompanyFilter:
    """Which companies: each trait that is given must be exactly so, whatever the case. Empty: any.

    segment_id: of leads, only those in this segment.
    """

    country: str = ""
    city: str = ""
    industry: str = ""
    company_size: str = ""
    revenue: str = ""
    segment_id: str = ""

    @property
    def given(self) -> dict[Trait, str]:
        """The traits asked for."""
        return {trait: text for trait in Trait if (text := str(getattr(self, trait.value)))}

    def stored(self) -> dict[str, str]:
        """As JSON."""
        within = {"segment_id": self.segment_id} if self.segment_id else {}
        return {trait.value: text for trait, text in self.given.items()} | within

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "CompanyFilter":
        """As `stored` wrote it; what is no part of it is left out."""
        known = {spec.name for spec in fields(cls)}
        return cls(**{name: str(text)[:200] for name, text in stored.items() if name in known})


@dataclass(frozen=True, slots=True)
class TraitValues:
    """The values of a trait with how many leads have each, the most first. is_whole: whether all were looked at."""

    found: tuple[tuple[str, int], ...] = ()
    is_whole: bool = True


def draft_of(company: Company, email: str) -> LeadDraft:
    """The lead a company becomes."""
    names = ("company_name", "domain", "website", "phone", "city", "country", "industry", "company_size", "revenue")
    return LeadDraft(email, **{name: getattr(company, name) for name in names})


class IntakeSource(StrEnum):
    """Where an intake takes its leads from."""

    COMPANIES = "companies"
    LEADS = "leads"


class IntakeState(StrEnum):
    """`running` until its source is read to the end, or somebody cancels it."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class Taken(StrEnum):
    """What became of one company or lead of an intake."""

    ADDED = "added"
    JOINED = "joined"
    ALREADY = "already"
    NO_EMAIL = "no_email"
    SUPPRESSED = "suppressed"
    BAD_FORM = "bad_form"


@dataclass(frozen=True, slots=True)
class Intake:
    """Everybody who matches, on the way into a campaign.

    cursor: the place of the last one taken; first, last: between which places the source stood when it began. total:
    how many match, None where counting would be a reading of everything. tally: how many became what.
    """

    id: str
    campaign_id: str
    source: IntakeSource
    filter: CompanyFilter
    author: str
    channel: str
    created_at: datetime
    updated_at: datetime
    state: IntakeState = IntakeState.RUNNING
    first: int = 0
    last: int = 0
    cursor: int = 0
    total: int | None = None
    tally: Mapping[Taken, int] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """How many were looked at."""
        return sum(self.tally.values())

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100: of those that match, else of the way through its source."""
        if self.state is IntakeState.DONE:
            return 100
        part, whole = (self.seen, self.total) if self.total is not None else (self.cursor - self.first, self._way)
        return min(99, 100 * part // whole) if whole else 0

    @property
    def _way(self) -> int:
        return self.last - self.first


def tallied(one: Mapping[Taken, int], more: Mapping[Taken, int]) -> dict[Taken, int]:
    """Both together."""
    return {taken: number for taken in Taken if (number := one.get(taken, 0) + more.get(taken, 0))}
