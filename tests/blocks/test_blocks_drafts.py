"""Drafts in Slack: whatever the data, Slack takes it; what stands there is what a person needs to decide."""

from dataclasses import replace
from datetime import UTC, datetime

import hostile
import hostile_drafts
from given_leads import ACME, card_of
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import assert_fit_message, assert_fit_view, element, labels, offered, words

from blocks import card_emails, draft_card, draft_forms, draft_preview, drafts, ids, policies
from blocks.draft_state import DraftPlace, QueueState
from bot.outreach.access import Permission
from bot.outreach.approvals import Change
from bot.outreach.drafts import Draft, DraftCard, DraftPage, DraftPreview, DraftState
from bot.outreach.mail_types import DraftType
from bot.outreach.policies import Policy
from bot.outreach.pushes import Envelope, Outcome
from bot.outreach.templates import Letter
from bot.outreach.writebacks import Tone

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ALL = frozenset(Permission)
DRAFT = Draft(
    id="d1",
    lead_id="l1",
    type=DraftType.MANUAL,
    tone=Tone.DIRECT,
    letters=(Letter("A word on your site", "Hi Jane,\n\nshort.", "Shall we?"),),
    state=DraftState.WAITING,
    revision=2,
    created_at=NOW,
    author="U1",
)
CARD = DraftCard(DRAFT, ACME, "Spring", names={"U1": "Ana", "U2": "Ben"})


def card(**changes) -> DraftCard:
    return replace(CARD, draft=replace(DRAFT, **changes))


@hostile.quick
@given(hostile_drafts.pages(), hostile_drafts.queue_states, hostile_drafts.counts, hostile.rights, hostile.texts)
def test_the_queue_fits(page, state, counts, may, notice):
    assert_fit_view(drafts.queue_view(page, state, counts, may=may, alike=("direct", 12), notice=notice))
    assert QueueState.unpacked(state.packed()).state is state.state


@hostile.quick
@given(hostile_drafts.previews(), hostile_drafts.places, hostile.rights, hostile.texts)
def test_the_preview_fits(preview, place, may, notice):
    assert_fit_view(draft_preview.preview_view(preview, place, may, notice=notice))


@hostile.quick
@given(hostile_drafts.cards, hostile_drafts.places, hostile.texts, hostile.texts, hostile.texts)
def test_the_forms_fit(card, place, old, new, notice):
    typed = [{"subject": old[:200], "body": new, "cta": old[:500]}] * len(card.draft.letters)
    changes = [Change(step, "body", old, new) for step in range(len(card.draft.letters))]

    assert_fit_view(draft_forms.edit_view(card, place))
    assert_fit_view(draft_forms.edit_view(card, place, typed=typed, changes=changes, notice=notice))
    assert_fit_view(draft_forms.reject_view(card, place))


@settings(hostile.quick, max_examples=12)  # each builds a view of a hundred drafts
@given(st.lists(hostile_drafts.cards, min_size=1, max_size=2), st.sampled_from((0, 1, 130)), hostile.texts)
def test_the_batch_and_the_list_of_a_lead_fit(pool, number, text):
    cards = hostile_drafts.of_ids(pool, number)
    outcomes = tuple(Outcome(card.lead.id, text) for card in cards[:20])

    assert_fit_view(draft_forms.batch_view(cards, "direct:3", text))
    assert_fit_view(drafts.emails_view("lead", cards, ALL, text, text))
    assert_fit_view(draft_forms.envelope_view(Envelope(("l",), outcomes, outcomes, outcomes), {"l": text}))


@hostile.quick
@given(st.lists(hostile_drafts.cards, min_size=1, max_size=2).map(lambda cards: cards * 6))
def test_what_stands_in_a_channel_fits(cards):
    assert_fit_message(draft_card.draft_message(cards[0]))
    assert_fit_message(draft_card.rejected_message(cards[0]))
    assert_fit_message(draft_card.drafts_message(cards))


@hostile.quick
@given(hostile_drafts.places)
def test_a_place_fits_a_views_metadata_and_comes_back(place):
    packed = place.packed()

    assert len(packed) <= 3_000
    assert DraftPlace.unpacked(packed).draft_id == place.draft_id
    assert DraftPlace.unpacked("[") == DraftPlace("")


def test_a_waiting_card_offers_to_decide_and_a_decided_one_says_who_did():
    assert labels(draft_card.draft_message(CARD).blocks) == ["Approve & send", "Preview", "Edit", "Reject…"]
    assert element(draft_card.draft_message(CARD).blocks, ids.APPROVE_DRAFT)["value"] == "d1:2"

    decided = card(
        state=DraftState.APPROVED, approved_by=("U2",), decided_by="U2", decided_at=NOW, problem="No campaign"
    )
    said = words(draft_card.draft_message(decided).blocks)
    assert "Approved by Ben, revision 2" in said and "Not handed over: No campaign" in said
    assert labels(draft_card.draft_message(decided).blocks) == ["Preview", "Hand over", "Open lead"]

    rejected = card(state=DraftState.REJECTED, decided_by="U1", comment="Too long")
    assert "Rejected by Ana, revision 2: “Too long”" in words(draft_card.draft_message(rejected).blocks)


def test_the_first_of_two_approvals_stands_on_the_card():
    assert "Approved by Ben; a second approver is needed" in draft_card.stamp(card(approved_by=("U2",)))


def test_a_row_offers_what_its_state_and_the_role_allow():
    def menu(state, may, **more):
        page = DraftPage((card(state=state, **more),))
        view = drafts.queue_view(page, QueueState(), {state: 1}, may=may)
        return [value.partition(":")[0] for value in offered(view, ids.DRAFT_MENU)]

    assert menu(DraftState.WAITING, ALL) == ["preview", "edit", "approve", "reject", "lead"]
    assert menu(DraftState.WAITING, frozenset({Permission.READ_LEADS})) == ["preview", "lead"]
    assert menu(DraftState.APPROVED, ALL) == ["preview", "hand", "lead"]
    assert menu(DraftState.APPROVED, ALL, push_id="p") == ["preview", "lead"]
    assert menu(DraftState.SENT, ALL) == ["preview", "lead"]


def test_the_preview_hides_approve_and_send_once_decided():
    waiting = draft_preview.preview_view(DraftPreview(CARD), DraftPlace("d1"), ALL)
    sent = draft_preview.preview_view(DraftPreview(card(state=DraftState.SENT)), DraftPlace("d1"), ALL)

    assert "Approve & send" in labels(waiting)
    assert "Approve & send" not in labels(sent) and "Edit" not in labels(sent)


def test_html_is_read_as_a_mail_program_shows_it():
    html = replace(
        DRAFT, letters=(Letter("S", "<p>Hello <b>Jane</b>,</p><p>see <a href='https://a.example'>this</a></p>", ""),)
    )

    said = words(draft_preview.preview_view(DraftPreview(replace(CARD, draft=html)), DraftPlace("d1"), ALL))

    assert "Hello Jane," in said and "this (https://a.example)" in said and "&lt;p&gt;" not in said


def test_a_difference_shows_the_old_above_the_new():
    view = draft_forms.edit_view(CARD, DraftPlace("d1"), changes=[Change(0, "subject", "Old", "New")], notice="Changed")

    assert "*Subject*\n~Old~\nNew" in words(view)


def test_the_lead_card_counts_and_offers():
    part = card_emails.emails_part(replace(card_of(), drafts=(CARD,), may=ALL))
    assert "Outreach Emails (1)" in labels(part) and "Generate Email" in labels(part)
    assert "Generate Email" not in labels(card_emails.emails_part(replace(card_of(), may=frozenset())))


def test_the_rules_are_boxes_for_those_who_may_change_them():
    assert_fit_view(policies.policy_view(Policy()))
    assert_fit_view(policies.policy_view(Policy(second_approver=True), refused="You may not."))
    assert (
        element(policies.policy_view(Policy(second_approver=True)), ids.SECOND_APPROVER)["initial_option"]["value"]
        == "on"
    )
