"""View B: the badge of a lead in a campaign, and what news and people make of an enrolment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.enrolments import (
    ALREADY,
    HAS_REPLIED,
    NO_EMAIL,
    SETTABLE,
    WAS_SENT,
    Badge,
    CampaignLead,
    Enrolment,
    EnrolmentState,
    Happening,
    HeardOf,
    after,
    badge_of,
    set_by_hand,
    why_not_set,
)
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.reachability import AddressFact

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEW = Enrolment("lead", "campaign", "push", EnrolmentState.QUEUED, "", AT, AT)
SENT = replace(NEW, state=EnrolmentState.ACTIVE, step=1)
REPLIED = replace(SENT, replied_at=AT)
OVER = replace(SENT, state=EnrolmentState.COMPLETED, step=3)
BOUNCED = replace(SENT, state=EnrolmentState.BOUNCED)

VIEW_B = [
    (None, Badge.PENDING),
    (LeadStatus.NEW, Badge.PENDING),
    (LeadStatus.AUDIT_QUEUED, Badge.PENDING),
    (LeadStatus.AUDIT_COMPLETE, Badge.PENDING),
    (LeadStatus.EMAIL_GENERATED, Badge.PENDING),
    (LeadStatus.EMAIL_SENT, Badge.CONTACTED),
    (LeadStatus.OPENED, Badge.CONTACTED),
    (LeadStatus.REPLIED, Badge.REPLIED),
    (LeadStatus.RETARGETED, Badge.PENDING),
    (LeadStatus.CONVERTED, Badge.CONTACTED),
    (LeadStatus.BOUNCED, Badge.BOUNCED),
    (LeadStatus.SENT, Badge.CONTACTED),
]


@pytest.mark.parametrize(("status", "badge"), VIEW_B, ids=[str(status) for status, _ in VIEW_B])
def test_the_leads_status_gives_the_badge_of_section_2_1(status, badge):
    assert badge_of(NEW, status, None) is badge


@pytest.mark.parametrize(
    ("enrolment", "status", "standing", "badge"),
    [
        pytest.param(SENT, None, None, Badge.CONTACTED, id="an email was sent"),
        pytest.param(SENT, LeadStatus.RETARGETED, None, Badge.CONTACTED, id="retargeted and sent to again"),
        pytest.param(REPLIED, None, None, Badge.REPLIED, id="replied"),
        pytest.param(REPLIED, LeadStatus.CONVERTED, None, Badge.REPLIED, id="replied and converted"),
        pytest.param(OVER, None, None, Badge.COMPLETED, id="every step sent, no reply"),
        pytest.param(replace(OVER, replied_at=AT), None, None, Badge.REPLIED, id="replied after the last step"),
        pytest.param(BOUNCED, None, None, Badge.BOUNCED, id="bounced"),
        pytest.param(replace(REPLIED, state=EnrolmentState.BOUNCED), None, None, Badge.BOUNCED, id="replied, bounced"),
        pytest.param(NEW, None, AddressFact.BOUNCED, Badge.BOUNCED, id="the address bounced elsewhere"),
        pytest.param(NEW, None, AddressFact.INVALID, Badge.INVALID, id="found bad before sending"),
        pytest.param(REPLIED, None, AddressFact.INVALID, Badge.INVALID, id="invalid goes before replied"),
        pytest.param(BOUNCED, None, AddressFact.INVALID, Badge.BOUNCED, id="bounced goes before invalid"),
        pytest.param(REPLIED, None, AddressFact.UNSUBSCRIBED, Badge.UNSUBSCRIBED, id="unsubscribed goes first"),
        pytest.param(BOUNCED, None, AddressFact.UNSUBSCRIBED, Badge.UNSUBSCRIBED, id="also before bounced"),
        pytest.param(OVER, None, AddressFact.COMPLAINED, Badge.UNSUBSCRIBED, id="complained"),
        pytest.param(NEW, None, AddressFact.SUPPRESSED, Badge.UNSUBSCRIBED, id="suppressed"),
        pytest.param(
            replace(SENT, state=EnrolmentState.CLOSED), None, None, Badge.CONTACTED, id="closed at the provider"
        ),
        pytest.param(
            replace(SENT, state=EnrolmentState.REMOVED), LeadStatus.REPLIED, AddressFact.BOUNCED, None, id="removed"
        ),
    ],
)
def test_precedence(enrolment, status, standing, badge):
    assert badge_of(enrolment, status, standing) is badge


def heard(what, *, step=0, minutes=5):
    return HeardOf("lead", "campaign", what, AT + timedelta(minutes=minutes), step)


@pytest.mark.parametrize(
    ("enrolment", "news", "state", "step"),
    [
        pytest.param(NEW, heard(Happening.SENT, step=1), "active", 1, id="the first email"),
        pytest.param(NEW, heard(Happening.SENT), "active", 1, id="an email of no told step"),
        pytest.param(SENT, heard(Happening.SENT, step=2), "active", 2, id="the next one"),
        pytest.param(replace(SENT, step=3), heard(Happening.SENT, step=2), "active", 3, id="late news"),
        pytest.param(SENT, heard(Happening.COMPLETED, step=3), "completed", 3, id="the last one"),
        pytest.param(OVER, heard(Happening.SENT, step=2), "completed", 3, id="late news after the end"),
        pytest.param(OVER, heard(Happening.CLOSED), "completed", 3, id="closed after its end"),
        pytest.param(SENT, heard(Happening.CLOSED), "closed", 1, id="closed before its end"),
        pytest.param(SENT, heard(Happening.BOUNCED), "bounced", 1, id="a bounce"),
        pytest.param(BOUNCED, heard(Happening.SENT, step=2), "bounced", 2, id="late news after a bounce"),
        pytest.param(NEW, heard(Happening.REPLIED), "active", 0, id="a reply"),
    ],
)
def test_news_move_an_enrolment_on_and_never_back(enrolment, news, state, step):
    told = after(enrolment, news)

    assert (told.state, told.step) == (state, step)


def test_the_last_activity_is_when_it_happened():
    assert after(NEW, heard(Happening.SENT)).updated_at == AT + timedelta(minutes=5)
    assert after(NEW, heard(Happening.SENT, minutes=-5)).updated_at == AT
    assert after(REPLIED, heard(Happening.REPLIED)).replied_at == AT
    assert after(SENT, heard(Happening.SENT, step=1)) is SENT
    assert after(NEW, heard(Happening.FOUND)) is NEW


def test_who_is_found_at_plusvibe_waits_for_no_push():
    waiting = replace(NEW, push_id=None)

    assert not waiting.is_there
    assert after(waiting, heard(Happening.FOUND)).is_there


LEAD = Lead("lead", "jane@acme.com", LeadStatus.NEW)


@pytest.mark.parametrize(
    ("enrolment", "badge", "wanted", "why"),
    [
        pytest.param(NEW, Badge.PENDING, Badge.REPLIED, None, id="a reply heard elsewhere"),
        pytest.param(SENT, Badge.CONTACTED, Badge.COMPLETED, None, id="no more to come"),
        pytest.param(SENT, Badge.CONTACTED, Badge.UNSUBSCRIBED, None, id="asked by phone"),
        pytest.param(BOUNCED, Badge.BOUNCED, Badge.UNSUBSCRIBED, None, id="bounced and asked by phone"),
        pytest.param(REPLIED, Badge.REPLIED, Badge.REPLIED, ALREADY, id="already"),
        pytest.param(REPLIED, Badge.REPLIED, Badge.COMPLETED, HAS_REPLIED, id="who replied is no case of no reply"),
        pytest.param(SENT, Badge.CONTACTED, Badge.PENDING, WAS_SENT, id="what was sent stays sent"),
        pytest.param(NEW, Badge.INVALID, Badge.PENDING, "cleared", id="the address says otherwise"),
    ],
)
def test_what_a_person_may_set(enrolment, badge, wanted, why):
    said = why_not_set(CampaignLead(replace(enrolment, badge=badge), LEAD), wanted)

    assert said == why or (why == "cleared" and "clear it" in str(said))


def test_nobody_without_an_address_unsubscribes():
    row = CampaignLead(replace(NEW, badge=Badge.PENDING), replace(LEAD, email=None))

    assert why_not_set(row, Badge.UNSUBSCRIBED) == NO_EMAIL


@pytest.mark.parametrize("wanted", [badge for badge in SETTABLE if badge is not Badge.UNSUBSCRIBED])
def test_what_is_set_by_hand_is_what_is_shown(wanted):
    waiting = replace(NEW, push_id=None)

    assert badge_of(set_by_hand(waiting, wanted, AT), None, None) is wanted
