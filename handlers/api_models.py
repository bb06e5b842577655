"""The JSON API's bodies. Names are camelCase on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from bot.clock import utc_now
from bot.outreach.errors import Invalid
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.writebacks import Tone

Text = Annotated[str, StringConstraints(max_length=2_000)]
NotGivenWhenEmpty = BeforeValidator(lambda given: None if given == "" else given)  # `?status=&limit=`
Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Wire(BaseModel):
    """camelCase outside, snake_case inside."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", allow_inf_nan=False)


class LeadBody(Wire):
    """A lead to make, or the fields of one to change."""

    email: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    company_name: Text | None = None
    domain: Text | None = None
    phone: Text | None = None
    website: Text | None = None
    city: Text | None = None
    country: Text | None = None
    industry: Text | None = None
    company_size: Text | None = None
    revenue: Text | None = None
    status: LeadStatus | None = None

    def given(self) -> dict[str, Any]:
        """Only what the caller sent."""
        return self.model_dump(exclude_unset=True)


class LeadAnswer(Wire):
    """A lead as the API shows it. `campaignId` is PlusVibe's id of the campaign."""

    id: str
    email: str | None
    first_name: str
    last_name: str
    company_name: str
    domain: str
    phone: str
    website: str
    city: str
    country: str
    industry: str
    company_size: str
    revenue: str
    status: LeadStatus | None
    grade: str
    top_issue: str
    opens: int
    audit_run_id: str | None
    campaign_id: str | None
    plusvibe_lead_data: dict[str, Any]
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, lead: Lead, campaigns: Mapping[str, str], *, raw: bool = True) -> "LeadAnswer":
        """The answer for a lead. campaigns: PlusVibe's ids by ours. raw: the vendor's last payload may be shown."""
        known = {name: getattr(lead, name) for name in cls.model_fields}
        known["campaign_id"] = campaigns.get(lead.campaign_id or "")
        known["plusvibe_lead_data"] = {
            name: part for name, part in lead.plusvibe_lead_data.items() if raw or name != "raw"
        }
        return cls(**known)


class LeadsAnswer(Wire):
    """A page of leads. `total` is null while searching by text."""

    leads: list[LeadAnswer]
    next_cursor: str | None
    previous_cursor: str | None
    total: int | None


class PushBody(Wire):
    """Which leads to push, and where. `campaignId`: PlusVibe's id of the campaign, or ours."""

    campaign_id: Id
    lead_ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)]


class CompleteBody(Wire):
    """Whose contacts to mark completed."""

    lead_ids: Annotated[list[Id], Field(min_length=1, max_length=1_000)]


class WritebackBody(Wire):
    """How the e-mail should sound."""

    tone: str = "direct"


class IssueBody(Wire):
    """One finding. A plain string is taken as its title."""

    title: Text
    severity: Annotated[str, StringConstraints(max_length=40)] = "medium"
    fix: Text = ""
    pages: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class AuditBody(Wire):
    """A finished audit, reported by lead or by domain."""

    lead_id: Id | None = None
    domain: Text | None = None
    audit_run_id: Id
    audit_url: Text = ""
    score: float | None = None
    scores: dict[str, float | None] = Field(default_factory=dict)
    grade: Annotated[str, StringConstraints(max_length=4)] = ""
    top_issue: Text | IssueBody | None = None
    issues: Annotated[list[dict[str, Any] | Text], Field(max_length=1_000)] = Field(default_factory=list)
    summary: Annotated[str, StringConstraints(max_length=10_000)] = ""
    pages_audited: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    completed_at: datetime = Field(default_factory=utc_now)


class OutcomeAnswer(Wire):
    """One lead with the reason it was left out or failed."""

    id: str
    reason: str


def tone_of(text: str) -> Tone:
    """The tone a caller named. Raises `Invalid`."""
    if text not in {tone.value for tone in Tone}:
        raise Invalid(f"The tone is one of {', '.join(Tone)}.", field="tone")
    return Tone(text)
