"""One connection to an IMAP server, in a thread of its own: the standard library's client waits with its thread.

It only ever reads: the folder is opened with EXAMINE and mails are fetched with PEEK, so none becomes a seen one.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar

from bot.gateways.http import LOOPBACK, Patience
from bot.outreach.errors import Unavailable
from bot.outreach.mailbox_replies import Mark

LARGEST_MAIL_BYTES = 30 * 1024 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ATOM = re.compile(r"[!#$&'+-Z^-z|}~]+")
_UID, _SIZE = re.compile(rb"\bUID (\d{1,10})\b"), re.compile(rb"\bRFC822\.SIZE (\d{1,18})\b")
_Found = TypeVar("_Found")
_PASSING = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImapAddress:
    """Where a mailbox is. is_tls: encrypted from the first byte, else with STARTTLS, on this machine not at all."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    is_tls: bool = True


class Line:
    """The connection as the waiting side sees it: it can be cut, which ends whatever its thread waits for."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_cut = False

    def begun(self, connected: socket.socket) -> None:
        """There is something to cut from now on. Raises OSError when it was cut before."""
        self._socket = connected
        if self._is_cut:
            raise OSError("cut")

    def cut(self) -> None:
        """End it; harmless when it has ended."""
        self._is_cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class _Client(imaplib.IMAP4):
    """Waits no longer than our patience, and takes no literal much larger than the largest mail."""

    def __init__(self, address: ImapAddress, patience: Patience, line: Line, **more: Any) -> None:
        self._patience = patience
        self._line = line
        self._port = address.port
        super().__init__(address.host, address.port, timeout=patience.connect.total_seconds(), **more)

    def open(self, host: str = "", port: int | None = None, timeout: float | None = None) -> None:
        super().open(host, port or self._port, timeout)
        self.sock.settimeout(self._patience.read.total_seconds())
        try:
            self._line.begun(self.sock)
        except OSError:
            self.shutdown()
            raise

    def read(self, size: int) -> bytes:
        if size > 2 * LARGEST_MAIL_BYTES:
            raise self.abort("too large a literal")
        return super().read(size)


class _TlsClient(_Client, imaplib.IMAP4_SSL):
    """The same, encrypted from the first byte."""


class ImapSession:
    """A folder opened for reading. Its methods raise what imaplib and sockets raise; `failure` words that."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self._client = client

    def ceiling(self) -> Mark:
        """No mail before this moment has a higher uid."""
        validity, following = (_number(self._client.response(name)[1]) for name in ("UIDVALIDITY", "UIDNEXT"))
        if validity is None:
            raise ValueError("no UIDVALIDITY")
        newest = following - 1 if following else max(self._search("UID", "*"), default=0)
        return Mark(validity, newest)

    def since(self, day: date) -> list[int]:
        """Mails that reached the server on that day or later, by its own calendar; oldest first."""
        return self._search("SINCE", f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def after(self, uid: int) -> list[int]:
        """Mails that came after that one; oldest first."""
        return [each for each in self._search("UID", f"{uid + 1}:*") if each > uid]  # `*` is the last one, however low

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Bytes of each mail that is still there."""
        found: dict[int, int] = {}
        for line in self._fetch(uids, "(UID RFC822.SIZE)")[1]:
            told = line[0] if isinstance(line, tuple) else line or b""
            uid, size = _UID.search(told), _SIZE.search(told)
            if uid and size:
                found[int(uid[1])] = int(size[1])
        return found

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails, by uid. What the server cannot give out is asked for alone, and left out."""
        typ, lines = self._fetch(uids, "(UID BODY.PEEK[])")
        if typ != "OK":
            return {} if len(uids) == 1 else {uid: mail for each in uids for uid, mail in self.bodies([each]).items()}
        found: dict[int, bytes] = {}
        for line, behind in pairwise([*lines, b""]):
            if isinstance(line, tuple):  # what stands before the mail, and the mail; a uid may follow it
                uid = _UID.search(line[0]) or (_UID.search(behind) if isinstance(behind, bytes) else None)
                if uid:
                    found[int(uid[1])] = line[1]
        return found

    def _search(self, *criteria: str) -> list[int]:
        typ, lines = self._client.uid("SEARCH", *criteria)
        if typ != "OK":
            raise self._client.error("SEARCH refused")
        return sorted({int(uid) for line in lines if line for uid in line.split()})

    def _fetch(self, uids: Sequence[int], items: str) -> tuple[str, list[Any]]:
        if not uids:
            return "OK", []
        return self._client.uid("FETCH", ",".join(map(str, uids)), items)


def in_folder(
    address: ImapAddress, patience: Patience, trusted: ssl.SSLContext, line: Line, work: Callable[[ImapSession], _Found]
) -> _Found:
    """What `work` finds in the folder. Raises `Unavailable`, in words for a user and without the password."""
    try:
        client = _client(address, patience, trusted, line)
        try:
            if not address.is_tls and address.host not in LOOPBACK:
                _encrypt(client, address, trusted, line)
            _log_in(client, address)
            _open(client, address)
            return work(ImapSession(client))
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                client.logout()
            with suppress(OSError):
                client.shutdown()
    except (imaplib.IMAP4.error, OSError, ValueError, LookupError) as error:
        raise _failure(error, address) from None


def _client(address: ImapAddress, patience: Patience, trusted: ssl.SSLContext, line: Line) -> imaplib.IMAP4:
    if address.is_tls:
        return _TlsClient(address, patience, line, ssl_context=trusted)
    return _Client(address, patience, line)


def _encrypt(client: imaplib.IMAP4, address: ImapAddress, trusted: ssl.SSLContext, line: Line) -> None:
    if "STARTTLS" not in client.capabilities:
        words = f"{address.host} offers no encryption on port {address.port}. Use imaps:// in REPLIES_IMAP_URL."
        raise Unavailable(words, transient=False)
    client.starttls(trusted)
    line.begun(client.sock)


def _log_in(client: imaplib.IMAP4, address: ImapAddress) -> None:
    try:
        if "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _: f"\0{address.user}\0{address.password}".encode())
        else:
            client.login(address.user if _ATOM.fullmatch(address.user) else _quoted(address.user), address.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        if _PASSING.search(str(error)):
            raise Unavailable(f"{address.host} lets nobody in at the moment.") from None
        words = (
            f"{address.host} refused the user name or the password. Check REPLIES_IMAP_URL; many want an app password."
        )
        raise Unavailable(words, transient=False) from None


def _open(client: imaplib.IMAP4, address: ImapAddress) -> None:
    if client.select(_quoted(address.folder), readonly=True)[0] != "OK":
        words = f"{address.host} has no folder {address.folder} for this user. Check the end of REPLIES_IMAP_URL."
        raise Unavailable(words, transient=False)


def _failure(error: Exception, address: ImapAddress) -> Unavailable:
    where = f"{address.host} on port {address.port}"
    unreadable = f"{where} answered with something we cannot read. Is it an IMAP server?"
    match error:
        case ssl.SSLCertVerificationError():
            words = f"The certificate of {address.host} is not to be trusted: {error.verify_message}."
            return Unavailable(words, transient=False)
        case ssl.SSLError():
            return Unavailable(f"{where} does not speak TLS as expected. Check REPLIES_IMAP_URL.", transient=False)
        case socket.gaierror():
            return Unavailable(f"There is no server {address.host}. Check REPLIES_IMAP_URL.")
        case TimeoutError():
            return Unavailable(f"{where} did not answer in time.")
        case imaplib.IMAP4.abort() if "unexpected response" in str(error):
            return Unavailable(unreadable)
        case imaplib.IMAP4.abort() | ConnectionResetError() | BrokenPipeError():
            return Unavailable(f"The connection to {where} broke.")
        case OSError():
            return Unavailable(f"{where} cannot be reached. Check the network and REPLIES_IMAP_URL.")
    return Unavailable(unreadable)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number(told: Sequence[Any]) -> int | None:
    """Of a response such as `[UIDNEXT 7]`; the last one told counts."""
    return int(told[-1]) if told and told[-1] is not None else None
