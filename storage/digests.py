"""Digests: what each channel was told on which day, and the leads behind every figure."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate, chain
from json import loads
from operator import sub
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, UniqueConstraint, func, insert, select

from bot.outreach.digests import Digest, Figure, Figures
from bot.outreach.pipeline import Milestone
from storage.draft_tables import WAITING, drafts
from storage.lead_tables import LIVE, leads
from storage.replies import WAITS as WAITS_FOR_ANSWER
from storage.replies import replies
from storage.tables import AnyRow, metadata, owned_columns, owner_column, refers_to
from storage.tenant import Tenant
from storage.types import Bytes, Choice, Int64, Json, KeyText, UtcDateTime

digests = Table(
    "digests",
    metadata,
    *owned_columns(),
    Column("channel", KeyText, nullable=False),
    Column("day", KeyText, nullable=False),
    Column("number", Int64, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("late_since", UtcDateTime),
    Column("figures", Json, nullable=False),
    Column("post_key", KeyText),
    UniqueConstraint("workspace_id", "channel", "day", "number"),
)
digest_leads = Table(
    "digest_leads",
    metadata,
    owner_column(primary_key=True),
    Column("digest_id", KeyText, primary_key=True),
    Column("figure", Choice(Figure), primary_key=True),
    Column("seqs", Bytes, nullable=False),
    refers_to("digests", "digest_id"),
)
_NAMES = ("id", "channel", "day", "number", "at", "late_since", "figures", "post_key")
_COLUMNS = [digests.c[name] for name in _NAMES]


class Digests:
    """The digests of one workspace, each with its number on its day: the clock only ever makes the first."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, digest: Digest) -> bool:
        """Whether it is new: the same number on the same day of a channel is there once."""
        values = {name: getattr(digest, name) for name in _NAMES}
        values |= {"day": digest.day.isoformat(), "figures": digest.figures.stored()}
        return await self._tenant.add_once(digests, **values)

    async def freeze(self, digest_id: str, seqs: Mapping[Figure, Sequence[int]]) -> None:
        """Keep the leads behind its figures, each set in ascending order."""
        rows = [
            self._tenant.row(digest_id=digest_id, figure=figure, seqs=packed(leads))
            for figure, leads in seqs.items()
            if leads
        ]
        await self._tenant.many(insert(digest_leads), rows)

    async def get(self, digest_id: str) -> Digest | None:
        """The digest with this id."""
        row = await self._tenant.first(self._select(digests.c.id == digest_id))
        return _digest(row) if row else None

    async def latest(self, channel: str) -> Digest | None:
        """The one posted last in this channel; a day with nothing to say changed nothing."""
        posted = self._select(digests.c.channel == channel, digests.c.post_key.is_not(None))
        newest = posted.order_by(digests.c.day.desc(), digests.c.number.desc())
        row = await self._tenant.first(newest.limit(1))
        return _digest(row) if row else None

    async def of_day(self, channel: str, day: date) -> Digest | None:
        """The last of that day."""
        that_day = self._select(digests.c.channel == channel, digests.c.day == day.isoformat())
        row = await self._tenant.first(that_day.order_by(digests.c.number.desc()).limit(1))
        return _digest(row) if row else None

    async def seqs_of(self, digest_id: str, figure: Figure) -> list[int]:
        """The leads behind a figure as they were, lowest first."""
        one = (self._tenant.owns(digest_leads), digest_leads.c.digest_id == digest_id, digest_leads.c.figure == figure)
        return unpacked(await self._tenant.value(select(digest_leads.c.seqs).where(*one)) or b"")

    async def seqs_reached(self) -> dict[Milestone, list[int]]:
        """The leads that ever reached each milestone, as one statement saw them, lowest first."""
        gather = func.json_group_array if self._tenant.is_sqlite else func.array_agg
        where = (self._tenant.owns(leads), LIVE)
        statement = select(leads.c.furthest, gather(leads.c.seq)).where(*where).group_by(leads.c.furthest)
        rows = await self._tenant.all(statement)
        exactly = {furthest: loads(seqs) if self._tenant.is_sqlite else seqs for furthest, seqs in rows}
        return {
            card: sorted(chain.from_iterable(seqs for furthest, seqs in exactly.items() if furthest >= card))
            for card in Milestone
        }

    async def seqs_with_draft(self) -> list[int]:
        """Leads with a draft that waits to be approved, lowest first."""
        return await self._seqs_in(drafts, WAITING)

    async def seqs_with_reply(self) -> list[int]:
        """Leads with a reply that nobody answered, lowest first."""
        return await self._seqs_in(replies, WAITS_FOR_ANSWER)

    async def _seqs_in(self, table: Table, standing: ColumnElement[bool]) -> list[int]:
        theirs = select(table.c.lead_id).where(self._tenant.owns(table), standing)
        statement = select(leads.c.seq).where(self._tenant.owns(leads), LIVE, leads.c.id.in_(theirs))
        return await self._tenant.values(statement.order_by(leads.c.seq))

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(*_COLUMNS).where(self._tenant.owns(digests), *conditions)


def packed(seqs: Sequence[int]) -> bytes:
    """Ascending numbers as what each adds to the one before, seven bits a byte, deflated: a byte or two a lead."""
    steps = [*seqs[:1], *map(sub, seqs[1:], seqs)]
    small = bytes(steps) if max(steps, default=0) < 0x80 else bytes(_in_sevens(steps))
    return zlib.compress(small) if small else b""


def unpacked(stored: bytes) -> list[int]:
    """The numbers again."""
    small = zlib.decompress(stored) if stored else b""
    return list(accumulate(small if max(small, default=0) < 0x80 else _from_sevens(small)))


def _in_sevens(numbers: Iterable[int]) -> Iterable[int]:
    """Low bits first; a set high bit says that more follow."""
    for number in numbers:
        while number >= 0x80:
            yield number & 0x7F | 0x80
            number >>= 7
        yield number


def _from_sevens(stored: bytes) -> Iterable[int]:
    number = shift = 0
    for byte in stored:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0


def _digest(row: AnyRow) -> Digest:
    values = row._asdict()
    return Digest(**{**values, "day": date.fromisoformat(row.day), "figures": Figures.of(row.figures)})
