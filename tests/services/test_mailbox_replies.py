"""A mailbox read for replies: each mail handed on, the place marked behind it, one process at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.config import MailboxAddress, Settings, mailbox_at
from bot.gateways.http import Patience
from bot.gateways.mailboxes import BATCH_MAILS, ImapMailbox
from bot.outreach.errors import Unavailable
from bot.outreach.inbound import InboundMail
from bot.outreach.mailbox_replies import Mark
from bot.services.doctor import DoctorService
from bot.services.mailbox_replies import LEASE, MailboxService
from storage.database import Database
from tests.databases import WORKSPACE
from tests.gateways.imap_server import ImapServer, serving_mails

HERE = WORKSPACE.id
WAITING = timedelta(seconds=20)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Letters:
    """Takes mails as a service of replies does: each once, by its Message-ID."""

    def __init__(self) -> None:
        self.taken: list[InboundMail] = []
        self.offered = 0
        self.waits: asyncio.Event | None = None
        self.is_down = False

    async def take(self, workspace_id: str, mails: Sequence[InboundMail]) -> int:
        assert workspace_id == HERE
        if self.is_down:
            raise Unavailable("The database does not answer.")
        if self.waits is not None:
            await self.waits.wait()
        self.offered += len(mails)
        known = {mail.message_id for mail in self.taken}
        new = [mail for mail in mails if mail.message_id not in known]
        self.taken += new
        return len(new)

    @property
    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.taken]


@pytest.fixture
async def server() -> AsyncIterator[ImapServer]:
    async with serving_mails(ImapServer()) as served:
        yield served


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def replies(database: Database, server: ImapServer, clock: Clock, letters: Letters) -> MailboxService:
    return MailboxService(database, clock, mailbox(server), letters.take)


def mailbox(server: ImapServer, **other: object) -> ImapMailbox:
    return ImapMailbox(server.address(**other), patience=Patience(read=WAITING, total=WAITING))


def arrives(server: ImapServer, subject: str, day: date) -> None:
    raw = f"From: jane@acme.com\r\nMessage-ID: <{subject}@acme.com>\r\nSubject: {subject}\r\n\r\nYes."
    server.receive(raw.encode(), day)


async def standing(database: Database, box: ImapMailbox):
    async with database.read(HERE) as uow:
        return await uow.mailbox_marks.get(box.key)


async def test_what_is_new_is_handed_on_once(database, server, clock, letters, replies):
    arrives(server, "old", clock().date() - timedelta(days=9))
    arrives(server, "one", clock().date())

    first = await replies.look(HERE)
    arrives(server, "two", clock().date())
    second, third = await replies.look(HERE), await replies.look(HERE)

    assert (first, second, third) == (1, 1, 0)
    assert (letters.subjects, letters.offered) == (["one", "two"], 2)
    known = await standing(database, mailbox(server))
    assert (known.mark, known.mails_read, known.looked_at) == (Mark(7, 3), 2, clock())


async def test_one_look_reads_every_batch(server, clock, letters, replies):
    for number in range(BATCH_MAILS * 2 + 1):
        arrives(server, str(number), clock().date())

    assert await replies.look(HERE) == len(letters.taken) == BATCH_MAILS * 2 + 1
    assert letters.subjects == [str(number) for number in range(BATCH_MAILS * 2 + 1)]


async def test_mails_not_stored_are_read_again(database, server, clock, letters, replies):
    arrives(server, "one", clock().date())
    letters.is_down = True

    assert await replies.look(HERE) == 0
    assert (await standing(database, mailbox(server))).mark is None
    letters.is_down = False
    clock.move(minutes=1)
    assert await replies.look(HERE) == 1


async def test_a_look_cut_off_begins_there_again(database, server, clock, letters, replies):
    arrives(server, "one", clock().date())
    letters.waits = asyncio.Event()
    looking = asyncio.create_task(replies.look(HERE))
    while server.open_connections or "LOGOUT" not in server.commands:
        await asyncio.sleep(0.01)
    looking.cancel()
    await asyncio.wait([looking])
    letters.waits = None

    at_once = await replies.look(HERE)
    clock.move(seconds=LEASE.total_seconds())

    assert (at_once, await replies.look(HERE), letters.subjects) == (0, 1, ["one"])


async def test_two_processes_do_not_look_at_the_same_time(database, server, clock, letters, replies):
    arrives(server, "one", clock().date())
    letters.waits = asyncio.Event()
    first = asyncio.create_task(replies.look(HERE))
    while not server.connections:
        await asyncio.sleep(0.01)

    second = await MailboxService(database, clock, mailbox(server), letters.take).look(HERE)
    letters.waits.set()

    assert (await first, second, server.connections) == (1, 0, 1)


async def test_a_slow_look_overtaken_by_another_ends_and_moves_no_mark_back(database, server, clock, letters, replies):
    for number in range(BATCH_MAILS + 1):
        arrives(server, str(number), clock().date())
    letters.waits = asyncio.Event()
    slow = asyncio.create_task(replies.look(HERE))
    while "LOGOUT" not in server.commands:
        await asyncio.sleep(0.01)
    clock.move(seconds=LEASE.total_seconds() + 1)
    quick = await MailboxService(database, clock, mailbox(server), Letters().take).look(HERE)
    before = await standing(database, mailbox(server))

    letters.waits.set()

    assert (quick, await slow) == (BATCH_MAILS + 1, BATCH_MAILS)
    assert await standing(database, mailbox(server)) == before


async def test_a_server_that_numbers_anew_is_read_from_the_last_days(server, clock, letters, replies):
    arrives(server, "one", clock().date())
    await replies.look(HERE)
    server.validity, server.mails = 8, {}
    arrives(server, "old", clock().date() - timedelta(days=9))
    arrives(server, "one", clock().date())
    arrives(server, "two", clock().date())

    assert await replies.look(HERE) == 1
    assert letters.subjects == ["one", "two"]


async def test_another_mailbox_begins_at_its_own_beginning(database, server, clock, letters, replies):
    arrives(server, "one", clock().date())
    await replies.look(HERE)
    server.folder = "Other"

    other = MailboxService(database, clock, mailbox(server, folder="Other"), letters.take)

    assert (await other.look(HERE), letters.offered) == (0, 2)


async def test_failures_are_told_once_and_further_and_further_apart(database, server, clock, letters, replies):
    server.password = "changed"
    arrives(server, "one", clock().date())
    with capture_logs() as logs:
        for _ in range(15):
            await replies.look(HERE)
            clock.move(minutes=1)
    tried, known = server.connections, await standing(database, mailbox(server))
    server.password = server.address().password
    clock.move(hours=1)

    assert tried == 4  # after one, two, four and eight minutes
    assert [line["event"] for line in logs] == ["mailbox put off"]
    assert "refused the user name or the password" in known.problem and known.failures == 4
    assert await replies.look(HERE) == 1
    known = await standing(database, mailbox(server))
    assert (known.problem, known.failures) == ("", 0)


async def test_mails_left_out_are_counted(database, server, clock, letters, replies):
    arrives(server, "one", clock().date())
    server.denied = {1}

    assert await replies.look(HERE) == 0
    assert (await standing(database, mailbox(server))).left_out == 1


async def test_without_a_mailbox_nothing_is_read(database, server, clock):
    replies = MailboxService(database, clock, None, Letters().take)

    assert (await replies.look(HERE), server.connections) == (0, 0)


def doctor(database: Database, clock: Clock, box: ImapMailbox | None) -> DoctorService:
    absent = dict.fromkeys(("audits", "webhook_secret", "events_key", "inbound_token"), False)
    return DoctorService(database, clock, None, None, mailbox=box, **absent)


async def finding(database: Database, clock: Clock, box: ImapMailbox | None):
    found = await doctor(database, clock, box).findings(HERE)
    return next((each for each in found if each.name == "Reply mailbox"), None)


async def test_the_doctor_tells_how_it_stands(database, server, clock, letters, replies):
    arrives(server, "one", clock().date())

    before = await finding(database, clock, mailbox(server))
    await replies.look(HERE)
    clock.move(minutes=5)
    after = await finding(database, clock, mailbox(server))
    refused = await finding(database, clock, mailbox(server, password="wrong"))

    assert (before.ok, before.said) == (True, "connected, not read yet")
    assert (after.ok, after.said) == (True, "connected, 1 mail read, last look 5 min ago")
    assert not refused.ok and refused.needed and "refused" in refused.said and "wrong" not in refused.said
    assert await finding(database, clock, None) is None


OURS = "imap.ours.com"
URLS = {
    f"imaps://replies%40ours.com:p%25w@{OURS}:1993/Re%20plies": (
        OURS,
        1993,
        "replies@ours.com",
        "p%w",
        "Re plies",
        True,
    ),
    f"imaps://replies@ours.com:p@w:#/1@{OURS}": (OURS, 993, "replies@ours.com", "p@w:#/1", "INBOX", True),
    "imap://a:abcd efgh@127.0.0.1/": ("127.0.0.1", 143, "a", "abcd efgh", "INBOX", False),
}


@pytest.mark.parametrize(("url", "parts"), URLS.items())
def test_the_setting_is_read(url, parts):
    assert mailbox_at(url) == MailboxAddress(*parts) == Settings(_env_file=None, replies_imap_url=url).replies_mailbox


NOT_URLS = ["hush", "https://a:hush@b", "imaps://a@b", "imaps://:hush@b", "imaps://a:hush@", "imaps://a:hush@b:70000"]
NOT_URLS += ["imaps://a:hush@b:0", "imaps://a:hush@b:x/", "imaps://a:hu%0ash@b", "imaps://a:hush@b/%C3%A9"]


@pytest.mark.parametrize("url", NOT_URLS)
def test_a_setting_that_cannot_be_used_is_named_without_its_password(url):
    with pytest.raises(ValueError, match="replies_imap_url") as refused:
        Settings(_env_file=None, replies_imap_url=url)

    assert "hush" not in str(refused.value)


def test_without_the_setting_there_is_no_mailbox():
    assert Settings(_env_file=None, replies_imap_url=None).replies_mailbox is None
