"""Ugly but valid templates, sites, mails and suppressions, for hypothesis."""

from dataclasses import replace
from uuid import UUID

import hostile
from hypothesis import strategies as st

from bot.outreach.limits import Budget, Limit, Wait
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mail_placeholders import NAMES
from bot.outreach.mail_templates import MailTemplate, Rendered
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.sites import Site

maybe_times = st.one_of(st.none(), hostile.times)
bodies = st.one_of(
    hostile.texts,
    st.lists(hostile.texts, max_size=12).map("\n\n".join),
    st.sampled_from(("word " * 4_000, "a\n" * 5_000, "<&>\n" * 3_000, "&" * 20_000, "🦊\n" * 5_000)),
)
templates = st.builds(
    MailTemplate,
    id=hostile.uuids,
    name=hostile.texts,
    subject=hostile.texts,
    body=bodies,
    revision=st.integers(1, 10**6),
    updated_at=maybe_times,
)
rendered = st.builds(
    Rendered, subject=hostile.texts, text=bodies, used=st.lists(st.sampled_from(NAMES), unique=True).map(tuple)
)
sites = st.builds(
    Site,
    id=hostile.uuids,
    name=hostile.texts,
    from_email=hostile.texts,
    from_name=hostile.texts,
    address=hostile.texts,
    timezone=st.sampled_from(
        ("UTC", "Europe/Prague", "Asia/Kathmandu", "America/Argentina/ComodRivadavia", "Gone/Zone")
    ),
    daily_cap=st.integers(1, 100),
    quiet_from=st.times(),
    quiet_to=st.times(),
    stopped=hostile.texts,
)
budgets = st.builds(Budget, site=sites, used=st.integers(0, 10**6), held=st.integers(0, 10**6), resets_at=hostile.times)
waits = st.one_of(st.none(), st.builds(Wait, limit=st.sampled_from(Limit), until=hostile.times))
mails = st.builds(
    Outgoing,
    id=hostile.uuids,
    lead_id=hostile.uuids,
    to_email=hostile.texts,
    site_id=hostile.uuids,
    type=st.sampled_from(DraftType),
    subject=hostile.texts,
    text=bodies,
    author=hostile.texts,
    created_at=hostile.times,
    due_at=hostile.times,
    state=st.sampled_from(MailState),
    waits_for=st.one_of(st.none(), st.sampled_from(Limit)),
    attempted_at=maybe_times,
    accepted_at=maybe_times,
    problem=hostile.texts,
    delivery=st.sampled_from(Delivery),
    engagement=st.sampled_from(Engagement),
    machine_opens=st.integers(0, 10**6),
)
records = st.builds(
    AddressRecord,
    address_key=st.one_of(hostile.texts.map(lambda text: text[:254]), st.just("jane@acme.com")),
    fact=st.sampled_from([fact for fact in AddressFact if fact is not AddressFact.CLEARED]),
    at=hostile.times,
    source=hostile.texts,
    actor=hostile.texts,
    note=hostile.texts,
)
numbers = st.sampled_from((0, 1, 3, 150))


@st.composite
def many_templates(draw: st.DrawFn) -> tuple[MailTemplate, ...]:
    return hostile.many(draw(st.lists(templates, min_size=1, max_size=2)), draw(numbers))


@st.composite
def many_mails(draw: st.DrawFn) -> tuple[Outgoing, ...]:
    return hostile.many(draw(st.lists(mails, min_size=1, max_size=2)), draw(numbers))


@st.composite
def many_budgets(draw: st.DrawFn, least: int = 0) -> list[Budget]:
    pool = draw(st.lists(budgets, min_size=1, max_size=2))
    number = max(least, draw(numbers))
    return [
        replace(budget, site=replace(budget.site, id=str(UUID(int=place))))
        for place, budget in ((place, pool[place % len(pool)]) for place in range(number))
    ]
