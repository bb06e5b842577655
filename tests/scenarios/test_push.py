"""Pushes through the real doors: the form, the one-liner, refused with a threaded report, mended, pushed."""

import pytest

from blocks import ids
from bot.outreach.leads import LeadStatus
from bot.sandbox.plusvibe import seed
from bot.sandbox.slack.server import ANA, SALES
from bot.services import pushes
from tests.blocks.reading import element, offered, words
from tests.scenarios.hands import has_leads, press, shown

pytestmark = pytest.mark.usefixtures("allowed")
LINE = "/push {} to Website audit letter"


# The one-liner


async def test_a_refused_push_posts_a_headline_and_threads_every_reason(world):
    await world.has_lead("Ready Co", ready=True)
    await world.has_lead("Acme", status=LeadStatus.AUDIT_QUEUED)

    await world.say("/push readyco.example.com acme.example.com to Website audit letter")

    headline, report = world.posts()
    assert headline.text == "Push blocked (409): 1 ready, 1 not ready, nothing pushed"
    assert report.thread_ts == headline.ts
    assert "Audit not completed yet" in report.text
    assert not world.plusvibe.leads


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/push nobody@nowhere.example.com to Website audit letter", "No lead with the id, email or domain"),
        ("/push acme.example.com to Nowhere", "No campaign is called “Nowhere”"),
        ("/push acme.example.com to Website", "fits several campaigns"),
        ("/push acme.example.com", "Which campaign should they go to?"),
        ("/push to Website audit letter", "Which leads should be pushed?"),
        ("/push !!! to Website audit letter", "is neither an email address nor a domain"),
        ("/push help", "A push is all or nothing"),
    ],
)
async def test_what_cannot_be_understood_is_answered_in_words(world, line, said):
    await world.has_lead("Acme", ready=True)

    await world.say(line)

    assert said in world.told()[-1]
    assert not world.posts()
    assert not world.plusvibe.leads


async def test_links_that_slack_makes_of_addresses_are_understood(world):
    await world.has_lead("Acme", ready=True)

    await world.say("/push <mailto:jane@acme.example.com|jane@acme.example.com> to “Website audit letter”")

    assert world.posts()[0].text.startswith("Pushed 1 to Website audit letter")


async def test_leads_that_replied_or_converted_get_a_second_look(world):
    await world.has_lead("Acme", ready=True, status=LeadStatus.REPLIED)
    await world.has_lead("Beta", ready=True, status=LeadStatus.CONVERTED)
    await world.has_lead("Gamma", ready=True)

    await world.say(LINE.format("acme.example.com beta.example.com gamma.example.com"))

    asked = words(shown(world))
    assert "1 of these already replied." in asked
    assert "1 of these already converted." in asked
    assert "Push 3 leads to *Website audit letter*?" in asked
    assert not world.plusvibe.leads

    await world.submit()

    assert world.posts()[0].text.startswith("Pushed 3 to Website audit letter")


async def test_merge_fields_that_would_stay_blank_are_named_first(world):
    await has_leads(world, 1, ready=True)

    await world.say("/push p0@crowd.example.com to Autumn re-engagement")

    assert "`custom_domain`" in words(shown(world))
    assert "mailed blank" in words(shown(world))
    assert not world.plusvibe.leads


async def test_a_blank_of_any_lead_is_named_not_only_of_the_first(world):
    await world.has_lead("Acme", ready=True)
    await has_leads(world, 1, ready=True)

    await world.say("/push acme.example.com p0@crowd.example.com to Autumn re-engagement")

    assert "`custom_domain`" in words(shown(world))


async def test_texts_that_the_push_itself_will_write_are_no_blanks(world):
    await world.has_lead("Acme", ready=True)

    await world.say("/push acme.example.com to Website audit, three steps")

    assert world.posts()[0].text.startswith("Pushed 1 to Website audit, three steps")
    stored = next(iter(world.plusvibe.leads.values()))
    assert stored.custom["custom_email_subject_1"]
    assert stored.custom["custom_email_body_3"]


# The form


async def test_the_form_asks_for_the_campaign_first_and_requires_it(world):
    await world.has_lead("Acme", ready=True)
    await world.say("/push")

    form = shown(world)
    assert [block["block_id"] for block in form["blocks"] if block["type"] == "input"] == [
        "campaign",
        "leads",
        "status",
    ]
    await world.submit()
    assert "campaign" in world.modal().errors


async def test_the_form_finds_leads_as_one_types(world):
    campaign, lead = await world.campaign(), await world.has_lead("Acme", ready=True)
    await world.has_lead("Beta", ready=True)
    await world.say("/push")

    found = await world.slack.options(ANA, action_id=ids.PUSH_LEADS, view_id=world.modal().id, value="acm")
    await world.submit({"campaign": {ids.PUSH_CAMPAIGN: campaign.id}, "leads": {ids.PUSH_LEADS: [lead.id]}})

    assert [option["value"] for option in found] == [lead.id]
    assert "Acme · jane@acme.example.com" in found[0]["text"]["text"]
    assert world.posts()[0].text.startswith("Pushed 1 to Website audit letter")


async def test_all_of_a_status_are_pushed_together(world):
    campaign = await world.campaign()
    await has_leads(world, 30, ready=True)
    await world.has_lead("Other")
    await world.say("/push")
    assert "Email Ready (30)" in str(element(shown(world), ids.PUSH_STATUS))

    await world.submit({"campaign": {ids.PUSH_CAMPAIGN: campaign.id}, "status": {ids.PUSH_STATUS: "email_generated"}})

    assert world.posts()[0].text.startswith("Pushed 30 to Website audit letter")
    assert len(world.plusvibe.leads) == 30


async def test_more_of_a_status_than_one_push_takes_is_said_and_nobody_is_left_out(world, monkeypatch):
    monkeypatch.setattr(pushes, "MOST_LEADS", 5)
    campaign = await world.campaign()
    await has_leads(world, 6, ready=True)
    await world.say("/push")

    await world.submit({"campaign": {ids.PUSH_CAMPAIGN: campaign.id}, "status": {ids.PUSH_STATUS: "email_generated"}})

    assert "More than 5 leads have this status" in world.modal().errors["status"]
    assert not world.plusvibe.leads


@pytest.mark.parametrize(
    ("both", "said"),
    [(True, "by name, by status or by segment"), (False, "Choose at least one lead, a status or a segment")],
)
async def test_names_and_status_at_once_or_neither_are_refused(world, both, said):
    campaign, lead = await world.campaign(), await world.has_lead("Acme", ready=True)
    await world.say("/push")
    await world.slack.options(ANA, action_id=ids.PUSH_LEADS, view_id=world.modal().id, value="acme")
    chosen = {"leads": {ids.PUSH_LEADS: [lead.id]}, "status": {ids.PUSH_STATUS: "email_generated"}} if both else {}

    await world.submit({"campaign": {ids.PUSH_CAMPAIGN: campaign.id}, **chosen})

    assert said in world.modal().errors["leads"]
    assert not world.posts()


async def test_more_than_a_hundred_campaigns_are_searched(world):
    for number in range(101):
        world.plusvibe.campaigns[f"c{number}"] = type(world.plusvibe.campaigns[seed.AUTUMN])(
            f"c{number}", f"Campaign {number:03}", []
        )
    await world.house.services.campaigns.refresh(world.workspace_id)
    await world.has_lead("Acme")
    await world.say("/push")

    view_id = world.modal().id
    found = await world.slack.options(ANA, action_id=ids.PUSH_CAMPAIGN, view_id=view_id, value="campaign 07")

    assert [option["text"]["text"] for option in found] == [f"Campaign {number:03}" for number in range(70, 80)]


async def test_a_second_press_of_the_same_submit_pushes_once(world):
    campaign = await world.campaign()
    await world.has_lead("Acme", ready=True)
    await world.say("/leads")
    await press(world, ids.SELECT_PAGE)
    await world.submit({"campaign": {ids.CAMPAIGN: campaign.id}})

    await world.slack.replay(world.slack.deliveries[-1])
    await world.idle()

    assert len([call for call in world.plusvibe.calls if call.path == "/lead/add"]) == 1
    assert len(world.posts()) == 1


async def test_the_result_goes_where_the_push_was_asked_for(world):
    await world.has_lead("Acme", ready=True)

    await world.say(LINE.format("acme.example.com"), channel=SALES)

    assert world.posts(SALES)[0].text.startswith("Pushed 1")
    assert not world.posts()
    assert "by Ana Novak" in words(world.posts(SALES)[0].blocks)
    assert "<@" not in str(world.posts(SALES)[0].blocks)


# Statuses on offer


async def test_the_legacy_status_cannot_be_pushed_as_a_whole(world):
    await world.has_lead("Acme", status=LeadStatus.SENT)
    await world.has_lead("Beta")

    await world.say("/push")

    assert offered(shown(world), ids.PUSH_STATUS) == ["new"]
