"""Mails, sites' days and rests as rows."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.outreach.limits import Limit
from bot.outreach.mail_facts import Delivery, Engagement, FactKind, MailFact, standing_of
from bot.outreach.mails import MailState
from bot.outreach.reachability import AddressFact, AddressRecord
from tests.storage.given import AT, HERE, LEASE, add_lead, later
from tests.storage.given_mails import TODAY, a_mail, a_site, add_sent


@pytest.fixture
async def sent(database):
    async with database.begin(HERE) as uow:
        return await add_sent(uow, (await add_lead(uow, "a@b.com")).id)


async def test_a_mail_is_stored_once_and_read_back(database, sent):
    async with database.begin(HERE) as uow:
        assert not await uow.mails.add(replace(sent.mail, id="other"), f"key:{sent.mail.id}", "a@b.com")
        assert await uow.mails.get(sent.mail.id) == await uow.mails.by_key(f"key:{sent.mail.id}") == sent.mail
        assert await uow.mails.of_lead(sent.mail.lead_id) == [sent.mail]
        (site,) = await uow.sites.all()
        assert (site, site.quiet_from) == (sent.site, time(22))


async def test_a_mail_moves_only_where_it_may(database, sent):
    mail = sent.mail.id
    async with database.begin(HERE) as uow:
        assert not await uow.mails.move(mail, MailState.ACCEPTED)
        await uow.mails.begin([mail], AT, LEASE)
        assert not await uow.mails.move(mail, MailState.CANCELLED)
        assert await uow.mails.move(mail, MailState.UNCLEAR, problem="lost")
        assert await uow.mails.unclear() == [await uow.mails.get(mail)]
        assert await uow.mails.move(mail, MailState.ACCEPTED, message_id="m1", accepted_at=AT, problem="")
        assert not await uow.mails.move(mail, MailState.UNCLEAR)
        found = await uow.mails.get(mail)

    assert (found.state, found.message_id, found.problem) == (MailState.ACCEPTED, "m1", "")


async def test_due_mails_are_held_and_put_off(database, sent):
    mail = sent.mail.id
    async with database.begin(HERE) as uow:
        assert await uow.mails.hold_due(AT - timedelta(seconds=1), 9) == []
        ((held, key),) = await uow.mails.hold_due(AT, 9)
        assert (held.id, key) == (mail, "a@b.com")
        await uow.mails.put_off([(mail, later(60), Limit.CAP, "")])
        assert await uow.mails.hold_due(later(59), 9) == []
        ((again, _),) = await uow.mails.hold_due(later(60), 9)

    assert (again.waits_for, again.state) == (Limit.CAP, MailState.HELD)


async def test_a_lost_one_is_found_when_its_lease_ends(database, sent):
    async with database.begin(HERE) as uow:
        await uow.mails.begin([sent.mail.id], AT, LEASE)
        assert await uow.mails.claim_lost(AT, 9, LEASE) == []
        (lost,) = await uow.mails.claim_lost(AT + LEASE, 9, LEASE)

    assert lost.id == sent.mail.id


async def test_days_are_counted_and_given_back(database, sent):
    day = (sent.site.id, TODAY)
    async with database.begin(HERE) as uow:
        assert await uow.sites.used([day], locked=True) == {day: 0}
        await uow.sites.count({day: 3})
        await uow.sites.count({day: -1})
        assert await uow.sites.used([day]) == {day: 2}


async def test_rests_are_kept_and_given_back(database, sent):
    async with database.begin(HERE) as uow:
        assert await uow.rests.last_sent(["a@b.com", "c@d.com"]) == {"a@b.com": AT}
        await uow.rests.undo([sent.mail.id])
        assert await uow.rests.last_sent(["a@b.com"], locked=True) == {}
        await uow.rests.begin({"a@b.com": sent.mail.id}, later(9))
        assert await uow.rests.last_sent(["a@b.com"]) == {"a@b.com": later(9)}


async def test_what_waits_is_counted_per_site_and_template(database, sent):
    async with database.begin(HERE) as uow:
        mail = a_mail(sent.mail.lead_id, sent.site.id, due_at=later(100), template_id=sent.template.id)
        await uow.mails.add(mail, "second", "a@b.com")

        assert await uow.mails.held({sent.site.id: later(50)}) == {sent.site.id: 1}
        assert await uow.mails.held({sent.site.id: later(101)}) == {sent.site.id: 2}
        assert await uow.mails.waits_with(sent.template.id) == 1
        assert await uow.mails.cancel_to(["a@b.com"], "Recipient unsubscribed") == 2
        assert await uow.mails.held({sent.site.id: later(101)}) == {sent.site.id: 0}
        assert (await uow.mails.get(mail.id)).problem == "Recipient unsubscribed"


async def test_facts_are_kept_once_and_folded(database, sent):
    mail = sent.mail.id
    opened = MailFact(FactKind.OPENED, later(9), useragent="Mozilla/5.0")
    async with database.begin(HERE) as uow:
        await uow.mail_facts.add_many([(mail, "open", opened), (mail, "open", opened), (mail, "fact", opened)])
        heard = (await uow.mail_facts.of_mails([mail]))[mail]
        await uow.mails.stand({mail: (standing_of(heard), "<1@x>")})
        found = await uow.mails.get(mail)

    assert [fact.kind for fact in heard] == [FactKind.DELIVERED, FactKind.OPENED]
    assert (found.delivery, found.engagement, found.smtp_id) == (Delivery.DELIVERED, Engagement.OPENED, "<1@x>")


async def test_a_template_is_changed_only_by_whoever_saw_it(database, sent):
    template = replace(sent.template, subject="Other")
    async with database.begin(HERE) as uow:
        assert await uow.mail_templates.change(template, 1, later(9))
        assert not await uow.mail_templates.change(template, 1, later(10))
        found = await uow.mail_templates.named("First")
        assert (found.subject, found.revision) == ("Other", 2)
        assert await uow.mail_templates.remove(template.id)
        assert not await uow.mail_templates.remove(template.id)


async def test_two_sites_never_share_a_name(database, sent):
    async with database.begin(HERE) as uow:
        assert not await uow.sites.add(a_site(sent.site.name))
        assert await uow.sites.stop_all("closed") == 1
        assert [site.stopped for site in await uow.sites.all()] == ["closed"]


async def test_what_stands_against_addresses_is_read_in_pages(database):
    records = [
        AddressRecord("a@b.com", AddressFact.UNSUBSCRIBED, AT, "page"),
        AddressRecord("c@d.com", AddressFact.BOUNCED, AT, "vendor"),
        AddressRecord("c@d.com", AddressFact.CLEARED, later(1), "U1"),
        AddressRecord("e@f.com", AddressFact.BOUNCED, AT, "vendor"),
        AddressRecord("g@h.com", AddressFact.SUPPRESSED, later(2), "U1"),
    ]
    async with database.begin(HERE) as uow:
        await uow.addresses.add_many(records)
        first, more = await uow.addresses.standing_page(2)
        rest, end = await uow.addresses.standing_page(2, before=more)
        bounced, _ = await uow.addresses.standing_page(2, AddressFact.BOUNCED)

    assert [record.address_key for record in first] == ["g@h.com", "e@f.com"]
    assert ([record.address_key for record in rest], end) == (["a@b.com"], None)
    assert [record.address_key for record in bounced] == ["e@f.com"]


async def test_erased_people_are_read_in_pages_without_their_address(database):
    async with database.begin(HERE) as uow:
        await uow.addresses.add(AddressRecord("a@b.com", AddressFact.UNSUBSCRIBED, AT, "page"))
        for key, at in (("a@b.com", AT), ("c@d.com", later(1)), ("e@f.com", later(1))):
            await uow.addresses.keep_erased([key], at)
        first, more = await uow.addresses.erased_page(2)
        rest, end = await uow.addresses.erased_page(2, after=more)
        unsubscribed, _ = await uow.addresses.erased_page(2, AddressFact.UNSUBSCRIBED)

    assert {(record.address_key, record.fact, record.at) for record in first} == {
        ("", AddressFact.SUPPRESSED, later(1))
    }
    assert (len(first), len(rest), end) == (2, 1, "")
    assert rest == unsubscribed


async def test_mails_are_counted_by_how_they_stand(database, sent):
    async with database.begin(HERE) as uow:
        await uow.mails.begin([sent.mail.id], AT, LEASE)
        await uow.mails.move(sent.mail.id, MailState.ACCEPTED, message_id="m1", accepted_at=AT)
        clicked = [MailFact(FactKind.CLICKED, later(60)), MailFact(FactKind.REPLIED, later(90))]
        await uow.mails.stand({sent.mail.id: (standing_of(clicked), "")})

        (one,) = await uow.mail_figures.standings(AT, site_id=sent.site.id)
        assert (one.delivery, one.engagement, one.is_clicked, one.mails) == (
            Delivery.DELIVERED,
            Engagement.REPLIED,
            True,
            1,
        )
        assert await uow.mail_figures.standings(later(1)) == []
        assert await uow.mail_figures.standings(site_id="another") == []
