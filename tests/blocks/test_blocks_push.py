"""The push form, the second look, the progress, the result: F006, F013, F023, F040, F047, C7, C10."""

from dataclasses import replace

import pytest
from given_leads import ACME, AUTUMN, FRESH, NOW, SPRING, leads
from reading import assert_fit_message, assert_fit_view, element, labels, offered, words

from blocks import ids
from blocks.completing import completed
from blocks.push import campaign_options, lead_options, push_confirm_view, push_view
from blocks.push_results import audits_skipped, progress, pushed
from bot.outreach.leads import LeadStatus
from bot.outreach.pushes import Envelope, Origin, Outcome, Push, PushResult, PushState

PUSH = Push("p1", SPRING.id, "Ana Novak", PushState.DONE, Origin("C1"), 12, NOW, enrolled=True)
FAILED = (Outcome("f1", "PlusVibe answered 500"),)
SKIPPED = (Outcome("s1", "No contact email"), Outcome("s2", "No contact email"))


def twelve(**changes):
    return replace(PushResult(PUSH, tuple(str(index) for index in range(12))), **changes)


def form(campaigns=(SPRING, AUTUMN), **rest):
    view = push_view(campaigns, **{"connected": True, "channel": "C1", **rest})
    assert_fit_view(view)
    return view


def test_the_campaign_is_first_and_required():
    first = form()["blocks"][0]

    assert first["element"]["action_id"] == ids.PUSH_CAMPAIGN
    assert "optional" not in first
    assert form()["private_metadata"] == "C1"


def test_a_missing_connection_is_named_and_no_campaign_can_be_chosen():
    view = form(connected=False)

    assert "PlusVibe is not connected under Integrations" in words(view)
    assert element(view, ids.PUSH_CAMPAIGN) is None
    assert "submit" not in view


def test_no_campaigns_yet_is_said():
    assert "no campaigns yet" in words(form(campaigns=()))


def test_leads_chosen_on_a_row_are_in_the_form():
    select = element(form(chosen=(ACME, FRESH), campaign_id=AUTUMN.id), ids.PUSH_LEADS)

    assert [option["value"] for option in select["initial_options"]] == [ACME.id, FRESH.id]
    assert element(form(campaign_id=AUTUMN.id), ids.PUSH_CAMPAIGN)["initial_option"]["value"] == AUTUMN.id


def test_a_status_is_offered_with_its_count_when_it_has_leads():
    totals = {LeadStatus.NEW: 4, None: 1, LeadStatus.EMAIL_GENERATED: 1_234, LeadStatus.SENT: 9, LeadStatus.OPENED: 0}
    view = form(total_by_status=totals)

    assert offered(view, ids.PUSH_STATUS) == ["new", "email_generated"]
    assert "New (5)" in words(view)
    assert "Email Ready (1,234)" in words(view)


def test_a_lead_to_choose_reads_company_email_badge():
    assert lead_options([ACME]) == [
        {"text": {"type": "plain_text", "text": "Acme · jane@acme.com · ✉️ Email Ready"}, "value": ACME.id}
    ]
    assert len(lead_options(leads(150))) == 100


def test_a_campaign_to_choose_says_when_it_is_not_active():
    assert [option["text"]["text"] for option in campaign_options([SPRING, AUTUMN])] == ["Spring", "Autumn (paused)"]


def test_the_second_look_counts_who_answered_already():
    view = push_confirm_view(SPRING, 12, 2, 1, "token", blank=["custom_city"])

    assert_fit_view(view)
    assert "2 of these already replied." in words(view)
    assert "1 of these already converted." in words(view)
    assert "`custom_city`" in words(view)
    assert (view["submit"]["text"], view["private_metadata"]) == ("Push 12", "token")


def test_progress_is_one_line_with_a_share():
    result = twelve(push=replace(PUSH, total=2_000), pushed=tuple(map(str, range(300))), waiting=1_700)

    assert progress(SPRING, result).text == "Pushing to Spring · 300 of 2,000 (15 %)"
    assert_fit_message(progress(SPRING, result))


@pytest.mark.parametrize(
    ("result", "said", "buttons"),
    [
        (twelve(), "Pushed 12 to Spring", []),
        (twelve(skipped=SKIPPED), "Pushed 12 to Spring, 2 skipped", []),
        (twelve(skipped=SKIPPED, failed=FAILED), "Pushed 12 to Spring, 2 skipped, 1 failed", ["Retry 1 failed lead"]),
        (
            twelve(push=replace(PUSH, enrolled=False), warnings=("Pushed, but status update failed for 12",)),
            "Pushed, but status update failed for 12",
            ["Retry status update"],
        ),
        (twelve(pushed=(), failed=FAILED), "Pushed 0 to Spring, 1 failed", ["Retry 1 failed lead"]),
    ],
)
def test_a_result_says_what_happened_and_offers_the_next_act(result, said, buttons):
    message = pushed(SPRING, result, PUSH.author, {})

    assert_fit_message(message)
    assert message.text.split("\n")[0] == said
    assert labels(message.blocks) == buttons
    assert all(
        item["value"] == "p1"
        for item in (element(message.blocks, action) for action in (ids.RETRY_STATUS, ids.RETRY_FAILED))
        if item
    )


def test_a_partial_success_is_marked_and_explained():
    message = pushed(SPRING, twelve(skipped=SKIPPED), PUSH.author, {"s1": "Acme", "s2": "R&D"})

    assert words(message.blocks[0]).startswith("⚠️")
    assert "*Skipped 2*: No contact email (Acme, R&amp;D)" in message.text


def test_a_failed_status_update_never_reads_as_a_failed_push():
    result = twelve(push=replace(PUSH, enrolled=False), warnings=("Pushed, but status update failed for 12",))
    text = pushed(SPRING, result, PUSH.author, {}).text

    assert "Pushed 12 to Spring. The leads are in the campaign" in text
    assert "`/integrations`" in text
    assert "`/outreach doctor`" in text
    assert text.count("Pushed, but status update failed") == 1


def test_a_whole_success_is_calm():
    message = pushed(SPRING, twelve(), PUSH.author, {})

    assert words(message.blocks) == "✅ *Pushed 12 to Spring*\nby Ana Novak"


def test_closing_in_bulk_counts_what_it_left_out():
    message = completed(SPRING, Envelope(("1", "2"), skipped=SKIPPED[:1]))

    assert_fit_message(message)
    assert message.text == (
        "Marked 2 leads completed in Spring (closed at provider), 1 skipped\n*Skipped 1*: No contact email"
    )


def test_audits_that_did_not_start_are_said_with_their_reason():
    message = audits_skipped(Envelope(skipped=(Outcome("s1", "No usable domain"),)), {"s1": "Acme"})

    assert_fit_message(message)
    assert message.text == "No audit started for 1 lead\n*Skipped 1*: No usable domain (Acme)"
