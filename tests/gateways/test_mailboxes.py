"""A mailbox over IMAP, against a server on a real port: what is new, what is left out, and what a person is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.gateways import imap, mailboxes
from bot.gateways.http import Patience
from bot.gateways.imap import LARGEST_MAIL_BYTES, Line, in_folder
from bot.gateways.mailboxes import BATCH_MAILS, Fetched, ImapMailbox
from bot.outreach.errors import Unavailable
from bot.outreach.mailbox_replies import Mark
from tests.gateways.imap_server import PASSWORD, USER, ImapServer, serving_mails

TODAY, LONG_AGO = date(2026, 3, 2), date(2026, 1, 2)
FROM = TODAY - timedelta(days=3)
QUICK = Patience(connect=timedelta(seconds=20), read=timedelta(seconds=20), total=timedelta(seconds=20))


@pytest.fixture
async def server() -> AsyncIterator[ImapServer]:
    async with serving_mails(ImapServer()) as served:
        yield served


def mailbox(server: ImapServer, *, patience: Patience = QUICK, **other: object) -> ImapMailbox:
    return ImapMailbox(server.address(**other), patience=patience)


async def refusal(reading: ImapMailbox) -> Unavailable:
    with pytest.raises(Unavailable) as raised:
        await reading.new(None, FROM)
    assert PASSWORD not in str(raised.value) and raised.value.__cause__ is None
    return raised.value


async def test_a_first_look_takes_the_last_days_only(server):
    server.receive(b"old", LONG_AGO)
    server.receive(b"new", FROM)
    server.receive(b"newest\r\n", TODAY)

    assert await mailbox(server).new(None, FROM) == Fetched((b"new", b"newest\r\n"), Mark(7, 3))


async def test_then_only_what_is_new_comes(server):
    server.receive(b"one")
    first = await mailbox(server).new(None, FROM)
    server.receive(b"two", LONG_AGO)

    second = await mailbox(server).new(first.mark, FROM)
    third = await mailbox(server).new(second.mark, FROM)

    assert second == Fetched((b"two",), Mark(7, 2))
    assert third == Fetched((), Mark(7, 2))


@pytest.mark.parametrize("tells_uidnext", [True, False])
async def test_old_mails_stay_unread_also_when_the_first_look_finds_none(server, tells_uidnext):
    server.tells_uidnext = tells_uidnext
    server.receive(b"old", LONG_AGO, uid=41)

    first = await mailbox(server).new(None, FROM)
    second = await mailbox(server).new(first.mark, FROM)

    assert (first, second.mails) == (Fetched((), Mark(7, 41)), ())


async def test_an_empty_folder_is_no_trouble(server):
    first = await mailbox(server).new(None, FROM)
    server.receive(b"one")

    assert (await mailbox(server).new(first.mark, FROM)).mails == (b"one",)


async def test_nothing_becomes_a_seen_mail(server):
    server.receive(b"one")

    await mailbox(server).new(None, FROM)

    assert server.seen == set() and "SELECT" not in server.commands
    assert server.commands[-1] == "LOGOUT"


async def test_a_server_that_numbers_anew_is_read_from_the_last_days(server):
    server.receive(b"old", LONG_AGO)
    server.receive(b"new", TODAY)
    server.validity = 8

    assert await mailbox(server).new(Mark(7, 900), FROM) == Fetched((b"new",), Mark(8, 2))


async def test_many_come_in_batches(server):
    for number in range(BATCH_MAILS + 2):
        server.receive(b"%d" % number, uid=number * 3 + 1)

    first = await mailbox(server).new(None, FROM)
    second = await mailbox(server).new(first.mark, FROM)

    assert (len(first.mails), first.has_more) == (BATCH_MAILS, True)
    assert (second.mails, second.has_more) == ((b"50", b"51"), False)


async def test_large_ones_come_in_smaller_batches(server, monkeypatch):
    monkeypatch.setattr(mailboxes, "BATCH_BYTES", 10)
    for raw in (b"a" * 6, b"b" * 4, b"c" * 6):
        server.receive(raw)

    first = await mailbox(server).new(None, FROM)
    second = await mailbox(server).new(first.mark, FROM)

    assert (first.mails, first.has_more) == ((b"a" * 6, b"b" * 4), True)
    assert (second.mails, second.has_more) == ((b"c" * 6,), False)


async def test_too_large_ones_are_counted_and_not_read(server):
    server.receive(b"one")
    server.wrong_sizes[server.receive(b"said to be large")] = LARGEST_MAIL_BYTES + 1
    server.receive(b"three")

    assert await mailbox(server).new(None, FROM) == Fetched((b"one", b"three"), Mark(7, 3), left_out=1)


async def test_a_mail_larger_than_its_server_says_is_left_out(server, monkeypatch):
    monkeypatch.setattr(mailboxes, "LARGEST_MAIL_BYTES", 5)
    server.wrong_sizes[server.receive(b"longer than said")] = 3

    assert await mailbox(server).new(None, FROM) == Fetched((), Mark(7, 1), left_out=1)


async def test_what_the_server_cannot_give_out_stops_nothing(server):
    for raw in (b"one", b"two", b"three"):
        server.receive(raw)
    server.denied = {2}

    assert await mailbox(server).new(None, FROM) == Fetched((b"one", b"three"), Mark(7, 3), left_out=1)


async def test_a_mail_that_vanishes_meanwhile_is_not_missed(server):
    server.receive(b"one")
    server.gone = {server.receive(b"two")}

    assert await mailbox(server).new(None, FROM) == Fetched((b"one",), Mark(7, 2))


async def test_a_uid_may_stand_behind_its_mail(server):
    server.puts_uid_behind = True
    server.receive(b"one (UID 9)")
    server.receive(b"")

    assert (await mailbox(server).new(None, FROM)).mails == (b"one (UID 9)", b"")


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1"])
async def test_a_password_of_any_characters_is_taken(server, capabilities):
    server.capabilities, server.password = capabilities, 'a "b" \\c %d'

    await mailbox(server, password=server.password).check()


async def test_another_folder_may_be_read(server):
    server.folder = 'Re "plies"'
    server.receive(b"one")

    assert (await mailbox(server, folder='Re "plies"').new(None, FROM)).mails == (b"one",)


REFUSALS = {
    "a wrong password": ({"password": "wrong"}, {}, "refused the user name or the password", False),
    "a server that is busy": ({"password": "wrong"}, {"refusal": "[UNAVAILABLE]"}, "lets nobody in", True),
    "no such folder": ({"folder": "Spam"}, {}, "no folder Spam", False),
    "no such host": ({"host": "imap.nowhere.invalid"}, {}, "There is no server imap.nowhere.invalid", True),
    "no server there": ({"port": 1}, {}, "cannot be reached", True),
    "no IMAP server": ({}, {"greeting": b"HTTP/1.1 400 Bad Request\r\n"}, "Is it an IMAP server?", True),
    "a server that leaves": ({}, {"greeting": b"* BYE not today\r\n"}, "Is it an IMAP server?", True),
    "a server that says nothing": ({}, {"greeting": b"\r\n"}, "Is it an IMAP server?", True),
    "odd bytes": ({}, {"greeting": b"\xff" * 100 + b"\r\n"}, "Is it an IMAP server?", True),
    "TLS where there is none": ({"is_tls": True}, {}, "does not speak TLS", False),
}  # fmt: skip


@pytest.mark.parametrize(("other", "faults", "said", "is_transient"), REFUSALS.values(), ids=REFUSALS)
async def test_what_is_wrong_is_told_without_the_password(server, other, faults, said, is_transient):
    for name, value in faults.items():
        setattr(server, name, value)

    error = await refusal(mailbox(server, **other))

    assert said in str(error) and error.transient is is_transient


async def test_a_connection_that_breaks_within_a_mail_gives_none_of_it(server):
    server.receive(b"one" * 100)
    server.drops_after = 50

    error = await refusal(mailbox(server))
    server.drops_after = None

    assert "broke" in str(error) and error.transient
    assert (await mailbox(server).new(None, FROM)).mails == (b"one" * 100,)


async def test_a_mail_announced_as_endless_is_not_waited_for(server):
    server.receive(b"one")
    server.announces = 100 * LARGEST_MAIL_BYTES

    assert "broke" in str(await refusal(mailbox(server)))


async def test_a_connection_cut_before_it_stands_ends_at_once(server):
    line = Line()
    line.cut()

    with pytest.raises(Unavailable):
        await asyncio.to_thread(in_folder, server.address(), QUICK, ssl.create_default_context(), line, str)

    await no_connection(server)
    assert server.commands == []


async def test_a_server_that_does_not_answer_is_left_after_a_while(server):
    server.receive(b"one")
    server.is_mute = True

    error = await refusal(mailbox(server, patience=replace(QUICK, read=timedelta(milliseconds=300))))

    assert "did not answer in time" in str(error) and error.transient


async def test_a_look_has_an_end_and_its_connection_ends_with_it(server):
    server.receive(b"one")
    server.is_mute = True

    error = await refusal(mailbox(server, patience=replace(QUICK, total=timedelta(milliseconds=300))))

    assert "took too long" in str(error)
    await no_connection(server)


async def test_a_look_that_is_cancelled_ends_its_connection(server):
    server.receive(b"one")
    server.is_mute = True
    looking = asyncio.create_task(mailbox(server, patience=QUICK).new(None, FROM))
    while "UID" not in server.commands:
        await asyncio.sleep(0.01)

    looking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await looking
    await no_connection(server)


async def no_connection(server: ImapServer) -> None:
    async with asyncio.timeout(20):
        while server.open_connections:
            await asyncio.sleep(0.01)


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for this machine's address, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    at = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    unlocked = serialization.NoEncryption()
    typed = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unlocked)
    file = folder / "server.pem"
    file.write_bytes(typed + made.public_bytes(serialization.Encoding.PEM))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    return serving, ssl.create_default_context(cafile=str(file))


async def test_a_trusted_certificate_of_the_right_name_is_taken(tmp_path):
    serving, trusted = certificate(tmp_path, "127.0.0.1")
    async with serving_mails(ImapServer(), serving) as server:
        server.receive(b"one")

        found = await ImapMailbox(server.address(is_tls=True), patience=QUICK, trusted=trusted).new(None, FROM)

    assert found.mails == (b"one",)


@pytest.mark.parametrize("name", ["127.0.0.1", "127.0.0.2"])
async def test_another_certificate_is_not(tmp_path, name):
    serving, trusted = certificate(tmp_path, name)
    async with serving_mails(ImapServer(), serving) as server:
        given = trusted if name == "127.0.0.2" else None

        error = await refusal(ImapMailbox(server.address(is_tls=True), patience=QUICK, trusted=given))

    assert "certificate" in str(error) and not error.transient
    assert server.commands == []


@pytest.fixture
def far_away(monkeypatch):
    """This machine is one like any other."""
    monkeypatch.setattr(imap, "LOOPBACK", frozenset())


async def test_elsewhere_the_password_is_sent_encrypted_only(tmp_path, server, far_away):
    server.encryption, trusted = certificate(tmp_path, "127.0.0.1")
    server.capabilities = "IMAP4rev1 STARTTLS LOGINDISABLED"
    server.receive(b"one")

    found = await ImapMailbox(server.address(), patience=QUICK, trusted=trusted).new(None, FROM)

    assert found.mails == (b"one",)
    assert server.commands.index("STARTTLS") < server.commands.index("AUTHENTICATE")


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 STARTTLS AUTH=PLAIN"])
async def test_without_encryption_no_password_leaves_this_machine(tmp_path, server, far_away, capabilities):
    server.capabilities = capabilities
    server.encryption, _ = certificate(tmp_path, "127.0.0.1")

    error = await refusal(mailbox(server))

    assert not error.transient and ("no encryption" in str(error) or "certificate" in str(error))
    assert "AUTHENTICATE" not in server.commands and "LOGIN" not in server.commands


def test_a_mailbox_is_told_from_others_without_naming_it():
    server = ImapServer(port=993)
    keys = {
        mailbox(server).key,
        mailbox(server, folder="B").key,
        mailbox(server, user="b").key,
        mailbox(server, host="b").key,
    }

    assert len(keys) == 4 and all(USER not in key for key in keys)
    assert mailbox(server, password="new").key in keys and PASSWORD not in repr(server.address())
