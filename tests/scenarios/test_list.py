"""`/leads`: the list as a person reads, narrows, pages and acts on it."""

import pytest

from blocks import ids
from bot.outreach.leads import BADGES, LeadStatus
from bot.sandbox.slack.server import ANA, OUTREACH
from tests.blocks.reading import element, labels, offered, words
from tests.scenarios.hands import (
    block_of,
    choose,
    choose_in_row,
    companies,
    has_leads,
    menu,
    press,
    press_under,
    row,
    rows,
    shown,
)

pytestmark = pytest.mark.usefixtures("allowed")


# What it shows


async def test_the_first_view_has_its_title_its_tools_and_all_seven_columns(world):
    await world.has_lead("Acme", ready=True, opens=3)

    await world.say("/leads")

    view = shown(world)
    assert view["title"]["text"] == "Leads"
    assert view["submit"]["text"] == "Push selected"
    assert "PlusVibe outreach pipeline · 1 lead · page 1 of 1" in words(view)
    assert {"Add lead", "Sync now", "Select all on page", "Mark completed"} <= set(labels(view))
    text = row(view, "Acme")["text"]["text"]
    for column in ("acme.example.com", "Jane Doe", "Email Ready", "Grade D", "No page says what it costs", "3 opens"):
        assert column in text
    assert menu(view, "Acme")[0] == "View details"


async def test_every_status_has_its_badge(world):
    for status in LeadStatus:
        await world.has_lead(f"Acme {status.name}", status=status)

    await world.say("/leads")

    for status in LeadStatus:
        assert BADGES[status] in row(shown(world), f"Acme {status.name}")["text"]["text"]


async def test_the_legacy_status_is_never_offered(world):
    await world.has_lead("Acme", status=LeadStatus.SENT)

    await world.say("/leads")

    assert "sent" not in offered(shown(world), ids.STATUS_FILTER)
    assert len(offered(shown(world), ids.STATUS_FILTER)) == 11  # ten and "All statuses"


async def test_an_audit_can_be_viewed_only_once_it_is_linked(world):
    await world.has_lead("Acme")
    await world.has_lead("Beta", ready=True)

    await world.say("/leads")

    assert "View audit" not in menu(shown(world), "Acme")
    assert "View audit" in menu(shown(world), "Beta")


async def test_a_row_offers_no_writeback_and_no_removal(world):
    campaign = await world.campaign()
    await world.has_lead("Acme", ready=True, campaign_id=campaign.id)

    await world.say("/leads")

    assert set(menu(shown(world), "Acme")) <= {"View details", "Start audit", "Push to a campaign", "View audit"}


async def test_an_empty_list_says_where_leads_come_from(world):
    await world.say("/leads")

    view = shown(world)
    assert "Leads come from provider sync or are created when audits link to contacts" in words(view)
    assert labels(view) == ["Sync now", "Add lead"]
    assert view.get("submit") is None


async def test_a_search_without_a_hit_says_what_was_asked_and_clears(world):
    await world.has_lead("Acme")
    await world.say("/leads")

    await press(world, ids.SEARCH, selected="zebra")

    assert "*Nothing matches* “zebra”" in words(shown(world))

    await press(world, ids.CLEAR_FILTERS)

    assert companies(shown(world)) == ["Acme"]
    assert element(shown(world), ids.SEARCH).get("initial_value") is None


# Narrowing and sorting


async def test_the_list_sorts_both_ways_by_company(world):
    for company in ("Beta", "Acme", "Gamma"):
        await world.has_lead(company)
    await world.say("/leads")

    await press(world, ids.SORT, selected="company:asc")
    upwards = companies(shown(world))
    await press(world, ids.SORT, selected="company:desc")

    assert upwards == ["Acme", "Beta", "Gamma"]
    assert companies(shown(world)) == ["Gamma", "Beta", "Acme"]


async def test_typing_narrows_by_words_of_company_domain_name_and_email(world):
    await world.has_lead("Acme Foods")
    await world.has_lead("Beta")
    await world.say("/leads")

    await press(world, ids.SEARCH, selected="jane foods")

    assert companies(shown(world)) == ["Acme Foods"]
    assert "“jane foods”" in words(shown(world))


async def test_the_status_filter_narrows_and_counts(world):
    await world.has_lead("Acme", status=LeadStatus.REPLIED)
    await world.has_lead("Beta")
    await world.say("/leads")

    await press(world, ids.STATUS_FILTER, selected="replied")

    assert companies(shown(world)) == ["Acme"]
    assert "1 lead · page 1 of 1 · status Replied" in words(shown(world))


async def test_of_two_keystrokes_under_way_the_newer_one_is_answered(world, allowed):
    allowed.add("hash_conflict")
    for company in ("Acme", "Azur", "Beta"):
        await world.has_lead(company)
    await world.say("/leads")
    view_id = world.modal().id

    answers = world.slack.hold("views.update")
    await world.slack.click(ANA, action_id=ids.SEARCH, view_id=view_id, selected="a")
    await world.slack.click(ANA, action_id=ids.SEARCH, view_id=view_id, selected="ac")
    answers.release()
    await world.idle()

    assert companies(shown(world)) == ["Acme"]
    assert "“ac”" in words(shown(world))


@pytest.mark.parametrize("first", ["older", "newer"])
async def test_the_newest_words_win_whichever_answer_comes_first(world, allowed, first):
    allowed.add("hash_conflict")
    for company in ("Acme", "Azur", "Beta"):
        await world.has_lead(company)
    await world.say("/leads")
    view_id = world.modal().id
    await world.slack.click(ANA, action_id=ids.SEARCH, view_id=view_id, selected="a")
    await world.slack.click(ANA, action_id=ids.SEARCH, view_id=view_id, selected="ac")
    typed = [delivery for delivery in world.slack.deliveries if delivery.payload.get("type") == "block_actions"]
    await world.idle()

    late = typed[0] if first == "newer" else typed[1]
    await world.slack.replay(late)
    await world.idle()

    assert companies(shown(world)) == ["Acme"]


async def test_words_typed_a_moment_ago_are_not_lost_by_sorting(world):
    await world.has_lead("Acme")
    await world.has_lead("Beta")
    await world.say("/leads")
    await world.slack.set_values(world.modal().id, {"search": {ids.SEARCH: "beta"}})

    await press(world, ids.SORT, selected="company:desc")

    assert companies(shown(world)) == ["Beta"]


# Paging


async def test_paging_forth_and_back_shows_every_lead_once(world):
    await has_leads(world, 60)
    await world.say("/leads")
    await press(world, ids.SORT, selected="company:asc")

    pages = [companies(shown(world))]
    for _ in range(2):
        await press(world, ids.NEXT_PAGE)
        pages.append(companies(shown(world)))

    assert [len(page) for page in pages] == [25, 25, 10]
    assert [company for page in pages for company in page] == [f"Crowd {index:04}" for index in range(60)]
    assert "page 3 of 3" in words(shown(world))
    assert "Next" not in labels(shown(world))

    await press(world, ids.PREVIOUS_PAGE)
    assert companies(shown(world)) == pages[1]


async def test_leads_that_come_and_go_shift_no_page(world):
    leads = await has_leads(world, 55)
    await world.say("/leads")
    await press(world, ids.SORT, selected="company:asc")
    await press(world, ids.NEXT_PAGE)
    async with world.database.begin(world.workspace_id) as uow:
        for lead in leads[:3]:
            await uow.leads.remove(lead.id, world.clock())
    await world.has_lead("Aaa")

    await press(world, ids.NEXT_PAGE)
    last = companies(shown(world))
    await press(world, ids.PREVIOUS_PAGE)

    assert last == [f"Crowd {index:04}" for index in range(50, 55)]
    assert companies(shown(world)) == [f"Crowd {index:04}" for index in range(25, 50)]


async def test_a_page_whose_leads_are_all_gone_shows_the_way_back(world):
    leads = await has_leads(world, 26)
    await world.say("/leads")
    await press(world, ids.SORT, selected="company:asc")
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(leads[25].id, world.clock())

    await press(world, ids.NEXT_PAGE)

    assert "Previous" in labels(shown(world)) or companies(shown(world))


# A selection


async def test_select_all_on_page_takes_the_visible_rows_only(world):
    await has_leads(world, 30, ready=True)
    campaign = await world.campaign()
    await world.say("/leads")
    await choose(world, campaign)

    await press(world, ids.SELECT_PAGE)

    view = shown(world)
    assert len(element(view, ids.SELECTION)["initial_options"]) == 25
    assert "Clear selection" in labels(view)
    await world.submit()
    assert world.posts()[0].text.startswith("Pushed 25 to Website audit letter")


async def test_the_campaign_is_the_first_and_a_required_choice(world):
    lead = await world.has_lead("Acme", ready=True)
    await world.say("/leads")
    await choose(world, leads=[lead])

    await world.submit()

    view = shown(world)
    order = [block["block_id"] for block in view["blocks"]]
    assert order.index("campaign") < order.index(block_of(view, ids.SELECTION)["block_id"])
    assert "campaign" in world.modal().errors
    assert not world.posts()


async def test_nobody_chosen_is_said_under_the_field(world):
    campaign = await world.campaign()
    await world.has_lead("Acme", ready=True)
    await world.say("/leads")
    await choose(world, campaign)

    await world.submit()

    assert list(world.modal().errors.values()) == ["Choose at least one lead, or Select all on page."]


async def test_a_chosen_lead_deleted_meanwhile_is_said_in_the_list(world):
    campaign, lead = await world.campaign(), await world.has_lead("Acme", ready=True)
    await world.say("/leads")
    await choose(world, campaign, [lead])
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(lead.id, world.clock())

    await world.submit()

    assert "not here" in next(iter(world.modal().errors.values()))
    assert not world.posts()


async def test_a_list_without_hits_only_searches_on_submit(world):
    await world.has_lead("Acme")
    await world.say("/leads")
    await press(world, ids.SEARCH, selected="zebra")

    await world.submit({"search": {ids.SEARCH: "acme"}})

    assert companies(shown(world)) == ["Acme"]


# Acts on rows


async def test_a_row_starts_an_audit_and_shows_it(world):
    await world.has_lead("Acme")
    await world.say("/leads")

    await choose_in_row(world, "Acme", "audit")

    assert "Audit Queued" in row(shown(world), "Acme")["text"]["text"]
    assert len(world.desk.runs) == 1


async def test_an_audit_that_cannot_start_says_why_above_the_list(world):
    await world.has_lead("Acme", domain="unknown")
    await world.say("/leads")

    await choose_in_row(world, "Acme", "audit")

    assert "Acme has no usable domain" in words(shown(world))


async def test_a_row_opens_the_push_form_with_its_lead_and_the_chosen_campaign(world):
    campaign, lead = await world.campaign(), await world.has_lead("Acme", ready=True)
    await world.say("/leads")
    await choose(world, campaign)

    await choose_in_row(world, "Acme", "push")

    form = shown(world)
    assert form["title"]["text"] == "Push to PlusVibe"
    assert element(form, ids.PUSH_CAMPAIGN)["initial_option"]["value"] == campaign.id
    assert [option["value"] for option in element(form, ids.PUSH_LEADS)["initial_options"]] == [lead.id]

    await world.submit()

    assert world.posts()[0].text.startswith("Pushed 1 to Website audit letter")
    assert not world.slack.workspace.modals.get(ANA)


# Mark completed


async def test_mark_completed_asks_with_counts_and_tells_what_it_left_out(world):
    campaign = await world.campaign()
    replied = await world.has_lead("Acme", status=LeadStatus.REPLIED, ready=True, campaign_id=campaign.id)
    fresh = await world.has_lead("Beta", ready=True, campaign_id=campaign.id)
    mute = await world.has_lead("Gamma", email=None)
    for lead in (replied, fresh):
        world.plusvibe.enrol(campaign.provider_id, lead.email)
    await world.say("/leads")
    await choose(world, campaign, [replied, fresh, mute])

    await press(world, ids.COMPLETE_SELECTED)

    asked = words(shown(world))
    assert "Marks 2 contacts in *Website audit letter* completed" in asked
    assert "1 lead has no email and is skipped" in asked
    assert "2 leads have neither replied nor converted" in asked
    assert not [call for call in world.plusvibe.calls if call.path == "/lead/update/status"]

    await world.submit()

    assert {lead.status for lead in world.plusvibe.leads.values()} == {"COMPLETED"}
    [said] = [message.text for message in world.posts(world.slack.board.direct_message(ANA).id)]
    assert said.startswith("Marked 2 leads completed in Website audit letter (closed at provider), 1 skipped")
    assert "No contact email" in said


async def test_mark_completed_needs_a_campaign_and_leads_first(world):
    await world.has_lead("Acme")
    await world.say("/leads")

    await press(world, ids.COMPLETE_SELECTED)

    assert "Choose a campaign and at least one lead first." in words(shown(world))


async def test_mark_completed_with_nobody_to_close_offers_no_submit(world):
    campaign, mute = await world.campaign(), await world.has_lead("Gamma", email=None)
    await world.say("/leads")
    await choose(world, campaign, [mute])

    await press(world, ids.COMPLETE_SELECTED)

    assert "none of the chosen leads has an email" in words(shown(world))
    assert shown(world).get("submit") is None


async def test_a_contact_plusvibe_does_not_know_is_told_as_failed(world):
    campaign, lead = await world.campaign(), await world.has_lead("Acme", status=LeadStatus.REPLIED)
    await world.say("/leads")
    await choose(world, campaign, [lead])
    await press(world, ids.COMPLETE_SELECTED)

    await world.submit()

    [said] = [message.text for message in world.posts(world.slack.board.direct_message(ANA).id)]
    assert "Marked 0 leads completed" in said
    assert "1 failed" in said


# Sync


async def test_sync_now_reads_plusvibe_and_comes_back_to_the_list(world):
    campaign = await world.campaign()
    world.plusvibe.enrol(campaign.provider_id, "sam@delta.example.com", {"company_name": "Delta"})
    await world.say("/leads")

    await press(world, ids.SYNC_NOW)

    assert companies(shown(world)) == ["Delta"]
    assert "Synced from PlusVibe: 1 added" in words(shown(world))


async def test_a_sync_that_fails_says_so_above_the_list(world):
    world.plusvibe.api_key = "another"
    await world.has_lead("Acme")
    await world.say("/leads")

    await press(world, ids.SYNC_NOW)

    assert "Sync failed: PlusVibe refused our key" in words(shown(world))
    assert companies(shown(world)) == ["Acme"]


# Ways in


@pytest.mark.parametrize("typed", ["/leads nonsense", "/leads show"])
async def test_an_unknown_subcommand_gets_help(world, typed):
    await world.say(typed)

    assert "is not a command" in world.told()[-1]


async def test_help_explains_the_list(world):
    await world.say("/leads help")

    assert "25 leads a page" in world.told()[-1]


async def test_a_button_in_a_message_opens_the_list(world):
    await world.has_lead("Acme")
    await world.say("/outreach")
    menu_message = world.slack.workspace.messages[OUTREACH][-1]

    await press_under(world, menu_message, ids.OPEN_LIST)

    assert companies(shown(world)) == ["Acme"]


async def test_ugly_names_are_shown_as_text(world):
    await world.has_lead("<!channel> *Acme* | `x` & Co")

    await world.say("/leads")

    assert len(rows(shown(world))) == 1
    assert "<!channel>" not in words(shown(world))
