import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import NO_EMAIL, REASONS, AddressFact, unreachable_reason
from bot.outreach.readiness import NotReady, guard, not_ready_reason, trace

from .given import a_lead

NOT_AUDITED = "Lead has not been audited yet, run an audit first"
UNFINISHED = "Audit not completed yet"
NO_WRITEBACK = "Audit completed but writeback hasn't run, re-audit the lead"
BOUNCED = "Lead bounced, re-audit or remove"
LEGACY = "Legacy status, normalise it first"

GUARD = [  # status, reason with variables stored, reason without
    (None, NOT_AUDITED, NOT_AUDITED),
    (LeadStatus.NEW, NOT_AUDITED, NOT_AUDITED),
    (LeadStatus.AUDIT_QUEUED, UNFINISHED, UNFINISHED),
    (LeadStatus.AUDIT_COMPLETE, NO_WRITEBACK, NO_WRITEBACK),
    (LeadStatus.EMAIL_GENERATED, None, NO_WRITEBACK),
    (LeadStatus.EMAIL_SENT, None, NO_WRITEBACK),
    (LeadStatus.OPENED, None, NO_WRITEBACK),
    (LeadStatus.REPLIED, None, NO_WRITEBACK),
    (LeadStatus.CONVERTED, None, NO_WRITEBACK),
    (LeadStatus.RETARGETED, None, NO_WRITEBACK),
    (LeadStatus.BOUNCED, BOUNCED, BOUNCED),
    (LeadStatus.SENT, LEGACY, LEGACY),
]
NAMES = [status.value if status else "missing" for status, _, _ in GUARD]


def test_the_table_has_a_row_for_every_status():
    assert {status for status, _, _ in GUARD} == {None, *LeadStatus}


@pytest.mark.parametrize(("status", "reason", "_"), GUARD, ids=NAMES)
def test_a_lead_with_variables_is_refused_only_for_its_status(status, reason, _):
    assert not_ready_reason(a_lead(status, written=True)) == reason


@pytest.mark.parametrize(("status", "_", "reason"), GUARD, ids=NAMES)
def test_a_lead_without_variables_is_always_refused(status, _, reason):
    assert not_ready_reason(a_lead(status)) == reason


@pytest.mark.parametrize(
    "stored",
    [{}, {"lastOutboundWriteback": None}, {"lastOutboundWriteback": {}}, {"lastOutboundWriteback": {"variables": {}}}],
    ids=["nothing", "null", "no variables", "empty variables"],
)
def test_an_empty_writeback_counts_as_none(stored):
    lead = a_lead(LeadStatus.EMAIL_GENERATED, plusvibe_lead_data=stored)

    assert not_ready_reason(lead) == NO_WRITEBACK


@pytest.mark.parametrize("fact", [fact for fact in AddressFact if fact is not AddressFact.CLEARED])
def test_a_ready_lead_with_a_barred_address_is_unreachable(fact):
    lead = a_lead(LeadStatus.EMAIL_GENERATED, written=True)

    report = guard([lead], {lead.id: fact})

    assert [refusal.reason for refusal in report.unreachable] == [REASONS[fact]]
    assert not report.not_ready
    assert not report.may_push


@pytest.mark.parametrize("email", [None, ""], ids=["none", "empty"])
def test_a_lead_without_an_address_is_unreachable(email):
    assert unreachable_reason(a_lead(email=email), None) == NO_EMAIL


def test_a_lead_that_is_not_ready_is_not_asked_about_its_address():
    report = guard([a_lead(email=None)], {"lead-1": AddressFact.BOUNCED})

    assert [refusal.reason for refusal in report.not_ready] == [NOT_AUDITED]
    assert not report.unreachable


def test_nobody_chosen_is_nothing_to_push():
    assert not guard([], {}).may_push


def test_a_refusal_says_that_nothing_was_pushed():
    ready = a_lead(LeadStatus.EMAIL_GENERATED, written=True, id="lead-2")

    refusal = NotReady(guard([a_lead(), ready], {}))

    assert str(refusal) == "Push blocked: 1 ready, 1 not ready, nothing pushed"


LEADS = some.builds(
    a_lead,
    some.sampled_from([None, *LeadStatus]),
    written=some.booleans(),
    id=some.uuids().map(str),
    email=some.sampled_from(["jana@acme.com", None]),
)
FACTS = some.sampled_from([None, *(fact for fact in AddressFact if fact is not AddressFact.CLEARED)])


@settings(max_examples=60, deadline=None)
@given(some.lists(some.tuples(LEADS, FACTS), max_size=12, unique_by=lambda pair: pair[0].id))
def test_the_guard_parts_the_selection_and_keeps_its_order(selection):
    leads = [lead for lead, _ in selection]
    standing = {lead.id: fact for lead, fact in selection if fact}

    report = guard(leads, standing)

    refused = [refusal.lead for refusal in (*report.not_ready, *report.unreachable)]
    assert sorted(lead.id for lead in (*report.ready, *refused)) == sorted(lead.id for lead in leads)
    for part in (report.ready, [it.lead for it in report.not_ready], [it.lead for it in report.unreachable]):
        assert list(part) == [lead for lead in leads if lead in part]
    assert report.may_push is (bool(leads) and not refused)


@settings(max_examples=60, deadline=None)
@given(LEADS, FACTS)
def test_the_trace_and_the_guard_never_disagree(lead, fact):
    told = trace(lead, fact)

    report = guard([lead], {lead.id: fact} if fact else {})

    assert (told.verdict is None) is report.may_push is all(check.holds for check in told.checks)
    assert told.verdict in {None, *(refusal.reason for refusal in (*report.not_ready, *report.unreachable))}
