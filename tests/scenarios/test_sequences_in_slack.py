"""A sequence from the slash command to its end on the lead card."""

import pytest

from blocks import ids
from bot.outreach.policies import Policy
from bot.outreach.sequences import RunState
from tests.blocks.reading import labels, words
from tests.scenarios.test_direct_sending import typed, view, with_site, with_template
from tests.services.test_direct_mails import ANA

STEPS = {"template:0": "", "template:1": ""}


async def with_sequence(world, *, mode="auto", delay="72", name="Spring"):
    await with_site(world)
    await with_template(world, body="Hello {{ first_name }}.\n\nLena", subject="A question")
    (template,) = await world.house.services.templates.all(world.workspace_id, ANA)
    await world.say("/outreach sequences")
    await world.click(ids.SEQUENCE_NEW, view_id=world.modal().id)
    rows = {block: {"value": template.id} for block in STEPS}
    await world.submit(typed(name=name, **{"delay:1": delay}) | rows | {"mode": {"value": mode}})


async def run_of(world, lead):
    async with world.database.read(world.workspace_id) as uow:
        return await uow.runs.newest_of(lead.id)


async def start(world, lead):
    """From the card through the preview."""
    await world.say(f"/leads show {lead.email}")
    await world.click(ids.RUN_START, view_id=world.modal().id)
    await world.submit()


async def test_from_the_form_to_the_first_step_and_an_open_that_stops_it(world):
    lead = await world.has_lead("Acme", email="open@acme.example.com")
    await with_sequence(world)
    assert "Saved Spring." in words(view(world)["blocks"]) and "after 72 h" in words(view(world)["blocks"])

    await start(world, lead)
    seen = words(view(world)["blocks"])
    assert "Step 1 of 2 goes to *open@acme.example.com*" in seen and "Hello Jane." in seen
    assert "1. at once · A question" in seen and "2. <!date^" in seen
    assert view(world)["submit"]["text"] == "Start" and world.demo.sendgrid.mails == []
    await world.submit()
    card = view(world)["blocks"]
    assert "*Spring* · auto\nStep 1 of 2 · 🕒 Queued to send" in words(card)
    assert {"Pause", "Stop sequence"} <= set(labels(card)) and "Send next step" not in labels(card)

    await world.tick()
    assert [mail.subject for mail in world.demo.sendgrid.mails] == ["A question"]
    await world.say(f"/leads show {lead.email}")
    assert "Step 2 of 2 · next <!date^" in words(view(world)["blocks"])
    world.clock.move(minutes=5)
    await world.demo.sendgrid.live()
    await world.tick()
    await world.tick(seconds=80 * 3600)

    assert (await run_of(world, lead)).state is RunState.STOPPED
    await world.say(f"/leads show {lead.email}")
    assert "Stopped: They opened the email" in words(view(world)["blocks"])
    assert "Start sequence" in labels(view(world)["blocks"])
    assert len(world.demo.sendgrid.mails) == 1


async def test_a_manual_one_is_sent_on_paused_resumed_and_stopped_by_hand(world):
    lead = await world.has_lead("Acme", email="deferred@acme.example.com")
    await with_sequence(world, mode="manual")
    await start(world, lead)
    await world.submit()
    await world.tick()
    await world.tick(seconds=80 * 3600)
    await world.say(f"/leads show {lead.email}")
    assert "Step 2 of 2 · ✋ waits for a person" in words(view(world)["blocks"])

    await world.click(ids.RUN_PAUSE, view_id=world.modal().id)
    assert "⏸️ paused" in words(view(world)["blocks"])
    await world.click(ids.RUN_RESUME, view_id=world.modal().id)
    await world.click(ids.RUN_NEXT, view_id=world.modal().id)
    assert "Step 2 is queued to send." in words(view(world)["blocks"])
    await world.click(ids.RUN_STOP, view_id=world.modal().id)
    assert "Stopped: A person stopped it" in words(view(world)["blocks"])
    await world.tick(seconds=3600)
    assert len(world.demo.sendgrid.mails) == 1


@pytest.mark.parametrize(
    ("given", "block"), [({"delay": "23"}, "delay:1"), ({"delay": "soon"}, "delay:1"), ({"name": " "}, "name")]
)
async def test_what_is_wrong_stands_beside_its_box(world, given, block):
    await with_sequence(world, **given)

    assert list(world.modal().errors) == [block]


async def test_a_sequence_is_deleted_unless_it_runs(world):
    lead = await world.has_lead("Acme", email="deferred@acme.example.com")
    await with_sequence(world)
    await start(world, lead)
    await world.submit()
    for said in ("A lead is in Spring", "Deleted Spring."):
        await world.say("/outreach sequences")
        await menu(world, "delete")
        await world.submit()
        assert said in words(view(world)["blocks"])
        await world.house.services.runs.stop(world.workspace_id, ANA, (await run_of(world, lead)).id)


@pytest.mark.parametrize(("permission", "mode"), [(False, "auto"), (True, "manual")])
async def test_where_only_permission_counts_a_new_one_begins_manual(world, permission, mode):
    await with_template(world)
    await world.house.services.policies.set(world.workspace_id, ANA, Policy(permission=permission))
    await world.say("/outreach sequences")
    await world.click(ids.SEQUENCE_NEW, view_id=world.modal().id)

    chosen = next(block for block in view(world)["blocks"] if block.get("block_id") == "mode")
    assert chosen["element"]["initial_option"]["value"] == mode


async def test_changing_one_keeps_its_steps(world):
    await with_sequence(world)
    await menu(world, "edit")
    await world.submit(typed(name="Summer"))

    (sequence,) = await world.house.services.sequences.all(world.workspace_id, ANA)
    assert (sequence.name, sequence.revision, len(sequence.steps)) == ("Summer", 2, 2)
    assert sequence.steps[1].stop_on_open and sequence.steps[1].in_thread and sequence.steps[1].delay_hours == 72


async def test_without_a_site_or_a_template_the_forms_say_who_makes_one(world):
    lead = await world.has_lead("Acme")
    await world.say("/outreach sequences")
    await world.click(ids.SEQUENCE_NEW, view_id=world.modal().id)
    assert "/outreach templates" in words(view(world)["blocks"])
    await world.say(f"/leads show {lead.email}")
    await world.click(ids.RUN_START, view_id=world.modal().id)
    assert "/outreach sites" in words(view(world)["blocks"])


async def menu(world, verb):
    block = next(block for block in view(world)["blocks"] if "accessory" in block)
    option = next(each for each in block["accessory"]["options"] if each["value"].startswith(verb))
    where = {"view_id": world.modal().id, "block_id": block["block_id"]}
    await world.click(ids.SEQUENCE_MENU, selected=option["value"], **where)
