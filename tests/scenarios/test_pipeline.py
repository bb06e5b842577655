"""`/pipeline`: the funnel, the stages, and a status changed without opening the lead."""

import pytest

from blocks import ids
from blocks.stages import StagePlace, stage_view
from bot.outreach.access import Role, person
from bot.outreach.events import EventKind
from bot.outreach.leads import SELECTABLE, LeadStatus, spelled
from bot.sandbox.slack.server import ANA
from tests.blocks.reading import element, elements, labels, words
from tests.scenarios.given import PERSON
from tests.scenarios.hands import has_leads, press, shown

pytestmark = pytest.mark.usefixtures("allowed")
NEW, QUEUED, REPLIED = LeadStatus.NEW, LeadStatus.AUDIT_QUEUED, LeadStatus.REPLIED


def cards(view):
    """The fields of the funnel, name by its lines."""
    block = next(block for block in view["blocks"] if "ever got this far" in str(block.get("text")))
    return {field["text"].split("*")[1]: field["text"].split("\n")[1:] for field in block["fields"]}


def stage(view, word):
    """The card of a stage."""
    return next(block for block in view["blocks"] if block.get("block_id") == f"stage:{word}")


async def choose_status(world, lead, status):
    select = next(item for item in elements(shown(world)) if item["action_id"] == f"{ids.STAGE_STATUS}|{lead.id}")
    await press(world, select["action_id"], selected=status.value)


async def test_the_cards_count_milestones_ever_reached(world):
    await world.has_lead("Acme", status=LeadStatus.CONVERTED)
    lead = await world.has_lead("Back", status=LeadStatus.OPENED)
    await has_leads(world, 2)
    await world.house.services.leads.set_status(world.workspace_id, PERSON, lead.id, NEW)

    await world.say("/pipeline")

    view = shown(world)
    assert view["blocks"][0]["text"] == {"type": "plain_text", "text": "Outreach pipeline"}
    assert list(cards(view)) == ["Total", "Audited", "Email sent", "Opened", "Replied", "Converted"]
    assert cards(view)["Total"] == ["4 leads", "██████████"]
    assert cards(view)["Opened"] == ["2 leads · 50%", "█████░░░░░"]
    assert cards(view)["Converted"] == ["1 lead · 25%", "██░░░░░░░░"]
    assert "counts leads too" in words(view)
    assert "counts messages" in words(view)


async def test_a_stage_has_its_label_count_bar_and_newest_leads(world):
    await has_leads(world, 5)
    await world.has_lead("Legacy", status=LeadStatus.SENT)

    await world.say("/pipeline")

    view = shown(world)
    text = stage(view, "New")["text"]["text"]
    assert "*New* · 5 leads" in text
    assert "████████░░ 83%" in text
    assert "Crowd 0004, Crowd 0003, Crowd 0002 and 2 more" in text
    assert "accessory" not in stage(view, "Bounced")
    assert len([block for block in view["blocks"] if str(block.get("block_id")).startswith("stage:")]) == 11


async def test_ten_stages_without_legacy_leads(world):
    await world.has_lead()

    await world.say("/pipeline")

    assert len([item for item in shown(world)["blocks"] if "block_id" in item and "stage:" in item["block_id"]]) == 10


async def test_email_stats_come_and_go(world):
    await world.has_lead()
    await world.say("/pipeline")
    assert "Send rate" not in words(shown(world))

    await press(world, ids.EMAIL_FIGURES)
    assert {"Total emails", "Emails sent", "Send rate", "Total by status"} <= set(words(shown(world)).split("*"))
    assert "Hide email stats" in labels(shown(world))

    await press(world, ids.EMAIL_FIGURES)
    assert "Send rate" not in words(shown(world))


async def test_a_status_is_changed_in_place_by_hand(world):
    acme = await world.has_lead("Acme", status=QUEUED)
    await world.has_lead("Bolt", status=QUEUED)
    await world.say("/pipeline")

    await press(world, ids.OPEN_STAGE, value=QUEUED.value)
    assert "2 leads at this status now · page 1 of 1" in words(shown(world))
    select = element(shown(world), f"{ids.STAGE_STATUS}|{acme.id}")
    assert [choice["text"]["text"] for choice in select["options"]] == [spelled(status) for status in SELECTABLE]
    assert select["initial_option"]["text"]["text"] == "audit queued"
    await choose_status(world, acme, REPLIED)

    changed = await world.lead(acme.id)
    assert changed.status is REPLIED
    assert changed.status_by_hand
    assert "✅ Acme is set by hand to replied and stands at Replied now." in words(shown(world))
    assert "1 lead at this status now" in words(shown(world))
    await press(world, ids.BACK_TO_PIPELINE)
    assert cards(shown(world))["Replied"] == ["1 lead · 50%", "█████░░░░░"]


async def test_the_edit_is_in_the_log_as_made_by_hand(world):
    acme = await world.has_lead("Acme", status=QUEUED)
    await world.say("/pipeline")
    await press(world, ids.OPEN_STAGE, value=QUEUED.value)

    await choose_status(world, acme, LeadStatus.EMAIL_GENERATED)

    async with world.database.read(world.workspace_id) as uow:
        event = next(entry for entry in await uow.events.of_lead(acme.id) if entry.kind is EventKind.STATUS_CHANGED)
    assert event.actor == ANA
    assert event.facts == {"before": "audit_queued", "after": "email_generated", "by_hand": True}
    await press(world, ids.BACK_TO_PIPELINE)
    await press(world, ids.OPEN_STAGE, value="email_generated")
    assert "set by hand" in words(shown(world))


async def test_a_removed_lead_is_told_truthfully(world):
    acme = await world.has_lead("Acme", status=QUEUED)
    await world.say("/pipeline")
    await press(world, ids.OPEN_STAGE, value=QUEUED.value)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(acme.id, world.clock())

    await choose_status(world, acme, REPLIED)

    assert "⚠️ Status: This lead is not here." in words(shown(world))
    assert "Nobody stands here now" in words(shown(world))


async def test_a_stage_pages_by_ten(world):
    await has_leads(world, 23)
    await world.say("/pipeline")

    await press(world, ids.OPEN_STAGE, value="new")
    first = words(shown(world))
    await press(world, ids.STAGE_NEXT)
    await press(world, ids.STAGE_NEXT)
    last = words(shown(world))
    await press(world, ids.STAGE_PREVIOUS)
    await press(world, ids.STAGE_PREVIOUS)

    assert "page 1 of 3" in first
    assert "page 3 of 3" in last
    assert last.count("Crowd") == 3
    assert words(shown(world)) == first


async def test_a_lead_opens_on_top_and_the_stage_is_still_there(world):
    acme = await world.has_lead("Acme", status=QUEUED)
    await world.say("/pipeline")
    await press(world, ids.OPEN_STAGE, value=QUEUED.value)

    await press(world, ids.STAGE_LEAD, value=acme.id)

    assert shown(world)["callback_id"] == ids.LEAD_CARD
    assert [view.payload["callback_id"] for view in world.slack.workspace.modals[ANA]] == [ids.STAGE, ids.LEAD_CARD]


async def test_who_may_only_look_changes_nothing(world):
    await world.has_lead("Acme", status=QUEUED)
    viewer = person("U0VIEWER", "Vi", Role.VIEWER)

    page = await world.house.services.pipeline.stage(world.workspace_id, viewer, QUEUED)
    view = stage_view(page, StagePlace(QUEUED), may=viewer.permissions)

    assert "Open lead" in labels(view)
    assert not elements(view, "static_select")


async def test_nothing_yet_says_what_to_do(world):
    await world.say("/pipeline")

    view = shown(world)
    assert "No leads yet" in words(view)
    assert {"Sync now", "Add lead"} <= set(labels(view))
    await press(world, ids.ADD_LEAD)
    assert shown(world)["callback_id"] == ids.LEAD_ADD


async def test_other_words_get_the_usual_answer(world):
    await world.say("/pipeline stages")
    await world.say("/pipeline help")

    assert "`/pipeline stages` is not a command." in world.told()[0]
    assert world.told()[1].startswith("Pipeline")
