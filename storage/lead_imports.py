"""Leads by the hundred out of a file: the columns filled by hand, and the quickest way into each database.

A lead's line is written before the transaction begins, in the thread that reads the file: inside, others wait.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any

from bot.outreach.import_rows import Candidate
from bot.outreach.leads import TEXT_FIELDS, LeadDraft, LeadStatus
from bot.outreach.pipeline import reached
from storage.ids import ids_at
from storage.lead_tables import SOURCES, derived, leads
from storage.tenant import Tenant, copied
from storage.types import clean_text, to_micros

STATUS = LeadStatus.NEW
_DERIVED = ("company_sort", "contact_sort", "domain_key", "search_text")
_BLANK = ("grade", "top_issue", "audit_summary", "audit_url", "last_action")
COLUMNS = ("id", "email", "email_key", *TEXT_FIELDS, *_DERIVED)
_drafted = attrgetter(*TEXT_FIELDS)


@dataclass(frozen=True, slots=True)
class Line:
    """A lead ready to be stored. text: its `COLUMNS`, as JSON for SQLite and as COPY reads them for PostgreSQL."""

    lead_id: str
    key: str
    text: str


def lines_of(candidates: Iterable[Candidate], at: datetime, *, is_sqlite: bool) -> dict[str, Line]:
    """The lead that each address would become, by its key; the first row with an address counts."""
    firsts: dict[str, Candidate] = {}
    for each in candidates:
        firsts.setdefault(each.key, each)
    ids = ids_at(at.timestamp(), len(firsts))
    written = _as_json if is_sqlite else copied
    return {
        key: Line(lead_id, key, written((lead_id, each.draft.email or "", key, *_own(each.draft))))
        for lead_id, (key, each) in zip(ids, firsts.items(), strict=True)
    }


def _as_json(texts: Iterable[str]) -> str:
    """A JSON list of texts; the whole encoder takes four times as long for each."""
    return f"[{','.join(map(encode_basestring, texts))}]"


async def copy_leads(tenant: Tenant, new: Sequence[Line], import_id: str, at: datetime) -> bool:
    """Store them as leads. False, and nothing stored, when the address of one is here."""
    return await tenant.bulk(leads, _same(tenant, import_id, at), COLUMNS, [line.text for line in new])


def _same(tenant: Tenant, import_id: str, at: datetime) -> dict[str, Any]:
    """What all leads of an import begin with."""
    moment: Any = to_micros(at) if tenant.is_sqlite else at
    blank = derived({**dict.fromkeys(SOURCES, ""), "status": STATUS})
    return {
        "workspace_id": tenant.workspace_id,
        "status": STATUS.value,
        "status_rank": blank["status_rank"],
        "grade_sort": blank["grade_sort"],
        "opens": 0,
        "status_by_hand": False,
        "plusvibe_lead_data": "{}",
        "created_at": moment,
        "updated_at": moment,
        "furthest": int(reached(STATUS)),
        "import_id": import_id,
        **dict.fromkeys(_BLANK, ""),
    }


def _own(draft: LeadDraft) -> tuple[str, ...]:
    """What the draft says, and what is derived of it, cleaned as the columns would."""
    told = _drafted(draft)
    whole = "".join(told)
    if "\0" in whole or not whole.isascii():
        told = tuple(map(clean_text, told))
    made = derived({**dict(zip(TEXT_FIELDS, told, strict=True)), "email": draft.email, "status": STATUS, "grade": ""})
    return *told, *[made[name] for name in _DERIVED]
