"""Segments from the slash command: made, given rules or members, looked into, activated, retired, deleted."""

from datetime import timedelta

import pytest

from blocks import ids, segment_ids
from bot.outreach.segments import SegmentState
from bot.sandbox.slack.server import ANA as ANA_ID
from bot.services import counting, segments
from handlers.call import Call
from tests.blocks.reading import labels, words
from tests.scenarios.hands import has_leads, press, shown
from tests.scenarios.test_direct_sending import typed
from tests.services.test_direct_mails import ANA

pytestmark = pytest.mark.usefixtures("allowed")


def said(world, **who):
    return words(shown(world, **who))


async def with_segment(world, kind="static", name="Hotels"):
    """A new draft, open on top of the list."""
    await world.say("/outreach segments")
    await press(world, segment_ids.SEGMENT_NEW)
    await world.submit(typed(name=name) | {"kind": {segment_ids.SEGMENT_KIND: kind}})


async def add_rule(world, field, operator=None, values=(), text=""):
    """From the segment's view through the form, and back."""
    await press(world, segment_ids.RULE_ADD)
    await press(world, segment_ids.RULE_FIELD, selected=field)
    form = {f"operator:{field}": {segment_ids.RULE_OPERATOR: operator}} if operator else {}
    if values:
        form[f"values:{field}"] = {segment_ids.RULE_VALUES: list(values)}
    if text:
        form[f"values:{field}"] = {segment_ids.RULE_TEXT: text}
    await world.submit(form)


async def test_rules_find_leads_and_every_change_shows_the_new_count(either_world):
    world = either_world
    await world.has_lead("Fjord", country="Norway", grade="D", ready=True)
    await world.has_lead("Alp", country="Austria")
    await world.has_lead("Bergen", country="NORWAY")
    await world.say("/outreach segments")
    assert "No segments yet" in said(world)
    await with_segment(world, "dynamic", "<!channel> hotels")
    assert "⚙️ Dynamic · 📝 Draft" in said(world) and "No rules yet" in said(world)

    await press(world, segment_ids.SEGMENT_ACTIVATE)
    assert "has no rules yet" in said(world)
    await add_rule(world, "country", text="norway, Sweden")
    assert "• Country is norway or Sweden" in said(world) and "2 leads match it now" in said(world)
    await add_rule(world, "has", "is_not", values=["audit"])
    assert "• Has no audit" in said(world) and "1 lead match" in said(world)
    await press(world, segment_ids.SEGMENT_MATCH, selected="any")
    assert "Any of these rules matches" in said(world) and "3 leads match it now" in said(world)

    await press(world, segment_ids.SEGMENT_MEMBERS)
    assert "3 leads match it now" in said(world) and "Fjord" in said(world)


async def test_a_figure_that_takes_longer_grows_until_everybody_was_looked_at(either_world, monkeypatch):
    world = either_world
    for module, name, value in (
        (counting, "STRETCH_LEADS", 2),
        (counting, "_MOST_STRETCH", 2),
        (segments, "AT_ONCE", timedelta(0)),
        (segments, "ROUND", timedelta(0)),
    ):
        monkeypatch.setattr(module, name, value)
    await has_leads(world, 5, country="Norway")
    await with_segment(world, "dynamic")
    await add_rule(world, "country", text="norway")
    await world.idle()
    assert "5 leads match it now" in said(world)

    await press(world, segment_ids.SEGMENT_MEMBERS)
    await world.idle()

    assert "5 leads match it now" in said(world) and "All of them" in said(world)


async def test_a_rule_is_edited_removed_and_refused_beside_its_box(world):
    await world.has_lead("Fjord", country="Norway", opens=3)
    await with_segment(world, "dynamic")
    await add_rule(world, "opens", "at_least", text="many")
    assert list(world.modal().errors) == ["values:opens"]
    await world.submit({"values:opens": {segment_ids.RULE_TEXT: "2"}})
    assert "• Opens at least 2" in said(world)

    await choose_rule(world, "edit:0")
    await world.submit({"values:opens": {segment_ids.RULE_TEXT: "4"}})
    assert "• Opens at least 4" in said(world) and "0 leads match" in said(world)
    await add_rule(world, "country", "filled")
    await press(world, segment_ids.SEGMENT_ACTIVATE)
    await choose_rule(world, "remove:0")
    assert "• Country has a value" in said(world) and "1 lead match" in said(world)
    await choose_rule(world, "remove:0")
    assert "An active segment keeps at least one rule" in said(world)


async def choose_rule(world, value):
    block = next(
        block
        for block in shown(world)["blocks"]
        if block.get("accessory", {}).get("action_id") == segment_ids.RULE_MENU
    )
    await press(world, segment_ids.RULE_MENU, block_id=block["block_id"], selected=value)


async def test_members_are_added_by_search_and_removed_one_by_one(either_world):
    world = either_world
    acme, beta = await world.has_lead("Acme"), await world.has_lead("Beta")
    await with_segment(world)
    await press(world, segment_ids.SEGMENT_ADD)
    await world.slack.options(ANA_ID, action_id=ids.PUSH_LEADS, view_id=world.modal().id, value="example")
    await world.submit({"leads": {ids.PUSH_LEADS: [acme.id, beta.id]}})
    assert "2 added." in said(world) and "2 leads in it" in said(world)

    await press(world, segment_ids.SEGMENT_MEMBERS)
    assert "Acme" in said(world) and "Beta" in said(world)
    await press(world, f"{segment_ids.SEGMENT_DROP}|{acme.id}")
    assert "Taken out." in said(world) and "Acme" not in said(world)


async def test_a_name_is_taken_once_and_a_retired_segment_is_only_read(world):
    await with_segment(world)
    await press(world, segment_ids.SEGMENT_ACTIVATE)
    await world.say("/outreach segments")
    await press(world, segment_ids.SEGMENT_NEW)
    await world.submit(typed(name="hotels") | {"kind": {segment_ids.SEGMENT_KIND: "static"}})
    assert "There is a segment called hotels" in world.modal().errors["name"]

    await world.say("/outreach segments")
    await press(world, segment_ids.SEGMENT_OPEN)
    await press(world, segment_ids.SEGMENT_RENAME)
    await world.submit(typed(name="Inns"))
    assert "*Inns*" in said(world) and "Delete" not in labels(shown(world))
    await press(world, segment_ids.SEGMENT_RETIRE)
    assert {"Add leads", "Rename", "Retire"}.isdisjoint(labels(shown(world)))
    await press(world, segment_ids.SEGMENT_REMOVE)

    assert "Deleted Inns." in said(world)
    assert not await world.house.services.segments.all(world.workspace_id, ANA)


async def test_two_who_edit_one_rule_do_not_undo_each_other(world):
    await with_segment(world, "dynamic")
    await add_rule(world, "country", text="Norway")
    await press(world, segment_ids.RULE_ADD)
    (segment,) = await world.house.services.segments.all(world.workspace_id, ANA)
    await world.house.services.segments.turn(world.workspace_id, ANA, segment.id, SegmentState.ACTIVE)

    await world.submit({"values:country": {segment_ids.RULE_TEXT: "Sweden"}})

    assert "Somebody changed this segment just now" in world.modal().errors["values:country"]


async def test_a_late_figure_is_not_drawn_over_something_newer(world, allowed):
    allowed.add("hash_conflict")
    await with_segment(world, "dynamic")
    shown_first, view_id = shown(world), world.modal().id
    call = Call(world.house, {"view": {"id": view_id}}, world.slack.replay)
    seen = await call.redraw(shown_first, view_id)

    newer = await call.redraw(shown_first, view_id, seen)

    assert seen != newer
    assert await call.redraw(shown_first, view_id, seen) is None
