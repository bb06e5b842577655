"""The sample leads: many, varied, hard, and consistent with their statuses."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from bot.outreach.addresses import plusvibe_accepts
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.readiness import READY
from bot.sandbox.plusvibe import seed
from bot.sandbox.plusvibe.page import next_letter
from bot.sandbox.plusvibe.world import PlusVibeWorld
from bot.sandbox.sample import UNWRITTEN, enrol_samples, sample_leads

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LEADS = sample_leads(NOW)


def test_about_200_the_same_on_every_start_in_every_status() -> None:
    assert 190 <= len(LEADS) <= 220
    assert sample_leads(NOW) == LEADS
    assert {lead.status for lead in LEADS} == set(LeadStatus)
    assert [lead.id for lead in sample_leads(NOW + timedelta(days=90))] == [lead.id for lead in LEADS]


def test_nobody_is_there_twice_and_nobody_exists() -> None:
    emails = [lead.draft.email.lower() for lead in LEADS if lead.draft.email]

    assert len(set(emails)) == len(emails)
    assert len({lead.id for lead in LEADS}) == len(LEADS)
    assert len({lead.audit.run_id for lead in LEADS if lead.audit}) == sum(lead.audit is not None for lead in LEADS)
    assert all(email.endswith(".example") for email in emails)


def test_each_status_has_what_it_implies() -> None:
    for lead in LEADS:
        untouched = lead.status in (LeadStatus.NEW, LeadStatus.AUDIT_QUEUED)
        assert (lead.audit is None) is untouched
        assert lead.draft.status is lead.status
        assert lead.created_at < lead.updated_at <= NOW
        assert not lead.variables or lead.status in READY | {LeadStatus.BOUNCED, LeadStatus.SENT}
        assert (lead.fact is AddressFact.BOUNCED) is (lead.status is LeadStatus.BOUNCED)
        if lead.status in (LeadStatus.REPLIED, LeadStatus.CONVERTED):
            assert lead.label
            assert lead.last_subject.startswith("Re: ")


def test_a_few_look_ready_and_are_not() -> None:
    ready = [lead for lead in LEADS if lead.status in READY]

    assert sum(not lead.variables for lead in ready) == UNWRITTEN
    assert {AddressFact.UNSUBSCRIBED, AddressFact.SUPPRESSED} <= {lead.fact for lead in ready}
    assert any(lead.draft.email is None for lead in ready)
    assert any(lead.draft.email and not plusvibe_accepts(lead.draft.email) for lead in ready)


def test_some_have_no_domain_and_six_share_one() -> None:
    domains = Counter(lead.draft.domain for lead in LEADS)

    assert domains[""] >= 1
    assert domains["unknown"] == 1
    assert max(domains.values()) == 6


def test_the_enrolled_are_in_their_campaigns_with_letters_that_have_no_blank() -> None:
    world = PlusVibeWorld()
    seed.seed_campaigns(world)

    enrol_samples(world, LEADS)

    enrolled = [lead for lead in LEADS if lead.campaign_provider_id]
    assert len(world.leads) == len(enrolled) > 50
    assert {lead.status for lead in world.leads.values()} == {
        "NOT_CONTACTED", "CONTACTED", "REPLIED", "BOUNCED", "COMPLETED",
    }  # fmt: skip
    for stored in world.leads.values():
        assert next_letter(stored, world.campaigns[stored.campaign_id]).blanks == []
