"""PlusVibe's JSON in our types. It is read with patience: fields go missing, numbers come as text, lists as objects."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from bot.outreach.addresses import address_key
from bot.outreach.campaigns import ProviderLead, merge_fields_in

_PREFIX = "custom_"
# Joi names the part at fault in two ways within one message: `leads>60>email` and `"leads[60].email"`.
_BAD_LEAD = re.compile(r"leads\s*(?:\[\s*(\d{1,6})\s*\]|>\s*(\d{1,6})\s*>)")
_TOO_LARGE = re.compile(r"too large|too many|at most \d+|less than or equal to \d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RemoteCampaign:
    """A campaign as PlusVibe tells it. status: ACTIVE, PAUSED, COMPLETED, INACTIVE, ARCHIVED, DRAFT or a new one."""

    provider_id: str
    name: str
    status: str
    steps: int
    merge_fields: tuple[str, ...]
    lead_count: int = 0
    is_subsequence: bool = False


@dataclass(frozen=True, slots=True)
class EnrolLead:
    """A lead to enrol. Empty texts are not sent, so they overwrite nothing.

    custom_variables: our keys; a leading `custom_` is left off on the wire, PlusVibe puts it there itself.
    """

    email: str
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    company_website: str = ""
    phone_number: str = ""
    city: str = ""
    country: str = ""
    custom_variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AddedLeads:
    """The counters of one `/lead/add`: never which lead. Missing ones are 0; `remaining_in_plan` None when not told.

    counted: whether the answer held any counter at all.
    """

    total_sent: int = 0
    leads_uploaded: int = 0
    already_in_campaign: int = 0
    duplicate_email_count: int = 0
    invalid_email_count: int = 0
    skipped: int = 0
    overwritten: int = 0
    overflowed_lead_count: int = 0
    remaining_in_plan: int | None = None
    counted: bool = True


def bare(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables under the keys PlusVibe is sent: whether it would prefix a prefixed key twice is not known."""
    return {key.removeprefix(_PREFIX): text for key, text in variables.items()}


def lead_item(lead: EnrolLead) -> dict[str, Any]:
    """One item of `leads` in `/lead/add`."""
    item: dict[str, Any] = {name: text for name in _NATIVE if (text := getattr(lead, name))}
    if lead.custom_variables:
        item["custom_variables"] = bare(lead.custom_variables)
    return item


_NATIVE = tuple(spec.name for spec in fields(EnrolLead) if spec.name != "custom_variables")


def rows_in(payload: Any) -> list[Mapping[str, Any]] | None:
    """The rows of a list answer: an array, `{}` for none, an object keyed by index, or one `/lead/get` row alone.

    None for anything else.
    """
    if isinstance(payload, list):
        rows = payload
    elif isinstance(payload, dict) and "contact" in payload:
        rows = [payload]
    elif isinstance(payload, dict) and all(key.isdigit() for key in payload):
        rows = [payload[key] for key in sorted(payload, key=int)]
    else:
        return None
    return [row for row in rows if isinstance(row, dict)]


def number(value: Any) -> int:
    """A counter: a number, or one written as text; 0 for anything else."""
    try:
        figure = float(value) if isinstance(value, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0
    return int(figure) if math.isfinite(figure) else 0


def text(value: Any) -> str:
    """A text; enriched variables come as `{"status": "SUCCESS", "val": text}`. Empty for anything else."""
    if isinstance(value, dict):
        value = value.get("val")
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def moment(value: Any) -> datetime | None:
    """An ISO time as aware UTC; None when there is none or it cannot be read."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def campaign_in(row: Mapping[str, Any]) -> RemoteCampaign:
    """A campaign of `/campaign/list-all`. Deleted variations are still listed, unmarked, and count as used."""
    steps = [step for step in _list(row.get("sequences")) if isinstance(step, dict)]
    return RemoteCampaign(
        provider_id=text(row.get("id")) or text(row.get("_id")),
        name=text(row.get("camp_name")),
        status=text(row.get("status")).upper(),
        steps=len(steps) or number(row.get("sequence_steps")),
        merge_fields=merge_fields_in(_texts(steps)),
        lead_count=number(row.get("lead_count")),
        is_subsequence=text(row.get("campaign_type")) == "subseq",
    )


def enrolment_in(row: Mapping[str, Any]) -> tuple[str, str]:
    """A row of `/lead/get` as campaign id and address key; its address stands in two places."""
    stored = row.get("lead_data")
    address = row.get("contact") or (stored.get("email") if isinstance(stored, dict) else "")
    return text(row.get("campaign")) or text(row.get("campaign_id")), address_key(text(address))


def provider_lead_in(row: Mapping[str, Any]) -> ProviderLead | None:
    """A lead of `/lead/workspace-leads`; None for a row without id, campaign or address."""
    lead = ProviderLead(
        provider_id=text(row.get("_id")) or text(row.get("id")),
        campaign_provider_id=text(row.get("campaign_id")),
        email=text(row.get("email")),
        status=text(row.get("status")).upper(),
        label=text(row.get("label")),
        first_name=text(row.get("first_name")),
        last_name=text(row.get("last_name")),
        company_name=text(row.get("company_name")),
        company_website=text(row.get("company_website")),
        phone=text(row.get("phone_number")),
        city=text(row.get("city")),
        country=text(row.get("country")),
        industry=text(row.get("industry")),
        audit_url=text(row.get("custom_audit_url")),
        opened_count=number(row.get("opened_count")),
        replied_count=number(row.get("replied_count")),
        step=number(row.get("sent_step")) or number(row.get("current_step")),
        active_at=moment(row.get("last_sent_at")) or moment(row.get("modified_at")),
        created_at=moment(row.get("created_at")),
    )
    return lead if lead.provider_id and lead.campaign_provider_id and lead.email else None


def added_in(payload: Mapping[str, Any]) -> AddedLeads:
    """The counters of `/lead/add`."""
    remaining = payload.get("remaining_in_plan")
    counters = {name: number(payload.get(name)) for name in _COUNTERS}
    return AddedLeads(
        **counters,
        remaining_in_plan=None if remaining is None else number(remaining),
        counted=any(name in payload for name in _COUNTERS),
    )


_COUNTERS = tuple(spec.name for spec in fields(AddedLeads) if spec.name not in {"remaining_in_plan", "counted"})


def complaint_in(payload: Any) -> str:
    """What a 400 says: `errors[]`, else `message`, else `error`. For our own reading, never for showing."""
    if not isinstance(payload, dict):
        return ""
    errors = payload.get("errors")
    if isinstance(errors, list) and errors:
        return "; ".join(str(error) for error in errors)
    return str(payload.get("message") or payload.get("error") or "")


def bad_lead_index(complaint: str) -> int | None:
    """Which item of `leads` the complaint names first."""
    found = _BAD_LEAD.search(complaint)
    return int(found[1] or found[2]) if found else None


def is_too_large(complaint: str) -> bool:
    """Whether a 400 is about the size of the batch."""
    return _TOO_LARGE.search(complaint) is not None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(steps: list[Any]) -> Iterator[str]:
    for step in steps:
        for variation in _list(step.get("variations")):
            if isinstance(variation, dict):
                yield from (text(variation.get(part)) for part in ("subject", "preheader", "body"))
