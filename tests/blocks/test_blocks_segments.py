"""Segments, filters, views, bulk updates and starts in Slack: everything fits, and reads as it should."""

import hostile
import hostile_mails
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_message, assert_fit_view, labels, words

from blocks.bulk import bulk_confirm, bulk_form, bulk_result, kept_for
from blocks.criteria import rule_form, rule_line
from blocks.list_forms import columns_form, filters_form, views_form
from blocks.segments import (
    add_members_form,
    members_view,
    preview_view,
    rename_form,
    segment_view,
    segments_view,
)
from blocks.starts import start_confirm, start_form, start_message, start_obstacle
from bot.outreach.criteria import Criteria, Field, Operator, Rule
from bot.outreach.pushes import Envelope, Outcome
from bot.outreach.segments import NOBODY, Count, Segment, SegmentKind, SegmentState
from bot.outreach.sequences import Sequence, Step
from bot.outreach.starts import Start, StartState
from bot.outreach.views import LeadColumn, SavedView
from tests.storage.given import AT

COUNTED = Count(10_001, share=1.0, after=None)
views = st.builds(
    SavedView,
    id=hostile.uuids,
    user_id=hostile.uuids,
    name=hostile.texts,
    text=hostile.texts,
    filters=st.lists(hostile.rules, max_size=10).map(tuple),
    segment_id=st.one_of(st.none(), hostile.uuids),
)
counts = st.builds(
    Count, st.integers(0, 10**7), share=st.floats(0, 1), after=st.one_of(st.none(), st.integers(0, 10**9))
)
starts = st.builds(
    Start,
    *(hostile.uuids,) * 4,
    author=hostile.texts,
    channel=hostile.uuids,
    created_at=st.just(AT),
    started=st.integers(0, 10**7),
    skipped=st.dictionaries(hostile.texts, st.integers(1, 9), max_size=15),
    state=st.sampled_from(StartState),
    why=hostile.texts,
)


@hostile.quick
@given(st.lists(hostile.segments, max_size=120), st.booleans(), hostile.texts)
def test_every_segment_fits_the_list(segments, may_edit, notice):
    assert_fit_view(segments_view(segments, may_edit=may_edit, notice=notice))


@hostile.quick
@given(hostile.segments, st.one_of(st.none(), counts), st.booleans(), hostile.texts, hostile.pages())
def test_one_and_everything_around_it_fits(segment, leads, may, said, page):
    view = segment_view(segment, leads, {"x": said}, may_edit=may, may_start=may, notice=said, problem=said)
    assert_fit_view(view)
    assert_fit_view(rename_form(segment))
    assert_fit_view(add_members_form(segment))
    assert_fit_view(preview_view(segment, leads or NOBODY, page.leads[:5]))
    assert_fit_view(members_view(segment, page, may_edit=may, notice=said))
    assert_fit_view(start_obstacle(segment, said))


@hostile.quick
@given(hostile.rules, hostile.many_campaigns(), st.booleans())
def test_a_rule_fits_its_form_and_its_line(rule, campaigns, is_new):
    assert_fit_view(rule_form(rule, campaigns, {"segment": "x" * 36, "seen": 1, "place": None}, is_new=is_new))
    assert "<!" not in rule_line(rule, {"x": "<!channel>"})


@hostile.quick
@given(
    hostile.list_states,
    hostile.many_campaigns(),
    st.lists(hostile.segments, max_size=120),
    st.lists(views, max_size=25),
)
def test_what_stands_around_the_list_fits(state, campaigns, segments, kept):
    assert_fit_view(filters_form(state, campaigns, segments))
    assert_fit_view(columns_form(state, list(LeadColumn)))
    assert_fit_view(views_form(state, kept, {"x": "<!here>"}, {each.id: each.name for each in segments}, notice="x"))
    assert_fit_view(bulk_form(25, segments, kept_for(state, leads=["1" * 36] * 25)))
    assert_fit_view(bulk_confirm(25, {"status": "new", "city": state.text}, None, kept_for(state, token="1" * 36)))


@hostile.quick
@given(starts, hostile.texts, hostile.texts, hostile.segments, st.lists(hostile_mails.budgets, min_size=1, max_size=9))
def test_a_start_fits(start, name, author, segment, budgets):
    assert_fit_message(start_message(start, name, name, author))
    sequence = Sequence("1" * 36, name, (Step("t"),))
    assert_fit_view(start_form(segment, COUNTED, [sequence] * 120, budgets))
    assert_fit_view(start_confirm(segment, COUNTED, sequence, "s" * 36, "5 left"))


LINES = [
    (Rule(Field.COUNTRY, Operator.IS, ("Norway", "Sweden", "Finland")), "Country is Norway, Sweden or Finland"),
    (Rule(Field.HAS, Operator.IS_NOT, ("audit", "phone")), "Has no audit or phone number"),
    (Rule(Field.HAS, Operator.IS, ("email",)), "Has an email"),
    (Rule(Field.CREATED, Operator.WITHIN, ("30",)), "Created within the last 30 days"),
    (Rule(Field.ACTIVE, Operator.BEFORE, ("90",)), "Last activity more than 90 days ago"),
    (Rule(Field.VERDICT, Operator.IS, ("not_checked",)), "Address check is Not checked yet"),
    (Rule(Field.CAMPAIGN, Operator.IS_NOT, ("c1", "c2")), "Campaign is not Spring or a deleted campaign"),
    (Rule(Field.REVENUE, Operator.EMPTY), "Revenue is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "line"), LINES, ids=[line for _, line in LINES])
def test_a_rule_reads_as_a_sentence(rule, line):
    assert rule_line(rule, {"c1": "Spring"}) == line


def test_a_retired_one_can_only_be_read_activated_or_deleted():
    rules = Criteria((Rule(Field.CITY, Operator.FILLED),))
    retired = Segment("s", "Hotels", SegmentKind.DYNAMIC, SegmentState.RETIRED, rules)

    view = segment_view(retired, COUNTED, {}, may_edit=True, may_start=True)

    assert labels(view) == ["Preview", "Activate", "Delete"]
    assert "10,001 leads match it now" in words(view)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (Count(0, share=0.063, after=9), "Nobody found yet · 6% of all leads looked at, counting on"),
        (Count(1, share=0.999, after=9), "At least 1 lead match it now · 99% of all leads looked at, counting on"),
        (NOBODY, "0 leads match it now"),
    ],
    ids=["nobody yet", "one so far", "nobody"],
)
def test_a_figure_says_how_much_of_it_is_known(count, said):
    assert said in words(preview_view(Segment("s", "Hotels", SegmentKind.DYNAMIC), count, ()))


def test_an_envelope_names_who_was_skipped_and_offers_an_undo():
    envelope = Envelope(("a", "b"), skipped=(Outcome("c", "Had these values already"),))

    view = bulk_result(envelope, {"c": "<!channel> Ltd"}, verb="updated", undo="token")

    assert "2 leads updated, 1 skipped" in words(view) and "Had these values already (&lt;!channel&gt; Ltd)" in words(
        view
    )
    assert labels(view) == ["Undo"]
