"""The columns that are written of a lead: all of a new one, the changed and derived ones of another."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.outreach.addresses import address_key
from bot.outreach.leads import LeadDraft
from bot.outreach.pipeline import TELLING, reached, told
from storage.lead_tables import FIELDS, derived, derived_again
from storage.tables import AnyRow

_CHANGEABLE = frozenset({*FIELDS, "email_key"} - {"id", "created_at", "updated_at"})
_BLANK: Mapping[str, Any] = {
    "score": None,
    "audit_run_id": None,
    "opens": 0,
    "campaign_id": None,
    "status_by_hand": False,
    "plusvibe_lead_data": {},
}


def new_values(lead_id: str, draft: LeadDraft, key: str | None, at: datetime) -> dict[str, Any]:
    """A new lead's columns. key: its address's key."""
    values: dict[str, Any] = {name: getattr(draft, name, "") for name in FIELDS}
    values |= {**_BLANK, "id": lead_id, "email": draft.email or None, "created_at": at, "updated_at": at}
    return {"email_key": key, "furthest": int(reached(draft.status)), **values, **derived(values)}


def changed_values(before: AnyRow, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The columns to write for these changes: the derived ones too, and the address's key with the address.

    before: a row with `furthest` and `SOURCES`. Raises `ValueError` for what is no field that can change.
    """
    unknown = changes.keys() - _CHANGEABLE
    if unknown:
        raise ValueError(f"not fields of a lead that can change: {', '.join(sorted(unknown))}")
    values = dict(changes)
    if "email" in values:
        values["email"] = values["email"] or None
        values.setdefault("email_key", address_key(values["email"]) if values["email"] else None)
    if not TELLING.isdisjoint(changes) and (proved := int(told(changes))) > before.furthest:
        values["furthest"] = proved
    return values | derived_again(before, values)
