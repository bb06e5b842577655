"""The seven metrics in Slack (F105, F106)."""

import hostile
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_view, words

from blocks.metrics import NOTHING_SENT, metrics_line, metrics_view
from bot.outreach.metrics import Metrics, Period
from tests.storage.given_mails import a_site

SOME = Metrics(1_204, 1_170, 480, 61, 23, 12, 41, wins=5, wins_without_email=2)


def test_every_rate_shows_its_fraction():
    said = words(metrics_view(SOME, Period.MONTH, ()))

    for field in ("Total Sent*\n1,204", "Open Rate*\n41% · 480 of 1,170 delivered", "Wins*\n5"):
        assert field in said
    assert "Ignored 41 machine opens" in said and "Won without email: 2" in said


def test_with_nothing_sent_it_says_how_to_begin():
    assert NOTHING_SENT in words(metrics_view(Metrics(), Period.WEEK, ()))


def test_a_choice_of_site_only_where_there_is_one():
    assert "All sites" not in words(metrics_view(SOME, Period.EVER, (a_site(),)))
    assert "All sites" in words(metrics_view(SOME, Period.EVER, (a_site(), a_site("Moon"))))


def test_the_line_for_a_notification_names_all_seven():
    names = ("Total Sent", "Delivered", "Open Rate", "Click Rate", "Reply Rate", "Bounced", "Wins")

    assert [part.split(":")[0] for part in metrics_line(SOME).replace("1,", "1").split(", ")] == list(names)


@hostile.quick
@given(st.lists(hostile.texts.filter(bool), max_size=120), st.sampled_from(Period))
def test_the_view_fits_whatever_sites_are_called(names, period):
    sites = tuple(a_site(name) for name in names)

    assert_fit_view(metrics_view(SOME, period, sites, sites[-1].id if sites else ""))
