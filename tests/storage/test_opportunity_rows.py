"""Opportunities as rows: found by words, paged by column, counted, and following their mails."""

from dataclasses import replace

import pytest

from bot.outreach.errors import Invalid
from bot.outreach.mails import MailState
from bot.outreach.opportunities import BoardColumn
from storage.ids import new_id
from tests.storage.given import AT, HERE, LEASE, add_lead, later
from tests.storage.given_mails import a_mail, a_site, an_opportunity

NEW, QUEUED, REACHED, WON = BoardColumn


@pytest.fixture
async def lead_id(database):
    async with database.begin(HERE) as uow:
        return (await add_lead(uow, "a@b.com")).id


async def test_one_is_stored_once_for_a_page_and_a_target(database, lead_id):
    lost = an_opportunity(
        lead_id, anchor_text="audits", column=WON, by_hand=WON, set_by="U1", set_at=AT, lost_at=AT, notes="paid"
    )
    async with database.begin(HERE) as uow:
        assert await uow.opportunities.add(lost)
        assert not await uow.opportunities.add(replace(lost, id=new_id(), source_url=f"{lost.source_url}/"))
        assert await uow.opportunities.add(replace(lost, id=new_id(), target_url="https://ours.example"))
        assert await uow.opportunities.get(lost.id) == await uow.opportunities.same(lost.link_key) == lost
        assert len(await uow.opportunities.of_lead(lead_id)) == 2


async def test_a_deleted_one_is_gone_and_may_come_back(database, lead_id):
    one = an_opportunity(lead_id)
    async with database.begin(HERE) as uow:
        await uow.opportunities.add(one)
        await uow.opportunities.change(one, replace(one, deleted_at=AT))

    async with database.begin(HERE) as uow:
        assert await uow.opportunities.get(one.id) is None
        assert await uow.opportunities.counts() == await uow.opportunities.recount() == {}
        assert (await uow.opportunities.found("blog", 5)) == ({}, {})
        assert await uow.opportunities.add(replace(one, id=new_id()))


async def test_pages_of_a_column_go_from_the_newest_to_the_oldest(database, lead_id):
    many = [an_opportunity(lead_id, f"https://p{n}.example", moved_at=later(n // 2)) for n in range(7)]
    async with database.begin(HERE) as uow:
        for one in many:
            await uow.opportunities.add(one)
        await uow.opportunities.add(an_opportunity(lead_id, "https://won.example", column=WON))

    seen, cursor = [], ""
    async with database.read(HERE) as uow:
        while not seen or cursor:
            page, cursor = await uow.opportunities.page(NEW, 3, cursor=cursor)
            seen += page
        newest = await uow.opportunities.newest_of_each(2)
        with pytest.raises(Invalid):
            await uow.opportunities.page(NEW, 3, cursor="soon.1")
    assert seen == many[::-1]
    assert newest[NEW] == many[:-3:-1] and [each.source_url for each in newest[WON]] == ["https://won.example"]


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("tools", {"a", "b"}),
        ("TOOLS best", {"a"}),
        ("website audits", {"b"}),
        ("asked ana", {"c"}),
        ("g%_", {"c"}),
        ("aü", {"b"}),
        ("tools nothing", set()),
    ],
)
async def test_every_word_is_looked_for_in_page_anchor_and_notes(database, lead_id, text, pages):
    async with database.begin(HERE) as uow:
        await uow.opportunities.add(an_opportunity(lead_id, "https://a.example/best-tools"))
        await uow.opportunities.add(
            an_opportunity(lead_id, "https://b.example/tools", anchor_text="Website audits aü", column=REACHED)
        )
        noted = an_opportunity(lead_id, "https://c.example")
        await uow.opportunities.add(noted)
        await uow.opportunities.change(noted, replace(noted, notes="Asked Ana 5.3.\nprices from 100g%_"))

    async with database.read(HERE) as uow:
        found, totals = await uow.opportunities.found(text, 5)
        paged = [one for column in BoardColumn for one in (await uow.opportunities.page(column, 5, text=text))[0]]
    shown = [one for many in found.values() for one in many]
    assert {one.source_url[8] for one in shown} == {one.source_url[8] for one in paged} == pages
    assert totals == {column: len(many) for column, many in found.items()}


async def test_a_search_shows_the_newest_and_counts_all(database, lead_id):
    many = [an_opportunity(lead_id, f"https://p{n}.example/tools", moved_at=later(n)) for n in range(7)]
    async with database.begin(HERE) as uow:
        for one in many:
            await uow.opportunities.add(one)

    async with database.read(HERE) as uow:
        found, totals = await uow.opportunities.found("tools", 3)

    assert (found, totals) == ({NEW: many[:-4:-1]}, {NEW: 7})


async def test_it_follows_its_mails_with_its_counter(database, lead_id):
    site, one = a_site(), an_opportunity(lead_id)
    mail = a_mail(lead_id, site.id, opportunity_id=one.id, created_at=later(1))
    async with database.begin(HERE) as uow:
        await uow.sites.add(site)
        await uow.opportunities.add(one)

    async def stands():
        async with database.read(HERE) as uow:
            now = await uow.opportunities.get(one.id)
            assert await uow.opportunities.counts() == await uow.opportunities.recount() == {now.column: 1}
            return now.column, now.waiting, now.sent, now.mail_id

    async with database.begin(HERE) as uow:
        await uow.mails.add(mail, "key", "a@b.com")
    assert await stands() == (QUEUED, 1, 0, mail.id)
    async with database.begin(HERE) as uow:
        await uow.mails.begin([mail.id], AT, LEASE)
    assert await stands() == (QUEUED, 1, 0, mail.id)
    async with database.begin(HERE) as uow:
        await uow.mails.move_many(MailState.ACCEPTED, {mail.id: {"accepted_at": later(9)}})
    assert await stands() == (REACHED, 0, 1, mail.id)
    other = replace(mail, id=new_id())
    async with database.begin(HERE) as uow:
        await uow.mails.add(other, "other", "a@b.com")
        assert await uow.mails.cancel_opportunities([one.id], "won") == 1
    assert await stands() == (REACHED, 0, 1, mail.id)
    async with database.read(HERE) as uow:
        assert (await uow.opportunities.get(one.id)).moved_at == later(9)


@pytest.mark.parametrize("act", ["move", "cancel_to", "cancel_run"])
async def test_whatever_takes_a_mail_back_moves_it_back(database, lead_id, act):
    site, one = a_site(), an_opportunity(lead_id)
    mail = a_mail(lead_id, site.id, opportunity_id=one.id, run_id="run")
    acts = {
        "move": lambda uow: uow.mails.move(mail.id, MailState.CANCELLED),
        "cancel_to": lambda uow: uow.mails.cancel_to(["a@b.com"], "unsubscribed"),
        "cancel_run": lambda uow: uow.mails.cancel_run("run", "stopped"),
    }
    async with database.begin(HERE) as uow:
        await uow.sites.add(site)
        await uow.opportunities.add(one)
        await uow.mails.add(mail, "key", "a@b.com")

    async with database.begin(HERE) as uow:
        assert await acts[act](uow)

    async with database.read(HERE) as uow:
        assert (await uow.opportunities.get(one.id)).column is NEW
        assert await uow.opportunities.counts() == {NEW: 1}


async def test_a_counter_that_went_wrong_is_repaired(database, lead_id):
    async with database.begin(HERE) as uow:
        await uow.opportunities.add(an_opportunity(lead_id))
        uow.opportunities._counters.came(WON)

    async with database.begin(HERE) as uow:
        assert await uow.opportunities.counts() != await uow.opportunities.recount()
        await uow.opportunities.hold_still()
        await uow.opportunities.repair()
        assert await uow.opportunities.counts() == await uow.opportunities.recount() == {NEW: 1}
