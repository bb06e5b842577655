"""`/leads`: the list as a person reads, narrows, pages and acts on it."""

import pytest

from blocks import ids
from bot.outreach.leads import BADGES, LeadStatus
from bot.sandbox.slack.server import ANA, OUTREACH
from tests.blocks.reading import element, labels, offered, words
from tests.scenarios.hands import (
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
    assert labels(view) == ["Import leads", "Sync now", "Add lead"]
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
