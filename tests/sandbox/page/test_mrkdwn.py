"""Texts, dates and charts as Slack draws them."""

from datetime import UTC, datetime, timedelta

import pytest
from page_given import ESCAPED, EVIL, NOW

from bot.sandbox.slack.charts import chart
from bot.sandbox.slack.dates import ago, day_divider, format_tokens
from bot.sandbox.slack.mrkdwn import mrkdwn_html, plain_html
from bot.sandbox.slack.server import ANA, BEN, SALES
from bot.sandbox.slack.viewer import Viewer

MRKDWN = {
    "bold": ("a *b c* d", "a <strong>b c</strong> d"),
    "italic": ("_a_", "<em>a</em>"),
    "strike": ("~a~", "<s>a</s>"),
    "nested": ("*_a_*", "<strong><em>a</em></strong>"),
    "marks inside words are typed ones": ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
    "a lone mark": ("5 * 3", "5 * 3"),
    "code keeps its marks": ("`*a*`", "<code>*a*</code>"),
    "code block": ("```\na = 1\nb\n```", "<pre>a = 1\nb</pre>"),
    "quote": ("a\n> b\n&gt; *c*\nd", "a<blockquote>b<br><strong>c</strong></blockquote>d"),
    "quote to the end": (">>> a\nb", "<blockquote>a<br>b</blockquote>"),
    "list as typed": ("• a\n• b", "• a<br>• b"),
    "link": (
        "<https://a.b/c_d_e|x *y*>",
        '<a href="https://a.b/c_d_e" target="_blank" rel="noopener noreferrer">x *y*</a>',
    ),
    "bare address": (
        "see https://a.b/c_d.",
        'see <a href="https://a.b/c_d" target="_blank" rel="noopener noreferrer">https://a.b/c_d</a>.',
    ),
    "mail link": ("<mailto:a@b.c|a>", '<a href="mailto:a@b.c" target="_blank" rel="noopener noreferrer">a</a>'),
    "script link stays text": ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
    "me": (f"<@{ANA}>", f'<span class="mention mention-me" data-user-id="{ANA}">@Ana Novak</span>'),
    "somebody": (f"<@{BEN}>", f'<span class="mention" data-user-id="{BEN}">@Ben Carter</span>'),
    "nobody": ("<@U404>", '<span class="mention" data-user-id="U404">@U404</span>'),
    "channel": (f"<#{SALES}>", f'<a class="mention" href="/client/{SALES}">#sales</a>'),
    "group": ("<!subteam^S0SALES>", '<span class="mention">@sales-team</span>'),
    "an escape that failed": ("<!channel>", '<span class="mention mention-broadcast">@channel</span>'),
    "an escape that worked": ("&lt;!channel&gt;", "&lt;!channel&gt;"),
    "tags": (EVIL, ESCAPED),
    "entities once": ("&amp;lt;b&amp;gt;", "&amp;lt;b&amp;gt;"),
    "emoji": (":rocket: :+1::skin-tone-3: :nope:", "🚀 👍🏼 :nope:"),
    "our own marks typed": ("\ue0000\ue001 `a`", "\ufffd0\ufffd <code>a</code>"),
    "no date": ("<!date^soon^{date}|later>", "later"),
}


@pytest.mark.parametrize(("typed", "drawn"), MRKDWN.values(), ids=MRKDWN)
def test_mrkdwn_is_drawn_as_slack_draws_it(local, typed, drawn):
    viewer = Viewer(local.workspace, local.workspace.users[ANA], NOW)

    assert mrkdwn_html(typed, viewer) == drawn


def test_plain_text_shows_marks_as_typed():
    assert plain_html("*a* &amp; <b>\n:tada:") == "*a* &amp; &lt;b&gt;<br>🎉"


STAMP = datetime(2026, 2, 18, 14, 39, 42, tzinfo=UTC)
TOKENS = {
    "{date_num}": "2026-02-18",
    "{date_slash}": "02/18/2026",
    "{date}": "February 18th, 2026",
    "{date_short}": "Feb 18, 2026",
    "{date_long}": "Wednesday, February 18th, 2026",
    "{date_pretty} at {time}": "yesterday at 3:39 PM",
    "{date_short_pretty}": "yesterday",
    "{date_long_pretty}": "yesterday",
    "{day_divider_pretty}": "yesterday",
    "{time_secs}": "3:39:42 PM",
    "{ago}": "1 day ago",
    "{unknown}": "{unknown}",
}


@pytest.mark.parametrize(("template", "drawn"), TOKENS.items(), ids=TOKENS)
def test_date_tokens_read_in_the_viewers_zone(local, template, drawn):
    viewer = Viewer(local.workspace, local.workspace.users[ANA], STAMP + timedelta(days=1))

    html = mrkdwn_html(f"<!date^{int(STAMP.timestamp())}^{template}|fallback>", viewer)

    assert f">{drawn}</time>" in html
    assert format_tokens(STAMP, template, viewer.zone, viewer.now) == drawn


@pytest.mark.parametrize(
    ("back", "divider", "words"),
    [
        (timedelta(0), "Today", "just now"),
        (timedelta(minutes=3), "Today", "3 minutes ago"),
        (timedelta(days=1), "Yesterday", "1 day ago"),
        (timedelta(days=9), "Sunday, February 22nd", "9 days ago"),
        (timedelta(days=100), "Sunday, November 23rd, 2025", "100 days ago"),
        (timedelta(hours=-2), "Today", "in 2 hours"),
    ],
)
def test_days_and_ages_read_as_in_slack(back, divider, words):
    assert day_divider(NOW - back, UTC, NOW) == divider
    assert ago(NOW - back, NOW) == words


@pytest.mark.parametrize("kind", ["bar", "line", "area"])
def test_charts_stay_inside_their_frame(kind):
    series = [
        {"name": name, "data": [{"label": "Mo", "value": 7}, {"label": "Tu", "value": top}]}
        for name, top in (("a", 0), ("b", 93))
    ]
    block = {"title": "T", "chart": {"type": kind, "series": series, "axis_config": {"categories": ["Mo", "Tu"]}}}

    drawing = chart(block)

    assert [label.text for label in drawing.grid] == ["0", "25", "50", "75", "100"]
    assert all(mark.y >= 0 and mark.y + mark.height <= 240 for mark in drawing.marks)
    assert len(drawing.marks) == (4 if kind == "bar" else 2)
