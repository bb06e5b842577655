"""Approved drafts of leads in no campaign leave as emails of ours: undo, limits, sites, what becomes of the mail."""

import pytest

from blocks import ids
from bot.outreach.access import Role, person
from bot.outreach.drafts import DraftState
from bot.outreach.errors import Conflict
from bot.outreach.leads import LeadStatus
from bot.outreach.limits import OverLimit
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import SEND_LEASE, MailState
from bot.outreach.policies import Policy
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.sandbox.slack.server import BEN
from handlers.draft_batch import approve_together
from tests.blocks.reading import element, labels, words
from tests.scenarios.draft_given import (
    ANA_ACTS,
    BEN_ACTS,
    card_in_channel,
    cards,
    draft_now,
    drafted,
    edit_of,
    queue_row,
)
from tests.scenarios.given import times_added
from tests.scenarios.hands import block_of, press, press_under, shown
from tests.scenarios.mail_given import count_events, has_site

pytestmark = pytest.mark.usefixtures("allowed")


async def waits(world, company="Acme"):
    """A draft of a lead in no campaign."""
    return await drafted(world, company, linked=False)


async def approved(world, draft, **how):
    return (await world.house.services.drafts.approve(world.workspace_id, BEN_ACTS, draft.id, **how)).card


def inbox(world):
    return [mail.to for mail in world.demo.sendgrid.mails]


async def settled(world, draft, *, seconds=0):
    """The clock's rounds until the posted cards say what is."""
    await world.tick(seconds=seconds)
    await world.tick(seconds=3)
    await world.tick(seconds=3)
    return cards(world, draft)[-1] if cards(world, draft) else None


# From the click to the inbox


async def test_approve_undo_hand_over_and_the_stamp_says_it_was_sent(either_world):
    world = either_world
    site = await has_site(world)
    lead, draft = await waits(world)
    card = await card_in_channel(world, draft)
    assert f"Sent directly: 100 of 100 left today from *{site.name}*, resets" in words(card.blocks)

    await press_under(world, card, ids.APPROVE_DRAFT)
    assert "`Undo` takes it back" in world.told()[-1]
    card = await settled(world, draft)
    assert "Queued to send · leaves" in words(card.blocks) and "from Sunny" in words(card.blocks)
    assert labels(card.blocks) == ["Undo", "Preview"]

    await press_under(world, card, ids.UNDO_DRAFT)
    card = await settled(world, draft, seconds=70)
    assert inbox(world) == []
    assert "Not handed over: Ana Novak took it back." in words(card.blocks)
    assert labels(card.blocks) == ["Preview", "Hand over", "Open lead"]

    await press_under(world, card, ids.HAND_OVER)
    card = await settled(world, draft, seconds=70)
    assert inbox(world) == [lead.email]
    assert "Approved by Ana Novak, revision 1" in words(card.blocks) and "📤 Sent · from Sunny" in words(card.blocks)
    assert labels(card.blocks) == ["Preview"]
    assert (await world.lead(lead.id)).status is LeadStatus.EMAIL_SENT
    assert times_added(world, lead.email) == 0
    await counters_hold(world, sent=1)


async def counters_hold(world, *, sent):
    async with world.database.read(world.workspace_id) as uow:
        counts = await uow.drafts.counts()
        assert counts == await uow.drafts.recount()
    assert counts.get(DraftState.SENT, 0) == sent


async def test_it_leaves_as_it_was_edited_with_its_call_to_action_and_keeps_its_type(world):
    await has_site(world)
    lead, draft = await waits(world)
    await edit_of(world, draft, subject="Mine", body="<p>Hello &amp; welcome</p>", cta="Shall we talk?")
    card = await approved(world, draft, seen=2)

    assert (card.mail.subject, card.mail.text) == ("Mine", "Hello & welcome\n\nShall we talk?")
    assert (card.mail.type, card.mail.draft_id, card.mail.state) == (draft.type, draft.id, MailState.HELD)
    assert card.mail.type is DraftType.AUDIT_OUTREACH
    assert await count_events(world, lead.id, "draft_approved") == 1
    assert await count_events(world, lead.id, "email_queued") == 1


async def test_the_preview_holds_the_budget_the_undo_and_the_outcome(world):
    await has_site(world, daily_cap=5)
    _, draft = await waits(world)
    await world.say("/drafts")
    assert "5 of 5 left today from *Sunny*" in words(shown(world))
    await queue_row(world, "preview")
    assert "Sent directly: 5 of 5 left today" in words(shown(world))

    await press(world, ids.APPROVE_DRAFT)
    assert "Queued to send · leaves" in words(shown(world)) and "Undo" in labels(shown(world))
    await press(world, ids.UNDO_DRAFT)
    assert "Taken back. The approval stays" in words(shown(world)) and "Hand over" in labels(shown(world))
    await press(world, ids.HAND_OVER)

    assert "Undo" in labels(shown(world))
    assert (await draft_now(world, draft)).mail_id


async def test_two_clicks_are_one_mail_and_the_second_hears_of_the_first(either_world):
    world = either_world
    await has_site(world)
    lead, draft = await waits(world)
    card = await card_in_channel(world, draft)

    await press_under(world, card, ids.APPROVE_DRAFT)
    await press_under(world, card, ids.APPROVE_DRAFT, user=BEN)
    assert "Ana Novak approved revision 1 just now." in world.told(BEN)[-1]
    await settled(world, draft, seconds=70)

    assert inbox(world) == [lead.email]
    drafts = world.house.services.drafts
    with pytest.raises(Conflict):
        await drafts.hand_over(world.workspace_id, BEN_ACTS, draft.id)
    with pytest.raises(Conflict, match="on its way already"):
        await drafts.take_back(world.workspace_id, BEN_ACTS, draft.id)


async def test_of_two_approvers_only_the_second_sends_it(world):
    await world.house.services.policies.set(world.workspace_id, ANA_ACTS, Policy(second_approver=True))
    await has_site(world)
    _, draft = await waits(world)

    first = await approved(world, draft)
    assert first.mail is None and first.draft.is_waiting
    cleo = person("U9", "Cleo", Role.ADMIN)
    second = await world.house.services.drafts.approve(world.workspace_id, cleo, draft.id)

    assert second.card.mail is not None and second.push is None


# Limits


async def test_a_full_day_is_told_with_its_numbers_and_the_next_free_slot_is_taken(either_world):
    world = either_world
    await has_site(world, daily_cap=1)
    (_, first), (lead, draft) = await waits(world, "Acme"), await waits(world, "Bolt")
    card = await card_in_channel(world, draft)
    await approved(world, first)

    await press_under(world, card, ids.APPROVE_DRAFT)
    assert "Limit reached (429): Sunny has used its day: 1 of 1 emails. Nothing was decided" in world.told()[-1]
    assert (await draft_now(world, draft)).state is DraftState.WAITING
    card = await settled(world, draft)
    said = words(card.blocks)
    assert "1 of today's 1 emails are sent or queued to send; the cap resets" in said
    assert "The next free slot is" in said
    assert labels(card.blocks) == ["Queue for next free slot", "Preview", "Edit", "Reject…"]

    await press_under(world, card, ids.QUEUE_DRAFT)
    card = await settled(world, draft, seconds=70)
    assert "waits for the daily cap until" in words(card.blocks) and "Undo" in labels(card.blocks)
    assert len(inbox(world)) == 1
    await settled(world, draft, seconds=24 * 3600)
    assert inbox(world)[1:] == [lead.email]
    assert (await draft_now(world, draft)).state is DraftState.SENT


async def test_a_prospect_who_rests_is_told_of_before_the_click(world):
    await has_site(world)
    lead, draft = await waits(world)
    await approved(world, draft)
    await settled(world, draft, seconds=61)
    made = await world.house.services.drafts.generate(world.workspace_id, ANA_ACTS, lead.id, draft.tone)
    await world.say("/drafts")

    assert "Acme was written to less than 24 hours ago" in words(shown(world))
    with pytest.raises(OverLimit) as refused:
        await approved(world, made.draft)
    assert (refused.value.scope, refused.value.limit, refused.value.used) == ("prospect", 1, 1)
    await queue_row(world, "queue")
    assert "Approved and queued" in words(shown(world))
    assert (await draft_now(world, made.draft)).mail_id


async def test_what_is_put_off_at_the_last_moment_is_said_on_the_card(world):
    site = await has_site(world)
    _, draft = await waits(world)
    await card_in_channel(world, draft)
    await approved(world, draft)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.sites.stop_all("The account is closed.")

    card = await settled(world, draft, seconds=61)

    assert "The account is closed." in words(card.blocks) and site.name in words(card.blocks)
    assert "Undo" in labels(card.blocks)


# Who cannot be written to, and what nobody knows


async def test_a_suppressed_lead_keeps_the_approval_and_the_reason(world):
    await has_site(world)
    lead, draft = await waits(world)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.addresses.add(AddressRecord(lead.email, AddressFact.UNSUBSCRIBED, world.clock(), "by hand"))

    card = await approved(world, draft)

    assert card.draft.state is DraftState.APPROVED and card.draft.may_hand_over
    assert card.draft.problem == "Not reachable: Recipient unsubscribed"


async def test_an_opt_out_within_the_minute_takes_it_back_with_the_reason(world):
    await has_site(world)
    lead, draft = await waits(world)
    await card_in_channel(world, draft)
    await approved(world, draft)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.addresses.add(AddressRecord(lead.email, AddressFact.UNSUBSCRIBED, world.clock(), "by hand"))

    card = await settled(world, draft, seconds=61)

    assert inbox(world) == []
    assert "Not handed over: Recipient unsubscribed" in words(card.blocks) and "Hand over" in labels(card.blocks)


async def test_a_lost_answer_stands_on_the_card_until_it_is_known(world):
    await has_site(world)
    lead, draft = await waits(world)
    await card_in_channel(world, draft)
    card = await approved(world, draft)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.mails.begin([card.mail.id], world.clock(), SEND_LEASE)
        await uow.mails.move(card.mail.id, MailState.UNCLEAR, problem="SendGrid's answer was lost.")

    post = await settled(world, draft)
    assert "❓ Unclear" in words(post.blocks) and labels(post.blocks) == ["Decide", "Preview"]
    world.clock.move(minutes=31)
    await world.house.services.mails.send_again(world.workspace_id, ANA_ACTS, card.mail.id)
    post = await settled(world, draft)

    assert inbox(world) == [lead.email]
    assert "📤 Sent · from Sunny" in words(post.blocks)


# Sites, many together


async def test_with_two_sites_the_card_asks_which(world):
    for name in ("Moony", "Sunny"):
        await has_site(world, name)
    _, draft = await waits(world)
    card = await card_in_channel(world, draft)

    await press_under(world, card, ids.APPROVE_DRAFT)
    assert "choose on the draft's card" in world.told()[-1]
    assert (await draft_now(world, draft)).state is DraftState.WAITING
    await world.say("/drafts")
    await queue_row(world, "preview")
    sunny = element(shown(world), ids.DRAFT_SITE)["options"][1]["value"]
    await press(world, ids.DRAFT_SITE, block_id=block_of(shown(world), ids.DRAFT_SITE)["block_id"], selected=sunny)
    await press(world, ids.APPROVE_DRAFT)

    assert "from Sunny" in words(shown(world))
    async with world.database.read(world.workspace_id) as uow:
        assert (await uow.mails.get((await draft_now(world, draft)).mail_id)).site_id == sunny


async def test_alike_ones_are_sent_as_far_as_the_day_goes_and_the_rest_is_told(world):
    await has_site(world, daily_cap=2)
    made = [(await waits(world, f"Company {number}"))[1] for number in range(3)]

    envelope = await approve_together(world.house, BEN_ACTS, [draft.id for draft in made])

    assert len(envelope.done) == 2
    assert [outcome.reason for outcome in envelope.skipped] == ["Sunny has used its day: 2 of 2 emails."]
    states = [(await draft_now(world, draft)).state for draft in made]
    assert states == [DraftState.APPROVED, DraftState.APPROVED, DraftState.WAITING]


async def test_a_campaign_chosen_after_all_takes_it(world):
    _, draft = await waits(world)
    await has_site(world)
    campaign = await world.campaign()
    card = await approved(world, draft)
    await world.house.services.drafts.take_back(world.workspace_id, ANA_ACTS, draft.id)

    await world.house.services.drafts.hand_over(world.workspace_id, BEN_ACTS, draft.id, campaign.id)

    now = await draft_now(world, draft)
    assert now.push_id and now.mail_id is None and card.mail.state is MailState.HELD
