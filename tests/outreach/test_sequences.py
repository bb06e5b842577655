"""What may be a sequence, what ends a run, and when the next step is due."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.outreach.errors import Invalid
from bot.outreach.limits import Budget, Slot
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.reachability import REASONS, AddressFact
from bot.outreach.sequences import (
    BOUNCED,
    CLICKED,
    DROPPED,
    NO_REPLY,
    OPENED,
    REPLIED,
    Mode,
    Run,
    RunState,
    Sequence,
    Signals,
    Step,
    after_sent,
    checked_sequence,
    earliest,
    stop_reason,
)
from tests.outreach.given_mails import NOON, a_site

FIRST, SECOND = Step("t1"), Step("t2", 48)
SPRING = Sequence("s1", "Spring", (FIRST, SECOND))
RUN = Run("r1", "s1", "lead", "site", Mode.AUTO, "U1", NOON)
NEVER = Step("t1", stop_on_reply=False, stop_on_click=False, stop_on_open=False)
ONLY_REPLY = Step("t1", stop_on_click=False, stop_on_open=False)
ONLY_CLICK = Step("t1", stop_on_reply=False, stop_on_open=False)
NOT_OPEN = Step("t1", stop_on_open=False)
NOT_CLICK = Step("t1", stop_on_click=False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"steps": ()}, "steps"),
        ({"steps": (FIRST,) * 11}, "steps"),
        ({"steps": (FIRST, Step("t2", 23))}, "delay:1"),
        ({"steps": (FIRST, SECOND, Step("t3", -1))}, "delay:2"),
        ({"steps": (FIRST, Step("t2", 24 * 90 + 1))}, "delay:1"),
    ],
)
def test_what_cannot_be_a_sequence_names_its_field(changes, field):
    with pytest.raises(Invalid) as refused:
        checked_sequence(replace(SPRING, **changes))

    assert refused.value.field == field


def test_each_step_is_due_its_delay_after_the_one_before_outside_quiet_hours():
    site = a_site(quiet_from=time(10), quiet_to=time(13))
    slot = Slot(Budget(site, 0, 0, NOON), None, NOON + timedelta(hours=1))

    assert list(earliest(replace(SPRING, steps=(FIRST, SECOND, Step("t3", 70))), slot)) == [
        NOON + timedelta(hours=1),
        NOON + timedelta(hours=49),
        NOON + timedelta(hours=121),  # 119 hours on it is eleven
    ]


def test_the_first_step_waits_for_nothing_and_answers_nothing():
    checked = checked_sequence(replace(SPRING, steps=(Step("t1", 3), Step("t2", 24), *(SECOND,) * 8)))

    assert (checked.steps[0].delay_hours, checked.steps[0].in_thread) == (0, False)
    assert (checked.steps[1].delay_hours, checked.steps[1].in_thread) == (24, True)
    assert (Step("t").delay_hours, Sequence("s", "S", (FIRST,)).mode) == (72, Mode.AUTO)


@pytest.mark.parametrize(
    ("step", "known", "reason"),
    [
        (FIRST, Signals(), None),
        (FIRST, Signals(Delivery.DELIVERED), None),
        (FIRST, Signals(Delivery.BLOCKED), None),
        (FIRST, Signals(Delivery.DEFERRED), None),
        (NEVER, Signals(Delivery.BOUNCED), BOUNCED),
        (NEVER, Signals(Delivery.DROPPED), DROPPED),
        (FIRST, Signals(Delivery.DELIVERED, Engagement.OPENED), OPENED),
        (FIRST, Signals(Delivery.DELIVERED, Engagement.CLICKED), CLICKED),
        (FIRST, Signals(Delivery.DELIVERED, Engagement.REPLIED), REPLIED),
        (NOT_OPEN, Signals(engagement=Engagement.OPENED), None),
        (NOT_OPEN, Signals(engagement=Engagement.CLICKED), CLICKED),
        (NOT_CLICK, Signals(engagement=Engagement.CLICKED), OPENED),
        (ONLY_REPLY, Signals(engagement=Engagement.CLICKED), None),
        (ONLY_REPLY, Signals(engagement=Engagement.REPLIED), REPLIED),
        (ONLY_CLICK, Signals(engagement=Engagement.REPLIED), None),
        (NEVER, Signals(engagement=Engagement.REPLIED, has_replied=True), None),
        (FIRST, Signals(has_replied=True), REPLIED),
        *((NEVER, Signals(standing=fact), reason) for fact, reason in REASONS.items()),
        (FIRST, Signals(Delivery.BOUNCED, Engagement.OPENED, AddressFact.COMPLAINED), REASONS[AddressFact.COMPLAINED]),
    ],
)
def test_what_ends_a_run(step, known, reason):
    assert stop_reason(step, known) == reason


def test_the_next_delay_counts_from_when_a_step_left():
    left = NOON + timedelta(hours=30)

    run = after_sent(replace(RUN, step=1), SPRING, "m1", left)

    assert (run.state, run.next_at, run.mail_id) == (RunState.ACTIVE, left + timedelta(hours=48), "m1")
    assert run.is_open


@pytest.mark.parametrize("steps", [2, 1])
def test_after_the_last_step_the_run_is_completed(steps):
    shortened = replace(SPRING, steps=SPRING.steps[:steps])

    run = after_sent(replace(RUN, step=2), shortened, "m2", NOON)

    assert (run.state, run.why, run.next_at, run.ended_at) == (RunState.COMPLETED, NO_REPLY, None, NOON)
    assert not run.is_open


def test_a_pause_that_came_while_a_step_was_leaving_stays():
    run = after_sent(replace(RUN, step=1, state=RunState.PAUSED), SPRING, "m1", NOON)

    assert (run.state, run.next_at) == (RunState.PAUSED, NOON + timedelta(hours=48))


def test_no_two_steps_share_a_key():
    assert len({RUN.step_key(step) for step in range(10)}) == 10
