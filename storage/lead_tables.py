"""The tables of leads: as stored, with the columns that lists and searches are answered from."""

import unicodedata
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, ForeignKey, Index, Table, literal_column, select
from sqlalchemy import column as bare_column
from sqlalchemy import table as bare_table

from bot.outreach.addresses import domain_of
from bot.outreach.leads import Lead, LeadKind, LeadSort, LeadStatus
from storage.tables import AnyRow, metadata, owned_columns
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

_PERSON = ("first_name", "last_name", "company_name", "domain", "phone", "website", "city", "country", "industry")
_COMPANY = ("company_size", "revenue", "grade")
# Sorts after any letter, so that leads without a company, contact or grade come last.
_BLANK_LAST = "\U0010ffff"
_SORTED_CHARACTERS = 120
_SEARCHED_CHARACTERS = 2_000

leads = Table(
    "leads",
    metadata,
    *owned_columns(),
    Column("email", CleanText),
    Column("email_key", KeyText),
    Column("status", Choice(LeadStatus)),
    *(Column(name, CleanText, nullable=False) for name in _PERSON + _COMPANY),
    Column("score", Int64),
    *(Column(name, CleanText, nullable=False) for name in ("top_issue", "audit_summary", "audit_url")),
    Column("audit_run_id", KeyText),
    Column("opens", Int64, nullable=False),
    Column("campaign_id", KeyText),
    Column("status_by_hand", Boolean, nullable=False),
    Column("last_action", CleanText, nullable=False),
    Column("plusvibe_lead_data", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("company_sort", KeyText, nullable=False),
    Column("contact_sort", KeyText, nullable=False),
    Column("grade_sort", KeyText, nullable=False),
    Column("status_rank", Int64, nullable=False),
    Column("domain_key", KeyText, nullable=False),
    Column("search_text", CleanText, nullable=False),
    Column("furthest", Int64, nullable=False, server_default="0"),
    Column("kind", Choice(LeadKind), nullable=False, server_default=LeadKind.SALES.value),
    Column("import_id", KeyText),
)
SORT_COLUMNS: Mapping[LeadSort, Column[Any]] = {
    LeadSort.UPDATED: leads.c.updated_at,
    LeadSort.COMPANY: leads.c.company_sort,
    LeadSort.CONTACT: leads.c.contact_sort,
    LeadSort.STATUS: leads.c.status_rank,
    LeadSort.GRADE: leads.c.grade_sort,
    LeadSort.OPENS: leads.c.opens,
    LeadSort.CREATED: leads.c.created_at,
}
LIVE = leads.c.removed_at.is_(None)


def _index(*columns: str, unique: bool = False) -> None:
    """An index of the leads that are not removed."""
    Index(None, *(leads.c[name] for name in columns), unique=unique, sqlite_where=LIVE, postgresql_where=LIVE)


for _sorted in SORT_COLUMNS.values():
    _index("workspace_id", _sorted.name, "seq")
_index("workspace_id", "status", "updated_at", "seq")
_index("workspace_id", "email_key", unique=True)
_index("workspace_id", "domain_key", "seq")
_index("workspace_id", "furthest", "seq")

lead_counters = Table(
    "lead_counters",
    metadata,
    Column("workspace_id", KeyText, ForeignKey("workspaces.id"), primary_key=True),
    Column("status", KeyText, primary_key=True),
    Column("leads", Int64, nullable=False),
)
funnel_counters = Table(
    "funnel_counters",
    metadata,
    Column("workspace_id", KeyText, ForeignKey("workspaces.id"), primary_key=True),
    Column("milestone", Int64, primary_key=True, autoincrement=False),
    Column("leads", Int64, nullable=False),
)
# SQLite's trigram index over `search_text`; triggers keep it. Its own name is the column one matches against.
leads_search = bare_table("leads_search", bare_column("rowid", Int64()), bare_column("leads_search"))

FIELDS = tuple(field.name for field in fields(Lead))
# Made once: taking in so many columns costs more than running the statement.
SELECT_LEAD = select(*(leads.c[name] for name in FIELDS))
_SLOTS = tuple(getattr(Lead, name).__set__ for name in FIELDS)
# What the derived columns are made of.
SOURCES = ("email", "status", "first_name", "last_name", "company_name", "domain", "grade")
_MADE_OF: Mapping[str, frozenset[str]] = {
    "company_sort": frozenset({"company_name", "domain"}),
    "contact_sort": frozenset({"first_name", "last_name", "email"}),
    "grade_sort": frozenset({"grade"}),
    "status_rank": frozenset({"status"}),
    "domain_key": frozenset({"domain"}),
    "search_text": frozenset({"company_name", "domain", "first_name", "last_name", "email"}),
}


def lead_of(row: AnyRow) -> Lead:
    """The lead in a row that begins with `SELECT_LEAD`'s columns.

    Filled slot by slot: the constructor of a frozen class takes twice as long, and a guard reads 10,000 leads.
    """
    lead = object.__new__(Lead)
    for fill, value in zip(_SLOTS, row, strict=False):
        fill(lead, value)
    return lead


def owned_by_no_index(tenant: Tenant) -> ColumnElement[bool]:
    """The workspace's leads; the plus keeps SQLite from looking them up one by one in the order of some index."""
    owner = literal_column("+leads.workspace_id", KeyText()) if tenant.is_sqlite else leads.c.workspace_id
    return owner == tenant.workspace_id


def folded(text: str) -> str:
    """The form in which texts are compared: case and ways of writing the same letter make no difference."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()


def derived(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns computed from others. values: all of `SOURCES`."""
    name = f"{values['first_name']} {values['last_name']}".strip()
    email = values["email"] or ""
    domain = domain_of(values["domain"])
    texts = (values["company_name"], values["domain"], name, email)
    return {
        "company_sort": _sortable(values["company_name"] or values["domain"]),
        "contact_sort": _sortable(name or email),
        "grade_sort": values["grade"].strip()[:_SORTED_CHARACTERS] or _BLANK_LAST,
        "status_rank": status_rank(values["status"]),
        "domain_key": domain[:_SORTED_CHARACTERS],
        "search_text": folded(" ".join(text for text in texts if text))[:_SEARCHED_CHARACTERS],
    }


def derived_again(before: AnyRow, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of the same columns those that new values touch: SQLite writes every index of a column that is set at all."""
    touched = {column for column, sources in _MADE_OF.items() if not sources.isdisjoint(values)}
    if not touched:
        return {}
    return {column: value for column, value in derived({**before._mapping, **values}).items() if column in touched}


def status_rank(status: LeadStatus | None) -> int:
    """The status's place in the pipeline; a missing one comes first."""
    return -1 if status is None else _RANKS[status]


_RANKS = {status: rank for rank, status in enumerate(LeadStatus)}


def _sortable(text: str) -> str:
    return folded(text.strip())[:_SORTED_CHARACTERS] or _BLANK_LAST
