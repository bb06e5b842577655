"""Whatever the data, Slack takes every message and view, and nothing in it is more than text."""

from datetime import UTC, datetime

import hostile
import hostile_cards
import hostile_pushes
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_message, assert_fit_view

from blocks import (
    announcements,
    errors,
    lead_card,
    lead_forms,
    lead_list,
    log,
    outreach,
    push,
    push_report,
    unfurl,
    why,
)
from blocks.message import Message

texts, leads, campaigns, back = (
    hostile.texts,
    hostile.leads,
    hostile.campaigns,
    st.one_of(st.none(), hostile.list_states),
)


@hostile.quick
@given(
    hostile.pages(), hostile.list_states, hostile.many_campaigns(), hostile.rights, texts, st.booleans(), st.booleans()
)
def test_the_list_fits(page, state, campaigns, may, problem, connected, has_leads):
    assert_fit_view(
        lead_list.list_view(page, state, campaigns, may=may, problem=problem, connected=connected, has_leads=has_leads)
    )


@hostile.quick
@given(hostile_cards.cards(), back)
def test_the_card_and_what_opens_over_it_fit(card, back):
    assert_fit_view(lead_card.card_view(card, back))
    assert_fit_view(lead_card.timeline_view(card))
    assert_fit_view(lead_card.summary_view(card))
    assert_fit_view(lead_card.raw_view(card.lead))


@hostile.quick
@given(texts, texts, back)
def test_notices_fit(title, text, back):
    assert_fit_view(lead_card.loading_view(title, text))
    assert_fit_view(lead_card.problem_view(title, text, back))
    assert_fit_message(errors.problem(text, title))


@hostile.quick
@given(leads, campaigns, texts, back, st.integers(0, 25), st.integers(0, 25), st.integers(0, 25))
def test_the_forms_fit(lead, campaign, channel, back, chosen, without_email, neither):
    ids = [lead.id] * 25

    assert_fit_view(lead_forms.add_view(channel))
    assert_fit_view(lead_forms.domain_view(lead, back))
    assert_fit_message(Message("a lead", unfurl.lead_unfurl(lead)["blocks"]))
    assert_fit_view(lead_forms.complete_confirm_view(campaign, chosen, without_email, neither, channel, ids))


@hostile.quick
@given(
    hostile.many_campaigns(),
    st.booleans(),
    texts,
    st.lists(leads, max_size=3),
    texts,
    hostile_pushes.counts,
    st.integers(0, 99_999),
)
def test_the_push_form_and_its_second_look_fit(campaigns, connected, channel, chosen, problem, totals, number):
    chosen = hostile.many(chosen, 150) if chosen else ()
    view = push.push_view(
        campaigns,
        connected=connected,
        channel=channel,
        chosen=chosen,
        problem=problem,
        campaign_id=campaigns[-1].id if campaigns else None,
        total_by_status=totals,
    )

    assert_fit_view(view)
    for campaign in campaigns[:1]:
        assert_fit_view(push.push_confirm_view(campaign, number, number, 0, token=channel))


@hostile.quick
@given(campaigns, hostile_pushes.push_results(), hostile_cards.actors, st.data())
def test_progress_and_result_of_a_push_fit(campaign, result, author, data):
    names = {outcome.lead_id: data.draw(texts) for outcome in (*result.skipped, *result.failed)[:10]}

    assert_fit_message(push.progress(campaign, result))
    assert_fit_message(push.pushed(campaign, result, author, names))


@hostile.quick
@given(hostile_pushes.blocked_pushes, hostile_pushes.reports(), campaigns)
def test_the_report_fits(blocked, report, campaign):
    assert_fit_message(push_report.blocked_headline(blocked, report, campaign))
    assert_fit_message(push_report.blocked_report(blocked, report, campaign))
    assert isinstance(push_report.report_needs_csv(report), bool)


@hostile.quick
@given(st.lists(st.tuples(hostile_cards.writebacks, leads), min_size=1, max_size=3), st.sampled_from((1, 8, 100)))
def test_announcements_fit(items, times):
    assert_fit_message(announcements.writebacks_landed(items * times))


@hostile.quick
@given(
    hostile.many_campaigns(),
    st.booleans(),
    hostile_pushes.sync_results,
    hostile_pushes.findings,
    texts,
)
def test_the_menu_and_its_answers_fit(campaigns, connected, synced, findings, text):
    assert_fit_message(outreach.menu())
    assert_fit_message(outreach.campaigns_message(campaigns, connected))
    assert_fit_message(outreach.help_message(text))
    assert_fit_message(outreach.unknown_command("/outreach", text))
    assert_fit_message(outreach.sync_result(synced))
    assert_fit_message(outreach.doctor_message(findings))


@hostile.quick
@given(
    st.lists(hostile_cards.events, max_size=8),
    st.one_of(st.none(), st.integers(0, 10**9)),
    hostile_cards.cards(),
    st.one_of(st.none(), campaigns),
)
def test_the_log_and_the_trace_fit(events, older, card, campaign):
    assert_fit_message(log.log_message(events * 3, older))
    assert_fit_message(why.why_message(card.trace, campaign))


@hostile.quick
@given(st.lists(hostile_cards.events, max_size=80).map(tuple))
def test_every_event_is_one_line(events):
    for event in events:
        assert "\n" not in log.event_line(event, "Europe/Prague")


def test_a_time_far_from_ours_is_still_written():
    assert "0001-01-01" in log.when(datetime(1, 1, 1, tzinfo=UTC), "America/New_York")
