"""What is held of a person, table by table: what an export takes out is what an erasure takes away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, select

from bot.outreach.persons import Person
from storage.addresses import addresses
from storage.answers import answers
from storage.audit_tables import audits
from storage.closings import closings
from storage.consents import consents
from storage.conversations import messages, threads
from storage.draft_tables import draft_revisions, drafts
from storage.enrolments import enrolments
from storage.events import events
from storage.lead_tables import leads
from storage.link_checks import link_checks
from storage.mail_facts import mail_facts
from storage.mail_tables import mails
from storage.notices import notices
from storage.opportunity_tables import opportunities
from storage.push_leads import push_leads
from storage.replies import replies
from storage.rests import rests
from storage.runs import runs
from storage.submissions import confirm_mails, submissions
from storage.tables import among
from storage.tenant import Tenant
from storage.verdicts import verdicts
from storage.writebacks import writebacks

Rows = Callable[[Tenant, Person], ColumnElement[bool]]
_Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """A table with rows about people. rows: those of one person. blank: what an erasure writes over them, column by
    column; None takes the rows away. hidden: columns that say nothing to the person.
    """

    table: Table
    rows: Rows
    blank: _Values | None = None
    hidden: frozenset[str] = field(default=frozenset())


def _of_lead(table: Table) -> Rows:
    return lambda tenant, person: and_(tenant.owns(table), among(table.c.lead_id, person.lead_ids))


def _of_address(table: Table) -> Rows:
    return lambda tenant, person: and_(tenant.owns(table), among(table.c.address_key, person.keys))


def _under(table: Table, column: str, parent: Table) -> Rows:
    """The rows whose parents are of one of the person's leads."""

    def rows(tenant: Tenant, person: Person) -> ColumnElement[bool]:
        parents = select(parent.c.id).where(tenant.owns(parent), among(parent.c.lead_id, person.lead_ids))
        return and_(tenant.owns(table), table.c[column].in_(parents))

    return rows


def _emptied(*columns: str) -> _Values:
    return dict.fromkeys(columns, "")


_LEAD_TEXTS = (
    *("first_name", "last_name", "company_name", "domain", "phone", "website", "city", "country", "industry"),
    *("company_size", "revenue", "grade", "top_issue", "audit_summary", "audit_url", "last_action"),
    *("company_sort", "contact_sort", "grade_sort", "domain_key", "search_text"),
)
_NO_LEAD: _Values = {
    **_emptied(*_LEAD_TEXTS),
    "email": None,
    "email_key": None,
    "audit_run_id": None,
    "plusvibe_lead_data": {},
}
_DERIVED = frozenset({"email_key", "company_sort", "contact_sort", "grade_sort", "domain_key", "search_text"})
_NO_MAIL = _emptied("to_email", "address_key", "subject", "text", "html", "thread", "smtp_id", "problem")
_NO_OPPORTUNITY: _Values = {
    **_emptied("source_url", "domain", "anchor_text", "target_url", "notes", "search_text"),
    **_emptied("link_trouble", "link_anchor", "link_rel"),
    "link_next_at": None,
}
_HIDDEN_OF_OPPORTUNITIES = frozenset({"search_text", "link_key", "link_lease_until"})
# In the order in which everybody locks these rows: mails, rests, leads, runs, opportunities; children before parents.
HOLDINGS: Sequence[Holding] = (
    Holding(mails, _of_lead(mails), _NO_MAIL),
    Holding(mail_facts, _under(mail_facts, "mail_id", mails), _emptied("url", "useragent", "why")),
    Holding(rests, _of_address(rests)),
    Holding(leads, lambda tenant, person: _leads(tenant, person), _NO_LEAD, _DERIVED),
    Holding(runs, _of_lead(runs), _emptied("why")),
    Holding(link_checks, _under(link_checks, "opportunity_id", opportunities)),
    Holding(opportunities, _of_lead(opportunities), _NO_OPPORTUNITY, _HIDDEN_OF_OPPORTUNITIES),
    Holding(closings, _of_lead(closings)),
    Holding(answers, _under(answers, "thread_id", threads)),
    Holding(replies, _of_lead(replies)),
    Holding(messages, _under(messages, "thread_id", threads)),
    Holding(threads, _of_lead(threads)),
    Holding(draft_revisions, _under(draft_revisions, "draft_id", drafts)),
    Holding(drafts, _of_lead(drafts), {"letters": [], "comment": "", "problem": ""}, frozenset({"template"})),
    Holding(writebacks, _of_lead(writebacks), {"variables": {}, "error": ""}),
    Holding(audits, _of_lead(audits), {"report": None, "error": ""}),
    Holding(enrolments, _of_lead(enrolments), _emptied("reason")),
    Holding(push_leads, _of_lead(push_leads), _emptied("reason")),
    Holding(notices, _of_lead(notices)),
    Holding(submissions, _of_lead(submissions)),
    Holding(confirm_mails, _of_address(confirm_mails)),
    Holding(consents, _of_address(consents)),
    Holding(addresses, _of_address(addresses)),
    Holding(verdicts, _of_address(verdicts)),
    Holding(events, _of_lead(events)),
)
_UNTOLD = frozenset({"seq", "workspace_id", "key", "lease_until", "lease_token", "digest", "place", "shown_at"})


def _leads(tenant: Tenant, person: Person) -> ColumnElement[bool]:
    return and_(tenant.owns(leads), among(leads.c.id, person.lead_ids))


def told(holding: Holding) -> list[Any]:
    """The columns an export shows."""
    return [column for column in holding.table.c if column.name not in _UNTOLD | holding.hidden]
