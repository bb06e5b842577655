"""Whether a digest has something to say, and what changed."""

import pytest

from bot.outreach.digests import Figure, Figures, change, says_something
from bot.outreach.drafts import DraftState
from bot.outreach.metrics import Metrics

NOTHING = Figures()
TEN = Figures({Figure.TOTAL: 10, Figure.AUDITED: 4}, {DraftState.SENT: 2})

CASES = [  # now, last time, is there something to say
    ("an empty workspace", NOTHING, None, False),
    ("the first one with leads", TEN, None, True),
    ("nothing changed", TEN, TEN, False),
    ("a lead more", Figures({Figure.TOTAL: 11, Figure.AUDITED: 4}, TEN.emails), TEN, True),
    ("a lead fewer", Figures({Figure.TOTAL: 9, Figure.AUDITED: 4}, TEN.emails), TEN, True),
    ("one came as another went", Figures({**TEN.leads, Figure.MOVED: 1}, TEN.emails), TEN, True),
    ("an e-mail more", Figures(TEN.leads, {DraftState.SENT: 3}), TEN, True),
    ("a draft waits", Figures(TEN.leads, TEN.emails, drafts=1), TEN, True),
    ("a reply waits", Figures(TEN.leads, TEN.emails, replies=1), TEN, True),
    ("a push is blocked", Figures(TEN.leads, TEN.emails, blocked=1), TEN, True),
    ("what waited is done", TEN, Figures(TEN.leads, TEN.emails, drafts=1), False),
]


@pytest.mark.parametrize(("now", "before", "says"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_a_digest_comes_only_with_something_to_say(now, before, says):
    assert says_something(now, before) is says


def test_figures_are_stored_as_they_are():
    figures = Figures({Figure.TOTAL: 3}, {DraftState.WAITING: 2}, 2, 1, 4, 1, Metrics(9, 8, 4, wins=1))

    assert Figures.of(figures.stored()) == figures


def test_a_change_needs_a_last_time():
    assert change(TEN, None, Figure.TOTAL) is None
    assert change(TEN, Figures({Figure.TOTAL: 12}), Figure.TOTAL) == -2
    assert change(TEN, NOTHING, Figure.CONVERTED) == 0


def test_percentages_are_of_the_total():
    assert TEN.percent(Figure.AUDITED) == 40
    assert NOTHING.percent(Figure.AUDITED) == 0
