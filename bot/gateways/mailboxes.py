"""A mailbox that is read over IMAP, a batch of new mails at a time."""

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from bot.gateways.http import Patience, trusted_certificates
from bot.gateways.imap import LARGEST_MAIL_BYTES, ImapAddress, ImapSession, Line, in_folder
from bot.outreach.errors import Unavailable
from bot.outreach.mailbox_replies import Mark

BATCH_MAILS = 50
BATCH_BYTES = 2 * LARGEST_MAIL_BYTES
UNHURRIED = Patience(total=timedelta(minutes=3))  # for a whole batch
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Fetched:
    """mails: as they stand there, oldest first. mark: to go on from, once they are stored.

    left_out: how many were too large, or not given out. has_more: there are newer ones already.
    """

    mails: tuple[bytes, ...]
    mark: Mark
    left_out: int = 0
    has_more: bool = False


class ImapMailbox:
    """One folder at one server. Every look is a connection of its own, so nothing is held open in between."""

    def __init__(
        self, address: ImapAddress, *, patience: Patience = UNHURRIED, trusted: ssl.SSLContext | None = None
    ) -> None:
        """patience: `total` is for a whole look; tries are not repeated. trusted: certificates, when not the usual."""
        self._address = address
        self._patience = patience
        self._trusted = trusted

    @property
    def key(self) -> str:
        """Tells this mailbox from others; no address can be read from it."""
        there = self._address
        told = "\0".join((there.host.lower(), str(there.port), there.user, there.folder))
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    async def check(self) -> None:
        """Raises `Unavailable` when it cannot be read."""
        await self._apart(ImapSession.ceiling)

    async def new(self, since: Mark | None, from_day: date) -> Fetched:
        """What came after the mark. Without one, or when the server numbers anew, what came on that day or later.

        Raises `Unavailable`.
        """
        return await self._apart(lambda session: _new(session, since, from_day))

    async def _apart(self, work: Callable[[ImapSession], _Found]) -> _Found:
        line = Line()
        trusted = self._trusted or trusted_certificates()
        try:
            async with asyncio.timeout(self._patience.total.total_seconds()):
                return await asyncio.to_thread(in_folder, self._address, self._patience, trusted, line, work)
        except TimeoutError:
            raise Unavailable(f"{self._address.host} took too long. Its mails are read later.") from None
        finally:
            line.cut()  # a thread cannot be cancelled, but it ends with its connection


def _new(session: ImapSession, since: Mark | None, from_day: date) -> Fetched:
    ceiling = session.ceiling()
    goes_on = since is not None and since.validity == ceiling.validity
    waiting = session.after(since.uid) if since is not None and goes_on else session.since(from_day)
    sizes = session.sizes(waiting[:BATCH_MAILS])
    batch = _batch(waiting[:BATCH_MAILS], sizes)
    wanted = [uid for uid in batch if 0 <= sizes.get(uid, -1) <= LARGEST_MAIL_BYTES]
    mails = {uid: mail for uid, mail in session.bodies(wanted).items() if len(mail) <= LARGEST_MAIL_BYTES}
    seen = Mark(ceiling.validity, batch[-1] if batch else 0)
    has_more = len(batch) < len(waiting)
    if not has_more:
        seen = Mark(ceiling.validity, max(seen.uid, since.uid if since is not None and goes_on else ceiling.uid))
    return Fetched(
        tuple(mails[uid] for uid in batch if uid in mails),
        seen,
        left_out=sum(uid in sizes and uid not in mails for uid in batch),
        has_more=has_more,
    )


def _batch(uids: list[int], sizes: dict[int, int]) -> list[int]:
    """The first of them that are not too much at once, one at least. Too large ones are not read, so weigh nothing."""
    total = 0
    for place, uid in enumerate(uids):
        size = sizes.get(uid, 0)
        total += size if size <= LARGEST_MAIL_BYTES else 0
        if total > BATCH_BYTES:
            return uids[:place]
    return uids
