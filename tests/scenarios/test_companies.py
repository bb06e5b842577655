"""The company directory: filtered, counted, and streamed into a campaign; leads of the pipeline that join one."""

from datetime import timedelta

import pytest

from blocks import campaign_ids
from bot.outreach.access import CLOCK
from bot.outreach.companies import Company
from bot.outreach.criteria import Field, Operator, Rule
from bot.outreach.csv_text import Row
from bot.outreach.enrolments import EnrolmentQuery
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.segments import SegmentKind, SegmentState
from bot.sandbox.plusvibe import seed
from bot.sandbox.slack.server import ANA, CHLOE
from bot.services import counting, intakes
from tests.blocks.reading import labels, words
from tests.scenarios.hands import has_leads, press, press_under, shown
from tests.services.test_direct_mails import ANA as OWNER

pytestmark = pytest.mark.usefixtures("allowed")
BRNO = {"city": "Brno", "country": "Czechia", "industry": "Bakeries"}


def company(number, **known):
    return Company(f"Company {number}", (f"info@c{number}.example.com",), f"c{number}.example.com", **{**BRNO, **known})


async def directory(world, *companies):
    async with world.database.begin(world.workspace_id) as uow:
        await uow.companies.add_many(companies, world.clock())


async def badges(world, provider_id=seed.AUDIT_SEQUENCE):
    """Who is in the campaign, by address."""
    campaign = await world.campaign(provider_id)
    async with world.database.read(world.workspace_id) as uow:
        rows, _, _ = await uow.enrolment_pages.page(EnrolmentQuery(campaign.id), limit=2_000)
    return {row.lead.email: row for row in rows}


async def add_all(world, *, user=ANA):
    """`Add to Campaign` for what the directory shows."""
    campaign = await world.campaign(seed.AUDIT_SEQUENCE)
    await press(world, campaign_ids.COMPANIES_ADD, user=user)
    return await world.submit({"intake_campaign": {campaign_ids.INTAKE_CAMPAIGN: campaign.id}}, user=user)


async def choose(world, trait, value):
    """A value of a trait, out of what is offered."""
    action_id = f"{campaign_ids.COMPANY_TRAIT}|{trait}"
    await offered_by(world, action_id)
    await press(world, action_id, selected=value)


async def offered_by(world, action_id, typed=""):
    """What a select of the modal on top offers."""
    return await world.slack.options(ANA, action_id=action_id, value=typed, view_id=world.modal().id)


async def test_everybody_who_matches_becomes_a_lead_of_the_campaign_and_the_rest_is_counted(either_world):
    world = either_world
    ours = await world.has_lead("Ours", email="info@c3.example.com")
    there = await world.has_lead("There", email="info@c4.example.com")
    campaign = await world.campaign(seed.AUDIT_SEQUENCE)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.enrolments.join([there.id], campaign.id, world.clock())
        barred = AddressRecord("info@c5.example.com", AddressFact.UNSUBSCRIBED, world.clock(), "link")
        await uow.addresses.add(barred)
    await directory(
        world,
        *(company(number) for number in range(1, 6)),
        Company("Silent", city="brno"),
        Company("Typo", ("info(at)typo.example.com",), city="Brno"),
        company(9, city="Praha"),
    )
    await world.say("/outreach companies")
    assert "*8 companies match* of 8" in words(shown(world))

    await choose(world, "city", "Brno")
    assert "*7 companies match* of 8" in words(shown(world))
    await add_all(world)
    assert "Adding companies to Website audit, three steps: 0%" in world.posts()[0].text
    await world.tick(seconds=3)
    await world.tick(seconds=3)

    headline, breakdown = world.posts()
    assert headline.text == "Added 3 leads to Website audit, three steps"
    assert breakdown.thread_ts == headline.ts
    for line in (
        "2 added as new leads",
        "1 of your leads joined",
        "1 in the campaign already",
        "1 without an email address",
        "1 suppressed, bounced or unsubscribed",
        "1 with a malformed address",
    ):
        assert line in breakdown.text
    there_now = await badges(world)
    assert there_now.keys() == {f"info@c{number}.example.com" for number in (1, 2, 3, 4)}
    assert there_now["info@c3.example.com"].lead.id == ours.id
    assert not there_now["info@c1.example.com"].enrolment.is_there


async def test_values_are_offered_with_their_counts_under_the_other_filters(either_world):
    world = either_world
    await directory(world, company(1), company(2), company(3, city="Praha"), company(4, industry="Hotels"))
    await world.say("/outreach companies")
    await choose(world, "industry", "Bakeries")

    offered = await offered_by(world, f"{campaign_ids.COMPANY_TRAIT}|city")

    assert [option["text"]["text"] for option in offered] == ["Any city", "Brno (2)", "Praha (1)"]


async def test_clearing_the_filters_shows_everything(world):
    await directory(world, company(1), company(2, city="Praha"))
    await world.say("/outreach companies")
    await choose(world, "city", "Praha")
    assert "*1 company matches* of 2" in words(shown(world))

    await press(world, campaign_ids.COMPANIES_CLEAR)

    assert "*2 companies match* of 2" in words(shown(world))


async def test_an_empty_directory_says_how_it_is_filled(world):
    await world.say("/outreach companies")

    assert "python -m bot import companies FILE" in words(shown(world))


async def test_editors_look_and_add_nothing(world):
    await directory(world, company(1))
    await world.say("/outreach companies", user=CHLOE)

    assert "Add to Campaign" not in labels(shown(world, CHLOE))


async def test_a_cancelled_intake_takes_nobody_more(world):
    await directory(world, *(company(number) for number in range(900)))
    await world.say("/outreach companies")
    await add_all(world)
    service = world.house.services.intakes
    moved = service.run_due(world.workspace_id)
    await anext(moved)
    await anext(moved)  # the first batch is taken

    (headline,) = world.posts()
    await press_under(world, headline, next(iter(_buttons(headline))))
    await moved.aclose()
    await world.tick(seconds=90)

    headline, breakdown = world.posts()
    assert "Cancelled adding companies" in headline.text and "400 leads joined before" in headline.text
    assert "400 added as new leads" in breakdown.text
    assert len(await badges(world)) == 400


def _buttons(message):
    return [each["action_id"] for block in message.blocks for each in block.get("elements", []) if "action_id" in each]


async def test_a_crash_between_two_batches_takes_nobody_twice(either_world):
    world = either_world
    await directory(world, *(company(number) for number in range(900)))
    await world.say("/outreach companies")
    await add_all(world)
    service = world.house.services.intakes
    dying = service.run_due(world.workspace_id)
    await anext(dying)
    await anext(dying)
    await world.tick(seconds=5)
    assert len(await badges(world)) == 400, "somebody holds it"

    await world.tick(seconds=90)

    assert len(await badges(world)) == 900
    assert "900 added as new leads" in world.posts()[1].text
    await dying.aclose()


async def test_a_second_delivery_of_the_same_submission_is_the_same_intake(world):
    await directory(world, company(1))
    await world.say("/outreach companies")
    submitted = await add_all(world)

    await world.slack.replay(submitted)
    await world.tick(seconds=3)
    await world.tick(seconds=3)

    async with world.database.read(world.workspace_id) as uow:
        log = await uow.events.log(50)
    assert len(world.posts()) == 2
    assert len([event for event in log if event.kind == "intake_done"]) == 1


async def narrow(world, trait, value):
    """A filter of `Import from Pipeline`, out of what is offered."""
    await offered_by(world, f"{campaign_ids.PIPELINE_TRAIT}|{trait}")
    await press(world, f"{campaign_ids.PIPELINE_TRAIT}|{trait}", selected=value)


def texts(options):
    return [option["text"]["text"] for option in options]


async def test_the_pipelines_values_are_offered_with_their_leads_under_the_other_filters(either_world, monkeypatch):
    world = either_world
    await has_leads(world, 3, industry="Hotels", city="Brno")
    await world.has_lead("South", industry="Hotels", city="BRNO")
    await world.has_lead("Česko", industry="Hotels", city="Česká Lípa")
    await world.has_lead("Other", industry="Bakeries", city="Praha")
    await world.say("/outreach campaign website audit, three")
    await press(world, campaign_ids.PIPELINE_IMPORT)
    city, industry = f"{campaign_ids.PIPELINE_TRAIT}|city", f"{campaign_ids.PIPELINE_TRAIT}|industry"
    assert texts(await offered_by(world, industry)) == ["Any industry", "Hotels (5)", "Bakeries (1)"]
    await narrow(world, "industry", "Hotels")

    assert texts(await offered_by(world, city)) == ["Any city", "Brno (4)", "Česká Lípa (1)"]
    assert texts(await offered_by(world, city, "ČESKÁ")) == ["Česká Lípa (1)"]
    assert texts(await offered_by(world, city, "Plzeň")) == []
    monkeypatch.setattr(counting, "STRETCH_LEADS", 2)
    monkeypatch.setattr(intakes, "AT_ONCE", timedelta(0))
    assert texts(await offered_by(world, city, "b")) == ["Brno (2+)", "b (as typed)"]


async def test_leads_of_the_pipeline_join_one_by_one(either_world):
    world = either_world
    lead = await world.has_lead("Acme", city="Brno")
    await world.has_lead("Acme South", city="Praha")
    await world.say("/outreach campaign website audit, three")
    await press(world, campaign_ids.PIPELINE_IMPORT)
    await narrow(world, "city", "Brno")

    offered = await offered_by(world, campaign_ids.PIPELINE_LEADS, "acme")
    assert [option["value"] for option in offered] == [lead.id]
    await world.submit({"pipeline_leads": {campaign_ids.PIPELINE_LEADS: [lead.id]}})

    assert "1 of your leads joined" in words(shown(world))
    assert "⚪ Pending · not pushed yet" in words(shown(world))


async def test_all_leads_that_match_join(either_world):
    world = either_world
    await has_leads(world, 30, industry="Hotels")
    await world.has_lead("Other", industry="Bakeries")
    await world.say("/outreach campaign website audit, three")
    await press(world, campaign_ids.PIPELINE_IMPORT)
    await narrow(world, "industry", "Hotels")

    await world.submit({"pipeline_scope": {campaign_ids.PIPELINE_SCOPE: "every"}})
    await world.tick(seconds=3)
    await world.tick(seconds=3)

    assert "30 of your leads joined" in world.posts()[1].text
    assert len(await badges(world)) == 30


async def a_segment(world):
    """Active, dynamic: the leads in Brno."""
    service, at = world.house.services.segments, (world.workspace_id, OWNER)
    segment = await service.add(*at, "Brno people", SegmentKind.DYNAMIC)
    await service.set_rule(*at, segment.id, Rule(Field.CITY, Operator.IS, ("brno",)), None, 1)
    return await service.turn(*at, segment.id, SegmentState.ACTIVE)


async def test_the_leads_of_a_segment_join(either_world, monkeypatch):
    world = either_world
    monkeypatch.setattr(intakes, "BATCH", 3)
    await has_leads(world, 5, industry="Hotels", city="Brno")
    for number in range(2):
        await world.has_lead(f"Crowd bakery {number}", industry="Bakeries", city="Brno")
        await world.has_lead(f"Crowd of Prague {number}", industry="Hotels", city="Praha")
    segment = await a_segment(world)
    await world.say("/outreach campaign website audit, three")
    await press(world, campaign_ids.PIPELINE_IMPORT)
    await narrow(world, "industry", "Hotels")
    await press(world, campaign_ids.PIPELINE_SEGMENT, selected=segment.id)

    assert len(await offered_by(world, campaign_ids.PIPELINE_LEADS, "crowd")) == 5
    await world.submit({"pipeline_scope": {campaign_ids.PIPELINE_SCOPE: "every"}})
    for _ in range(6):
        await world.tick(seconds=3)

    assert "5 of your leads joined" in world.posts()[1].text
    there = (await badges(world)).values()
    assert {(row.lead.city, row.lead.industry) for row in there} == {("Brno", "Hotels")} and len(there) == 5


async def test_a_segment_that_was_retired_meanwhile_is_not_used(world):
    await has_leads(world, 2, city="Brno")
    segment = await a_segment(world)
    await world.say("/outreach campaign website audit, three")
    await press(world, campaign_ids.PIPELINE_IMPORT)
    await press(world, campaign_ids.PIPELINE_SEGMENT, selected=segment.id)
    await world.house.services.segments.turn(world.workspace_id, OWNER, segment.id, SegmentState.RETIRED)

    await world.submit({"pipeline_scope": {campaign_ids.PIPELINE_SCOPE: "every"}})

    assert "Brno people is retired" in next(iter(world.modal().errors.values()))


async def test_nobody_chosen_is_said_under_the_field(world):
    await world.say("/outreach campaign website audit, three")
    await press(world, campaign_ids.PIPELINE_IMPORT)

    await world.submit()

    assert "Choose at least one lead" in next(iter(world.modal().errors.values()))


async def test_the_same_company_is_in_the_directory_once(either_world):
    service, mapping = either_world.house.services.companies, {"company_name": 0, "email": 1}
    rows = [Row(2, ["Acme", "a@acme.com"]), Row(3, ["ACME", "A@acme.com"]), Row(4, ["", ""])]

    given_back = []

    def give_back(rejected):
        given_back.append([reason.name for _, reason in rejected])
        return 0

    first, again = [
        await service.take(
            either_world.workspace_id,
            CLOCK,
            await service.begin(either_world.workspace_id, CLOCK, digest),
            mapping,
            rows,
            give_back,
        )
        for digest in ("d1", "d2")
    ]

    assert (first.added, again.added) == (1, 0)
    assert given_back == [["HERE", "NAMELESS"], ["HERE", "HERE", "NAMELESS"]]
