"""A believable lead, campaign and card to start from."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.outreach.access import Permission, Role, person
from bot.outreach.audits import Audit, AuditState
from bot.outreach.campaigns import Campaign
from bot.outreach.cards import LeadCard
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.readiness import trace

NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
EVERYTHING = frozenset(Permission)
VIEWER, EDITOR, ADMIN = (person("U1", "x", role).permissions for role in (Role.VIEWER, Role.EDITOR, Role.ADMIN))
WRITTEN = {"lastOutboundWriteback": {"variables": {"custom_grade": "B"}}}
SPRING = Campaign("c-spring", "p-spring", "Spring", steps=3, lead_count=1_240)
AUTUMN = Campaign("c-autumn", "p-autumn", "Autumn", status="PAUSED")
ACME = Lead(
    "11111111-1111-4111-8111-111111111111",
    "jane@acme.com",
    LeadStatus.EMAIL_GENERATED,
    first_name="Jane",
    last_name="Doe",
    company_name="Acme",
    domain="acme.com",
    grade="B",
    top_issue="Slow pages",
    audit_url="https://audits.example.com/1",
    audit_run_id="run-1",
    opens=3,
    plusvibe_lead_data=WRITTEN,
)
FRESH = Lead(
    "22222222-2222-4222-8222-222222222222", "omar@beta.com", LeadStatus.NEW, company_name="Beta", domain="beta.com"
)


UNDER_WAY = Audit("a-1", FRESH.id, AuditState.REQUESTED, None, NOW)


def card_of(lead: Lead = ACME, **changes: Any) -> LeadCard:
    """The card of a lead for somebody who may do everything, PlusVibe connected, two campaigns to choose from."""
    card = LeadCard(lead, trace(lead, None), campaigns=(SPRING, AUTUMN), may=EVERYTHING)
    if lead.campaign_id == SPRING.id:
        card = replace(card, campaign=SPRING)
    return replace(card, **changes)


def leads(number: int, lead: Lead = ACME) -> tuple[Lead, ...]:
    return tuple(
        replace(lead, id=f"{index:08d}-0000-4000-8000-000000000000", company_name=f"Acme {index}")
        for index in range(number)
    )
