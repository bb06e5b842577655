"""The list: F002, F006–F019."""

from dataclasses import replace

import pytest
from given_leads import ACME, ADMIN, AUTUMN, EDITOR, EVERYTHING, FRESH, SPRING, VIEWER, leads
from reading import assert_fit_view, element, labels, offered, words

from blocks import ids
from blocks.lead_list import SEARCH_BLOCK, SELECTION_BLOCK, ListState, list_view
from bot.outreach.campaigns import Campaign
from bot.outreach.leads import Lead, LeadPage, LeadSort, LeadStatus

PAGE = LeadPage((ACME, FRESH), None, None, 200)
NOTHING = LeadPage((), None, None, 0)


def shown(page=PAGE, state=None, campaigns=(SPRING, AUTUMN), may=EVERYTHING, **rest):
    view = list_view(page, state or ListState(), campaigns, may=may, **rest)
    assert_fit_view(view)
    return view


def rows(view):
    return [block for block in view["blocks"] if block.get("accessory", {}).get("action_id") == ids.ROW_MENU]


def menu(lead: Lead, **rest):
    options = rows(shown(LeadPage((lead,), None, None, 1), **rest))[0]["accessory"]["options"]
    return [option["text"]["text"] for option in options]


def test_title_and_subtitle_say_what_it_is_and_where_one_stands():
    view = shown(state=ListState(cursor="c", number=3))

    assert view["title"]["text"] == "Leads"
    assert words(view["blocks"][0]) == "PlusVibe outreach pipeline · 200 leads · page 3 of 8"


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (1, "1 lead · page 1 of 1"),
        (0, "0 leads · page 1 of 1"),
        (26, "26 leads · page 1 of 2"),
        (1_000_000, "1,000,000 leads · page 1 of 40,000"),
    ],
)
def test_the_page_is_counted_when_the_total_is_known(total, said):
    assert words(shown(replace(PAGE, total=total))["blocks"][0]) == f"PlusVibe outreach pipeline · {said}"


@pytest.mark.parametrize(("following", "said"), [(None, "2 leads · page 1 of 1"), ("n", "page 1")])
def test_a_search_is_counted_when_its_first_page_holds_everything(following, said):
    found = replace(PAGE, total=None, next_cursor=following)
    subtitle = words(shown(found, ListState(text="acme"))["blocks"][0])

    assert subtitle == f"PlusVibe outreach pipeline · {said} · “acme”"


def test_a_row_has_the_seven_columns():
    assert words(rows(shown())[0]["text"]) == (
        "*Acme* · acme.com\n✉️ Email Ready · Jane Doe · ready to push\nGrade B · 3 opens · Slow pages"
    )
    assert menu(ACME) == ["View details", "Start audit", "Push to a campaign", "View audit"]


def test_a_bare_lead_has_a_row_too():
    bare = Lead("x", None, None)

    assert words(rows(shown(LeadPage((bare,), None, None, 1)))[0]["text"]) == (
        "*x* · no domain\n⚪ New · No contact email · not audited yet"
    )


@pytest.mark.parametrize(
    ("status", "badge"),
    [
        (None, "New"), (LeadStatus.NEW, "New"), (LeadStatus.AUDIT_QUEUED, "Audit Queued"),
        (LeadStatus.AUDIT_COMPLETE, "Audited"), (LeadStatus.EMAIL_GENERATED, "Email Ready"),
        (LeadStatus.EMAIL_SENT, "Email Sent"), (LeadStatus.BOUNCED, "Bounced"), (LeadStatus.OPENED, "Opened"),
        (LeadStatus.REPLIED, "Replied"), (LeadStatus.CONVERTED, "Converted"), (LeadStatus.RETARGETED, "Retargeted"),
        (LeadStatus.SENT, "Sent (legacy)"),
    ],
)  # fmt: skip
def test_every_status_has_its_badge_in_words(status, badge):
    row = rows(shown(LeadPage((replace(ACME, status=status),), None, None, 1)))[0]

    assert f" {badge} · Jane Doe" in words(row["text"])


@pytest.mark.parametrize(
    ("run_id", "url", "is_there"),
    [
        ("run-1", "https://audits.example.com/1", True),
        (None, "https://audits.example.com/1", False),
        ("run-1", "", False),
        ("run-1", "javascript:alert(1)", False),
    ],
)
def test_view_audit_exists_only_with_a_linked_run(run_id, url, is_there):
    lead = replace(ACME, audit_run_id=run_id, audit_url=url)

    assert ("View audit" in menu(lead)) is is_there


@pytest.mark.parametrize(
    ("may", "connected", "lead", "labels"),
    [
        (VIEWER, True, FRESH, ["View details"]),
        (EDITOR, True, FRESH, ["View details", "Start audit", "Push to a campaign"]),
        (EDITOR, False, FRESH, ["View details", "Start audit"]),
        (EDITOR, True, replace(FRESH, email=None), ["View details", "Start audit"]),
        (EDITOR, True, replace(FRESH, domain=""), ["View details", "Push to a campaign"]),
    ],
)
def test_a_rows_menu_offers_what_makes_sense(may, connected, lead, labels):
    assert menu(lead, may=may, connected=connected) == labels


def test_rows_never_offer_what_belongs_to_the_card():
    assert not {"Unibox", "Generate Email", "PlusVibe Writeback"} & set(words(shown()).split("\n"))


NARROW = ["Filters", "Columns", "Views"]
BULK = ["Select all on page", "Mark completed", "Bulk update"]
ALONE = ["Select all on page", "Bulk update"]


@pytest.mark.parametrize(
    ("may", "campaigns", "connected", "buttons", "submit"),
    [
        (ADMIN, (SPRING,), True, ["Add lead", "Import leads", *NARROW, *BULK, "Sync now"], "Push selected"),
        (EDITOR, (SPRING,), True, ["Add lead", *NARROW, *BULK, "Sync now"], "Push selected"),
        (VIEWER, (SPRING,), True, NARROW, "Search"),
        (EDITOR, (), True, ["Add lead", *NARROW, *ALONE, "Sync now"], "Search"),
        (EDITOR, (SPRING,), False, ["Add lead", *NARROW, *ALONE], "Search"),
    ],
)
def test_buttons_follow_role_and_connection(may, campaigns, connected, buttons, submit):
    view = shown(may=may, campaigns=campaigns, connected=connected)

    assert labels(view["blocks"]) == buttons
    assert view["submit"]["text"] == submit
    assert (element(view, ids.CAMPAIGN) is not None) is (submit == "Push selected")


def test_a_missing_connection_is_named_instead_of_a_campaign_select():
    view = shown(connected=False)

    assert "PlusVibe is not connected under Integrations" in words(view)
    assert element(view, ids.CAMPAIGN) is None


def test_missing_campaigns_are_said_with_the_remedy():
    assert "no campaigns yet: create one there" in words(shown(campaigns=()))


def test_the_campaign_comes_first_and_is_required():
    blocks = shown()["blocks"]
    campaign, selection = (
        next(block for block in blocks if block.get("element", {}).get("action_id") == action)
        for action in (ids.CAMPAIGN, ids.SELECTION)
    )

    assert blocks.index(campaign) < blocks.index(selection)
    assert "optional" not in campaign
    assert selection["optional"] is True


def test_more_than_a_hundred_campaigns_are_searched():
    many = [Campaign(str(index), "", f"Campaign {index}") for index in range(101)]
    select = element(shown(campaigns=many, state=ListState(campaign_id="100")), ids.CAMPAIGN)

    assert select["type"] == "external_select"
    assert select["initial_option"]["text"]["text"] == "Campaign 100"


def test_a_page_of_25_is_chosen_at_once_and_never_more():
    page = LeadPage(leads(25), "next", None, 200)
    select = element(shown(page, ListState(all_selected=True)), ids.SELECTION)

    assert len(select["options"]) == len(rows(shown(page))) == 25
    assert select["initial_options"] == select["options"]
    assert "Clear selection" in labels(shown(page, ListState(all_selected=True)))


def test_namesakes_on_a_page_are_told_apart_by_their_contact():
    page = LeadPage((ACME, replace(ACME, id="2", first_name="Omar"), FRESH), None, None, 3)
    options = element(shown(page), ids.SELECTION)["options"]

    assert [option["text"]["text"] for option in options] == ["Acme · Jane Doe", "Acme · Omar Doe", "Beta"]
    assert options[2]["description"]["text"] == "omar@beta.com"


def test_the_selection_is_a_new_block_on_another_page_and_after_select_all():
    first, second = LeadPage(leads(25), "n", None, 50), LeadPage(leads(3), None, "p", 50)
    block_ids = {
        block["block_id"]
        for view in (shown(first), shown(second), shown(first, ListState(all_selected=True)))
        for block in view["blocks"]
        if block.get("block_id", "").startswith(SELECTION_BLOCK)
    }

    assert len(block_ids) == 3


def test_search_sends_while_typing_and_keeps_its_block():
    block = next(block for block in shown(state=ListState(text="acm"))["blocks"] if block["type"] == "input")

    assert (block["block_id"], block["dispatch_action"]) == (SEARCH_BLOCK, True)
    assert block["element"]["dispatch_action_config"] == {"trigger_actions_on": ["on_character_entered"]}
    assert block["element"]["initial_value"] == "acm"


def test_clearing_the_filters_gives_a_fresh_search_box():
    state = ListState(text="acm", status=LeadStatus.NEW, cursor="c", number=4).without_filters()
    block = next(block for block in shown(state=state)["blocks"] if block["type"] == "input")

    assert block["block_id"] != SEARCH_BLOCK
    assert "initial_value" not in block["element"]
    assert state.query().text == ""
    assert (state.status, state.cursor, state.number) == (None, None, 1)


def test_sort_and_filter_show_what_is_applied():
    view = shown(state=ListState(sort=LeadSort.COMPANY, descending=True, status=LeadStatus.REPLIED))

    assert element(view, ids.SORT)["initial_option"]["value"] == "company:desc"
    assert element(view, ids.STATUS_FILTER)["initial_option"]["value"] == "replied"
    assert {value.partition(":")[0] for value in offered(view, ids.SORT)} == {sort.value for sort in LeadSort}


def test_the_legacy_status_is_no_choice_but_shows_while_it_is_the_filter():
    assert "sent" not in offered(shown(), ids.STATUS_FILTER)
    assert len(offered(shown(), ids.STATUS_FILTER)) == 11
    assert (
        element(shown(state=ListState(status=LeadStatus.SENT)), ids.STATUS_FILTER)["initial_option"]["value"] == "sent"
    )


@pytest.mark.parametrize(
    ("previous", "following", "buttons"),
    [(None, None, []), (None, "n", ["Next"]), ("p", None, ["Previous"]), ("p", "n", ["Previous", "Next"])],
)
def test_paging_shows_only_where_there_is_a_page(previous, following, buttons):
    view = shown(replace(PAGE, previous_cursor=previous, next_cursor=following), may=VIEWER)

    assert labels(view) == [*NARROW, *buttons]
    if following:
        assert element(view, ids.NEXT_PAGE)["value"] == "n"


def test_an_empty_workspace_explains_where_leads_come_from():
    view = shown(NOTHING, has_leads=False)

    assert "Leads come from provider sync or are created when audits link to contacts." in words(view)
    assert labels(view["blocks"]) == ["Import leads", "Sync now", "Add lead"]
    assert "submit" not in view


def test_nothing_found_says_what_was_asked():
    view = shown(NOTHING, ListState(text="ze<bra", status=LeadStatus.REPLIED))

    assert "*Nothing matches* “ze&lt;bra”, status Replied." in words(view)
    assert "Clear filters" in labels(view)


def test_a_problem_stands_on_top():
    assert words(shown(problem="Sync failed: <x>")["blocks"][0]) == "⚠️ Sync failed: &lt;x&gt;"
    assert words(shown(done="Synced: <x>")["blocks"][0]) == "✅ Synced: &lt;x&gt;"
