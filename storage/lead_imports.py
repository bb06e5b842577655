"""Leads by the hundred out of a file: the columns filled by hand, and the quickest way into each database."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from bot.outreach.import_rows import Candidate
from bot.outreach.leads import TEXT_FIELDS, LeadDraft, LeadStatus
from bot.outreach.pipeline import reached
from storage.lead_tables import SOURCES, derived, leads
from storage.tenant import Tenant
from storage.types import clean_text, to_micros

STATUS = LeadStatus.NEW
_DERIVED = ("company_sort", "contact_sort", "domain_key", "search_text")
_BLANK = ("grade", "top_issue", "audit_summary", "audit_url", "last_action")
COLUMNS = ("id", "email", "email_key", *TEXT_FIELDS, *_DERIVED)


async def copy_leads(tenant: Tenant, new: Sequence[Candidate], import_id: str, at: datetime) -> list[str]:
    """Store them as leads; their ids. None at all, and nothing stored, when the address of one is here."""
    ids = _new_ids(len(new))
    rows = [
        (lead_id, each.draft.email or "", each.key, *_own(each.draft)) for lead_id, each in zip(ids, new, strict=True)
    ]
    return ids if await tenant.bulk(leads, _same(tenant, import_id, at), COLUMNS, rows) else []


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


def _new_ids(count: int) -> list[str]:
    """Random ids (UUID 4), made together."""
    digits = os.urandom(16 * count).hex()
    return [_uuid(digits[at : at + 32]) for at in range(0, 32 * count, 32)]


def _uuid(text: str) -> str:
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def _own(draft: LeadDraft) -> Iterator[str]:
    """What the draft says, and what is derived of it, cleaned as the columns would."""
    told = {name: clean_text(getattr(draft, name)) for name in TEXT_FIELDS}
    made = derived({**told, "email": draft.email, "status": STATUS, "grade": ""})
    return chain(told.values(), map(made.__getitem__, _DERIVED))
