"""A person's data through the slash commands: taken out as a file, taken away for good."""

import csv
import html
import io

import pytest
from sqlalchemy import select

from blocks import ids
from bot.outreach.criteria import Field, Operator, Rule
from bot.outreach.reachability import REASONS, AddressFact
from bot.outreach.segments import SegmentKind
from bot.sandbox.slack.server import ANA, DEV, OUTREACH
from storage.tables import metadata
from tests.blocks.reading import words
from tests.scenarios.hands import press, shown
from tests.scenarios.test_consent import consents
from tests.scenarios.test_web_forms import a_form, sends
from tests.scenarios.unibox_given import FIRST_WORDS, answered_by, written_to
from tests.services.test_direct_mails import ANA as OWNER
from tests.services.test_direct_mails import a_site, dispatched, queued, told

ADDRESS = "zebulon.q@acme.example.com"
WORDS = (ADDRESS, "Zebulon", "Quagmire", FIRST_WORDS, "=HYPERLINK")


async def a_person(world):
    """Written to by PlusVibe and by us, answered, filled in a form, and consented."""
    lead, there = await written_to(world, email=ADDRESS, first_name="Zebulon", last_name="Quagmire")
    await answered_by(world, there)
    await consents(world, lead, note="=HYPERLINK(1)")
    await sends(world, await a_form(world), {"email": ADDRESS, "first_name": "Zebulon", "consent": "yes"})
    site = await a_site(world)
    await queued(world, lead, site)
    other = await world.has_lead("Borg")
    await queued(world, other, site, "k2")
    await dispatched(world)
    await told(world)
    return lead, other


async def everything(world):
    found = {}
    async with world.database._reading.connect() as connection:
        for table in metadata.sorted_tables:
            found[table.name] = [repr(row) for row in await connection.execute(select(table))]
    return found


def mentions(row):
    return any(word.lower() in row.lower() for word in WORDS)


def last_direct(world):
    """What the bot said last to Ana alone, in their direct messages."""
    said = [call["arguments"] for call in world.slack.workspace.calls if call["method"] == "chat.postMessage"]
    return next(each["text"] for each in reversed(said) if each["channel"] == ANA)


def files(world):
    return list(world.slack.workspace.files.values())


async def test_erased_for_good_in_every_table_and_in_the_messages(either_world, allowed):
    world = either_world
    _, other = await a_person(world)
    await world.tick(seconds=30)  # what came within a few seconds is one message
    await world.tick()
    assert any(FIRST_WORDS in str(post.blocks) for post in world.posts())
    held = str(await everything(world)).lower()
    assert [word for word in WORDS if word.lower() not in held] == []

    await world.say(f"/outreach erase {ADDRESS}")
    assert "Nobody can undo this" in words(shown(world))
    await world.submit()
    await world.tick(seconds=30)

    rows = await everything(world)
    named = [(name, row) for name, found in rows.items() for row in found if mentions(row)]
    assert named == []
    said = str([(post.text, post.blocks) for post in world.posts()])
    assert [word for word in WORDS if word in said] == []
    assert "Erased. The log keeps that you did it" in last_direct(world)
    assert (await world.lead(other.id)).email == "jane@borg.example.com"
    await world.say("/outreach log")
    assert "A person's data erased" in world.told()[-1]


async def test_an_erased_address_is_known_as_suppressed_when_it_comes_back(world, allowed):
    lead = await world.has_lead("Acme", email=ADDRESS)
    await world.house.services.persons.erase(world.workspace_id, OWNER, lead.id)

    again = await world.has_lead("Acme", email=ADDRESS, ready=True)
    await world.say(f"/leads show {again.id}")
    assert f"Not reachable: {REASONS[AddressFact.SUPPRESSED]}" in words(shown(world))


async def test_a_sync_does_not_bring_an_erased_person_back(world):
    lead, _ = await written_to(world, email=ADDRESS)
    await world.house.services.persons.erase(world.workspace_id, OWNER, lead.id)
    await world.house.services.sync.run(world.workspace_id, OWNER)

    async with world.database.read(world.workspace_id) as uow:
        assert await uow.leads.by_keys([ADDRESS]) == {}


async def test_everything_held_is_taken_out_as_a_file_for_whoever_asked(either_world, allowed):
    world = either_world
    lead, _ = await a_person(world)

    await world.say(f"/outreach export {ADDRESS}")

    (file,) = [file for file in files(world) if file.name.startswith("lead-")]
    rows = list(csv.reader(io.StringIO(file.content.decode())))
    assert rows[0] == ["lead id", "kind", "entry", "field", "value"]
    kinds = {row[1] for row in rows[1:]}
    assert {"leads", "events", "mails", "messages", "replies", "submissions", "consents"} <= kinds
    values = {(row[1], row[3]): row[4] for row in rows[1:]}
    assert values["leads", "email"] == ADDRESS and values["consents", "note"] == "'=HYPERLINK(1)"
    assert {row[0] for row in rows[1:]} == {lead.id} and "jane@borg" not in file.content.decode()
    assert "is in your direct messages" in world.told()[-1]


async def test_the_leads_of_a_segment_are_taken_out_a_line_each(either_world, allowed, monkeypatch):
    world = either_world
    monkeypatch.setattr("bot.services.persons.BATCH_LEADS", 2)
    names = {"=1+1": "alpha@b.com", "Beta": "beta@b.com", "Gamma": "gamma@b.com"}
    oslo = [await world.has_lead(name, email=email, city="Oslo") for name, email in names.items()]
    await world.has_lead("Elsewhere", email="other@b.com", city="Bergen")
    services, at = world.house.services, (world.workspace_id, OWNER)
    segment = await services.segments.add(*at, "Oslo & co", SegmentKind.DYNAMIC)
    await services.segments.set_rule(*at, segment.id, Rule(Field.CITY, Operator.IS, ("oslo",)), None, 1)
    await services.opting_out.suppress(*at, "beta@b.com", "asked")

    await world.say("/outreach export oslo &amp; co")

    (file,) = files(world)
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert file.name == f"segment-{segment.id[-8:]}.csv"
    assert [(row["lead id"], row["email"], row["city"]) for row in rows] == [(x.id, x.email, "Oslo") for x in oslo]
    assert [row["company name"] for row in rows] == ["'=1+1", "Beta", "Gamma"]
    assert [row["stands against it"] for row in rows] == ["", "suppressed", ""]
    assert "3 leads of Oslo & co are in your direct messages" in html.unescape(world.told()[-1])
    await world.say("/outreach log")
    assert "Segment taken out: Oslo" in world.told()[-1] and "3 leads" in world.told()[-1]


async def test_an_empty_segment_gives_an_empty_sheet(world, allowed):
    await world.house.services.segments.add(world.workspace_id, OWNER, "Nobody", SegmentKind.STATIC)

    await world.say("/outreach export Nobody")

    (file,) = files(world)
    assert file.content.decode().startswith("lead id,email,first name") and len(file.content.splitlines()) == 1
    await world.say("/outreach export Nobody", user=DEV)
    assert "you need the role admin" in world.told(DEV)[-1] and len(files(world)) == 1


async def test_only_admins_may_and_a_lead_that_is_not_here_says_so(world, allowed):
    await world.has_lead("Acme", email=ADDRESS)
    for verb in ("export", "erase"):
        await world.say(f"/outreach {verb} {ADDRESS}", user=DEV)
        assert "you need the role admin" in world.told(DEV)[-1]
        await world.say(f"/outreach {verb} nobody@nowhere.com")
        assert "No lead with the id, email or domain" in world.told()[-1]
    assert files(world) == []


@pytest.mark.parametrize("verb", ["export", "erase"])
async def test_several_leads_of_a_domain_are_too_many(world, allowed, verb):
    for name in ("a", "b"):
        await world.has_lead("Acme", email=f"{name}@acme.example.com")
    await world.say(f"/outreach {verb} acme.example.com")

    assert "Name one by its email or id" in world.told()[-1]


async def test_erased_people_are_listed_last_without_their_address(either_world, monkeypatch):
    world = either_world
    monkeypatch.setattr("bot.services.opting_out.PAGE", 2)
    services, seen = world.house.services, []
    for name in ("anna", "boris", "cyril"):
        lead = await world.has_lead(name.title(), email=f"{name}@gone.example.com")
        await services.persons.erase(world.workspace_id, OWNER, lead.id)
    await services.opting_out.suppress(world.workspace_id, OWNER, "dora@here.example.com", "asked")
    after, pages = "", 0
    while after or not pages:
        records, after = await services.opting_out.page(world.workspace_id, OWNER, after=after)
        seen += [record.address_key for record in records]
        pages += 1

    assert (seen, pages) == (["dora@here.example.com", "", "", ""], 2)
    await world.say("/outreach unsubscribes")
    assert "*Erased person*" in words(shown(world)["blocks"]) and "gone.example.com" not in str(shown(world))


async def test_unsubscribes_are_taken_out_whole_and_as_text(world, allowed):
    opting_out = world.house.services.opting_out
    lead = await world.has_lead("Acme", email=ADDRESS)
    await world.house.services.persons.erase(world.workspace_id, OWNER, lead.id)
    for number in range(45):
        note = "=1+1" if number == 0 else "asked"
        await opting_out.suppress(world.workspace_id, OWNER, f"p{number}@acme.example.com", note)
    await world.say("/outreach unsubscribes")
    await press(world, ids.UNSUBSCRIBES_EXPORT)

    (file,) = [file for file in files(world) if file.name == "unsubscribes.csv"]
    rows = list(csv.reader(io.StringIO(file.content.decode())))
    assert len(rows) == 47 and rows[0][:2] == ["address", "reason"]
    assert rows[-2][0] == "p0@acme.example.com" and rows[-2][5] == "'=1+1"
    assert rows[-1][:2] == ["", "suppressed"] and rows[-1][3:] == ["erased", "", ""]
    assert "46 addresses nobody writes to" in last_direct(world)
    assert OUTREACH not in file.channels
