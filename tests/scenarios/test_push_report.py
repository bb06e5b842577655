"""The 409 report: every reason with its remedy, edited as the leads become ready."""

import pytest

from blocks import ids
from bot.outreach.access import CLOCK
from bot.outreach.leads import LeadStatus
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.sandbox.slack.server import BEN
from tests.blocks.reading import element, labels, words
from tests.scenarios.hands import has_leads, press_under

pytestmark = pytest.mark.usefixtures("allowed")
LINE = "/push {} to Website audit letter"


async def refused(world, *companies, **columns):
    """A refused push of these leads, by the one-liner; its headline and report."""
    for company in companies:
        await world.has_lead(company, **{"status": LeadStatus.NEW, **columns})
    domains = " ".join(f"{company.lower()}.example.com" for company in companies)
    await world.say(LINE.format(domains))
    return world.posts()


# The report


async def test_every_reason_has_its_group_its_leads_and_its_remedy(world):
    await world.has_lead("Fresh")
    await world.has_lead("Queued", status=LeadStatus.AUDIT_QUEUED)
    await world.has_lead("Audited", status=LeadStatus.AUDIT_COMPLETE)
    await world.has_lead("Unwritten", status=LeadStatus.OPENED)
    await world.has_lead("Bouncer", status=LeadStatus.BOUNCED)
    await world.has_lead("Legacy", status=LeadStatus.SENT, ready=True)
    gone = await world.has_lead("Leaver", ready=True)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.addresses.add(AddressRecord(gone.email, AddressFact.UNSUBSCRIBED, world.clock(), "test"))
    names = ("fresh", "queued", "audited", "unwritten", "bouncer", "legacy", "leaver")

    await world.say(LINE.format(" ".join(f"{name}.example.com" for name in names)))

    headline, report = world.posts()
    assert headline.text == "Push blocked (409): 0 ready, 7 not ready, nothing pushed"
    said = words(report.blocks)
    for title in (
        "*Lead has not been audited yet, run an audit first* (1 lead)",
        "*Audit not completed yet* (1 lead)",
        "*Audit completed but writeback hasn't run, re-audit the lead* (2 leads)",
        "*Lead bounced, re-audit or remove* (1 lead)",
        "*Legacy status, normalise it first* (1 lead)",
        "*Not reachable: Recipient unsubscribed* (1 lead)",
    ):
        assert title in said
    assert {"Start audit", "Re-audit", "Remove", "Normalise", "Recheck", "Push when ready"} <= set(
        labels(report.blocks)
    )
    assert "asked by Ana Novak" in words(headline.blocks)
    assert "never sends step 1 again" in words(headline.blocks)


async def test_audits_turn_the_report_green_and_the_whole_selection_is_pushed(world):
    lead = await world.has_lead("Acme")
    await world.say("/push acme.example.com to Website audit letter")
    headline, report = world.posts()

    await world.click(ids.REPORT_AUDIT, message=(report.channel, report.ts))
    await world.desk.settled()
    await world.tick(seconds=5)
    await world.tick(seconds=5)

    headline, report, announced = world.posts()
    assert (await world.lead(lead.id)).status is LeadStatus.EMAIL_GENERATED
    assert headline.text == "All 1 are ready"
    assert announced.text == "Writeback landed: Acme, 21 variables, now Email Ready"

    await world.click(ids.PUSH_READY, message=(headline.channel, headline.ts))

    assert world.posts()[-1].text.startswith("Pushed 1 to Website audit letter")
    stored = next(iter(world.plusvibe.leads.values()))
    assert stored.custom["custom_email_subject"]
    assert stored.custom["custom_audit_grade"]


async def test_the_ready_ones_are_pushed_by_a_second_act_and_the_rest_later(world):
    await world.has_lead("Good", ready=True)
    await world.has_lead("Acme")
    await world.say(LINE.format("good.example.com acme.example.com"))
    headline, report = world.posts()
    world.clock.move(seconds=3)

    await press_under(world, report, ids.PUSH_READY)

    assert headline.text == "Push of 1 to Website audit letter started; of the rest 0 ready, 1 not ready"
    assert world.posts()[-1].text.startswith("Pushed 1 to Website audit letter")
    assert [lead.email for lead in world.plusvibe.leads.values()] == ["jane@good.example.com"]

    await press_under(world, report, ids.REPORT_AUDIT)
    await world.desk.settled()
    await world.tick(seconds=3)
    assert headline.text == "All 1 are ready"
    assert labels(headline.blocks) == ["Push 1"]
    world.clock.move(seconds=3)
    await press_under(world, headline, ids.PUSH_READY)

    assert len(world.plusvibe.leads) == 2
    assert headline.text == "Push of 2 to Website audit letter started"
    assert not labels(report.blocks)


async def test_a_second_person_who_presses_too_late_hears_who_was_first(world):
    await world.has_lead("Good", ready=True)
    await world.has_lead("Acme")
    await world.say(LINE.format("good.example.com acme.example.com"))
    report = world.posts()[1]
    await press_under(world, report, ids.PUSH_READY)
    pressed = world.slack.deliveries[-1]
    again = {**pressed.payload, "user": {**pressed.payload["user"], "id": BEN}, "trigger_id": "1.2.3"}

    await world.slack.courier.deliver("interactive", again)
    await world.idle()

    assert len(world.plusvibe.leads) == 1
    assert "The ready ones were pushed already." in str(world.slack.workspace.messages)


async def test_recheck_edits_the_same_messages(world):
    await world.has_lead("Acme", status=LeadStatus.AUDIT_QUEUED)
    other = await world.has_lead("Good", ready=True, status=LeadStatus.AUDIT_QUEUED)
    await world.say(LINE.format("acme.example.com good.example.com"))
    headline, report = world.posts()
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(other.id, {"status": LeadStatus.EMAIL_GENERATED}, at=world.clock())
    world.clock.move(seconds=3)

    await press_under(world, report, ids.RECHECK)

    assert world.posts() == [headline, report]
    assert headline.text == "Push blocked (409): 1 ready, 1 not ready, nothing pushed"
    assert "Push the 1 ready" in labels(report.blocks)


async def test_the_report_follows_the_leads_by_itself(world):
    lead = await world.has_lead("Acme", ready=True, status=LeadStatus.AUDIT_QUEUED)
    await world.has_lead("Beta")
    await world.say(LINE.format("acme.example.com beta.example.com"))
    headline, report = world.posts()
    await world.house.services.leads.set_status(world.workspace_id, CLOCK, lead.id, LeadStatus.EMAIL_GENERATED)

    await world.tick(seconds=3)

    assert headline.text == "Push blocked (409): 1 ready, 1 not ready, nothing pushed"
    assert "Audit not completed yet" not in report.text


async def test_remove_takes_bounced_leads_out_of_the_push_only(world):
    bounced = await world.has_lead("Acme", status=LeadStatus.BOUNCED)
    await world.has_lead("Good", ready=True)
    await world.say(LINE.format("acme.example.com good.example.com"))
    headline, report = world.posts()
    assert element(report.blocks, ids.REPORT_REMOVE)["confirm"]
    world.clock.move(seconds=3)

    await press_under(world, report, ids.REPORT_REMOVE)

    assert headline.text == "All 1 are ready"
    assert (await world.lead(bounced.id)).status is LeadStatus.BOUNCED


async def test_normalise_makes_legacy_leads_ready(world):
    await world.has_lead("Acme", ready=True, status=LeadStatus.SENT)
    await world.say(LINE.format("acme.example.com"))
    headline, report = world.posts()
    world.clock.move(seconds=3)

    await press_under(world, report, ids.REPORT_NORMALISE)

    assert headline.text == "All 1 are ready"
    assert labels(headline.blocks) == ["Push 1"]


async def test_nobody_left_closes_the_push(world):
    headline, report = await refused(world, "Acme", status=LeadStatus.BOUNCED)
    world.clock.move(seconds=3)

    await press_under(world, report, ids.REPORT_REMOVE)

    assert headline.text == "Push closed, nothing pushed"
    assert not labels(report.blocks)


async def test_more_leads_than_fit_come_as_one_csv_in_the_thread(world):
    leads = await has_leads(world, 60, status=LeadStatus.AUDIT_QUEUED)
    campaign = await world.campaign()
    await world.say("/push")

    await world.submit({"campaign": {ids.PUSH_CAMPAIGN: campaign.id}, "status": {ids.PUSH_STATUS: "audit_queued"}})

    headline, report, sheet = world.posts()
    assert headline.text == "Push blocked (409): 0 ready, 60 not ready, nothing pushed"
    assert "and 40 more in the CSV" in report.text
    [file] = world.slack.workspace.files.values()
    assert sheet.thread_ts == headline.ts
    assert file.name.startswith("not-ready-")
    lines = file.content.decode().splitlines()
    assert lines[0] == "lead id,company,domain,email,status,reason"
    assert len(lines) == 61

    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(leads[0].id, {"status": LeadStatus.NEW}, at=world.clock())
    await world.tick(seconds=3)

    assert len(world.slack.workspace.files) == 1  # Slack edits no files: the sheet stays as it was at the refusal


async def test_a_lead_deleted_meanwhile_leaves_the_report_and_is_said(world):
    await world.has_lead("Good", ready=True)
    lead = await world.has_lead("Acme")
    await world.say(LINE.format("good.example.com acme.example.com"))
    headline, report = world.posts()
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.remove(lead.id, world.clock())

    await world.tick(seconds=3)

    assert headline.text == "All 1 are ready"
    assert "1 lead was deleted meanwhile" in words(report.blocks)


async def test_a_report_no_longer_kept_answers_politely(world):
    await refused(world, "Acme")
    report = world.posts()[1]
    pressed = next(each for each in report.blocks if ids.RECHECK in str(each))
    for button in pressed["elements"]:
        button["value"] = "gone"

    await press_under(world, report, ids.RECHECK)

    assert "This report is no longer kept. Start the push again with `/push`." in world.told()[-1]
