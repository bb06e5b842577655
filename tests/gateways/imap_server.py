"""A small IMAP server on a real port: one user, one folder, and the faults a test asks for.

It answers what it was built for and refuses everything else, so a client that asks in another way fails its test.
"""

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from bot.gateways.imap import ImapAddress

USER, PASSWORD = "replies@ours.test", 'pass "word" \\ ž'
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ARGUMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


@dataclass
class ImapServer:
    """mails: by uid, with the day each came. Faults are off unless set.

    drops_after: so many bytes into a mail the connection ends. announces: said to be the bytes of a mail. is_mute: no
    FETCH is answered. denied: uids whose mail the server cannot give out. gone: uids that vanish between two commands.
    greeting: instead of its own. encryption: for STARTTLS.
    """

    port: int = 0
    mails: dict[int, tuple[date, bytes]] = field(default_factory=dict)
    validity: int = 7
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    folder: str = "INBOX"
    password: str = PASSWORD
    tells_uidnext: bool = True
    puts_uid_behind: bool = False
    refusal: str = "[AUTHENTICATIONFAILED] no"
    greeting: bytes = b"* OK ready\r\n"
    drops_after: int | None = None
    announces: int | None = None
    is_mute: bool = False
    denied: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    wrong_sizes: dict[int, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    encryption: ssl.SSLContext | None = None

    def receive(self, raw: bytes, day: date = date(2026, 3, 2), uid: int = 0) -> int:
        """A mail arrives; its uid."""
        uid = uid or max(self.mails, default=0) + 1
        self.mails[uid] = (day, raw)
        return uid

    def address(self, **other: object) -> ImapAddress:
        """How to reach it, with whatever shall be otherwise."""
        known = {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD, "is_tls": False}
        return ImapAddress(**(known | other))  # type: ignore[arg-type]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.open_connections += 1
        try:
            writer.write(self.greeting)
            await _Conversation(self, reader, writer).go()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open_connections -= 1
            writer.close()


class _Conversation:
    def __init__(self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.state = "new"

    async def go(self) -> None:
        while line := await self.reader.readline():
            assert line.endswith(b"\r\n")
            tag, _, rest = line[:-2].decode("ascii").partition(" ")
            name, _, rest = rest.partition(" ")
            self.server.commands.append(name)
            if name == "STARTTLS" and self.server.encryption is not None:
                self.tell(f"{tag} OK begin")
                await self.writer.start_tls(self.server.encryption)
                self.server.capabilities = "IMAP4rev1 AUTH=PLAIN"
                continue
            given = [re.sub(r"\\(.)", r"\1", quoted) or plain for quoted, plain in _ARGUMENT.findall(rest)]
            self.tell(f"{tag} {await self.answer(name, given)}")
            await self.writer.drain()
            if name == "LOGOUT":
                return

    def tell(self, line: str) -> None:
        self.writer.write(line.encode() + b"\r\n")

    async def answer(self, name: str, given: list[str]) -> str:
        match name, self.state, given:
            case "CAPABILITY", _, []:
                self.tell(f"* CAPABILITY {self.server.capabilities}")
                return "OK done"
            case "LOGIN", "new", [user, password]:
                return self.enter(user, password)
            case "AUTHENTICATE", "new", ["PLAIN"]:
                self.tell("+ ")
                _, user, password = base64.b64decode((await self.reader.readline()).strip()).decode().split("\0")
                return self.enter(user, password)
            case "EXAMINE", "in", [folder]:
                return self.examine(folder)
            case "UID", "open", ["SEARCH", *criteria]:
                self.tell(f"* SEARCH {' '.join(map(str, self.found(criteria)))}".rstrip())
                return "OK done"
            case "UID", "open", ["FETCH", uids, *items]:
                return await self.fetch([int(uid) for uid in uids.split(",")], " ".join(items))
            case "LOGOUT", _, []:
                self.tell("* BYE see you")
                return "OK done"
        return "BAD not now"

    def enter(self, user: str, password: str) -> str:
        if (user, password) != (USER, self.server.password):
            return f"NO {self.server.refusal}"
        self.state = "in"
        return "OK welcome"

    def examine(self, folder: str) -> str:
        if folder != self.server.folder:
            return "NO no such folder"
        self.state = "open"
        self.tell(f"* {len(self.server.mails)} EXISTS")
        self.tell(f"* OK [UIDVALIDITY {self.server.validity}] fine")
        if self.server.tells_uidnext:
            self.tell(f"* OK [UIDNEXT {max(self.server.mails, default=0) + 1}] next")
        return "OK [READ-ONLY] done"

    def found(self, criteria: list[str]) -> list[int]:
        uids, last = sorted(self.server.mails), max(self.server.mails, default=0)
        match criteria:
            case ["UID", "*"]:
                return uids[-1:]
            case ["UID", span] if span.endswith(":*"):
                low, high = sorted((int(span.removesuffix(":*")), last))  # a range may be written backwards
                return [uid for uid in uids if low <= uid <= high]
            case ["SINCE", day]:
                number, month, year = day.split("-")
                first = date(int(year), MONTHS.index(month) + 1, int(number))
                return [uid for uid in uids if self.server.mails[uid][0] >= first]
        raise AssertionError(criteria)

    async def fetch(self, uids: list[int], items: str) -> str:
        if self.server.is_mute:
            await self.reader.read()  # until the other side has gone
            raise ConnectionError
        if items == "(UID BODY.PEEK[])" and self.server.denied & set(uids):
            return "NO cannot be converted"
        for number, uid in enumerate(uids, 1):
            if uid in self.server.gone or uid not in self.server.mails:
                continue
            raw = self.server.mails[uid][1]
            self.tell(f"* {number} FETCH (FLAGS (\\Recent))")  # nobody asked, and it may come at any time
            if items == "(UID RFC822.SIZE)":
                self.tell(f"* {number} FETCH (UID {uid} RFC822.SIZE {self.server.wrong_sizes.get(uid, len(raw))})")
            elif items == "(UID BODY.PEEK[])":
                await self.give(number, uid, raw)
            else:
                self.server.seen.add(uid)
                return "BAD not so"
        return "OK done"

    async def give(self, number: int, uid: int, raw: bytes) -> None:
        before, behind = ("", f" UID {uid}") if self.server.puts_uid_behind else (f"UID {uid} ", "")
        self.writer.write(f"* {number} FETCH ({before}BODY[] {{{self.server.announces or len(raw)}}}\r\n".encode())
        if self.server.drops_after is not None:
            self.writer.write(raw[: self.server.drops_after])
            await self.writer.drain()
            self.writer.close()
            raise ConnectionError
        self.writer.write(raw)
        self.tell(f"{behind})")


@asynccontextmanager
async def serving_mails(server: ImapServer, context: ssl.SSLContext | None = None) -> AsyncIterator[ImapServer]:
    """The server on a free port of this machine, until the context ends."""
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
