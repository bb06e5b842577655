"""The link board through the doors: a page is added, written to, reached, opened, won; two people; hostile texts."""

import pytest

from blocks import ids, link_ids
from blocks.link_state import LinkState
from bot.outreach.access import Role
from bot.outreach.events import EventKind
from bot.outreach.leads import LeadKind
from bot.outreach.members import Member
from bot.outreach.opportunities import BoardColumn, Wanted
from bot.sandbox.slack.server import ANA as ANA_ID
from bot.sandbox.slack.server import BEN
from tests.blocks.reading import labels, words
from tests.scenarios.test_direct_sending import typed, view, with_site, with_template
from tests.scenarios.test_sequences_in_slack import with_sequence
from tests.services.test_direct_mails import ANA

pytestmark = pytest.mark.usefixtures("allowed")
PAGE = "https://blog.example.com/best-tools"
NEW, QUEUED, REACHED, WON = BoardColumn


async def has(world, page=PAGE, **given):
    """A page on the board."""
    return await world.house.services.opportunities.add(world.workspace_id, ANA, Wanted(page, **given))


async def now(world, opportunity):
    return await world.house.services.opportunities.get(world.workspace_id, ANA, opportunity.id)


async def choose(world, verb, opportunity, *, user=ANA_ID):
    """An entry of a card's menu."""
    where = {"view_id": world.modal(user).id, "block_id": f"link:{opportunity.id}"}
    await world.click(link_ids.LINK_MENU, selected=f"{verb}:{opportunity.id}", user=user, **where)


def shown(world, user=ANA_ID):
    return words(view(world, user)["blocks"])


async def test_from_the_page_to_the_link(world):
    await with_site(world)
    await with_template(
        world,
        subject="About {{ url }}",
        body="Could {{ anchor_text }} lead to {{ target_url }}?\n\nhttps://ours.example",
    )
    (template,) = await world.house.services.templates.all(world.workspace_id, ANA)
    await world.say("/pipeline board")
    assert "No opportunities yet" in shown(world)
    await world.click(link_ids.LINK_ADD, view_id=world.modal().id)
    await world.submit(
        typed(
            source_url="blog.example.com/best-tools",
            anchor_text="website audits",
            target_url=PAGE.replace("blog", "ours"),
        )
    )
    assert "Added blog.example.com/best-tools." in shown(world)
    assert f"<{PAGE}|blog.example.com/best-tools>" in shown(world) and "`website audits`" in shown(world)
    (opportunity,) = (await world.house.services.opportunities.column(world.workspace_id, ANA, NEW)).cards

    await choose(world, "send", opportunity.opportunity)
    assert view(world)["title"]["text"] == "Send Email"
    await world.click(ids.MAIL_TEMPLATE, view_id=world.modal().id, selected=template.id)
    await world.submit(typed(to="someone"))
    assert list(world.modal().errors) == ["to"]
    await world.submit(typed(to="quiet@blog.example.com"))
    assert "Goes to *quiet@blog.example.com*" in shown(world)
    assert "Could website audits lead to https://ours.example.com/best-tools?" in shown(world)
    assert (await now(world, opportunity.opportunity)).column is NEW
    await world.submit()

    assert view(world)["title"]["text"] == "Email History" and "Undo" in labels(view(world)["blocks"])
    assert (await now(world, opportunity.opportunity)).column is QUEUED
    await world.tick(seconds=61)
    assert [(mail.to, mail.subject) for mail in world.demo.sendgrid.mails] == [
        ("quiet@blog.example.com", f"About {PAGE}")
    ]
    stands = await now(world, opportunity.opportunity)
    assert (stands.column, stands.sent) == (REACHED, 1)
    lead = await world.lead(stands.lead_id)
    assert (lead.email, lead.kind, lead.domain) == ("quiet@blog.example.com", LeadKind.LINK, "blog.example.com")


async def test_an_open_stands_on_the_card_and_in_the_history_and_won_is_one_choice(world):
    await with_site(world)
    opportunity = await has(world, email="open@blog.example.com")
    await world.say("/outreach links")
    await choose(world, "send", opportunity)
    await world.submit(typed(**{"subject:0": "Hello", "body:0": "A word"}))
    await world.submit()
    await world.tick(seconds=61)
    world.clock.move(minutes=5)
    await world.demo.sendgrid.live()
    await world.tick()

    await world.say("/pipeline board")
    assert "🟢 Opened" in shown(world)
    await choose(world, "history", opportunity)
    history = shown(world)
    assert history.index("🟢 Opened") < history.index("📬 Delivered") < history.index("📤 Sent")
    assert "Message id `" in history

    await world.say("/pipeline board")
    await choose(world, "move", opportunity)
    await world.submit({"column": {"value": WON.value}})
    assert "blog.example.com/best-tools stands in Won now." in shown(world)
    assert "✋ Won by hand, Ana" in shown(world)
    async with world.database.read(world.workspace_id) as uow:
        (event,) = await uow.events.log(1, kind=EventKind.OPPORTUNITY_MOVED)
    assert (event.actor, event.facts["before"], event.facts["after"]) == (ANA_ID, "reached", "won")
    await world.say("/outreach metrics")
    assert "*Open Rate*\n100% · 1 of 1 delivered" in shown(world) and "*Wins*\n1" in shown(world)


async def test_undo_puts_the_card_back(world):
    await with_site(world)
    opportunity = await has(world, email="quiet@blog.example.com")
    await world.say("/pipeline board")
    await choose(world, "send", opportunity)
    await world.submit(typed(**{"subject:0": "Hello", "body:0": "A word"}))
    await world.submit()
    assert (await now(world, opportunity)).column is QUEUED

    await world.click(ids.MAIL_UNDO, view_id=world.modal().id)

    assert view(world)["title"]["text"] == "Email History" and "Taken back" in shown(world)
    assert (await now(world, opportunity)).column is NEW


async def test_a_sequence_fills_in_the_page_at_every_step(world):
    await with_sequence(world)
    (template,) = await world.house.services.templates.all(world.workspace_id, ANA)
    save = world.house.services.templates.save
    await save(world.workspace_id, ANA, ("First look", "On {{ url }}", "Hello, {{ anchor_text }}."), template.id, 1)
    opportunity = await has(world, anchor_text="website audits")
    await world.say("/pipeline board")
    await choose(world, "sequence", opportunity)
    assert view(world)["title"]["text"] == "Assign Sequence"
    await world.submit(typed(to=""))
    assert list(world.modal().errors) == ["to"]
    await world.submit(typed(to="deferred@blog.example.com"))
    assert "goes to *deferred@blog.example.com*" in shown(world) and "Hello, website audits." in shown(world)
    await world.submit()

    assert "The sequence has begun" in shown(world) and "Sequence: step 1 of 2 on its way" in shown(world)
    await world.tick()
    await world.tick(seconds=80 * 3600)
    assert [mail.text.partition("\n")[0] for mail in world.demo.sendgrid.mails] == ["Hello, website audits."] * 2
    stands = await now(world, opportunity)
    assert (stands.column, stands.sent) == (REACHED, 2)


async def test_won_takes_back_what_waits_and_ends_the_sequence(world):
    await with_sequence(world)
    (template,) = await world.house.services.templates.all(world.workspace_id, ANA)
    save = world.house.services.templates.save
    await save(world.workspace_id, ANA, ("First look", "A question", "Hello."), template.id, 1)
    opportunity = await has(world, email="deferred@blog.example.com")
    await world.say("/pipeline board")
    await choose(world, "sequence", opportunity)
    await world.submit()
    await world.submit()
    await choose(world, "move", opportunity)
    await world.submit({"column": {"value": WON.value}})

    await world.tick(seconds=80 * 3600)
    assert world.demo.sendgrid.mails == [] and "Sequence: step" not in shown(world)
    assert (await now(world, opportunity)).column is WON


async def test_an_address_known_already_is_that_lead(world):
    lead = await world.has_lead("Acme", email="quiet@acme.example.com")
    await with_site(world)
    opportunity = await has(world)
    await world.say("/pipeline board")
    await choose(world, "send", opportunity)
    await world.submit(typed(to="Quiet@acme.example.com", **{"subject:0": "Hello", "body:0": "A word"}))
    await world.submit()

    assert (await now(world, opportunity)).lead_id == lead.id
    await world.say(f"/leads show {lead.email}")
    assert "Opportunities" in shown(world) and "Open board" in labels(view(world)["blocks"])
    await world.click(link_ids.OPEN_LINK_BOARD, view_id=world.modal().id)
    assert view(world)["title"]["text"] == "Link board"


async def test_two_people_move_one_card_and_the_second_is_told(world):
    opportunity = await has(world)
    for user in (ANA_ID, BEN):
        await world.say("/pipeline board", user=user)
        await choose(world, "move", opportunity, user=user)
    await world.submit({"column": {"value": WON.value}}, user=BEN)
    await world.submit({"column": {"value": REACHED.value}}, user=ANA_ID)

    assert "It was moved to Won meanwhile" in world.modal().errors["column"]
    assert (await now(world, opportunity)).column is WON


async def test_notes_are_saved_where_they_are_read(world):
    opportunity = await has(world)
    await world.say("/pipeline board")
    board = world.modal().id
    await choose(world, "history", opportunity)
    await world.click(link_ids.LINK_NOTES, view_id=world.modal().id)
    await world.submit(typed(notes="Asked for prices.\nCalls back."))

    assert view(world)["title"]["text"] == "Notes" and "Saved." in shown(world) and "changed by Ana" in shown(world)
    beneath = next(modal for modal in world.slack.workspace.modals[ANA_ID] if modal.id == board)
    assert "📝 Asked for prices. Calls back." in words(beneath.payload["blocks"])
    await world.click(link_ids.LINK_BACK_TO_HISTORY, view_id=world.modal().id)
    assert view(world)["title"]["text"] == "Email History" and "Asked for prices." in shown(world)


async def test_a_search_is_answered_as_one_types_and_columns_are_read_page_by_page(world):
    for number in range(12):
        await has(world, f"https://p{number}.example.com", notes="ask ana" if number in (3, 4) else "")
    await world.say("/pipeline board")
    assert "*New* · 12" in shown(world) and "More" in labels(view(world)["blocks"])
    assert "p11.example.com" in shown(world) and "p6.example.com" not in shown(world)
    await world.click(link_ids.LINK_COLUMN, view_id=world.modal().id, value=NEW.value)
    assert "p2.example.com" in shown(world) and "p1.example.com" not in shown(world)
    await world.click(link_ids.LINK_PAGE, view_id=world.modal().id)
    assert "p1.example.com" in shown(world) and {"Newest", "Back to board"} <= set(labels(view(world)["blocks"]))
    await world.click(link_ids.LINK_BACK, view_id=world.modal().id)

    await world.click(link_ids.LINK_SEARCH, view_id=world.modal().id, value="ASK an")
    assert "2 opportunities with “ASK an”" in shown(world) and "p3.example.com" in shown(world)
    await world.click(link_ids.LINK_SEARCH, view_id=world.modal().id, value="nothing at all")
    assert "Nothing on the board has these words" in shown(world)
    await world.click(link_ids.LINK_CLEAR, view_id=world.modal().id)
    assert "*New* · 12" in shown(world)


async def test_the_same_page_twice_is_said_kindly(world):
    await has(world)
    await world.say("/pipeline board")
    await world.click(link_ids.LINK_ADD, view_id=world.modal().id)
    await world.submit(typed(source_url="http://www.blog.example.com/best-tools/"))

    assert "on the board already, in New" in world.modal().errors["source_url"]
    await world.submit(typed(source_url="not a page"))
    assert list(world.modal().errors) == ["source_url"]


async def test_deleting_asks_once_more(world):
    opportunity = await has(world)
    await world.say("/pipeline board")
    await choose(world, "delete", opportunity)
    assert "leaves the board for everybody" in shown(world)
    await world.submit()

    assert "Deleted blog.example.com/best-tools." in shown(world) and "No opportunities yet" in shown(world)


HOSTILE = "<!channel> *b* `x` <https://evil.example|y>"


async def test_hostile_texts_are_only_texts(world):
    opportunity = await has(world, anchor_text=HOSTILE, notes=f"{HOSTILE}\n<@U0ANANOVAK>")
    await world.say("/pipeline board")
    for verb in ("move", "history", "delete"):
        await world.say("/pipeline board")
        assert "<!channel>" not in str(view(world)["blocks"]) and "&lt;!channel&gt;" in shown(world)
        await choose(world, verb, opportunity)
        assert "<!channel>" not in str(view(world)["blocks"]) and "<@" not in str(view(world)["blocks"])


async def test_the_pipeline_leads_to_the_board(world):
    await world.say("/pipeline")
    await world.click(link_ids.OPEN_LINK_BOARD, view_id=world.modal().id)

    assert view(world)["title"]["text"] == "Link board" and "No opportunities yet" in shown(world)


async def test_a_viewer_looks_and_changes_nothing(world):
    opportunity = await has(world)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.members.save(Member(BEN, "Ben", Role.VIEWER, "UTC", world.clock()))
    await world.say("/pipeline board", user=BEN)

    block = next(block for block in view(world, BEN)["blocks"] if block.get("block_id") == f"link:{opportunity.id}")
    assert [each["text"]["text"] for each in block["accessory"]["options"]] == ["View History"]
    assert "Add Opportunity" not in labels(view(world, BEN)["blocks"])


@pytest.mark.parametrize("packed", ["", "[]", "{}", "[1,2,3,4]", '["a","lost","",0]', "null"])
def test_a_state_that_is_none_gives_the_whole_board(packed):
    assert LinkState.unpacked(packed) == LinkState()
