"""The digest, its leads and the settings behind it, with ugly data and large numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import hostile
from given_leads import ACME, NOW, leads
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_message, assert_fit_view, labels, words

from blocks.digest import digest_message, leads_view
from blocks.routes import route_paused, routes_saved, routes_view
from bot.outreach.boards import Board
from bot.outreach.digests import CARDS, Digest, DigestView, Figure, Figures, FrozenPage, Longest
from bot.outreach.drafts import DraftState
from bot.outreach.local_time import Slot
from bot.outreach.metrics import Metrics
from bot.outreach.routes import EVERY_DAY, Cadence, Route, Topic

MUCH = Figures(
    dict.fromkeys(Figure, 1_234_567),
    dict.fromkeys(DraftState, 98_765),
    drafts=20_000,
    replies=1_000,
    blocked=9,
    armed=3,
)
BEFORE = Figures(dict.fromkeys(Figure, 1_234_000))
DIGEST = Digest("d" * 36, "C1", date(2026, 3, 2), 1, NOW, MUCH, NOW - timedelta(hours=3), "digest:d")


def a_view(**changes) -> DigestView:
    given = {"digest": DIGEST, "timezone": "Europe/Prague", "oldest_draft": Longest(ACME, NOW)}
    return DigestView(**given | {"slowest_reply": Longest(ACME, NOW)} | changes)


def a_board(**changes) -> Board:
    routes = {topic: a_route(topic=topic) for topic in Topic}
    given = {"routes": routes, "others": [], "names": {}, "standing": 0, "spared": 0, "next_digest": None}
    return Board("C1", **given | changes)


def a_route(**changes) -> Route:
    given = {"channel": "C1", "topic": Topic.REPLIES, "cadence": Cadence.DAILY, "at": time(9), "weekdays": EVERY_DAY}
    return Route(**given | {"timezone": "Europe/Prague", "set_by": "U1", "set_at": NOW} | changes)


def test_bounces_are_told_and_warned_of_above_two_percent():
    figures = Figures(mails=Metrics(sent=500, bounced=21), contacted=400, bounced=2)
    message = digest_message(a_view(digest=replace(DIGEST, figures=figures)))

    assert_fit_message(message)
    assert "⚠️ Bounce rate, direct email: 4.2% · 21 of 500 sent. Above 2%" in message.text
    assert "\nBounce rate, campaigns: 0.5% · 2 of 400 leads written to" in message.text
    assert "Bounce rate" not in digest_message(a_view()).text


def test_a_digest_says_everything_in_its_text_too():
    message = digest_message(a_view(before=Digest("b", "C1", date(2026, 2, 27), 1, NOW, BEFORE)))

    assert_fit_message(message)
    for said in (
        "Outreach pipeline, Monday 2 March",
        "Late: this was due",
        "Changes since Friday 27 February",
        "Audited: 1,234,567 · 100% (+567)",
        "*20,000 drafts* to approve, the oldest from *Acme*",
        "*1,000 replies or more* without an answer, the slowest from *Acme*",
        "*9 blocked pushes*, 3 armed",
        "Total emails: 592,590 · Emails sent: 197,530 · Send rate: 33%",
    ):
        assert said in message.text


def test_every_figure_is_a_button_and_a_preview_has_none():
    assert labels(digest_message(a_view()).blocks)[:2] == ["Total 1,234,567", "Audited 1,234,567"]
    assert len(labels(digest_message(a_view()).blocks)) == len(Figure)
    assert labels(digest_message(a_view(), is_preview=True).blocks) == []


def test_an_empty_digest_fits():
    empty = Digest("d", "C1", date(2026, 3, 2), 1, NOW, Figures())
    message = digest_message(DigestView(empty, "UTC"))

    assert_fit_message(message)
    assert "Total: 0\nAudited: 0 · 0%" in message.text
    assert labels(message.blocks) == []


@hostile.quick
@given(hostile.leads, st.integers(0, 10**12))
def test_ugly_leads_fit_into_a_digest(lead, number):
    figures = Figures(dict.fromkeys(CARDS, number), {}, drafts=number, replies=number, blocked=1)
    digest = Digest("d", "C1", date(2026, 3, 2), 1, NOW, figures)
    longest = Longest(lead, NOW)

    assert_fit_message(digest_message(DigestView(digest, "UTC", None, longest, longest)))
    assert_fit_view(leads_view(FrozenPage(digest, Figure.TOTAL, [lead] * 25, 0, 10**6, 3), "UTC"))


def test_a_page_of_leads_counts_those_that_are_gone():
    view = leads_view(FrozenPage(DIGEST, Figure.OPENED, leads(23), 2, 60, 1), "UTC")

    assert_fit_view(view)
    assert "2 leads on this page were removed since." in words(view["blocks"])
    assert labels(view["blocks"])[-2:] == ["Previous", "Next 25"]


def test_the_settings_fit_with_many_other_channels():
    others = [a_route(channel=f"C{number}", set_by=f"U{number}") for number in range(60)]
    slot = Slot(date(2026, 3, 3), datetime(2026, 3, 3, 8, tzinfo=UTC))
    view = routes_view(
        a_board(others=others, names={"U1": "<!channel> *Ana*"}, standing=1, next_digest=slot), note="<&>"
    )

    assert_fit_view(view)
    assert "and 40 more" in words(view["blocks"])
    assert "confirm" in str(view)


def test_who_may_not_set_them_sees_them():
    view = routes_view(a_board(), refused="Ben <b> may.")

    assert_fit_view(view)
    assert "submit" not in view and "Ben &lt;b&gt; may." in words(view["blocks"])
    assert "Replies of prospects: once a day at 09:00 (Europe/Prague), every day" in words(view["blocks"])


@hostile.quick
@given(st.sampled_from(["is_archived", "not_in_channel", "channel_not_found"]), st.lists(st.sampled_from(Topic)))
def test_a_pause_is_worded(code, topics):
    assert_fit_message(route_paused("C0SALES", code, topics))
    assert_fit_message(routes_saved(a_board(routes={topic: a_route(topic=topic, paused=code) for topic in Topic})))
