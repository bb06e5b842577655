"""Sequences in Slack: everything fits, and the card says where a run stands."""

from dataclasses import replace
from datetime import time, timedelta

import hostile
import hostile_cards
import hostile_mails
import pytest
from given_leads import ACME
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_view, labels, words

from blocks.message import when
from blocks.runs import run_form, run_obstacle, run_previewed, sequence_part
from blocks.sequences import sequence_form, sequence_removal, sequences_view
from bot.outreach.access import Permission
from bot.outreach.cards import LeadCard
from bot.outreach.limits import Budget, Limit, Slot, Wait, slot_of
from bot.outreach.mail_templates import Rendered
from bot.outreach.mails import Outgoing
from bot.outreach.readiness import trace
from bot.outreach.sequences import Mode, Run, RunPreview, RunState, Sequence, Step, earliest
from tests.outreach.given_mails import NOON, a_mail, a_site
from tests.storage.given import AT

steps = st.builds(
    Step,
    template_id=hostile.uuids,
    delay_hours=st.integers(0, 2160),
    stop_on_reply=st.booleans(),
    stop_on_click=st.booleans(),
    stop_on_open=st.booleans(),
    in_thread=st.booleans(),
)
sequences = st.builds(
    Sequence,
    id=hostile.uuids,
    name=hostile.texts,
    steps=st.lists(steps, max_size=10).map(tuple),
    mode=st.sampled_from(Mode),
    updated_at=hostile_mails.maybe_times,
)
runs = st.builds(
    Run,
    id=hostile.uuids,
    sequence_id=hostile.uuids,
    lead_id=hostile.uuids,
    site_id=hostile.uuids,
    mode=st.sampled_from(Mode),
    author=hostile.texts,
    started_at=hostile.times,
    step=st.integers(0, 10),
    state=st.sampled_from(RunState),
    next_at=hostile_mails.maybe_times,
    why=hostile.texts,
    ended_at=hostile_mails.maybe_times,
)
SPRING = Sequence("s1", "Spring", (Step("t1", 0), Step("t2")), Mode.MANUAL, updated_at=AT)
RUN = Run("r1", "s1", "lead", "site", Mode.MANUAL, "U1", NOON, step=1)


@hostile.quick
@given(st.lists(sequences, max_size=60), hostile.texts, hostile.texts)
def test_the_list_fits(many, refused, notice):
    assert_fit_view(sequences_view(many, refused=refused, notice=notice))


@hostile.quick
@given(st.one_of(st.none(), sequences), hostile_mails.many_templates())
def test_the_form_fits(sequence, templates):
    assert_fit_view(sequence_form(sequence, templates))
    if sequence:
        assert_fit_view(sequence_removal(sequence))


@hostile.quick
@given(
    hostile.leads,
    st.lists(sequences, min_size=1),
    hostile_mails.many_budgets(least=1),
    hostile_mails.rendered,
    st.lists(hostile.times, min_size=1, max_size=10),
    st.sampled_from([None, *Limit]),
)
def test_the_form_that_begins_one_fits(lead, many, budgets, first, times, limit):
    form = run_form(lead, many, budgets, back=None)
    slot = Slot(budgets[0], Wait(limit, times[0]) if limit else None, times[0])
    preview = RunPreview(lead, Mode.AUTO, (first,) * len(times), tuple(times), slot)
    assert_fit_view(form)
    assert_fit_view(run_previewed(form, preview, "a:b"))
    assert_fit_view(run_obstacle(lead, first.subject))


def test_the_preview_says_when_each_step_is_due_and_what_the_first_waits_for():
    site = a_site(quiet_from=time(22), quiet_to=time(7))
    budget = Budget(site, 3, 0, NOON)
    slot = slot_of(budget, NOON, NOON - timedelta(hours=1))
    words_of = (Rendered("Hello <b>", "Text", ()), Rendered("Still there?", "Text", ()))
    preview = RunPreview(ACME, Mode.AUTO, words_of, tuple(earliest(SPRING, slot)), slot)

    seen = words(run_previewed(run_form(ACME, [SPRING], [budget], back=None), preview, "a:b")["blocks"])

    first, second = when(NOON + timedelta(hours=23)), when(NOON + timedelta(hours=23 + 72))
    assert f"1. waits for 24 hours since the last email to them until {first} · Hello &lt;b&gt;\n" in seen
    assert f"2. {second} · Still there?" in seen


@hostile.quick
@given(hostile_cards.cards(), st.one_of(st.none(), sequences), runs, hostile_mails.mails, st.booleans())
def test_the_cards_piece_fits(card, sequence, run, mail, direct):
    held = replace(mail, run_id=run.id)
    part = sequence_part(replace(card, run=run, sequence=sequence, mails=(held,), direct=direct))
    assert_fit_view({**sequences_view([]), "blocks": part})


def part(run: Run | None, *mails: Outgoing, direct: bool = True, may: bool = True):
    rights = frozenset({Permission.SEND_MAIL}) if may else frozenset()
    return sequence_part(
        LeadCard(
            ACME, trace(ACME, None), run=run, sequence=SPRING if run else None, mails=mails, direct=direct, may=rights
        )
    )


@pytest.mark.parametrize(
    ("run", "said", "buttons"),
    [
        (None, "In no sequence yet", ["Start sequence"]),
        (replace(RUN, next_at=NOON), "*Spring* · manual\nStep 2 of 2 · next <!date^", ["Send next step", "Pause"]),
        (replace(RUN, next_at=NOON, state=RunState.WAITING), "waits for a person", ["Send next step", "Pause"]),
        (replace(RUN, next_at=NOON, state=RunState.PAUSED), "Step 2 of 2 · ⏸️ paused", ["Resume"]),
        (replace(RUN), "Step 1 of 2", ["Pause"]),
        (replace(RUN, state=RunState.STOPPED, why="They replied", ended_at=NOON), "They replied", ["Start sequence"]),
    ],
)
def test_the_card_says_where_it_stands_and_what_can_be_done(run, said, buttons):
    shown = part(run)

    assert said in words(shown)
    is_open = run is not None and run.is_open
    assert labels(shown) == [*buttons, *(["Stop sequence"] if is_open else [])]
    assert labels(part(run, may=False)) == []


def test_what_puts_a_step_off_stands_on_the_card():
    assert "waits for the daily cap until" in words(part(RUN, a_mail(run_id="r1", waits_for=Limit.CAP)))


def test_only_those_who_may_change_a_sequence_have_its_menu():
    assert labels(sequences_view([SPRING]))[:1] == ["New sequence"]
    only_shown = sequences_view([SPRING], refused="Ben <b> may.")
    assert labels(only_shown) == [] and "Ben &lt;b&gt; may." in words(only_shown)


def test_without_sendgrid_there_is_nothing_to_see():
    assert part(None, direct=False) == []
