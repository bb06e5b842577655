"""The pipeline, a stage and Home: their words, and that whatever the data Slack takes them."""

from datetime import UTC, datetime

import hostile
import hostile_pushes
import pytest
from given_leads import SPRING, leads
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_view, element, elements, labels, words

from blocks import ids
from blocks.home import home_view
from blocks.pipeline import bar, pipeline_view
from blocks.stages import StagePlace, stage_view
from bot.outreach.access import Permission
from bot.outreach.drafts import Draft, DraftCard, DraftState
from bot.outreach.events import EventKind
from bot.outreach.health import Finding
from bot.outreach.home import BlockedLine, Figures, Home, Waiting, midnight
from bot.outreach.leads import LeadStatus
from bot.outreach.mail_types import DraftType
from bot.outreach.pipeline import EmailFigures, Milestone, Pipeline, funnel, stages
from bot.outreach.templates import Letter
from bot.outreach.unibox import InboundReply, Reply, ReplyCard
from bot.outreach.writebacks import Tone

ALL = frozenset(Permission)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LETTER = Letter("A word on your site", "Hello", "Shall we talk?")
numbers = st.integers(0, 10**8)
funnels = st.dictionaries(st.sampled_from(Milestone), numbers).map(funnel)
emails = st.dictionaries(st.sampled_from(DraftState), numbers).map(EmailFigures)
samples = st.dictionaries(st.sampled_from(LeadStatus), st.lists(hostile.leads, max_size=3))


def a_draft(lead, subject=LETTER.subject):
    draft = Draft(
        "d1", lead.id, DraftType.MANUAL, Tone.DIRECT, (Letter(subject, "", ""),), DraftState.WAITING, 1, NOW, "U1"
    )
    return DraftCard(draft, lead)


def a_reply(lead, subject="Re: your site"):
    heard = InboundReply("k", "a@a.com", "a@a.com", NOW, subject)
    return ReplyCard(Reply("r1", lead.id, heard, NOW), lead)


def figures(**changes):
    values = {"funnel": funnel({Milestone.TOTAL: 4}), "counts": {LeadStatus.NEW: 4}, "emails": EmailFigures({})}
    return Figures(**values | changes)


@pytest.mark.parametrize(
    ("percent", "drawn"),
    [(0, "░░░░░░░░░░"), (0.01, "█░░░░░░░░░"), (50, "█████░░░░░"), (99.9, "██████████"), (100, "██████████")],
)
def test_a_bar_shows_anything_that_is_more_than_nothing(percent, drawn):
    assert bar(percent) == drawn


def test_email_stats_count_what_left():
    counted = EmailFigures(
        {DraftState.WAITING: 5, DraftState.HANDED_OVER: 2, DraftState.SENT: 1, DraftState.REJECTED: 2}
    )
    view = pipeline_view(Pipeline(funnel({}), counted, ()), may=ALL, emails_shown=True)

    said = words(view)
    assert "*Total emails*\n10 messages" in said
    assert "*Emails sent*\n3 messages" in said
    assert "*Send rate*\n30%" in said
    assert "waiting for approval 5 · handed over 2 · sent 1 · rejected 2" in said


@hostile.quick
@given(funnels, emails, hostile_pushes.counts, samples, hostile.rights, st.booleans())
def test_the_pipeline_fits(counted, mails, counts, named, may, shown):
    assert_fit_view(pipeline_view(Pipeline(counted, mails, stages(counts, named)), may=may, emails_shown=shown))


@hostile.quick
@given(hostile.pages(), hostile.texts, hostile.texts, hostile.rights, st.sampled_from(LeadStatus), numbers)
def test_a_stage_fits_and_finds_its_place_again(page, done, problem, may, status, number):
    place = StagePlace(status, page.next_cursor, max(1, number))
    view = stage_view(page, place, may=may, done=done, problem=problem)

    assert_fit_view(view)
    cursor = page.next_cursor or ""
    is_kept = cursor.isascii() and cursor.isalnum() and len(cursor) < 1_300
    assert StagePlace.unpacked(view["private_metadata"]) in ([place] if is_kept else [place, StagePlace(status)])


@pytest.mark.parametrize("packed", ["", "{}", "[]", '["new"]', '["nothing",null,1]', '["new",null,"x"]', "[" * 9_000])
def test_a_broken_place_is_the_first_page_of_new(packed):
    assert StagePlace.unpacked(packed) == StagePlace(LeadStatus.NEW)


@hostile.quick
@given(
    funnels, hostile_pushes.counts, emails, hostile.many_campaigns(), hostile_pushes.findings, hostile.leads,
    hostile.texts, hostile.rights,
)  # fmt: skip
def test_home_fits(counted, counts, mails, campaigns, wrong, lead, text, may):
    line = BlockedLine("b1", text, 3, NOW, NOW, "https://team.slack.com/archives/C1/p1")
    drafts, replies = [a_draft(lead, text)] * 5, [a_reply(lead, text)] * 5
    waiting = Waiting(
        drafts=9,
        draft_cards=drafts,
        replies=1_000,
        reply_cards=replies,
        unclear=1_000,
        blocked=3,
        armed=1,
        blocked_lines=[line] * 5,
    )
    today = dict.fromkeys(EventKind, 10**6)

    assert_fit_view(home_view(Home(Figures(counted, counts, mails, campaigns, today), waiting, wrong), may))


def test_home_has_my_work_and_the_four_surfaces():
    view = home_view(Home(figures(campaigns=[SPRING]), Waiting()), ALL)

    assert_fit_view(view)
    assert [block["text"]["text"] for block in view["blocks"] if block["type"] == "header"] == [
        "My work", "Leads", "Pipeline", "Emails", "PlusVibe",
    ]  # fmt: skip
    assert "Nothing waits for you" in words(view)
    assert labels(view)[:5] == ["Open leads", "Push leads", "Pipeline", "Sync now", "Add lead"]


def test_home_says_what_is_broken_first():
    wrong = [Finding("PlusVibe", False, "not connected", "Set the key.")]
    view = home_view(Home(figures(), Waiting(), wrong), ALL)

    assert words(view["blocks"][0]).startswith("❌ Fix · *PlusVibe*")


def test_home_lists_what_waits_with_a_button_each():
    lead = leads(1)[0]
    line = BlockedLine("b1", "Spring", 3, NOW, NOW, "https://team.slack.com/archives/C1/p1")
    drafts, replies = [a_draft(lead)], [a_reply(lead)]
    waiting = Waiting(
        drafts=7, draft_cards=drafts, replies=2, reply_cards=replies, blocked=1, armed=1, blocked_lines=[line]
    )
    view = home_view(Home(figures(), waiting), ALL)

    said = words(view)
    assert "*7 drafts* to approve" in said
    assert "*2 replies* without an answer" in said
    assert "*1 blocked push*, 1 armed" in said
    assert element(view, ids.OPEN_DRAFT)["value"] == "d1"
    assert element(view, ids.OPEN_THREAD)["value"] == "r1"
    assert element(view, f"{ids.HOME_REPORT}|b1")["url"] == line.link


def test_who_may_only_look_gets_no_button_that_would_refuse():
    view = home_view(
        Home(figures(), Waiting(drafts=1, draft_cards=[a_draft(leads(1)[0])])), frozenset({Permission.READ_LEADS})
    )

    assert "Push leads" not in labels(view)
    assert not [item for item in elements(view) if item["action_id"] == ids.OPEN_DRAFT]


def test_today_tells_what_happened():
    view = home_view(Home(figures(today={EventKind.REPLIED: 2, EventKind.LEAD_ADDED: 1}), Waiting()), ALL)

    assert "Today: 1 added · 2 replied" in words(view)


@pytest.mark.parametrize(
    ("timezone", "began"),
    [
        ("UTC", datetime(2026, 3, 2, 0, tzinfo=UTC)),
        ("Europe/Prague", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("Nowhere/At_All", datetime(2026, 3, 2, 0, tzinfo=UTC)),
        ("", datetime(2026, 3, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_day_begins_where_the_person_is(timezone, began):
    now = NOW if timezone != "America/Los_Angeles" else datetime(2026, 3, 2, 7, tzinfo=UTC)

    assert midnight(now, timezone) == began
