"""Verdicts and mail domains as rows: queued with leads, claimed by domain, settled in sets."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from bot.outreach.validation import AddressCheck, Found, MailHosts, Reason, Ruling, Verdict, after
from storage.schema import migrate
from storage.verdicts import MailDomain
from tests.storage.given import AT, HERE, LEASE, add_lead, later
from tests.storage.test_schema import empty_url, engine_of  # noqa: F401

HOSTS = MailHosts(("mx1.acme.com", "mx2.acme.com"), Found.MX, timedelta(hours=1))


async def known(database, *keys):
    async with database.read(HERE) as uow:
        return await uow.verdicts.of(keys)


async def claimed(database, at=AT, limit=9, each=9, **only):
    async with database.begin(HERE) as uow:
        domains = await uow.verdicts.claim_domains(at, limit, LEASE, **only)
        due = await uow.verdicts.due([domain.domain for domain in domains], at, each)
    return {name: [check.address_key for check in checks] for name, checks in due.items()}


async def test_a_lead_with_a_new_address_queues_it_once(database):
    async with database.begin(HERE) as uow:
        lead = await add_lead(uow, "ana@acme.com")
        await add_lead(uow, None)
        await uow.leads.add_many([], AT)
    found = await known(database, "ana@acme.com", "nobody@acme.com")
    assert found == {"ana@acme.com": AddressCheck("ana@acme.com", "acme.com", next_at=AT)}

    async with database.begin(HERE) as uow:
        await uow.verdicts.settle([after(found["ana@acme.com"], Ruling(Verdict.VALID, Reason.ACCEPTED), AT)])
        await uow.leads.change(lead.id, {"email": "ben@other.com"}, at=later(5))
        await uow.leads.change_many([(lead.id, {"email": "chloe@other.com"})], at=later(6))
        await uow.leads.change_many([(lead.id, {"city": "Brno"})], at=later(7))
    async with database.begin(HERE) as uow:
        await uow.leads.change(lead.id, {"email": "ana@acme.com"}, at=later(8))

    found = await known(database, "ana@acme.com", "ben@other.com", "chloe@other.com")
    assert {key: (check.verdict, check.next_at) for key, check in found.items()} == {
        "ana@acme.com": (Verdict.VALID, None),
        "ben@other.com": (None, later(5)),
        "chloe@other.com": (None, later(6)),
    }


async def test_what_is_settled_is_read_back(database):
    check = AddressCheck("ana@acme.com", "acme.com", flags=("role", "free"))
    settled = after(check, Ruling(Verdict.UNVERIFIED, Reason.LATER, "451 4.7.1 Greylisted (mx.acme.com)"), later(5))
    async with database.begin(HERE) as uow:
        await add_lead(uow, "ana@acme.com")
    async with database.begin(HERE) as uow:
        await uow.verdicts.settle([settled])

    assert await known(database, "ana@acme.com") == {"ana@acme.com": settled}


async def test_domains_are_claimed_by_one_the_longest_waiting_first(database):
    async with database.begin(HERE) as uow:
        for number, name in enumerate(["a@one.com", "b@two.com", "c@one.com", "d@three.com"]):
            await add_lead(uow, name, at=later(number))

    assert await claimed(database, later(2), limit=1) == {"one.com": ["a@one.com", "c@one.com"]}
    assert await claimed(database, later(2)) == {"two.com": ["b@two.com"]}
    assert await claimed(database, later(9)) == {"three.com": ["d@three.com"]}
    assert await claimed(database, later(9)) == {} == await claimed(database, later(9), only="one.com")
    after_the_lease = AT + LEASE + timedelta(seconds=9)
    assert list(await claimed(database, after_the_lease, each=1)) == ["one.com", "three.com", "two.com"]


async def test_no_domain_takes_all_the_places(database):
    async with database.begin(HERE) as uow:
        for email in [*(f"p{number}@big.com" for number in range(50)), "z@small.com"]:
            await add_lead(uow, email)

    first = await claimed(database, limit=1, each=10)
    assert {name: len(keys) for name, keys in first.items()} == {"big.com": 10}
    assert await claimed(database, limit=1) == {"small.com": ["z@small.com"]}


async def test_what_is_known_of_a_domain_is_kept_for_its_time(database):
    async with database.begin(HERE) as uow:
        await add_lead(uow, "ana@acme.com")
    async with database.begin(HERE) as uow:
        (domain,) = await uow.verdicts.claim_domains(AT, 9, LEASE)
        assert domain == MailDomain("acme.com")
        told = replace(domain, mail=HOSTS, catch_all=Verdict.UNVERIFIED, catch_all_until=later(7200))
        await uow.verdicts.release([(told, later(60))], AT)

    assert await claimed(database, later(59)) == {}
    for seconds, mail, catch_all in (
        (60, HOSTS.hosts, Verdict.UNVERIFIED),
        (3600, None, Verdict.UNVERIFIED),
        (7200, None, None),
    ):
        async with database.begin(HERE) as uow:
            (domain,) = await uow.verdicts.claim_domains(later(seconds), 9, LEASE)
            assert (domain.mail.hosts if domain.mail else None, domain.catch_all) == (mail, catch_all)
            await uow.verdicts.release([(domain, None)], later(seconds))


async def test_who_is_unchecked_and_hurried(database):
    async with database.begin(HERE) as uow:
        for number, name in enumerate(["a@one.com", "b@two.com", "c@three.com"]):
            await add_lead(uow, name, at=later(number))
    async with database.begin(HERE) as uow:
        found = await uow.verdicts.of(["a@one.com"])
        await uow.verdicts.settle([after(found["a@one.com"], Ruling(Verdict.UNVERIFIED, Reason.REFUSED), AT)])
        keys = ["a@one.com", "b@two.com", "nobody@one.com"]
        assert await uow.verdicts.unchecked(keys, AT) == {"b@two.com"}
        assert await uow.verdicts.unchecked(keys, AT + timedelta(days=8)) == {"a@one.com", "b@two.com"}
        assert (await uow.verdicts.waiting(), await uow.verdicts.waiting(most=1)) == (2, 1)
        await uow.verdicts.hurry(["c@three.com"])

    assert await claimed(database, later(9), limit=1) == {"three.com": ["c@three.com"]}


BLANK = (
    "first_name last_name company_name domain phone website city country industry company_size revenue grade top_issue "
    "audit_summary audit_url last_action company_sort contact_sort grade_sort domain_key search_text"
)


def test_the_step_queues_the_addresses_of_the_leads_that_are_here(empty_url):  # noqa: F811
    migrate(empty_url, "0019")
    moment = "1772355600000000" if empty_url.startswith("sqlite") else "'2026-03-01T09:00:00Z'"
    with engine_of(empty_url).begin() as connection:
        connection.execute(text("INSERT INTO workspaces (id, team_id, name, timezone) VALUES ('w', 'T', 'A', 'UTC')"))
        for lead_id, email, removed in (("1", "'a@b.com'", "NULL"), ("2", "NULL", "NULL"), ("3", "'x@y.com'", moment)):
            given = {"workspace_id": "'w'", "id": f"'{lead_id}'", "email": email, "email_key": email, "opens": "0"}
            given |= {"status_by_hand": "false", "plusvibe_lead_data": "'{}'", "status_rank": "0", "furthest": "0"}
            given |= {"created_at": moment, "updated_at": moment, "removed_at": removed}
            given |= dict.fromkeys(BLANK.split(), "''")
            row = f"INSERT INTO leads ({', '.join(given)}) VALUES ({', '.join(given.values())})"
            connection.exec_driver_sql(row)

    migrate(empty_url)

    with engine_of(empty_url).connect() as connection:
        rows = connection.execute(text("SELECT address_key, domain, verdict FROM verdicts WHERE next_at IS NOT NULL"))
        assert [tuple(row) for row in rows] == [("a@b.com", "b.com", None)]
