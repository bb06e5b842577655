"""Pushes through the real doors: refused with a threaded report, mended, pushed."""

from blocks import ids
from bot.outreach.leads import LeadStatus


async def test_a_refused_push_posts_a_headline_and_threads_every_reason(world):
    await world.has_lead("Ready Co", ready=True)
    await world.has_lead("Acme", status=LeadStatus.AUDIT_QUEUED)

    await world.say("/push readyco.example.com acme.example.com to Website audit letter")

    headline, report = world.posts()
    assert headline.text == "Push blocked (409): 1 ready, 1 not ready, nothing pushed"
    assert report.thread_ts == headline.ts
    assert "Audit not completed yet" in report.text
    assert not world.plusvibe.leads


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
    assert stored.custom["custom_email_subject"] and stored.custom["custom_audit_grade"]
