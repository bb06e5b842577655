"""A campaign's leads, the company directory and intakes in Slack, whatever stands in names."""

import hostile
from given_leads import ACME, EVERYTHING, NOW, SPRING, VIEWER
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_message, assert_fit_view, labels, words

from blocks.campaign_leads import activate_view, activated, badge_form, badges_set, campaign_leads_view
from blocks.campaign_state import CampaignState
from blocks.companies import companies_view, intake_form, trait_options
from blocks.intakes import intake_message, pipeline_import_form, pipeline_options, tally_message
from blocks.outreach import campaigns_message
from bot.outreach.companies import CompanyFilter, Intake, IntakeSource, IntakeState, Taken, Trait, TraitValues
from bot.outreach.enrolments import (
    PAGE_ENROLMENTS,
    Badge,
    CampaignLead,
    Enrolment,
    EnrolmentPage,
    EnrolmentState,
    Unchecked,
)
from bot.outreach.pushes import Envelope, Outcome
from bot.outreach.segments import Segment, SegmentKind

ENROLMENT = Enrolment(ACME.id, SPRING.id, "push", EnrolmentState.ACTIVE, "", NOW, NOW, step=2, badge=Badge.CONTACTED)
enrolments = st.builds(
    Enrolment,
    hostile.uuids,
    hostile.uuids,
    st.sampled_from((None, "", "push")),
    st.sampled_from(EnrolmentState),
    hostile.texts,
    hostile.times,
    hostile.times,
    step=st.integers(0, 2**40),
    badge=st.sampled_from(Badge),
)
rows = st.builds(CampaignLead, enrolments, hostile.leads)
filters = st.builds(CompanyFilter, *[hostile.texts] * 5)


@hostile.quick
@given(
    hostile.campaigns,
    st.lists(rows, max_size=2),
    st.sampled_from((1, PAGE_ENROLMENTS // 2)),
    st.dictionaries(st.sampled_from(Badge), st.integers(1, 1_000)),
    hostile.texts,
    st.sampled_from((None, *Badge)),
    hostile.rights,
    hostile.texts,
)
def test_the_list_fits(campaign, some, times, counts, text, badge, may, said):
    listed = {row.lead.id: row for row in some * times}
    page = EnrolmentPage(tuple(listed.values()), "n" * 60, "p" * 60, counts)
    state = CampaignState(campaign.id, text, badge)

    assert_fit_view(campaign_leads_view(campaign, page, state, may=may, done=said))
    assert CampaignState.unpacked(state.packed()).badge is badge


def test_a_row_says_company_address_step_badge_and_when():
    page = EnrolmentPage((CampaignLead(ENROLMENT, ACME),), None, None, {Badge.CONTACTED: 1_000})

    view = campaign_leads_view(SPRING, page, CampaignState(SPRING.id), may=EVERYTHING)

    assert "📤 Contacted 1,000+" in words(view)
    assert f"· {ACME.email}" in words(view)
    assert "📤 Contacted · Step 2 of" in words(view)
    assert "Last activity <!date^" in words(view)
    assert {"Change status", "Change all", "Push chosen", "Import from Pipeline"} <= set(labels(view))


def test_viewers_only_look():
    page = EnrolmentPage((CampaignLead(ENROLMENT, ACME),), None, None, {Badge.CONTACTED: 1})

    view = campaign_leads_view(SPRING, page, CampaignState(SPRING.id), may=VIEWER)

    assert not {"Change status", "Push chosen", "Import from Pipeline"} & set(labels(view))


def test_garbage_is_no_state():
    assert CampaignState.unpacked("[1,2]") == CampaignState.unpacked("") == CampaignState("")


@hostile.quick
@given(hostile.campaigns, hostile.texts, st.integers(0, 10_000), hostile.rights, st.lists(hostile.uuids, max_size=20))
def test_the_forms_fit(campaign, text, number, may, lead_ids):
    state = CampaignState(campaign.id, text)

    assert_fit_view(badge_form(campaign, state, number, lead_ids, may=may))
    assert_fit_view(activate_view(campaign, Unchecked(number // 2, number)))
    assert_fit_message(activated(campaign))
    segments = [Segment(f"{each:036}", (text or "x")[:80], SegmentKind.DYNAMIC) for each in range(120)]
    chosen = {"city": text[:100], "segment_id": segments[-1].id}
    assert_fit_view(pipeline_import_form(campaign, state.packed(), chosen, "C1", segments))
    found = TraitValues(((text[:200] or "x", number),) * 50, is_whole=False)
    offered = pipeline_options(Trait.CITY, found, typed=text)
    assert all(0 < len(each["text"]["text"]) <= 75 and 0 < len(each["value"]) <= 150 for each in offered)
    skipped = tuple(Outcome(lead_id, text) for lead_id in lead_ids)
    assert_fit_message(badges_set(campaign, Envelope(skipped=skipped), Badge.REPLIED, {}))


@hostile.quick
@given(filters, st.integers(0, 10**9), st.lists(hostile.campaigns, max_size=2))
def test_the_directory_fits(wanted, number, campaigns):
    short = CompanyFilter.of({name: text[:140] for name, text in wanted.stored().items()})

    assert_fit_view(companies_view(number, number, short, channel="C1", may_add=True))
    assert_fit_view(intake_form(campaigns, number, short, "C1"))
    assert len(trait_options(Trait.CITY, [(short.city, number)] * 50, typed="")) == 51


@hostile.quick
@given(hostile.campaigns, st.sampled_from(IntakeState), st.sampled_from(IntakeSource), hostile.texts)
def test_the_message_of_an_intake_fits(campaign, state, source, author):
    tally = dict.fromkeys(Taken, 1_234_567)
    place = {"total": 10_000_000, "tally": tally, "state": state}
    intake = Intake("i", campaign.id, source, CompanyFilter(), "U1", "C1", NOW, NOW, **place)

    assert_fit_message(intake_message(campaign, intake, author))
    assert_fit_message(tally_message(campaign, tally))
    assert_fit_message(tally_message(campaign, {}))


@hostile.quick
@given(st.lists(hostile.campaigns, max_size=2), st.sampled_from((1, 30)))
def test_the_campaigns_fit_however_many_wait_to_be_activated(some, times):
    assert_fit_message(campaigns_message(some * times))
