"""Drafts in Slack: generated, looked at, edited, approved, rejected; every posted card follows."""

import pytest

from blocks import ids
from blocks.draft_forms import COMMENT, FIELD, field_id
from blocks.drafts import NO_DRAFTS, NO_EMAILS, SUBTITLE
from bot.outreach.access import Permission, Role, person
from bot.outreach.drafts import DraftState
from bot.outreach.errors import NotAllowed
from bot.outreach.policies import Policy
from bot.outreach.writebacks import Tone
from bot.sandbox.slack.server import ANA, BEN, DEV, OUTREACH
from handlers.drafts import draft_news
from tests.blocks.reading import element, labels, words
from tests.scenarios.draft_given import (
    ANA_ACTS,
    BEN_ACTS,
    card_in_channel,
    cards,
    draft_now,
    drafted,
    edit_of,
    newest,
    queue_row,
    sent_fields,
)
from tests.scenarios.given import landed, times_added
from tests.scenarios.hands import press, press_under, shown

pytestmark = pytest.mark.usefixtures("allowed")

# The queue


async def test_an_empty_queue_says_so_in_the_exact_words(world):
    await world.say("/drafts")

    said = words(shown(world))
    assert "Outreach emails" in said and SUBTITLE in said and NO_DRAFTS in said
    assert "re-run the audit" in said


async def test_the_queue_shows_who_is_written_to_and_how_the_writeback_stands(world):
    _, draft = await drafted(world)
    await world.has_lead("Beta", ready=True)

    await world.say("/drafts")

    said = words(shown(world))
    assert draft.subject in said and "Jane Doe" in said and "Acme" in said
    assert "🟡 Waiting" in said and "writeback ⏳ pending" in said and "Audit outreach" in said


async def test_ten_a_page_and_back_again(world):
    for number in range(12):
        await drafted(world, f"Company {number:02}")
    await world.say("/drafts")
    assert "Company 00" in words(shown(world)) and "Company 11" not in words(shown(world))

    await press(world, ids.DRAFTS_NEXT)
    assert "Company 11" in words(shown(world)) and "Company 00" not in words(shown(world))

    await press(world, ids.DRAFTS_PREVIOUS)
    assert "Company 00" in words(shown(world))


async def test_the_filter_shows_what_was_decided(world):
    _, draft = await drafted(world)
    await world.house.services.drafts.reject(world.workspace_id, BEN_ACTS, draft.id, 1, "Too long")
    await world.say("/drafts")
    assert "Nothing waits for approval" in words(shown(world))

    await press(world, ids.DRAFT_STATE, selected="rejected")

    assert "Rejected by Ben" in words(shown(world)) or "Rejected by" in words(shown(world))
    assert "Too long" in words(shown(world))


# Looking, editing, approving


async def test_the_preview_marks_what_was_filled_in_and_approving_hands_over(world):
    lead, draft = await drafted(world)
    await world.say("/drafts")
    await queue_row(world, "preview")
    said = words(shown(world))
    assert "*Jane*" in said and "*Subject:*" in said and "Bold: taken from the lead or its audit" in said
    assert {"Approve & send", "Edit", "Reject…", "Ask for approval"} <= set(labels(shown(world)))

    await press(world, ids.APPROVE_DRAFT)

    assert "Approved and handed over to" in words(shown(world))
    assert "Approve & send" not in labels(shown(world))
    now = await draft_now(world, draft)
    assert (now.state, now.approved_by) == (DraftState.HANDED_OVER, (ANA,))
    assert times_added(world, lead.email) == 1
    assert "handed over" in words(world.slack.workspace.modals[ANA][0].payload)


async def test_what_was_edited_is_what_the_campaign_gets(world):
    lead, draft = await drafted(world)
    await world.say("/drafts")
    await queue_row(world, "preview")
    await press(world, ids.EDIT_DRAFT)
    revision = 1
    await world.submit(
        {
            field_id("subject", 0, revision): {FIELD: "A better subject"},
            field_id("body", 0, revision): {FIELD: "Hello Jane,\n\nshort."},
        }
    )
    assert "Saved as revision 2" in words(shown(world)) and "A better subject" in words(shown(world))

    await press(world, ids.APPROVE_DRAFT)

    given = sent_fields(world, lead)
    assert given["custom_email_subject"] == "A better subject"
    assert given["custom_email_body"] == "Hello Jane,\n\nshort."
    assert (await world.lead(lead.id)).variables["email_subject"] == "A better subject"
    assert (await draft_now(world, draft)).state is DraftState.HANDED_OVER


async def test_an_empty_subject_is_refused_under_its_field(world):
    await drafted(world)
    await world.say("/drafts")
    await queue_row(world, "edit")

    delivery = await world.submit({field_id("subject", 0, 1): {FIELD: "   "}})

    assert "cannot be empty" in str(delivery.body)


async def test_a_text_changed_meanwhile_is_shown_and_what_was_typed_stays(world):
    _, draft = await drafted(world)
    await world.say("/drafts")
    await queue_row(world, "edit")
    await edit_of(world, draft, user=BEN_ACTS, subject="Ben's subject")

    await world.submit({field_id("subject", 0, 1): {FIELD: "Ana's subject"}})

    said = words(shown(world))
    assert "Subject changed by" in said and "Ben's subject" in said
    box = next(block for block in shown(world)["blocks"] if block.get("block_id") == field_id("subject", 0, 2))
    assert box["element"]["initial_value"] == "Ana's subject"

    await world.submit()
    assert (await draft_now(world, draft)).subject == "Ana's subject"


async def test_an_approval_of_an_older_revision_decides_nothing_and_shows_the_difference(world):
    lead, draft = await drafted(world)
    await world.say("/drafts")
    await queue_row(world, "preview")
    await edit_of(world, draft, user=BEN_ACTS, subject="Ben's subject")

    await press(world, ids.APPROVE_DRAFT)

    assert "Subject changed by" in words(shown(world)) and "nothing was decided" in words(shown(world))
    assert times_added(world, lead.email) == 0

    await press(world, ids.APPROVE_DRAFT)
    assert (await draft_now(world, draft)).state is DraftState.HANDED_OVER


async def test_whoever_comes_second_hears_who_was_first(world):
    _, draft = await drafted(world)
    card = await card_in_channel(world, draft)
    await world.say("/drafts", user=BEN)
    await queue_row(world, "preview", user=BEN)
    await press_under(world, card, ids.APPROVE_DRAFT)

    await press(world, ids.APPROVE_DRAFT, user=BEN)

    assert "Ana" in words(shown(world, BEN)) and "approved revision 1 just now" in words(shown(world, BEN))


async def test_a_rejection_needs_a_reason_and_its_author_is_told(world):
    lead = await world.has_lead("Acme", ready=True)
    drafts = world.house.services.drafts
    card = await drafts.generate(world.workspace_id, ANA_ACTS, lead.id, Tone.FRIENDLY)
    await world.say("/drafts", user=BEN)
    await queue_row(world, "reject", user=BEN)

    delivery = await world.submit({COMMENT: {FIELD: "  "}}, user=BEN)
    assert "Say why" in str(delivery.body)
    await world.submit({COMMENT: {FIELD: "Not our tone"}}, user=BEN)

    assert "Rejected by" in words(shown(world, BEN))
    now = await draft_now(world, card.draft)
    assert (now.state, now.comment, now.decided_by) == (DraftState.REJECTED, "Not our tone", BEN)
    await world.tick(seconds=3)
    told = [post.text for channel in world.slack.workspace.messages for post in world.posts(channel)]
    assert any("rejected your draft" in text and "Not our tone" in text for text in told)


# Cards in channels


async def test_every_posted_card_follows_the_decision(world):
    _, draft = await drafted(world)
    await card_in_channel(world, draft)
    assert "Approve & send" in labels(cards(world, draft)[-1].blocks)

    await edit_of(world, draft, subject="Edited")
    await world.tick(seconds=3)
    assert "Edited" in words(cards(world, draft)[-1].blocks)

    await press_under(world, cards(world, draft)[-1], ids.APPROVE_DRAFT)
    await world.tick(seconds=3)

    said = words(cards(world, draft)[-1].blocks)
    assert "Approved by" in said and "revision 2" in said and "Handed over" in said
    assert "Approve & send" not in labels(cards(world, draft)[-1].blocks)


async def test_a_replaced_and_a_sent_draft_change_their_cards_too(world):
    lead, first = await drafted(world)
    await card_in_channel(world, first)
    await landed(world, lead, seconds_ago=1)
    await world.tick(seconds=3)
    await world.tick(seconds=3)
    assert "Replaced by a newer draft" in words(cards(world, first)[-1].blocks)

    second = await newest(world, lead)
    await card_in_channel(world, second)
    approval = await world.house.services.drafts.approve(world.workspace_id, BEN_ACTS, second.id, 1)
    async for _ in world.house.services.pushes.run(world.workspace_id, approval.push.id):
        pass
    await world.house.services.drafts.settle(world.workspace_id, second.id)
    async with world.database.begin(world.workspace_id) as uow:
        assert await uow.drafts.sent([lead.id]) == 1
    await world.tick(seconds=3)
    await world.tick(seconds=3)
    assert "📤 Sent" in words(cards(world, second)[-1].blocks)


async def test_asking_for_approval_puts_the_card_where_the_modal_was_opened(world):
    _, draft = await drafted(world)
    await world.say("/drafts")
    await queue_row(world, "preview")

    await press(world, ids.ASK_APPROVAL)

    assert "Asked for approval" in words(shown(world))
    assert "Approve & send" in labels(cards(world, draft)[-1].blocks)


# The lead card


async def test_generate_email_shows_the_preview_and_the_card_counts_it(world):
    lead = await world.has_lead("Acme", ready=True)
    await world.say(f"/leads show {lead.id}")
    assert "Outreach Emails (0)" in labels(shown(world))
    block = next(each for each in shown(world)["blocks"] if ids.GENERATE_EMAIL in str(each))
    await press(world, ids.EMAIL_TONE, block_id=block["block_id"], selected="formal")

    await press(world, ids.GENERATE_EMAIL, block_id=block["block_id"])

    assert shown(world)["callback_id"] == ids.DRAFT_PREVIEW
    draft = await newest(world, lead)
    assert (draft.tone, draft.author, draft.type) == (Tone.FORMAL, ANA, "manual")
    card = world.slack.workspace.modals[ANA][0].payload
    assert "Outreach Emails (1)" in labels(card)


async def test_the_list_of_a_lead_without_drafts_says_so_in_the_exact_words(world):
    lead = await world.has_lead("Acme", ready=True)
    await world.say(f"/leads show {lead.id}")

    await press(world, ids.LEAD_EMAILS)

    assert "Outreach Emails (0)" in words(shown(world)) and NO_EMAILS in words(shown(world))


async def test_the_list_of_a_lead_opens_preview_and_edit_within_slacks_stack(world):
    lead, _ = await drafted(world)
    await world.say(f"/leads show {lead.id}")
    await press(world, ids.LEAD_EMAILS)
    assert "Outreach Emails (1)" in words(shown(world)) and "Audit outreach" in words(shown(world))

    await queue_row(world, "preview")
    await press(world, ids.EDIT_DRAFT)

    assert shown(world)["callback_id"] == ids.DRAFT_EDIT
    assert len(world.slack.workspace.modals[ANA]) == 3


async def test_without_a_completed_audit_the_cure_is_said(world):
    lead = await world.has_lead("Acme")
    await world.say(f"/leads show {lead.id}")

    await press(world, ids.GENERATE_EMAIL)

    assert "No completed audit is linked to this lead" in words(shown(world))
    assert "Start an audit" in words(shown(world))


# For others


async def test_news_of_a_few_drafts_are_cards_and_of_many_one_message(world):
    made = [(await drafted(world, f"Company {number}"))[1].id for number in range(4)]

    few, many = await draft_news(world.house, OUTREACH, made[:2]), await draft_news(world.house, OUTREACH, made)

    assert [post.key for post in few] == [f"draft:{draft_id}:{OUTREACH}" for draft_id in made[:2]]
    assert len(many) == 1 and "4 new drafts to approve" in many[0].body["text"]
    assert element(many[0].body, ids.OPEN_DRAFTS)


async def test_what_waits_begins_with_what_this_person_may_approve(world):
    await world.house.services.policies.set(world.workspace_id, ANA_ACTS, Policy(second_approver=True))
    drafts = world.house.services.drafts
    lead, _ = await drafted(world, "Own")
    await drafts.generate(world.workspace_id, BEN_ACTS, lead.id, Tone.DIRECT)
    await drafted(world, "Others")

    total, (first, second) = await drafts.waiting(world.workspace_id, BEN_ACTS)

    assert total == 2
    assert (first.lead.company_name, second.lead.company_name) == ("Others", "Own")


async def test_a_viewer_looks_and_decides_nothing(world):
    _, draft = await drafted(world)
    viewer = person("U7", "Vera", Role.VIEWER)

    assert Permission.APPROVE_DRAFTS not in viewer.permissions
    await world.house.services.drafts.preview(world.workspace_id, viewer, draft.id)
    with pytest.raises(NotAllowed, match="approve drafts"):
        await world.house.services.drafts.approve(world.workspace_id, viewer, draft.id, 1)


# Settings


async def test_the_rules_are_changed_by_admins_and_only_read_by_others(world):
    await world.say("/outreach settings")
    await world.submit({ids.SECOND_APPROVER: {ids.SECOND_APPROVER: "on"}})
    assert await world.house.services.policies.get(world.workspace_id) == Policy(second_approver=True)

    await world.say("/outreach settings", user=DEV)
    assert "Second approver:* on" in words(shown(world, DEV))
    assert element(shown(world, DEV), ids.SECOND_APPROVER) is None
