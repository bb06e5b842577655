"""The list narrowed by filters and a segment, its columns, views kept by name, and bulk updates."""

import pytest

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.outreach.segments import SegmentKind, SegmentState
from bot.sandbox.slack.server import ANA as ANA_ID
from bot.sandbox.slack.server import BEN
from tests.blocks.reading import labels, words
from tests.scenarios.hands import block_of, choose, companies, has_leads, press, row, shown
from tests.scenarios.test_direct_sending import typed
from tests.scenarios.test_segment_pushes import has_segment
from tests.services.test_direct_mails import ANA

pytestmark = pytest.mark.usefixtures("allowed")


async def narrow(world, *, user=None, **boxes):
    """Filters by block: a list is chosen, a text typed."""
    who = {"user": user} if user else {}
    await press(world, ids.OPEN_FILTERS, **who)
    await world.submit({name: {"value": given} for name, given in boxes.items()}, **who)


async def test_filters_go_together_and_are_cleared(either_world):
    world = either_world
    campaign = await world.campaign()
    await world.has_lead("Fjord", country="Norway", ready=True, campaign_id=campaign.id)
    await world.has_lead("Bergen", country="Norway")
    await world.has_lead("Alp", country="Austria", ready=True)
    await world.say("/leads")

    await narrow(world, country="norway, sweden", has=["audit"])
    assert companies(shown(world)) == ["Fjord"]
    assert "Country is norway or sweden" in words(shown(world)) and "Filters (2)" in labels(shown(world))
    await narrow(world, has=[], campaign=["none"])
    assert companies(shown(world)) == ["Bergen"]
    await narrow(world, city="Oslo")
    assert "Nothing matches" in words(shown(world))

    await press(world, ids.CLEAR_FILTERS)
    assert len(companies(shown(world))) == 3


async def test_a_filter_that_makes_no_sense_stays_in_its_form(world):
    await world.has_lead("Fjord")
    await world.say("/leads")

    await narrow(world, created="soon", opens="-1")

    assert set(world.modal().errors) == {"created", "opens"}


async def test_pages_of_a_segment_go_on_and_one_retired_meanwhile_is_said(world):
    await has_leads(world, 30, country="Norway")
    await world.has_lead("Alp", country="Austria")
    segment = await has_segment(world)
    await world.say("/leads")
    await narrow(world, segment=segment.id)
    assert len(companies(shown(world))) == 25 and "segment *Norway*" in words(shown(world))

    await press(world, ids.NEXT_PAGE)
    assert len(companies(shown(world))) == 5
    await world.house.services.segments.turn(world.workspace_id, ANA, segment.id, SegmentState.RETIRED)
    await press(world, ids.PREVIOUS_PAGE)

    assert "Norway is retired" in words(shown(world)) and len(companies(shown(world))) == 25


async def test_columns_are_remembered_for_one_person(world):
    await world.has_lead("Fjord", country="Norway", city="<b>Oslo", grade="D")
    await world.say("/leads")
    await press(world, ids.OPEN_COLUMNS)
    await world.submit({"columns": {ids.COLUMN_CHOICE: ["country", "city"]}})
    assert row(shown(world), "Fjord")["text"]["text"].endswith("\n&lt;b&gt;Oslo · Norway")

    await world.say("/leads")
    assert "Norway" in row(shown(world), "Fjord")["text"]["text"]
    await world.say("/leads", user=BEN)
    assert "Norway" not in row(shown(world, BEN), "Fjord")["text"]["text"]


async def test_a_view_keeps_filters_and_sorting_for_one_person_until_it_is_deleted(either_world):
    world = either_world
    await world.has_lead("Fjord", country="Norway")
    await world.has_lead("Alp", country="Austria")
    await world.say("/leads")
    await press(world, ids.SORT, selected="company:asc")
    await narrow(world, country="Norway")
    await press(world, ids.OPEN_VIEWS)
    assert "No views yet" in words(shown(world))
    await world.submit(typed(name="Norway"))
    assert "Saved Norway." in words(shown(world)) and "Country is Norway, sorted by company" in words(shown(world))

    await world.say("/leads")
    assert len(companies(shown(world))) == 2
    await press(world, ids.OPEN_VIEWS)
    await use_view(world, "use")
    assert companies(world.slack.workspace.modals[ANA_ID][0].payload) == ["Fjord"]
    await use_view(world, "delete")
    assert "Deleted." in words(shown(world)) and "No views yet" in words(shown(world))


async def use_view(world, verb):
    block = block_of(shown(world), ids.VIEW_MENU)
    value = next(each["value"] for each in block["accessory"]["options"] if each["value"].startswith(verb))
    await press(world, ids.VIEW_MENU, block_id=block["block_id"], selected=value)


async def bulk(world, leads, form):
    """Choose leads, fill in the form, and stand before the second look."""
    await world.say("/leads")
    await choose(world, leads=leads)
    await press(world, ids.BULK_UPDATE)
    await world.submit(form)


async def test_many_are_changed_after_a_second_look_and_put_back(either_world):
    world = either_world
    one, two = await world.has_lead("Fjord", city="Oslo"), await world.has_lead("Alp")
    await bulk(world, [one, two], typed(country="Norway", city="-") | {"status": {ids.BULK_STATUS: "replied"}})
    asked = words(shown(world))
    assert "Change 2 leads?" in asked and "Status becomes Replied" in asked and "City is emptied" in asked
    assert (await world.lead(one.id)).country == ""

    await world.submit()
    assert "2 leads updated" in words(shown(world))
    changed = await world.lead(one.id)
    assert (changed.country, changed.city, changed.status) == ("Norway", "", LeadStatus.REPLIED)
    await world.house.services.leads.edit(world.workspace_id, ANA, two.id, {"country": "Sweden"})
    await press(world, ids.BULK_UNDO)

    assert "1 lead put back, 1 skipped" in words(shown(world)) and "Changed since (Alp)" in words(shown(world))
    back = await world.lead(one.id)
    assert (back.country, back.city, back.status) == ("", "Oslo", LeadStatus.NEW)
    assert (await world.lead(two.id)).country == "Sweden"


async def test_it_can_be_undone_for_ten_minutes_and_once(world):
    lead = await world.has_lead("Fjord")
    await bulk(world, [lead], typed(country="Norway"))
    await world.submit()
    world.clock.move(minutes=11)

    await press(world, ids.BULK_UNDO)

    assert (await world.lead(lead.id)).country == "Norway"
    assert "for 10 minutes only" in world.posts(world.slack.board.direct_message(ANA_ID).id)[-1].text


async def test_leads_are_added_to_a_static_segment(world):
    one, two = await world.has_lead("Fjord"), await world.has_lead("Alp")
    service = world.house.services.segments
    segment = await service.add(world.workspace_id, ANA, "Hotels", SegmentKind.STATIC)
    await service.add_members(world.workspace_id, ANA, segment.id, [one.id])

    await bulk(world, [one, two], {"segment": {ids.BULK_SEGMENT: segment.id}})
    assert "Add 2 leads to *Hotels*?" in words(shown(world))
    await world.submit()

    assert "1 lead added to the segment, 1 skipped" in words(shown(world))


async def test_nothing_chosen_or_both_is_said(world):
    lead = await world.has_lead("Fjord")
    await bulk(world, [lead], {})
    assert "Choose what to change" in world.modal().errors["status"]

    await world.say("/leads")
    await press(world, ids.BULK_UPDATE)
    assert "Choose at least one lead first" in words(shown(world))
