"""Validation in the background against a name server and mail hosts on this machine: verdicts, retries, pace, news."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from bot.gateways.dns import Dns
from bot.gateways.smtp_probe import SELF_TEST_HOSTS, Manners, SmtpProbe
from bot.outreach.access import Role, person
from bot.outreach.errors import Conflict, Invalid, NotAllowed, Unavailable
from bot.outreach.events import EventKind
from bot.outreach.probing import Asking, Pace
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.validation import Reason, Verdict
from bot.services.validating import ValidationService
from bot.services.verifying import Verifier
from storage.database import Database
from tests.mail_world import HOST, NULL_MX, A, Mailboxes, Zone, mail_host, mx, name_server
from tests.storage.given import AT, HERE, add_lead

ANA = person("U0ANANOVAK", "Ana", Role.EDITOR)
VIEWER = person("U0VIEWER", "Vic", Role.VIEWER)
UNPACED = Pace(timedelta(0), questions_a_minute=None)
NAMES = {
    "honest.example": mx("mx.honest.example"),
    "mx.honest.example": HOST,
    "catch.example": mx("mx.catch.example"),
    "mx.catch.example": HOST,
    "null.example": NULL_MX,
    "xn--bcher-kva.example": mx("mx.honest.example"),
    "hotmail.example": mx("hotmail-com.olc.protection.outlook.com"),
    "dead.example": mx("mx.dead.example"),
    "mx.dead.example": {"A": [A("127.0.0.2")]},
    "broken.example": "SERVFAIL",
    SELF_TEST_HOSTS[0]: HOST,
}


@dataclass
class Clock:
    """Stands still until it is moved on."""

    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Place:
    """The service under test and the world it asks."""

    database: Database
    clock: Clock
    service: ValidationService
    verifier: Verifier
    zone: Zone
    boxes: Mailboxes

    async def add(self, *emails: str) -> list[str]:
        async with self.database.begin(HERE) as uow:
            return [(await add_lead(uow, email, at=self.clock())).id for email in emails]

    async def verified(self, **later: float) -> int:
        self.clock.move(**later)
        return await self.service.verify_due(HERE)

    async def of(self, email: str):
        async with self.database.read(HERE) as uow:
            return (await uow.verdicts.of([email]))[email]

    async def verdicts(self, *emails: str):
        return {email: ((check := await self.of(email)).verdict, check.reason) for email in emails}

    async def standing(self, email: str) -> AddressFact | None:
        async with self.database.read(HERE) as uow:
            return (await uow.addresses.standing([email])).get(email)

    async def kinds(self, lead_id: str) -> list[EventKind]:
        async with self.database.read(HERE) as uow:
            return [event.kind for event in await uow.events.of_lead(lead_id, limit=20)]


@asynccontextmanager
async def placed(database: Database, boxes: Mailboxes, *, pace: Pace = UNPACED) -> AsyncIterator[Place]:
    with name_server(dict(NAMES)) as (server, zone):
        async with mail_host(boxes) as port:
            clock = Clock()
            dns = Dns(server, try_seconds=5, whole_seconds=20)
            manners = Manners("verify.sunny.example", port=port, reaches_private=True, reply_seconds=20)
            verifier = Verifier(clock, dns, SmtpProbe(dns, manners), pace=pace)
            yield Place(database, clock, ValidationService(database, clock, verifier), verifier, zone, boxes)


@pytest.fixture
async def place(database):
    boxes = Mailboxes({"ana": "250 OK", "ben": "250 OK", "full": "552 5.2.2 full"}, catch_all={"catch.example"})
    async with placed(database, boxes) as made:
        yield made


async def test_every_address_gets_its_verdict(place):
    expected = {
        "ana@honest.example": (Verdict.VALID, Reason.ACCEPTED),
        "nobody@honest.example": (Verdict.INVALID, Reason.NO_MAILBOX),
        "full@honest.example": (Verdict.INVALID, Reason.MAILBOX_FULL),
        "ana@catch.example": (Verdict.UNVERIFIED, Reason.CATCH_ALL),
        "ana@null.example": (Verdict.INVALID, Reason.NULL_MX),
        "ana@gone.example": (Verdict.INVALID, Reason.NO_DOMAIN),
        "ana@broken.example": (Verdict.UNVERIFIED, Reason.DNS_UNAVAILABLE),
        "ana@dead.example": (Verdict.UNVERIFIED, Reason.FAILED_AT_CONNECT),
        "ana@hotmail.example": (Verdict.UNVERIFIED, Reason.PROVIDER_NOT_ASKED),
        "ana@bücher.example": (Verdict.VALID, Reason.ACCEPTED),
        "a..b@honest.example": (Verdict.INVALID, Reason.SYNTAX),
        "broken@@honest.example": (Verdict.INVALID, Reason.SYNTAX),
    }
    await place.add(*expected)

    assert await place.verified() == len(expected)

    assert await place.verdicts(*expected) == expected
    assert "ana@hotmail.example" not in place.boxes.asked
    assert (await place.of("nobody@honest.example")).evidence == "550 5.1.1 User unknown (mx.honest.example)"
    assert await place.verified() == 0


async def test_one_domain_is_one_question_to_the_name_server_and_one_about_nobody(place):
    await place.add("ana@honest.example", "ben@honest.example")
    await place.verified()
    await place.add("chloe@honest.example")
    await place.verified(seconds=1)

    assert place.zone.asked["honest.example", "MX"] == 1
    assert len(place.boxes.asked) == 4 and len(place.boxes.helos) == 3  # the self-test is no conversation


async def test_a_known_catch_all_is_not_asked_again(place):
    await place.add("ana@catch.example")
    await place.verified()
    asked = len(place.boxes.asked)
    await place.add("ben@catch.example", "chloe@catch.example")
    await place.verified(seconds=1)

    assert (await place.of("chloe@catch.example")).reason is Reason.CATCH_ALL
    assert len(place.boxes.asked) == asked == 2


async def test_an_invalid_address_is_banned_once_and_whoever_clears_it_is_right(place):
    (lead_id,) = await place.add("nobody@honest.example")
    await place.verified()
    assert await place.standing("nobody@honest.example") is AddressFact.INVALID
    assert EventKind.ADDRESS_INVALID in await place.kinds(lead_id)

    place.clock.move(seconds=1)
    async with place.database.begin(HERE) as uow:
        record = AddressRecord("nobody@honest.example", AddressFact.CLEARED, place.clock(), "Slack", ANA.id, "spoke")
        await uow.addresses.add(record)
    place.clock.move(seconds=1)
    again = await place.service.check_now(HERE, ANA, lead_id)

    assert again.verdict is Verdict.INVALID and await place.standing("nobody@honest.example") is None


async def test_what_turns_valid_again_is_written_to_again(place):
    (lead_id,) = await place.add("chloe@honest.example")
    await place.verified()
    place.boxes.replies["chloe"] = "250 OK"
    place.clock.move(seconds=1)

    again = await place.service.check_now(HERE, ANA, lead_id)

    assert again.verdict is Verdict.VALID and await place.standing("chloe@honest.example") is None
    assert EventKind.SUPPRESSION_CLEARED in await place.kinds(lead_id)


async def test_a_ban_never_hides_what_stood_before(place):
    await place.add("nobody@honest.example")
    async with place.database.begin(HERE) as uow:
        fact = AddressRecord("nobody@honest.example", AddressFact.UNSUBSCRIBED, place.clock(), "link")
        await uow.addresses.add(fact)
    await place.verified()

    assert await place.standing("nobody@honest.example") is AddressFact.UNSUBSCRIBED


async def test_greylisting_is_followed_by_a_second_look(place):
    place.boxes.greylisted = {"ana@honest.example"}
    await place.add("ana@honest.example")
    await place.verified()
    assert (await place.of("ana@honest.example")).reason is Reason.LATER
    assert await place.verified(minutes=4) == 0

    assert await place.verified(minutes=1) == 1
    assert (await place.of("ana@honest.example")).verdict is Verdict.VALID


async def test_name_servers_that_come_back_are_asked_again(place):
    await place.add("ana@broken.example")
    await place.verified()
    place.zone.rows["broken.example"] = mx("mx.honest.example")

    await place.verified(minutes=5)

    assert (await place.of("ana@broken.example")).verdict is Verdict.VALID


async def test_three_blocks_close_the_provider_and_nobody_waits_for_it(place):
    place.boxes.nobody = "550 5.7.1 blocked using Spamhaus"
    await place.add(*(f"p{number}@honest.example" for number in range(3)))
    await place.verified()
    asked = len(place.boxes.asked)
    await place.add("ana@honest.example")
    await place.verified(seconds=1)

    assert (await place.of("ana@honest.example")).reason is Reason.BLOCKED
    assert len(place.boxes.asked) == asked == 3


async def test_where_port_25_is_closed_nobody_is_asked_until_it_opens(place):
    del place.zone.rows[SELF_TEST_HOSTS[0]]
    await place.add("ana@honest.example", "ana@null.example")
    await place.verified()
    assert await place.verifier.asking() is Asking.PORT_CLOSED
    assert (await place.of("ana@honest.example")).reason is Reason.PORT_25_CLOSED
    assert (await place.of("ana@null.example")).verdict is Verdict.INVALID
    assert place.boxes.helos == []

    place.zone.rows[SELF_TEST_HOSTS[0]] = HOST
    place.verifier.dns._resolver.cache.flush()
    await place.verified(hours=24)
    assert (await place.of("ana@honest.example")).verdict is Verdict.VALID
    assert await place.verifier.asking() is Asking.ASKED


async def test_without_a_probe_form_and_names_are_looked_at(place):
    service = ValidationService(place.database, place.clock, replace_probe(place.verifier))
    await place.add("ana@honest.example", "ana@null.example")

    assert await service.verify_due(HERE) == 2
    assert (await place.of("ana@honest.example")).reason is Reason.NOT_ASKED
    assert (await place.of("ana@null.example")).reason is Reason.NULL_MX


def replace_probe(verifier: Verifier) -> Verifier:
    return Verifier(verifier.clock, verifier.dns, None)


async def test_a_provider_is_asked_in_turns(database):
    async with placed(database, Mailboxes({"ana": "250 OK"}), pace=Pace(timedelta(seconds=2), 600)) as place:
        place.zone.rows |= {f"firm{number}.example": mx("mx.honest.example") for number in range(3)}
        await place.add(*(f"ana@firm{number}.example" for number in range(3)))

        assert [await place.verified(seconds=seconds) for seconds in (0, 1, 1, 2, 2)] == [1, 0, 1, 1, 0]


async def test_many_workers_hold_one_conversation_with_a_domain(place):
    domains = [f"firm{number}.example" for number in range(4)]
    place.zone.rows |= {domain: mx(f"mx.{domain}") for domain in domains} | {f"mx.{domain}": HOST for domain in domains}
    await place.add(*(f"ana{number}@{domain}" for domain in domains for number in range(25)))
    place.boxes.replies |= {f"ana{number}": "250 OK" for number in range(25)}

    settled = await asyncio.gather(*(place.service.verify_due(HERE) for _ in range(4)))

    assert sum(settled) == 100
    assert set(place.boxes.most_open.values()) == {1} and len(place.boxes.most_open) == 4
    asked = [address for address in place.boxes.asked if address.startswith("ana")]
    assert len(asked) == len(set(asked)) == 100
    async with place.database.read(HERE) as uow:
        assert await uow.verdicts.waiting() == 0


async def test_what_a_stopped_worker_leaves_is_taken_up_at_once(place):
    await place.add("ana@honest.example")
    looking = asyncio.Event()

    async def never(domain: str):
        looking.set()
        await asyncio.Event().wait()

    stuck = Verifier(place.clock, SimpleDns(never))
    working = asyncio.create_task(ValidationService(place.database, place.clock, stuck).verify_due(HERE))
    async with asyncio.timeout(20):
        await looking.wait()
    assert await place.verified() == 0
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    assert await place.verified() == 1


@dataclass
class SimpleDns:
    """Asks what it is given."""

    mail_hosts: object


async def test_a_look_that_breaks_is_tried_again_and_keeps_nobody_waiting(place):
    async def broken(domain: str):
        if domain == "honest.example":
            raise RuntimeError("odd")
        return await place.verifier.dns.mail_hosts(domain)

    service = ValidationService(place.database, place.clock, Verifier(place.clock, SimpleDns(broken)))
    await place.add("ana@honest.example", "ana@null.example")

    assert await service.verify_due(HERE) == 1
    assert (await place.of("ana@honest.example")).verdict is None
    assert await place.verified(minutes=5) == 1


async def test_a_verdict_that_cannot_be_stored_keeps_no_other_back(place):
    async def beyond_time(domain: str):
        mail = await place.verifier.dns.mail_hosts(domain)
        return replace(mail, keep=timedelta.max) if domain == "honest.example" else mail

    service = ValidationService(place.database, place.clock, Verifier(place.clock, SimpleDns(beyond_time)))
    await place.add("ana@honest.example", "ana@null.example", "ana@gone.example")

    assert await service.verify_due(HERE) == 2
    assert await place.verified(minutes=4) == 0
    assert await place.verified(minutes=1) == 1


async def test_who_may_have_an_address_checked_now(place):
    lead_id, other = await place.add("ana@honest.example", "ben@honest.example")
    async with place.database.begin(HERE) as uow:
        without = (await add_lead(uow, None)).id
        await uow.verdicts.claim_domains(place.clock(), 1, timedelta(minutes=1), only="honest.example")

    with pytest.raises(NotAllowed):
        await place.service.check_now(HERE, VIEWER, lead_id)
    with pytest.raises(Invalid):
        await place.service.check_now(HERE, ANA, without)
    with pytest.raises(Conflict, match="asked already"):
        await place.service.check_now(HERE, ANA, lead_id)
    with pytest.raises(Unavailable, match="VALIDATION is off"):
        await ValidationService(place.database, place.clock, None).check_now(HERE, ANA, lead_id)
    place.clock.move(minutes=2)
    assert (await place.service.check_now(HERE, ANA, other)).verdict is Verdict.VALID
    assert (await place.of("ana@honest.example")).verdict is None


async def test_off_addresses_only_wait(place):
    await place.add("ana@honest.example")

    assert await ValidationService(place.database, place.clock, None).verify_due(HERE) == 0
    async with place.database.read(HERE) as uow:
        assert await uow.verdicts.waiting() == 1
