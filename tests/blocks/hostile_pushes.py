"""Ugly guard reports, pushes, and what the doctor and a sync say."""

from datetime import timedelta
from uuid import UUID

from hostile import leads, many, standing_facts, statuses, texts, times, uuids
from hostile_cards import actors
from hypothesis import strategies as st

from bot.outreach.health import Finding, SyncResult
from bot.outreach.pushes import ArmedState, BlockedPush, Origin, Outcome, Push, PushResult, PushState
from bot.outreach.readiness import GuardReport, guard


@st.composite
def reports(draw: st.DrawFn, most: int = 5_000) -> GuardReport:
    """The guard's own answer for up to 5,000 hostile leads."""
    chosen = many(draw(st.lists(leads, min_size=1, max_size=12)), draw(st.sampled_from((0, 1, 12, 60, most))))
    facts = draw(st.lists(standing_facts, min_size=1, max_size=5))
    standing = {lead.id: fact for index, lead in enumerate(chosen) if (fact := facts[index % len(facts)])}
    return guard(chosen, standing)


blocked_pushes = st.builds(
    BlockedPush,
    id=uuids,
    campaign_id=uuids,
    lead_ids=st.just(()),
    author=actors,
    channel=texts,
    created_at=times,
    closed=st.booleans(),
    armed=st.one_of(st.none(), st.sampled_from(ArmedState)),
    armed_by=actors,
    expires_at=st.one_of(st.none(), times.map(lambda at: at + timedelta(hours=24))),
    pushed_ids=st.integers(0, 3).map(lambda number: tuple(str(UUID(int=index)) for index in range(number))),
)


@st.composite
def push_results(draw: st.DrawFn) -> PushResult:
    outcomes = st.lists(st.builds(Outcome, lead_id=uuids, reason=texts), max_size=40).map(tuple)
    pushed = tuple(draw(st.lists(uuids, max_size=3))) * draw(st.sampled_from((1, 500)))
    push = Push(
        draw(uuids),
        draw(uuids),
        draw(actors),
        draw(st.sampled_from(PushState)),
        Origin(),
        draw(st.integers(0, 10**6)),
        draw(times),
        enrolled=draw(st.booleans()),
        problem=draw(texts),
    )
    return PushResult(
        push,
        pushed,
        draw(outcomes),
        draw(outcomes),
        draw(st.integers(0, 10**6)),
        tuple(draw(st.lists(texts, max_size=5))),
    )


counts = st.dictionaries(statuses, st.integers(0, 10**8))
findings = st.lists(
    st.builds(Finding, name=texts, ok=st.booleans(), said=texts, remedy=texts, needed=st.booleans()), max_size=40
)
sync_results = st.builds(
    SyncResult,
    at=times,
    campaigns=st.integers(0, 10**6),
    added=st.integers(0, 10**6),
    updated=st.integers(0, 10**6),
    unchanged=st.integers(0, 10**6),
    skipped=st.dictionaries(texts, st.integers(0, 10**6), max_size=20),
)
