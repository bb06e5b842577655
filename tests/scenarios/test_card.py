"""The lead card: opened every way, each button by its rule, and honest about what happened."""

import pytest

from blocks import ids
from bot.outreach.events import Event, EventKind
from bot.outreach.leads import SELECTABLE, LeadStatus
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.sandbox.slack.server import ANA, BEN, DEV
from tests.blocks.reading import element, labels, offered, words
from tests.scenarios.hands import choose_in_row, companies, has_leads, press, press_under, shown

pytestmark = pytest.mark.usefixtures("allowed")
CARD_TITLE = "Lead"


async def remove(world, lead):
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(lead.id, world.clock())


# Ways in


@pytest.mark.parametrize(
    "term",
    [
        "jane@acme.example.com",
        "<mailto:jane@acme.example.com|jane@acme.example.com>",
        "JANE@ACME.example.com",
        "acme.example.com",
        "<http://acme.example.com|acme.example.com>",
        "<https://www.acme.example.com/about>",
    ],
)
async def test_a_card_is_found_by_what_people_type_and_slack_makes_of_it(world, term):
    lead = await world.has_lead("Acme")

    await world.say(f"/leads show {term}")

    assert shown(world)["title"]["text"] == CARD_TITLE
    assert shown(world)["blocks"][0]["text"]["text"] == "Acme"

    await world.say(f"/leads show {lead.id}")

    assert shown(world)["blocks"][0]["text"]["text"] == "Acme"


async def test_an_unknown_lead_is_said_with_the_term(world):
    await world.say("/leads show nobody@nowhere.example.com")

    assert "No lead with the id, email or domain “nobody@nowhere.example.com”" in world.told()[-1]
    assert not world.slack.workspace.modals.get(ANA)


async def test_a_domain_with_several_leads_opens_them_as_a_list(world):
    await has_leads(world, 3)
    await world.has_lead("Acme")

    await world.say("/leads show crowd.example.com")

    assert sorted(companies(shown(world))) == ["Crowd 0000", "Crowd 0001", "Crowd 0002"]
    assert "“crowd.example.com”" in words(shown(world))


async def test_back_to_list_restores_page_sort_and_filter(world):
    await has_leads(world, 60, status=LeadStatus.REPLIED)
    await world.has_lead("Zulu")
    await world.say("/leads")
    await press(world, ids.STATUS_FILTER, selected="replied")
    await press(world, ids.SORT, selected="company:desc")
    await press(world, ids.NEXT_PAGE)
    before = companies(shown(world))

    await choose_in_row(world, before[0], "open")
    opened = shown(world)["blocks"][0]["text"]["text"]
    await press(world, ids.BACK_TO_LIST)

    assert opened == before[0] == "Crowd 0034"
    assert companies(shown(world)) == before
    assert "60 leads · page 2 of 3 · status Replied" in words(shown(world))
    assert element(shown(world), ids.SORT)["initial_option"]["value"] == "company:desc"


async def test_a_lead_deleted_meanwhile_fails_politely_with_the_way_back(world):
    lead = await world.has_lead("Acme")
    await world.say("/leads")
    await remove(world, lead)

    await choose_in_row(world, "Acme", "open")

    assert "Failed to load lead" in words(shown(world))
    await press(world, ids.BACK_TO_LIST)
    assert "No leads yet" in words(shown(world))


@pytest.mark.parametrize("act", [ids.RELOAD_CARD, ids.START_AUDIT, ids.SET_STATUS])
async def test_stale_buttons_of_a_deleted_lead_answer_politely(world, act):
    lead = await world.has_lead("Acme")
    await world.say(f"/leads show {lead.id}")
    await remove(world, lead)

    where = {"selected": "replied"} if act == ids.SET_STATUS else {}
    block = next(b for b in shown(world)["blocks"] if act in str(b))
    await press(world, act, block_id=block["block_id"], **where)

    assert "Failed to load lead" in words(shown(world))


# What it says


async def test_a_fresh_lead_is_not_audited_and_says_what_is_missing(world):
    lead = await world.has_lead("Acme")

    await world.say(f"/leads show {lead.id}")

    said = words(shown(world))
    assert "Not audited" in said
    assert "Lead has not been audited yet, run an audit first" in said
    assert "No campaign link and no linked audit yet" in said
    assert "Start audit (acme.example.com)" in labels(shown(world))
    for absent in ("PlusVibe Writeback", "Mark completed in PlusVibe", "Remove from PlusVibe", "View audit"):
        assert absent not in labels(shown(world))


async def test_statuses_are_spelled_with_spaces_and_the_ten_can_be_chosen(world):
    lead = await world.has_lead("Acme", status=LeadStatus.AUDIT_QUEUED)

    await world.say(f"/leads show {lead.id}")

    assert "Status: audit queued" in words(shown(world))
    assert offered(shown(world), ids.SET_STATUS) == [status.value for status in SELECTABLE]
    assert element(shown(world), ids.SET_STATUS)["initial_option"]["text"]["text"] == "audit queued"


async def test_a_status_set_by_hand_is_marked_so_and_the_guard_still_catches_it(world):
    lead = await world.has_lead("Acme")
    await world.say(f"/leads show {lead.id}")

    await press(world, ids.SET_STATUS, selected="email_generated")

    said = words(shown(world))
    assert "Status set by hand to Email Ready." in said
    assert "set by hand" in said
    assert "Audit completed but writeback hasn't run, re-audit the lead" in said
    assert "Status set by hand: new → email generated by Ana Novak" in said


async def test_a_company_without_a_name_is_called_by_its_domain(world):
    lead = await world.has_lead("", domain="acme.example.com")

    await world.say(f"/leads show {lead.id}")

    assert shown(world)["blocks"][0]["text"]["text"] == "acme.example.com"


async def test_the_audit_is_shown_with_its_link_and_its_summary_cut(world):
    lead = await world.has_lead("Acme", ready=True, audit_summary="Every page is slow. " * 60)

    await world.say(f"/leads show {lead.id}")

    view = shown(world)
    assert "Grade D" in words(view)
    assert "No page says what it costs" in words(view)
    assert element(view, ids.VIEW_AUDIT)["url"] == "https://audits.example.com/run-1"

    await press(world, ids.FULL_SUMMARY)

    assert words(shown(world)).count("Every page is slow.") == 60
    assert len(world.slack.workspace.modals[ANA]) == 2


async def test_an_unreachable_address_is_said_with_its_own_words(world):
    lead = await world.has_lead("Acme", ready=True)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.addresses.add(AddressRecord(lead.email, AddressFact.UNSUBSCRIBED, world.clock(), "test"))

    await world.say(f"/leads show {lead.id}")

    assert "Not reachable: Recipient unsubscribed" in words(shown(world))


# Enrichment, roles, legacy, timeline


@pytest.mark.parametrize(("user", "may"), [(ANA, True), (BEN, True), (DEV, False)], ids=["owner", "admin", "member"])
async def test_the_raw_payload_is_for_admins(world, user, may):
    told = {"label": "Interested", "sentiment": "positive", "lastEmailSubject": "Re: hello", "raw": {"x": "<!here>"}}
    lead = await world.has_lead("Acme", plusvibe_lead_data=told)

    await world.say(f"/leads show {lead.id}", user=user)

    said = words(shown(world, user))
    assert "Label: Interested" in said
    assert "Reply sentiment: positive" in said
    assert "Re: hello" in said
    assert ("Raw payload" in labels(shown(world, user))) is may
    if may:
        await press(world, ids.RAW_PAYLOAD, user=user)
        assert "&lt;!here&gt;" in words(shown(world, user))


async def test_a_raw_payload_asked_for_past_the_button_is_refused(world):
    lead = await world.has_lead("Acme", plusvibe_lead_data={"raw": {"secret": "subject"}})
    await world.say(f"/leads show {lead.id}", user=BEN)
    await press(world, ids.RAW_PAYLOAD, user=BEN)
    clicked = world.slack.deliveries[-1]
    await world.say(f"/leads show {lead.id}", user=DEV)

    forged = {**clicked.payload, "user": {**clicked.payload["user"], "id": DEV}}
    await world.slack.courier.deliver("interactive", forged)
    await world.idle()

    [said] = [message.text for message in world.posts(world.slack.board.direct_message(DEV).id)]
    assert said.startswith("To read raw payloads you need the role admin or higher.")


async def test_a_legacy_status_is_normalised_and_never_chosen(world):
    lead = await world.has_lead("Acme", status=LeadStatus.SENT)
    await world.say(f"/leads show {lead.id}")
    assert "Status: Sent (legacy)" in words(shown(world))
    assert "Legacy status, normalise it first" in words(shown(world))

    await press(world, ids.NORMALISE)

    assert (await world.lead(lead.id)).status is LeadStatus.EMAIL_SENT
    assert "Status: email sent" in words(shown(world))


async def test_the_timeline_names_people_and_links_messages(world):
    lead = await world.has_lead("Acme")
    now = world.clock()
    async with world.database.begin(world.workspace_id) as uow:
        for number in range(8):
            await uow.events.add(
                Event(
                    EventKind.LEAD_EDITED, DEV, now, lead.id, {"fields": [f"field{number}"]}, "https://acme.slack.com/x"
                )
            )
    await world.say("/outreach", user=DEV)  # read once, so the name is known
    await world.say("/outreach log", user=DEV)

    await world.say(f"/leads show {lead.id}")
    assert words(shown(world)).count("Lead edited") == 5
    await press(world, ids.TIMELINE)

    said = words(shown(world))
    assert said.count("Lead edited") == 8
    assert "by Dev Patel" in said
    assert "<https://acme.slack.com/x|message>" in said
    assert "<@" not in said


async def test_a_button_in_a_message_opens_the_card(world):
    await world.has_lead("Acme")
    await world.say("/outreach why acme.example.com")
    answer = [message for message in world.slack.workspace.messages["C0OUTREACH"] if message.ephemeral_to == ANA][-1]

    await press_under(world, answer, ids.OPEN_LEAD)

    assert shown(world)["blocks"][0]["text"]["text"] == "Acme"
