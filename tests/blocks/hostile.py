"""Ugly but valid domain objects by the thousand, for hypothesis."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from blocks.lead_list import ListState
from bot.outreach.access import Permission
from bot.outreach.campaigns import Campaign
from bot.outreach.criteria import CHOICES, TEXTS, Criteria, Field, Match, Operator, Rule
from bot.outreach.leads import Lead, LeadPage, LeadSort, LeadStatus
from bot.outreach.reachability import AddressFact
from bot.outreach.segments import Segment, SegmentKind, SegmentState

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)

NASTY = (
    "",
    " ",
    "\n",
    "a" * 3_000,
    "🦊" * 3_000,
    "&" * 3_000,
    "<" * 200,
    "word " * 600,
    "<!channel>",
    "<!here> now",
    "<@U0ANANOVAK>",
    "<https://evil.example|https://bank.example>",
    "a|b|c",
    "Acme\nLtd\r\n\tInc",
    "*bold* _it_ ~no~",
    "```code```",
    "`",
    "> quoted",
    "&lt;!channel&gt;",
    "مرحبا بالعالم",
    "שלום <b>",
    "\u202egnp.exe",
    "\u2066\u2067abc",
    "👩‍👩‍👧‍👦" * 50,
    "e\u0301" * 100,
    ":tada:",
    "#general @channel",
    "https://evil.example/?a=1&b=2",
    "javascript:alert(1)",
    "\x00\x07bell",
    "unknown",
    "acme.com",
    "日本語の会社",
    "{}[]\"'\\",
    "O'Brien & Sons <ltd>",
    "–",
    "\u2028line",
)
texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
urls = st.one_of(
    texts,
    st.sampled_from(
        (
            "https://audits.example.com/1",
            "http://a.example/?q=1&b=<x>",
            "https://a.example/" + "x" * 4_000,
            "https://evil.example|https://bank.example",
            "https://a.example/ü",
            "ftp://a.example",
            "//a.example",
        )
    ),
)
uuids = st.uuids(version=4).map(str)
times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
standing_facts = st.sampled_from((None, *(fact for fact in AddressFact if fact is not AddressFact.CLEARED)))
statuses = st.one_of(st.none(), st.sampled_from(LeadStatus))
rights = st.frozensets(st.sampled_from(Permission))
json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)

_writebacks = st.one_of(st.just({}), st.fixed_dictionaries({"variables": st.dictionaries(texts, texts, max_size=3)}))
_told = st.fixed_dictionaries(
    {},
    optional={
        "lastOutboundWriteback": _writebacks,
        "label": json_values,
        "sentiment": texts,
        "lastEmailSubject": texts,
        "raw": json_values,
    },
)

leads = st.builds(
    Lead,
    id=uuids,
    email=st.one_of(st.none(), texts, st.just("jane@acme.com")),
    status=statuses,
    first_name=texts,
    last_name=texts,
    company_name=texts,
    domain=texts,
    phone=texts,
    website=texts,
    city=texts,
    country=texts,
    industry=texts,
    company_size=texts,
    revenue=texts,
    grade=texts,
    score=st.one_of(st.none(), st.integers(0, 100)),
    top_issue=texts,
    audit_summary=texts,
    audit_url=urls,
    audit_run_id=st.one_of(st.none(), texts),
    opens=st.integers(0, 10**7),
    campaign_id=st.one_of(st.none(), uuids),
    status_by_hand=st.booleans(),
    last_action=texts,
    plusvibe_lead_data=_told,
)

campaigns = st.builds(
    Campaign,
    id=uuids,
    provider_id=texts,
    name=texts,
    status=texts,
    steps=st.integers(0, 50),
    merge_fields=st.lists(texts, max_size=5).map(tuple),
    lead_count=st.integers(0, 10**7),
)


def many(pool: list[Any], number: int) -> tuple[Any, ...]:
    """`number` objects with ids of their own, made from a few drawn ones."""
    return tuple(replace(pool[index % len(pool)], id=str(UUID(int=index))) for index in range(number))


@st.composite
def many_campaigns(draw: st.DrawFn) -> tuple[Campaign, ...]:
    return many(draw(st.lists(campaigns, min_size=1, max_size=3)), draw(st.sampled_from((0, 1, 3, 100, 101, 300))))


@st.composite
def pages(draw: st.DrawFn) -> LeadPage:
    cursors = st.one_of(st.none(), st.just("cursor"), texts)
    found = many(draw(st.lists(leads, min_size=1, max_size=3)), draw(st.sampled_from((0, 1, 2, 25))))
    return LeadPage(found, draw(cursors), draw(cursors), draw(st.one_of(st.none(), st.integers(0, 10**7))))


_CHOSEN = [Rule(field, Operator.IS, choices[:3]) for field, choices in CHOICES.items()]
_TYPED = st.builds(
    Rule,
    st.sampled_from(sorted(TEXTS)),
    st.sampled_from([Operator.IS, Operator.IS_NOT, Operator.CONTAINS]),
    st.lists(texts, min_size=1, max_size=4).map(tuple),
)
rules = st.one_of(st.sampled_from(_CHOSEN), _TYPED, st.just(Rule(Field.CAMPAIGN, Operator.IS, ("none", "x"))))
criteria = st.builds(Criteria, st.lists(rules, max_size=10).map(tuple), st.sampled_from(Match))
segments = st.builds(
    Segment,
    id=uuids,
    name=texts,
    kind=st.sampled_from(SegmentKind),
    state=st.sampled_from(SegmentState),
    criteria=criteria,
    updated_at=st.one_of(st.none(), times),
)
list_states = st.builds(
    ListState,
    text=texts,
    status=statuses,
    sort=st.sampled_from(LeadSort),
    descending=st.one_of(st.none(), st.booleans()),
    cursor=st.one_of(st.none(), texts),
    number=st.integers(1, 10**6),
    campaign_id=st.one_of(st.none(), texts, uuids),
    channel=texts,
    all_selected=st.booleans(),
    emptied=st.integers(0, 10**6),
    filters=st.lists(rules, max_size=6).map(tuple),
    segment_id=st.one_of(st.none(), texts, uuids),
)
