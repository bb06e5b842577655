"""Ugly but valid drafts, for hypothesis."""

from dataclasses import replace
from uuid import UUID

import hostile
import hostile_mails
from hostile_cards import actors
from hypothesis import strategies as st

from blocks.draft_state import DraftPlace, QueueState
from bot.outreach.audits import FinishedAudit, Issue
from bot.outreach.direct import Direct
from bot.outreach.drafts import Draft, DraftCard, DraftPage, DraftPreview, DraftState
from bot.outreach.limits import Slot
from bot.outreach.mail_types import DraftType
from bot.outreach.templates import Letter
from bot.outreach.writebacks import Tone, WritebackStatus

letters = st.builds(
    Letter, subject=hostile.texts, body=st.one_of(hostile.texts, st.just("<p>A &amp; <b>B</b></p>")), cta=hostile.texts
)
slots = st.builds(Slot, budget=hostile_mails.budgets, wait=hostile_mails.waits, leaves_at=hostile.times)
directs = st.builds(
    Direct,
    slots=st.tuples(slots, st.sampled_from((0, 1, 4, 120))).map(lambda drawn: (drawn[0],) * drawn[1]),
    at=hostile.times,
)
maybe_times = st.one_of(st.none(), hostile.times)
drafts = st.builds(
    Draft,
    id=hostile.uuids,
    lead_id=hostile.uuids,
    type=st.sampled_from(DraftType),
    tone=st.sampled_from(Tone),
    letters=st.tuples(letters, st.sampled_from((1, 3, 10))).map(lambda drawn: (drawn[0],) * drawn[1]),
    state=st.sampled_from(DraftState),
    revision=st.integers(1, 10**6),
    created_at=hostile.times,
    author=actors,
    template=st.sampled_from(("direct", "formal:3")),
    push_id=st.one_of(st.none(), hostile.uuids),
    mail_id=st.one_of(st.none(), hostile.uuids),
    edited_by=actors,
    edited_at=maybe_times,
    approved_by=st.lists(actors, max_size=3).map(tuple),
    decided_by=actors,
    decided_at=maybe_times,
    comment=hostile.texts,
    problem=hostile.texts,
)
cards = st.builds(
    DraftCard,
    draft=drafts,
    lead=hostile.leads,
    campaign=hostile.texts,
    writeback_status=st.one_of(st.none(), st.sampled_from(WritebackStatus)),
    names=st.dictionaries(actors, hostile.texts, max_size=3),
    needs_two=st.booleans(),
    connected=st.booleans(),
    direct=st.one_of(st.none(), directs),
    mail=st.one_of(st.none(), hostile_mails.mails),
    site=hostile.texts,
)
audits = st.builds(
    FinishedAudit,
    run_id=hostile.texts,
    completed_at=hostile.times,
    score=st.one_of(st.none(), st.integers(0, 100)),
    grade=hostile.texts,
    top_issue=hostile.texts,
    issues=st.lists(st.builds(Issue, title=hostile.texts, fix=hostile.texts), max_size=2).map(tuple),
    summary=hostile.texts,
)
places = st.builds(
    DraftPlace,
    draft_id=hostile.uuids,
    revision=st.integers(1, 10**6),
    channel=hostile.texts,
    under=st.sampled_from(("", "queue", "list", "card")),
    metadata=hostile.texts,
)
queue_states = st.builds(
    QueueState,
    state=st.one_of(st.none(), st.sampled_from(DraftState)),
    cursor=st.one_of(st.none(), st.just("waiting.f.12"), hostile.texts),
    channel=hostile.texts,
)
counts = st.dictionaries(st.sampled_from(DraftState), st.integers(1, 10**7))


@st.composite
def pages(draw: st.DrawFn) -> DraftPage:
    pool = draw(st.lists(cards, min_size=1, max_size=2))
    cursors = st.one_of(st.none(), st.just("waiting.f.12"))
    return DraftPage(
        tuple(pool[place % len(pool)] for place in range(draw(st.sampled_from((0, 1, 10))))),
        draw(cursors),
        draw(cursors),
    )


@st.composite
def previews(draw: st.DrawFn) -> DraftPreview:
    return DraftPreview(
        draw(cards),
        draw(st.one_of(st.none(), audits)),
        draw(st.one_of(st.none(), hostile.campaigns)),
        draw(hostile.many_campaigns()),
        draw(st.lists(hostile.texts, max_size=12).map(tuple)),
    )


def of_ids(pool, number):
    """As many cards with ids of their own."""
    return [
        replace(card, draft=replace(card.draft, id=str(UUID(int=place))))
        for place, card in ((place, pool[place % len(pool)]) for place in range(number))
    ]
