"""Ugly audits, writebacks, events and cards."""

from hostile import campaigns, json_values, leads, many_campaigns, rights, standing_facts, texts, times, urls, uuids
from hypothesis import strategies as st

from bot.outreach.audits import DIMENSIONS, Audit, AuditState, FinishedAudit
from bot.outreach.cards import LeadCard
from bot.outreach.consents import Consent, ConsentValue
from bot.outreach.events import Event, EventKind
from bot.outreach.leads import LeadStatus
from bot.outreach.readiness import trace
from bot.outreach.validation import AddressCheck, Reason, Verdict
from bot.outreach.writebacks import Tone, Writeback, WritebackStatus

finished_audits = st.builds(
    FinishedAudit,
    run_id=texts,
    completed_at=times,
    url=urls,
    score=st.one_of(st.none(), st.integers(0, 100)),
    scores=st.one_of(st.none(), st.dictionaries(st.sampled_from(DIMENSIONS), st.integers(0, 100))),
    grade=texts,
    top_issue=texts,
    summary=texts,
)
audits = st.builds(
    Audit,
    id=uuids,
    lead_id=uuids,
    state=st.just(AuditState.COMPLETE),
    run_id=texts,
    requested_at=times,
    finished=st.one_of(st.none(), finished_audits),
)
writebacks = st.builds(
    Writeback,
    id=uuids,
    lead_id=uuids,
    audit_id=st.none(),
    campaign_id=st.none(),
    tone=st.sampled_from(Tone),
    variables=st.dictionaries(texts, texts, max_size=25),
    status=st.sampled_from(WritebackStatus),
    created_at=times,
    moved_to_ready=st.booleans(),
    error=texts,
)

_FACTS = (
    "before",
    "after",
    "by_hand",
    "reason",
    "fields",
    "scopes",
    "campaign",
    "ready",
    "refused",
    "leads",
    "grade",
    "variables",
    "added",
    "updated",
    "skipped",
    "label",
)
actors = st.one_of(st.sampled_from(("U0ANANOVAK", "clock", "vendor:plusvibe", "token:abc", "")), texts)
events = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    actor=actors,
    at=times,
    lead_id=st.one_of(st.none(), uuids),
    facts=st.dictionaries(st.sampled_from(_FACTS), st.one_of(json_values, st.sampled_from(LeadStatus)), max_size=6),
    permalink=urls,
)

address_checks = st.builds(
    AddressCheck,
    address_key=texts,
    domain=texts,
    verdict=st.one_of(st.none(), st.sampled_from(Verdict)),
    reason=st.one_of(st.none(), st.sampled_from(Reason)),
    evidence=texts,
    flags=st.tuples(texts),
    checked_at=st.one_of(st.none(), times),
    next_at=st.one_of(st.none(), times),
)


consents = st.builds(
    Consent,
    address_key=texts,
    value=st.sampled_from(ConsentValue),
    captured_at=times,
    source=texts,
    note=texts,
    actor=actors,
    at=times,
)


@st.composite
def cards(draw: st.DrawFn) -> LeadCard:
    lead = draw(leads)
    return LeadCard(
        lead=lead,
        trace=trace(lead, draw(standing_facts)),
        campaign=draw(st.one_of(st.none(), campaigns)),
        campaigns=draw(many_campaigns()),
        audit=draw(st.one_of(st.none(), audits)),
        auditing=draw(st.booleans()),
        writeback=draw(st.one_of(st.none(), writebacks)),
        events=tuple(draw(st.lists(events, max_size=4))) * 20,
        may=draw(rights),
        connected=draw(st.booleans()),
        address=draw(st.one_of(st.none(), address_checks)),
        consent=draw(st.one_of(st.none(), consents)),
        timezone=draw(st.sampled_from(("UTC", "Europe/Prague", "No/Where"))),
    )
