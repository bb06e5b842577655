"""A campaign's leads: who is in it and what became of that, from PlusVibe's own news to the badge on the page."""

import pytest

from blocks import campaign_ids
from bot.outreach.addresses import address_key
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.segments import SegmentState
from bot.sandbox.plusvibe import happenings, seed
from bot.sandbox.slack.server import ANA, CHLOE
from tests.blocks.reading import element, labels, words
from tests.scenarios.hands import has_leads, press, press_under, shown
from tests.scenarios.test_segment_pushes import has_segment

pytestmark = pytest.mark.usefixtures("allowed")
NAME = "Website audit, three steps"


async def enrolled(world, company, *, sent=0, **columns):
    """A lead that a push took into the campaign of three steps, and its stand-in there."""
    lead = await world.has_lead(company, **columns)
    campaign = await world.campaign(seed.AUDIT_SEQUENCE)
    there = world.plusvibe.enrol(seed.AUDIT_SEQUENCE, str(lead.email))
    async with world.database.begin(world.workspace_id) as uow:
        await uow.enrolments.enrol([lead.id], campaign.id, "push", world.clock())
    for _ in range(sent):
        await happenings.send_email(world.plusvibe, there)
    return lead, there


async def news(world):
    """What PlusVibe told meanwhile is applied."""
    for _ in range(2):
        await world.tick(seconds=2)


def direct(world):
    """The text of the newest message the bot sent this person alone."""
    sent = [
        (message.ts, message.text)
        for channel, messages in world.slack.workspace.messages.items()
        for message in messages
        if channel.startswith("D") and message.user == world.slack.workspace.bot_user_id
    ]
    return max(sent)[1]


def line(world, company):
    """One row of the list on top."""
    rows = [block["text"]["text"] for block in shown(world)["blocks"] if "accessory" in block]
    return next(text for text in rows if f"*{company}*" in text)


async def test_what_plusvibe_tells_ends_in_the_right_badge(either_world):
    world = either_world
    world.slack.settings.ack_seconds = 20
    await enrolled(world, "Waiting")
    await enrolled(world, "Written", sent=2)
    _, replying = await enrolled(world, "Replying", sent=1)
    await happenings.reply(world.plusvibe, replying)
    _, bouncing = await enrolled(world, "Bouncing", sent=1)
    await happenings.bounce(world.plusvibe, bouncing)
    _, done = await enrolled(world, "Patient", sent=3)
    done.status = "COMPLETED"
    leaving, _ = await enrolled(world, "Leaving", sent=1)
    _, gone = await enrolled(world, "Gone", sent=1)
    gone.status = "UNSUBSCRIBED"
    await news(world)
    await world.house.services.opting_out.suppress(
        world.workspace_id, (await world_owner(world)), str(leaving.email), "asked by phone"
    )
    await world.house.services.sync.run(world.workspace_id, await world_owner(world))

    await world.say(f"/outreach campaign {NAME.lower()}")

    assert "⚪ Pending" in line(world, "Waiting")
    assert "📤 Contacted · Step 2 of 3" in line(world, "Written")
    assert "💬 Replied · Step 1 of 3" in line(world, "Replying")
    assert "⛔ Bounced · Step 1 of 3" in line(world, "Bouncing")
    assert "🏁 Completed (no reply) · Step 3 of 3" in line(world, "Patient")
    assert "🔕 Unsubscribed · Step 1 of 3" in line(world, "Leaving")
    assert "🔕 Unsubscribed · Step 1 of 3" in line(world, "Gone")
    assert "Last activity <!date^" in line(world, "Written")
    assert "⚪ Pending 1 · 📤 Contacted 1 · 💬 Replied 1 · ⛔ Bounced 1 · 🔕 Unsubscribed 2" in words(shown(world))


async def world_owner(world):
    member = await world.house.services.members.known(world.workspace_id, ANA)
    if member is None:
        await world.say("/outreach help")
        await world.say("/leads")
        member = await world.house.services.members.known(world.workspace_id, ANA)
    return member.actor


async def test_a_sync_finds_who_is_in_a_campaign_without_a_push_of_ours(either_world):
    world = either_world
    there = world.plusvibe.enrol(seed.AUDIT_SEQUENCE, "jane@found.example.com", {"company_name": "Found"})
    there.status, there.step = "CONTACTED", 2

    await world.say("/outreach sync")
    await world.say(f"/outreach campaign {NAME}")

    assert "📤 Contacted · Step 2 of 3" in line(world, "Found")


async def test_an_address_found_bad_is_invalid_and_a_cleared_one_is_not(either_world):
    world = either_world
    lead, _ = await enrolled(world, "Typo")
    key = address_key(str(lead.email))
    async with world.database.begin(world.workspace_id) as uow:
        await uow.addresses.add(AddressRecord(key, AddressFact.INVALID, world.clock(), "validation"))
    await world.say(f"/outreach campaign {NAME}")
    assert "⚠️ Invalid" in line(world, "Typo")

    world.clock.move(minutes=1)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.addresses.add(AddressRecord(key, AddressFact.CLEARED, world.clock(), "Slack"))
    await press(world, campaign_ids.CAMPAIGN_BADGE, selected="all")

    assert "⚪ Pending" in line(world, "Typo")


async def test_leads_that_only_joined_wait_for_a_push(world):
    lead, campaign = await world.has_lead("Joined"), await world.campaign(seed.AUDIT_SEQUENCE)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.enrolments.join([lead.id], campaign.id, world.clock())

    await world.say(f"/outreach campaign {NAME}")

    assert "⚪ Pending · not pushed yet" in line(world, "Joined")


async def test_the_button_of_a_campaign_opens_its_list(world):
    await enrolled(world, "Acme")
    await world.say("/outreach campaigns")
    campaign = await world.campaign(seed.AUDIT_SEQUENCE)
    said = [message for message in world.slack.workspace.messages[world.house.channel] if message.ephemeral_to][-1]

    await press_under(world, said, f"{campaign_ids.OPEN_CAMPAIGN}|{campaign.id}")

    assert "Acme" in words(shown(world))


async def test_an_empty_campaign_says_how_leads_come_there(world):
    await world.say(f"/outreach campaign {NAME}")

    assert "Nobody is in this campaign yet" in words(shown(world))


async def test_search_and_badge_narrow_the_list_and_clearing_shows_all(either_world):
    world = either_world
    await enrolled(world, "Acme Bakery")
    await enrolled(world, "Harbour Legal", status=LeadStatus.REPLIED)
    await world.has_lead("Acme Elsewhere")
    await world.say(f"/outreach campaign {NAME}")

    await press(world, campaign_ids.CAMPAIGN_SEARCH, value="acme")
    assert "Acme Bakery" in words(shown(world)) and "Harbour" not in words(shown(world))
    assert "Elsewhere" not in words(shown(world))
    await press(world, campaign_ids.CAMPAIGN_SEARCH, value="zz")
    assert "Nobody matches" in words(shown(world))
    await press(world, campaign_ids.CAMPAIGN_CLEAR)

    assert "Acme Bakery" in words(shown(world)) and "Harbour" in words(shown(world))


async def test_pages_go_on_and_back(either_world):
    world = either_world
    leads, campaign = await has_leads(world, 45), await world.campaign(seed.AUDIT_SEQUENCE)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.enrolments.enrol([lead.id for lead in leads], campaign.id, "push", world.clock())
    await world.say(f"/outreach campaign {NAME}")
    first = words(shown(world))

    await press(world, campaign_ids.CAMPAIGN_NEXT)
    second = words(shown(world))
    await press(world, campaign_ids.CAMPAIGN_NEXT)
    assert "Next" not in labels(shown(world))
    await press(world, campaign_ids.CAMPAIGN_PREVIOUS)
    await press(world, campaign_ids.CAMPAIGN_PREVIOUS)

    assert first != second
    assert "page 1" in words(shown(world))
    assert [word for word in first.split() if word.isdigit()] == [
        word for word in words(shown(world)).split() if word.isdigit()
    ]


async def test_a_badge_is_set_for_a_page_and_says_who_is_left_out(either_world):
    world = either_world
    _, there = await enrolled(world, "Called us", sent=1)
    await enrolled(world, "Barred", sent=1)
    await news(world)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.addresses.add(
            AddressRecord("jane@barred.example.com", AddressFact.UNSUBSCRIBED, world.clock(), "link")
        )
    await world.say(f"/outreach campaign {NAME}")
    await press(world, campaign_ids.CAMPAIGN_SELECT_PAGE)
    assert len(element(shown(world), campaign_ids.CAMPAIGN_SELECTION)["initial_options"]) == 2

    await press(world, campaign_ids.CAMPAIGN_SET)
    await world.submit({"badge": {campaign_ids.BADGE_CHOICE: "replied"}})

    assert "💬 Replied" in line(world, "Called us") and "🔕 Unsubscribed" in line(world, "Barred")
    assert "1 skipped" in direct(world) and "clear it in" in direct(world)
    await world.tick(seconds=6)
    assert there.status == "COMPLETED", "no further step reaches them"
    await world.say("/outreach log")
    assert "Set to replied by hand" in world.told()[-1]


async def test_everybody_who_matches_is_suppressed_at_once(world):
    lead, _ = await enrolled(world, "Acme")
    await enrolled(world, "Harbour Legal")
    await world.say(f"/outreach campaign {NAME}")
    await press(world, campaign_ids.CAMPAIGN_SEARCH, value="acme")

    await press(world, campaign_ids.CAMPAIGN_SET_ALL)
    assert "1 lead* that match" in words(shown(world))
    await world.submit({"badge": {campaign_ids.BADGE_CHOICE: "unsubscribed"}})

    assert "🔕 Unsubscribed" in line(world, "Acme")
    await world.say("/outreach unsubscribes")
    assert str(lead.email) in words(shown(world)) and "harbour" not in words(shown(world))


async def test_editors_suppress_nobody_from_the_list(world):
    await enrolled(world, "Acme")
    await world.say(f"/outreach campaign {NAME}", user=CHLOE)
    await press(world, campaign_ids.CAMPAIGN_SET_ALL, user=CHLOE)

    assert "Unsubscribed" not in words(shown(world, CHLOE))


async def test_chosen_leads_are_pushed_from_the_list(world):
    lead, campaign = await world.has_lead("Acme", ready=True), await world.campaign(seed.AUDIT_LETTER)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.enrolments.join([lead.id], campaign.id, world.clock())
    await world.say("/outreach campaign website audit letter")
    await press(world, campaign_ids.CAMPAIGN_SELECT_PAGE)

    await press(world, campaign_ids.CAMPAIGN_PUSH)

    assert world.posts()[0].text.startswith("Pushed 1 to Website audit letter")
    assert "not pushed yet" not in line(world, "Acme")


async def test_a_paused_campaign_is_activated_after_a_look_at_what_is_unchecked(either_world):
    world = either_world
    campaign, leads = await world.campaign(seed.AUTUMN), await has_leads(world, 3)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.enrolments.enrol([lead.id for lead in leads], campaign.id, "push", world.clock())
    world.house.services.campaign_leads._verifies = True
    await world.say("/outreach campaigns")
    said = [message for message in world.slack.workspace.messages[world.house.channel] if message.ephemeral_to][-1]

    await press_under(world, said, f"{campaign_ids.ACTIVATE_CAMPAIGN}|{campaign.id}")
    assert "*3 of 3 still unchecked.*" in words(shown(world))
    assert shown(world)["submit"]["text"] == "Activate anyway" and shown(world)["close"]["text"] == "Wait"
    await world.submit()

    assert world.plusvibe.campaigns[seed.AUTUMN].status == "ACTIVE"
    assert (await world.campaign(seed.AUTUMN)).status == "ACTIVE"
    assert "is active" in direct(world)


async def test_a_push_of_unchecked_addresses_asks_first(world):
    lead, campaign = await world.has_lead("Acme", ready=True), await world.campaign(seed.AUDIT_LETTER)
    world.house.services.pushes._verifies = True

    await world.say(f"/push {lead.email} to {campaign.name}")

    assert "1 of 1 still unchecked" in words(shown(world))
    assert shown(world)["submit"]["text"] == "Push anyway" and shown(world)["close"]["text"] == "Wait"
    await world.submit()
    assert world.posts()[0].text.startswith("Pushed 1 to")


async def test_what_stands_in_a_name_is_text(world):
    await enrolled(world, "<!channel> & co")
    await world.say(f"/outreach campaign {NAME}")

    assert "<!channel>" not in str(shown(world)["blocks"])


async def test_the_list_is_narrowed_to_a_segment_and_all_that_match_are_its_leads_only(either_world):
    world = either_world
    await enrolled(world, "Fjord", country="Norway")
    await enrolled(world, "Bergen", country="norway", sent=1)
    await enrolled(world, "Alp", country="Austria")
    await news(world)
    await world.say(f"/outreach campaign {NAME}")
    assert campaign_ids.CAMPAIGN_SEGMENT not in str(shown(world))
    segment = await has_segment(world)
    await press(world, campaign_ids.CAMPAIGN_BADGE, selected="all")

    await press(world, campaign_ids.CAMPAIGN_SEGMENT, selected=segment.id)
    assert {"Fjord", "Bergen"} == {name for name in ("Fjord", "Bergen", "Alp") if f"*{name}*" in words(shown(world))}
    assert "Change all matching" in labels(shown(world))
    await press(world, campaign_ids.CAMPAIGN_BADGE, selected="contacted")
    assert "*Bergen*" in words(shown(world)) and "*Fjord*" not in words(shown(world))
    await press(world, campaign_ids.CAMPAIGN_SET_ALL)
    assert "*1 lead* that match" in words(shown(world))


async def test_a_segment_nobody_of_the_campaign_is_in_says_so_and_a_retired_one_shows_everybody(world):
    await enrolled(world, "Alp", country="Austria")
    segment = await has_segment(world)
    await world.say(f"/outreach campaign {NAME}")
    await press(world, campaign_ids.CAMPAIGN_SEGMENT, selected=segment.id)
    assert "*Nobody matches* segment *Norway*." in words(shown(world))

    actor = await world_owner(world)
    await world.house.services.segments.turn(world.workspace_id, actor, segment.id, SegmentState.RETIRED)
    await press(world, campaign_ids.CAMPAIGN_BADGE, selected="all")

    assert "Only an active segment can be used" in words(shown(world)) and "*Alp*" in words(shown(world))
