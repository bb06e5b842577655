"""A campaign: where leads are pushed. It lives at PlusVibe; we keep a copy of what the push needs to know."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

_MERGE_FIELD = re.compile(r"\{\{\s*(custom_[A-Za-z0-9_]+)\s*\}\}")
# `{{fallback|{{custom_x}}|there}}` has words of its own for a blank.
_FALLBACK = re.compile(r"\{\{\s*fallback\s*\|\s*\{\{[^{}]*\}\}\s*\|[^{}]+\}\}")


@dataclass(frozen=True, slots=True)
class Campaign:
    """id is ours (UUID text), provider_id is PlusVibe's.

    steps: number of e-mails in its sequence. merge_fields: the `custom_…` names its texts use.
    """

    id: str
    provider_id: str
    name: str
    status: str = "ACTIVE"
    steps: int = 1
    merge_fields: tuple[str, ...] = ()
    lead_count: int = 0
    synced_at: datetime | None = None

    @property
    def may_activate(self) -> bool:
        """Whether it waits to be let send: not active, not over and not put away."""
        return self.status.upper() in {"PAUSED", "DRAFT", "INACTIVE"}

    @property
    def has_sequence(self) -> bool:
        """More than one e-mail, so body keys carry the step's number."""
        return self.steps > 1


def merge_fields_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The distinct `custom_…` names used in subjects and bodies without a fallback, in order of appearance."""
    return tuple(dict.fromkeys(name for text in texts for name in _MERGE_FIELD.findall(_FALLBACK.sub("", text))))


def blank_fields(campaign: Campaign, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Merge fields the campaign's texts use that a lead with these variables would leave blank.

    PlusVibe stores a sent key `email_subject` as `custom_email_subject`, so both spellings count as filled.
    """
    return tuple(
        name
        for name in campaign.merge_fields
        if not any(variables.get(key, "").strip() for key in (name, name.removeprefix("custom_")))
    )


@dataclass(frozen=True, slots=True)
class ProviderLead:
    """One row of PlusVibe's lead list: a person in one campaign. Empty texts mean not told.

    step: the last one sent, 0 when none was or none is told. active_at: when something happened last.
    """

    provider_id: str
    campaign_provider_id: str
    email: str
    status: str
    label: str = ""
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    company_website: str = ""
    phone: str = ""
    city: str = ""
    country: str = ""
    industry: str = ""
    audit_url: str = ""
    opened_count: int = 0
    replied_count: int = 0
    step: int = 0
    active_at: datetime | None = None
    created_at: datetime | None = None
