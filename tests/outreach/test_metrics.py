"""The seven metrics (F105): what counts, over what."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.metrics import Period, Rate, Standing, Wins, metrics_of, since

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
GOT = Delivery.DELIVERED
MIXED = [
    Standing(GOT, Engagement.NONE, 50, machine_opens=7),
    Standing(GOT, Engagement.OPENED, 20),
    Standing(GOT, Engagement.CLICKED, 6, is_clicked=True),
    Standing(GOT, Engagement.REPLIED, 3),
    Standing(GOT, Engagement.REPLIED, 1, is_clicked=True, machine_opens=1),
    Standing(Delivery.BOUNCED, Engagement.NONE, 4),
    Standing(Delivery.DROPPED, Engagement.NONE, 1),
    Standing(Delivery.NONE, Engagement.NONE, 15),
]


def test_each_mail_counts_once_for_all_that_became_of_it():
    metrics = metrics_of(MIXED, Wins(2, 1))

    assert (metrics.sent, metrics.delivered, metrics.bounced) == (100, 80, 4)
    assert (metrics.opened, metrics.clicked, metrics.replied) == (30, 7, 4)
    assert (metrics.ignored_opens, metrics.wins, metrics.wins_without_email) == (8, 2, 1)


@pytest.mark.parametrize(
    ("standings", "rate"),
    [
        pytest.param(MIXED, Rate(30, 80), id="over what was delivered"),
        pytest.param([Standing(Delivery.PROCESSED, Engagement.NONE, 9)], Rate(0, 9, "sent"), id="no delivery known"),
        pytest.param([], Rate(0, 0, "sent"), id="nothing sent"),
    ],
)
def test_what_a_rate_is_a_share_of(standings, rate):
    assert metrics_of(standings).open_rate == rate


@pytest.mark.parametrize(
    ("rate", "percent"), [(Rate(30, 80), 37.5), (Rate(0, 0), 0.0), (Rate(3, 3), 100.0)], ids=["some", "none", "all"]
)
def test_a_rate_in_percent(rate, percent):
    assert rate.percent == percent


@pytest.mark.parametrize(
    ("period", "first"),
    [
        (Period.WEEK, NOW - timedelta(days=7)),
        (Period.MONTH, NOW - timedelta(days=30)),
        (Period.QUARTER, NOW - timedelta(days=90)),
        (Period.EVER, None),
    ],
)
def test_where_a_period_begins(period, first):
    assert since(period, NOW) == first
