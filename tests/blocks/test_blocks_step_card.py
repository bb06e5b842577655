"""A due step's card with the worst texts, and in every state."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from blocks.step_card import step_line, step_message, steps_message
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.mail_templates import Rendered
from bot.outreach.sequences import BY_HAND, Mode, Run, RunState, Sequence, Step, ended
from bot.outreach.steps import DueStep
from tests.blocks.reading import assert_fit_message, labels, words

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORST = "<!channel> & `*_~" + "🎉" * 900 + "\u202eevil\nline"


def a_card(text="Acme", **values):
    run = Run("r1", "q1", "l1", "s1", Mode.MANUAL, "U1", NOON, step=1, state=RunState.WAITING, next_at=NOON)
    lead = Lead("l1", "jane@acme.com", LeadStatus.EMAIL_SENT, text, "Doe", text)
    sequence = Sequence("q1", text, (Step("t1"), Step("t2")), Mode.MANUAL)
    return DueStep(replace(run, **values), 1, lead, sequence, Rendered(text, text, ()))


@pytest.mark.parametrize("text", ["Acme", WORST, ""], ids=["plain", "worst", "empty"])
@pytest.mark.parametrize("known", [True, False], ids=["previewed", "missing"])
def test_a_card_fits_whatever_it_holds(text, known):
    card = a_card(text, why="" if known else WORST)
    message = step_message(card if known else replace(card, words=None))

    assert_fit_message(message)
    assert labels(message.blocks) == ["Send next step", "Stop sequence", "Open lead"]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ({"step": 2}, "✅ sent on by Ana"),
        ({"state": RunState.PAUSED}, "⏸️ paused by Ana"),
        ({"state": RunState.STOPPED, "why": BY_HAND}, "⏹️ stopped by Ana"),
        ({"state": RunState.STOPPED, "why": "They replied"}, "⏹️ stopped by Ana: They replied"),
        ({"state": RunState.COMPLETED}, "✅ over"),
    ],
)
def test_once_decided_it_says_what_and_asks_no_more(run, said):
    message = step_message(replace(a_card(**run), decided_by="Ana"))

    assert_fit_message(message)
    assert message.text.endswith(said) and labels(message.blocks) == ["Open lead"]


def test_a_run_that_was_resumed_asks_again():
    assert a_card(state=RunState.ACTIVE).waits
    assert not replace(a_card(), run=ended(a_card().run, RunState.STOPPED, BY_HAND, NOON)).waits


@pytest.mark.parametrize("text", ["Acme", WORST])
def test_many_are_one_message_that_fits(text):
    message = steps_message([a_card(text)] * 50)

    assert_fit_message(message)
    assert "50 steps of sequences wait" in message.text and "and 30 more" in words(message.blocks)
    assert step_line(a_card()).startswith("Step 2 of 2 for Acme Doe at Acme")
