"""Importing leads in Slack, from the file to the sum: forms, columns, forecast, progress, cancel, undo."""

import pytest

from blocks import ids
from bot.outreach.importing import UNDO_FOR
from bot.sandbox.slack.server import ANA, CHLOE, OUTREACH
from tests.blocks.reading import labels, words
from tests.scenarios.hands import block_of, press, press_under, shown
from tests.scenarios.import_given import (
    FAIR,
    all_people,
    chooses,
    columns,
    drops,
    ends,
    errors,
    maps,
    message_of,
    people,
    thread_of,
    uses_shortcut,
)
from tests.scenarios.test_add_lead import found

pytestmark = pytest.mark.usefixtures("allowed")
MAPPED = {"email": "E-mail", "first_name": "First name", "company_name": "Company", "city": "City"}


async def test_from_the_form_to_the_sum(either_world):
    world = either_world
    await chooses(world)

    assert columns(world) == MAPPED
    said = words(shown(world))
    assert "*Forecast* for 4 rows: *2 new leads*" in said
    assert "• Bad email format: 1\n• Duplicate in the file: 1" in said
    assert "1. *jane@acme.example.com* · Jane · Acme · Berlin" in said
    assert shown(world)["submit"]["text"] == "Import 2 leads"
    await world.submit()
    assert message_of(world).text.startswith("⏳ Importing fair.csv by Ana Novak")
    assert labels(message_of(world).blocks) == ["Cancel"]
    await ends(world)

    message = message_of(world)
    assert message.text == "✅ Imported fair.csv by Ana Novak\n2 leads added · 2 rows left out"
    (told,), (rejects,) = thread_of(world, message)
    assert told.startswith("Breakdown\nRows read: 4\nLeads added: 2\nBad email format: 1\nDuplicate in the file: 1")
    header, *rows = rejects.splitlines()
    assert header == "E-mail,First name,Company,City,reason,line"
    assert rows[0] == "JANE@acme.example.com,Jane,Acme again,Berlin,duplicate in the file,3"
    assert (await found(world, "mia@gamma.example.com")).company_name == "Gamma"


async def test_from_a_file_dropped_in_a_channel(world):
    message, _ = await drops(world)

    await uses_shortcut(world, message)

    assert columns(world) == MAPPED
    await world.submit()
    await ends(world)
    assert message_of(world).text.startswith("✅ Imported fair.csv")


async def test_one_of_several_files_is_chosen(world):
    first, second = [await world.slack.upload(ANA, name, FAIR.encode()) for name in ("one.csv", "two.csv")]
    note = await world.slack.upload(ANA, "notes.pdf", b"%PDF", "application/pdf")
    await world.slack.type_message(ANA, OUTREACH, "", files=[first.id, note.id, second.id])
    await uses_shortcut(world, world.slack.workspace.messages[OUTREACH][-1])
    offered = block_of(shown(world), ids.IMPORT_FILE)["element"]["options"]
    assert [option["text"]["text"] for option in offered] == ["one.csv", "two.csv"]

    await world.submit({"file": {ids.IMPORT_FILE: second.id}})

    assert "*two.csv*" in words(shown(world))


@pytest.mark.parametrize("file", [None, ("notes.pdf", "application/pdf"), "deleted"], ids=["none", "a PDF", "deleted"])
async def test_a_message_without_a_csv_file_says_so(world, file):
    if isinstance(file, tuple):
        message, _ = await drops(world, name=file[0], mimetype=file[1])
    else:
        message, dropped = await drops(world)
        await world.slack.delete_file(ANA, dropped.id)

    await uses_shortcut(world, message)

    assert world.told() == [
        "This message has no CSV file. Drop one into the channel, or choose one with `/leads import`."
    ]


async def test_the_list_and_outreach_lead_to_the_same_form(world):
    for command in ("/leads", "/outreach import", "/leads import"):
        await world.say(command)
        if command == "/leads":
            await press(world, ids.IMPORT_OPEN)
        assert shown(world)["callback_id"] == ids.IMPORT_FORM
        await world.slack.close_view(ANA, world.modal().id, cleared=True)


async def test_an_import_from_the_list_is_told_in_its_channel(world):
    await world.has_lead("Acme")
    await world.say("/leads")
    await press(world, ids.IMPORT_OPEN)
    file = await world.slack.attach(ANA, "fair.csv", FAIR.encode())
    await world.submit({"file": {ids.IMPORT_FILE: [file.id]}})

    await world.submit()

    assert not world.slack.workspace.modals.get(ANA)
    assert message_of(world, OUTREACH).text.startswith("⏳ Importing fair.csv")


async def test_another_column_makes_another_forecast(world):
    await chooses(world, "mail,second mail\nbroken,jane@acme.example.com\nbroken,mia@acme.example.com\n")
    assert shown(world)["submit"]["text"] == "Import 0 leads"
    await world.submit()
    assert errors(world) == ["Every row is left out, for the reasons above. There is nothing to import."]

    await maps(world, "email", None)
    assert "⚠️ Choose the column that holds the email address." in words(shown(world))
    await world.submit()
    assert errors(world) == ["Choose the column that holds the email address."]
    await maps(world, "email", 1)

    assert shown(world)["submit"]["text"] == "Import 2 leads"
    assert "1. *jane@acme.example.com*" in words(shown(world))


async def test_a_campaign_is_joined_by_everybody_in_the_file(world):
    await world.has_lead("Acme", email="jane@acme.example.com")
    campaign = await world.campaign()
    await chooses(world, campaign={ids.IMPORT_CAMPAIGN: campaign.id})
    assert "*1 new lead*, *1* already a lead and new to the campaign" in words(shown(world))

    await press(world, ids.IMPORT_CAMPAIGN, block_id="campaign", selected="-")
    assert "*1 new lead*\n" in words(shown(world)) and "Already a lead: 2" in words(shown(world))
    await press(world, ids.IMPORT_CAMPAIGN, block_id="campaign", selected=campaign.id)
    await world.submit()
    await ends(world)

    said = f"✅ Imported fair.csv into {campaign.name} by Ana Novak\n1 lead added · 1 joined the campaign"
    assert message_of(world).text.startswith(said)
    assert "Already a lead, joined the campaign: 1" in thread_of(world, message_of(world))[0][0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "fair.csv is empty, so there is nothing to import."),
        (b"\n \n\n", "fair.csv is empty, so there is nothing to import."),
        (b"email,name\n", "fair.csv has no row below its column names, so there is nothing to import."),
        (b"x" * 9, "fair.csv has no row below its column names, so there is nothing to import."),
    ],
    ids=["no bytes", "blank lines", "only a header", "one word"],
)
async def test_a_file_without_leads_says_so(world, content, said):
    await chooses(world, content)

    assert words(shown(world)) == f"Import leads\nClose\n⚠️ {said}"


async def test_what_is_no_sheet_is_refused_in_the_form(world):
    await chooses(world, name="leads.xlsx")

    assert errors(world) == ["That is no CSV file. Save the sheet as CSV (comma separated) and choose that file."]


async def test_a_file_over_ten_megabytes_names_the_shell(world):
    message, _ = await drops(world, b"email\n" + b"x" * 11_000_000)

    await uses_shortcut(world, message)

    assert "This file is over 10 MB. Split it, or import it from the shell" in words(shown(world))


async def test_a_missing_scope_and_a_file_out_of_sight_say_what_to_do(world, allowed):
    allowed.update({"missing_scope", "file_not_found"})
    message, file = await drops(world)
    world.slack.settings.scopes -= {"files:read"}
    await uses_shortcut(world, message)
    assert "install the app again with the current manifest (files:read)" in words(shown(world))

    world.slack.settings.scopes |= {"files:read"}
    del world.slack.workspace.files[file.id]
    await world.slack.close_view(ANA, world.modal().id, cleared=True)
    message.file_ids.clear()
    await chooses(world)
    assert columns(world) == MAPPED


async def test_hostile_cells_stay_text(world):
    rows = (
        'email,company\njane@acme.example.com,"<!channel> *hi* <@U0ANANOVAK>"\n<!here>,"=HYPERLINK(""http://evil"")"\n'
    )
    await chooses(world, rows, name="<!channel>.csv")
    assert "&lt;!channel&gt;" in words(shown(world)) and "<!" not in words(shown(world))
    await world.submit()
    await ends(world)

    message = message_of(world)
    assert message.text.startswith("✅ Imported &lt;!channel&gt;.csv")
    _, (rejects,) = thread_of(world, message)
    assert "'=HYPERLINK" in rejects


async def test_a_repeated_delivery_and_a_second_submission_import_once(world, allowed):
    allowed.add("notices")
    await chooses(world)
    delivery = await world.submit()
    await world.slack.replay(delivery)
    await world.idle()
    await chooses(world)
    await world.submit()
    assert world.posts(world.slack.board.direct_message(ANA).id)[-1].text.startswith("This file is being imported alr")
    await ends(world)

    assert len([post for post in world.posts() if "Imported fair.csv" in post.text]) == 1
    assert len(await all_people(world)) == 2
    await chooses(world)
    assert "Already a lead: 3" in words(shown(world))


async def test_who_may_not_import_hears_the_role(world):
    message, _ = await drops(world)
    await world.say("/leads import", user=CHLOE)
    await uses_shortcut(world, message, user=CHLOE)
    await world.has_lead("Acme")
    await world.say("/leads", user=CHLOE)
    assert "Import leads" not in labels(shown(world, CHLOE))
    await chooses(world)
    await world.submit()
    await press_under(world, message_of(world), ids.IMPORT_CANCEL, user=CHLOE)

    refusal = "To import leads you need the role admin or higher."
    assert [told.partition(" (Ref")[0] for told in world.told(CHLOE)] == [refusal] * 3


async def test_undo_takes_back_what_nothing_happened_to(either_world):
    world = either_world
    await chooses(world, people(5))
    await world.submit()
    await ends(world)
    message = message_of(world)
    assert labels(message.blocks) == ["Open leads", "Undo import"]
    kept = await found(world, "p3@crowd.example.com")
    async with world.database.begin(world.workspace_id) as uow:
        await uow.leads.change(kept.id, {"city": "Berlin"}, at=world.clock())

    await press_under(world, message, ids.IMPORT_UNDO)
    assert message.text.startswith("↩️ Undoing the import of fair.csv")
    await ends(world)

    said = ["↩️ Import undone by Ana Novak: fair.csv", "4 leads removed", "1 lead stayed: 1 changed since"]
    assert message.text == "\n".join(said)
    assert labels(message.blocks) == []
    assert await all_people(world) == ["p3@crowd.example.com"]


async def test_undo_ends_after_a_day(world):
    await chooses(world)
    await world.submit()
    await ends(world)
    message = message_of(world)

    world.clock.move(seconds=UNDO_FOR.total_seconds() + 60)
    await press_under(world, message, ids.IMPORT_UNDO)

    assert world.told()[-1].startswith("An import can be undone for 24 hours. Remove its leads by hand where you must.")
    assert message.text.startswith("✅")
