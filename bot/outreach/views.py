"""How one person sees the list: the columns of its rows, and filters kept by name."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.outreach.criteria import Rule
from bot.outreach.errors import Invalid
from bot.outreach.leads import LeadSort, LeadStatus

LONGEST_NAME = 60
MOST_VIEWS = 25


class LeadColumn(StrEnum):
    """What a row may tell besides the company."""

    DOMAIN = "domain"
    STATUS = "status"
    CONTACT = "contact"
    READY = "ready"
    GRADE = "grade"
    OPENS = "opens"
    ISSUE = "issue"
    EMAIL = "email"
    PHONE = "phone"
    CITY = "city"
    COUNTRY = "country"
    INDUSTRY = "industry"
    COMPANY_SIZE = "company_size"
    REVENUE = "revenue"
    CREATED = "created"
    UPDATED = "updated"


USUAL_COLUMNS = (
    LeadColumn.DOMAIN,
    LeadColumn.STATUS,
    LeadColumn.CONTACT,
    LeadColumn.READY,
    LeadColumn.GRADE,
    LeadColumn.OPENS,
    LeadColumn.ISSUE,
)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list as somebody narrowed and sorted it, by name, for them alone."""

    id: str
    user_id: str
    name: str
    text: str = ""
    status: LeadStatus | None = None
    sort: LeadSort = LeadSort.UPDATED
    descending: bool | None = None
    filters: tuple[Rule, ...] = ()
    segment_id: str | None = None
    created_at: datetime | None = None


def checked_name(name: str) -> str:
    """The name, tidied. Raises `Invalid` (field `name`)."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(f"Give the view a name of up to {LONGEST_NAME} characters.", field="name")
    return name


def columns_of(values: object) -> tuple[LeadColumn, ...]:
    """The columns chosen, in their usual order; the usual ones for nothing that makes sense."""
    chosen = set(values) if isinstance(values, list | tuple) else set()
    return tuple(column for column in LeadColumn if column.value in chosen) or USUAL_COLUMNS
