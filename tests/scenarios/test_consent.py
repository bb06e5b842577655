"""Consent from the lead's card to the guard, in a workspace that asks for permission and in a cold one."""

from datetime import timedelta

import pytest

from blocks import ids
from bot.outreach.access import Role, person
from bot.outreach.consents import ConsentValue
from bot.outreach.errors import Invalid, NotAllowed
from bot.outreach.mails import MailState
from bot.outreach.policies import Policy
from bot.outreach.pushes import Origin
from bot.outreach.reachability import REASONS, AddressFact
from bot.outreach.sequences import RunState
from bot.sandbox.slack.server import DEV
from bot.services.consents import SaidConsent
from tests.blocks.reading import element, words
from tests.scenarios.given import times_added
from tests.scenarios.hands import press, shown
from tests.services.test_direct_mails import ANA, a_site, dispatched, mail_of, queued
from tests.services.test_sequence_runs import a_sequence, begun, passed, run_of, started, subjects

NO_CONSENT = REASONS[AddressFact.UNPERMITTED]
SETTINGS = {"source": {"value": "Newsletter form"}, "note": {"value": "Ticket 12 <!channel>"}}


async def asks_for_permission(world):
    await world.house.services.policies.set(world.workspace_id, ANA, Policy(permission=True))


async def consents(world, lead, value=ConsentValue.FORM, ago=timedelta(hours=1), **more):
    said = SaidConsent(value, world.clock() - ago, "a form", **more)
    return await world.house.services.consents.record(world.workspace_id, ANA, lead.id, said)


async def chosen(world, value="express", **more):
    when = {"captured_at": {ids.CONSENT_AT: int(world.clock().timestamp()) - 3_600}}
    await world.submit({"value": {ids.CONSENT_VALUE: value}, **when, **SETTINGS, **more})


async def pushed(world, lead):
    campaign = await world.campaign()
    return await world.api.post("/api/plusvibe/leads/push", json={"campaignId": campaign.id, "leadIds": [lead.id]})


async def test_recorded_on_the_card_and_told_there(either_world, allowed):
    world = either_world
    await world.has_lead("Acme")
    await world.say("/leads show jane@acme.example.com")
    assert "Email permission: Unknown" in words(shown(world))

    await press(world, ids.RECORD_CONSENT)
    await chosen(world)

    said = words(shown(world))
    assert "Email permission: Express" in said and "Consent source: Newsletter form" in said
    assert "Ticket 12 &lt;!channel&gt;" in said and "Consent recorded: express, by Newsletter form" in said
    await press(world, ids.RECORD_CONSENT)
    await chosen(world, "service_only")
    async with world.database.read(world.workspace_id) as uow:
        entries = await uow.consents.history("jane@acme.example.com")
    assert [entry.value for entry in entries] == [ConsentValue.EXPRESS, ConsentValue.SERVICE_ONLY]


async def test_the_same_entry_twice_is_one_and_a_wrong_one_says_what_to_do(world, allowed):
    lead, service = await world.has_lead("Acme"), world.house.services.consents
    good = SaidConsent(ConsentValue.FORM, world.clock() - timedelta(hours=1), "a form")
    for _ in range(2):
        await service.record(world.workspace_id, ANA, lead.id, good)
    async with world.database.read(world.workspace_id) as uow:
        assert len(await uow.consents.history("jane@acme.example.com")) == 1

    for said, problem in (
        (SaidConsent(ConsentValue.FORM, world.clock() + timedelta(minutes=1), "a form"), "still to come"),
        (SaidConsent(ConsentValue.FORM, None, "a form"), "when they said it"),
        (SaidConsent(ConsentValue.FORM, world.clock(), "  "), "where they said it"),
    ):
        with pytest.raises(Invalid, match=problem):
            await service.record(world.workspace_id, ANA, lead.id, said)
    with pytest.raises(NotAllowed, match="record consent"):
        await service.record(world.workspace_id, person("U9", "Vera", Role.VIEWER), lead.id, good)


async def test_the_form_asks_again_when_the_moment_is_still_to_come(world, allowed):
    await world.has_lead("Acme")
    await world.say("/leads show jane@acme.example.com")
    await press(world, ids.RECORD_CONSENT)

    await chosen(world, captured_at={ids.CONSENT_AT: int(world.clock().timestamp()) + 3_600})

    assert "still to come" in str(world.modal().errors)


async def test_the_policy_is_set_in_the_settings(world, allowed):
    await world.say("/outreach settings")
    await world.submit({ids.PERMISSION_ONLY: {ids.PERMISSION_ONLY: "on"}})

    assert await world.house.services.policies.get(world.workspace_id) == Policy(permission=True)
    await world.say("/outreach settings", user=DEV)
    assert "Policy:* permission" in words(shown(world, DEV))
    assert element(shown(world, DEV), ids.PERMISSION_ONLY) is None


async def test_a_cold_workspace_asks_nobody(world):
    lead = await world.has_lead("Acme", ready=True)

    assert (await pushed(world, lead)).status_code == 200


async def test_a_push_needs_consent_and_then_goes_through(either_world):
    world = either_world
    lead = await world.has_lead("Acme", ready=True)
    await asks_for_permission(world)

    refused = await pushed(world, lead)
    assert refused.status_code == 409
    assert refused.json()["unreachable"] == [{"id": lead.id, "reason": NO_CONSENT}]
    await consents(world, lead, ConsentValue.SERVICE_ONLY, timedelta(hours=2))
    assert (await pushed(world, lead)).status_code == 409
    await consents(world, lead)
    assert (await pushed(world, lead)).status_code == 200


async def test_a_suppression_binds_whatever_was_allowed(either_world):
    world = either_world
    lead = await world.has_lead("Acme", ready=True)
    await asks_for_permission(world)
    await consents(world, lead)
    await world.house.services.opting_out.suppress(world.workspace_id, ANA, "jane@acme.example.com", "asked")

    assert (await pushed(world, lead)).json()["unreachable"][0]["reason"] == REASONS[AddressFact.SUPPRESSED]


async def test_an_email_is_refused_when_it_is_written_and_once_more_when_it_leaves(either_world):
    world = either_world
    lead, site = await world.has_lead("Acme"), await a_site(world)
    mail = await queued(world, lead, site)
    await asks_for_permission(world)

    await dispatched(world)
    found = await mail_of(world, mail)
    assert (found.state, found.problem) == (MailState.REFUSED, NO_CONSENT)
    with pytest.raises(Invalid, match="No form or express consent"):
        await queued(world, lead, site, "k2")
    await consents(world, lead)
    await queued(world, lead, site, "k3")
    await dispatched(world)
    assert [sent.to for sent in world.demo.sendgrid.mails] == ["jane@acme.example.com"]


async def test_a_sequence_needs_it_at_its_start_and_at_every_step(world):
    _, run = await begun(world)
    await asks_for_permission(world)
    await passed(world, hours=72)

    stopped = await run_of(world, run)
    assert (stopped.state, stopped.why, len(subjects(world))) == (RunState.STOPPED, NO_CONSENT, 1)
    site, sequence = await a_site(world, name="Rainy"), await a_sequence(world, name="Autumn")
    with pytest.raises(Invalid, match="No form or express consent"):
        await started(world, await world.has_lead("Borg"), site, sequence)


async def test_unsubscribed_stops_everything_and_an_older_word_changes_nothing(world, allowed):
    lead = await world.has_lead("Acme", ready=True)
    await consents(world, lead, ConsentValue.UNSUBSCRIBED, note="by phone")

    assert (await pushed(world, lead)).json()["unreachable"][0]["reason"] == REASONS[AddressFact.UNSUBSCRIBED]
    await consents(world, lead, ConsentValue.EXPRESS, timedelta(days=9))
    await world.say("/leads show jane@acme.example.com")
    assert "Email permission: Unsubscribed" in words(shown(world))


async def test_leaving_by_the_link_takes_consent_back_until_it_is_given_anew(world, allowed):
    lead, site = await world.has_lead("Acme", ready=True), await a_site(world)
    await asks_for_permission(world)
    await consents(world, lead)
    await queued(world, lead, site)
    await dispatched(world)
    link = world.demo.sendgrid.mails[0].headers["List-Unsubscribe"].strip("<>")
    await world.api.post(link)
    opting_out = world.house.services.opting_out
    await opting_out.clear(world.workspace_id, ANA, "jane@acme.example.com", "they asked us to")

    assert (await pushed(world, lead)).json()["unreachable"][0]["reason"] == NO_CONSENT
    world.clock.move(hours=3)
    await consents(world, lead)
    assert (await pushed(world, lead)).status_code == 200


async def test_a_push_under_way_leaves_out_whoever_left_meanwhile(either_world):
    world = either_world
    gone, there = [await world.has_lead(name, ready=True) for name in ("Acme", "Borg")]
    campaign, pushes = await world.campaign(), world.house.services.pushes
    push = await pushes.start(world.workspace_id, ANA, campaign.id, [gone.id, there.id], Origin("C1"), "k")

    await world.house.services.opting_out.suppress(world.workspace_id, ANA, gone.email, "asked")
    results = [result async for result in pushes.run(world.workspace_id, push.id)]

    assert (times_added(world, gone.email), times_added(world, there.email)) == (0, 1)
    assert [(lead.lead_id, lead.reason) for lead in results[-1].failed] == [(gone.id, "Address is suppressed")]
