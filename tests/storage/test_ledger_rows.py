"""The ledger, events, the address ledger and the small tables."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.outreach.access import Role
from bot.outreach.events import Event, EventKind
from bot.outreach.members import Member
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.tokens import Token
from storage.ids import new_id
from tests.storage.given import AT, HERE, later


@pytest.fixture
async def uow(database):
    async with database.begin(HERE) as opened:
        yield opened


async def test_the_first_claim_wins(uow):
    assert await uow.ledger.outcome("push:1") is None
    assert await uow.ledger.claim("push:1", "U1", AT)
    assert not await uow.ledger.claim("push:1", "U2", later(1))
    assert await uow.ledger.outcome("push:1") == ("U1", AT, None)

    await uow.ledger.settle("push:1", {"push": "x", "leads": [1]})

    assert await uow.ledger.outcome("push:1") == ("U1", AT, {"push": "x", "leads": [1]})


async def test_events_are_read_newest_first(uow):
    lead = new_id()
    facts = {"before": "new", "counts": [1, None]}
    happened = [
        Event(EventKind.STATUS_CHANGED, f"U{number % 2}", later(number), lead if number % 2 else None, facts)
        for number in range(6)
    ]
    await uow.events.add(happened[0])
    await uow.events.add_many(happened[1:])
    await uow.events.add_many([])

    log = await uow.events.log(4)
    assert [event.at for event in log] == [later(number) for number in (5, 4, 3, 2)]
    assert [event.at for event in await uow.events.log(4, log[-1].id)] == [later(1), AT]
    of_lead = await uow.events.of_lead(lead, 2)
    assert [event.at for event in of_lead] == [later(5), later(3)]
    assert [event.at for event in await uow.events.of_lead(lead, before_id=of_lead[-1].id)] == [later(1)]
    assert (of_lead[0].facts, of_lead[0].kind) == (facts, EventKind.STATUS_CHANGED)


async def test_the_log_is_filtered(uow):
    await uow.events.add_many(
        [
            Event(EventKind.PUSH_STARTED, "U1", AT),
            Event(EventKind.PUSHED, "U2", AT),
            Event(EventKind.REPLIED, "u_3%", AT),
        ]
    )

    async def kinds(**how):
        return [event.kind.value for event in await uow.events.log(9, **how)]

    assert await kinds(text="push") == ["pushed", "push_started"]
    assert await kinds(text="Push Started") == ["push_started"]
    assert await kinds(text="U2") == ["pushed"]
    assert await kinds(text="3%") == ["replied"]
    assert await kinds(text="%%") == []
    assert await kinds(kind=EventKind.REPLIED) == ["replied"]
    assert await kinds(actor="U1", kind=EventKind.PUSHED) == []


@pytest.mark.parametrize("act", ["UPDATE events SET actor = 'x'", "DELETE FROM events"])
async def test_events_never_change(database, act):
    async with database.begin(HERE) as uow:
        await uow.events.add(Event(EventKind.PUSHED, "U1", AT))

    async with database._writing.connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            await connection.execute(text(act))

    async with database.read(HERE) as uow:
        assert [event.actor for event in await uow.events.log(9)] == ["U1"]


async def test_what_stands_against_an_address(database, uow):
    for key, fact, at in [
        ("a", AddressFact.BOUNCED, 1),
        ("a", AddressFact.CLEARED, 2),
        ("b", AddressFact.BOUNCED, 1),
        ("b", AddressFact.COMPLAINED, 3),
        ("c", AddressFact.CLEARED, 1),
    ]:
        await uow.addresses.add(AddressRecord(key, fact, later(at), "vendor", "U1", "note"))

    with database.count_statements() as sent:
        standing = await uow.addresses.standing(["a", "b", "c", "d"])

    assert standing == {"b": AddressFact.COMPLAINED}
    assert sent.total == 2  # the records, and the hashes of erased addresses
    assert await uow.addresses.standing([]) == {}
    assert [record.fact for record in await uow.addresses.history("a")] == [AddressFact.BOUNCED, AddressFact.CLEARED]


async def test_members(uow):
    member = Member("U1", "Ann", Role.OWNER, "Europe/Prague", AT)
    await uow.members.save(Member("U1", "A", Role.VIEWER))
    await uow.members.save(member)
    await uow.members.save(Member("U2", "Bob", Role.ADMIN))
    await uow.members.save(Member("U3", "Cid", Role.EDITOR))

    assert await uow.members.get("U1") == member
    assert await uow.members.get("U9") is None
    assert [found.name for found in await uow.members.admins()] == ["Ann", "Bob"]


async def test_a_token_works_until_revoked(database):
    token = Token(new_id(), "CI", "0" * 64, ("leads:read", "audits:write"), AT)
    async with database.begin(HERE) as uow:
        await uow.tokens.add(token)
        assert await uow.tokens.all() == [token]
    async with database.read_unbound() as directory:
        assert await directory.tokens.find("0" * 64) == (HERE, token)

    async with database.begin(HERE) as uow:
        assert await uow.tokens.revoke(token.id, later(1))
        assert not await uow.tokens.revoke(token.id, later(2))

    async with database.read_unbound() as directory:
        assert await directory.tokens.find("0" * 64) is None


async def test_settings(uow):
    assert await uow.settings.get("sync") is None
    for value in (None, 0, "", "x", [1, [2]], {"at": "2026", "é": None}, 2**80 + 1, 1.5, True, "7"):
        await uow.settings.put("sync", value)

        assert await uow.settings.get("sync") == value
