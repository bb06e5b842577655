"""Imports of leads: a file's rows taken in batches, each batch once, whatever ends the process in between.

The way of a file: `sheet_of(stream)`, `begin`, `run` over `sheet.rows(stream)`, then `rejects_csv`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import islice
from time import monotonic
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.csv_text import Row
from bot.outreach.errors import Conflict, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.import_rejects import reject_lines, rejects_header
from bot.outreach.import_rows import Candidate, RowReader, sorted_out
from bot.outreach.importing import Breakdown, Import, ImportState, Rejected, undo_refusal
from bot.services.addresses import normalised
from bot.services.import_pace import Pace, read_ahead
from bot.services.import_taking import Batch, batch_of, counted, known_of, take_rows, unpermitted
from bot.services.import_undoing import undone
from bot.services.pushes import existing_campaign
from storage.database import Database
from storage.row_order import in_order
from storage.unit_of_work import UnitOfWork

BATCH_ROWS = 500
ONE_WRITER_SECONDS = 0.025  # on SQLite whoever else writes waits so long
REST_SECONDS = 0.004
LOG_ROWS = 1_000  # some 30 MB of SQLite's log: a page that several batches change goes into the file once
MANY_WRITERS_SECONDS = 0.5
_ELSEWHERE = "Somebody else is at this import."


@dataclass(frozen=True, slots=True)
class File:
    """What is imported. digest: of its contents, so that the same file is known again. columns: their names."""

    name: str
    digest: str
    columns: tuple[str, ...] = ()


class ImportService:
    """Takes files in. A batch and how far the file is are one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def forecast(
        self,
        workspace_id: str,
        actor: Actor,
        rows: Iterable[Row],
        mapping: Mapping[str, int],
        campaign_id: str | None = None,
    ) -> Breakdown:
        """What importing these rows would come to now; nothing is written. Raises `NotFound` without the campaign."""
        require(actor, Permission.IMPORT_LEADS)
        reader, rest, total = RowReader(mapping, normalised), iter(rows), Breakdown()
        taken: set[int] = set()  # hashes: a million addresses are 60 MB so, and three times as much as texts
        async with self._database.read(workspace_id) as uow:
            campaign = (await existing_campaign(uow, campaign_id)).id if campaign_id else None
            while batch := [reader.row(row) for row in islice(rest, BATCH_ROWS)]:
                keys = {each.key for each in batch if isinstance(each, Candidate)}
                known = await known_of(uow, keys, campaign)
                known = replace(known, taken={key for key in keys if hash(key) in taken})
                piles = sorted_out(batch, known, into_campaign=campaign is not None)
                taken.update(map(hash, (*piles.new, *piles.joining)))
                total = total.plus(counted(len(batch), piles, await unpermitted(uow, piles) if campaign else 0))
        return total

    async def begin(
        self,
        workspace_id: str,
        actor: Actor,
        file: File,
        mapping: Mapping[str, int],
        campaign_id: str | None = None,
    ) -> Import:
        """A new import, or the one of the same file into the same campaign that did not come to its end: it goes on
        with its own mapping.

        mapping: as `checked_mapping` gives it. campaign_id: whom the file names joins it. Raises `NotFound` without it.
        """
        require(actor, Permission.IMPORT_LEADS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            campaign = (await existing_campaign(uow, campaign_id)).id if campaign_id else None
            await uow.imports.hold_still()  # or two at once would begin the same file twice
            if unfinished := await uow.imports.unfinished(file.digest, campaign):
                return unfinished
            new = Import(
                str(uuid4()),
                file.name[:200],
                actor.id,
                file.digest,
                mapping,
                now,
                now,
                campaign_id=campaign,
                columns=file.columns,
                is_sorted=True,
            )
            await uow.imports.add(new)
            return new

    async def run(self, workspace_id: str, actor: Actor, one: Import, rows: Iterable[Row]) -> AsyncIterator[Import]:
        """Take what is left of the file's rows, one batch after the other; the import after each, in the end done or
        cancelled.

        rows: all of the file. Raises `Conflict` when somebody else is at this import, and `Unavailable` without the
        room to sort them.
        """
        reader = RowReader(one.mapping, normalised)
        place = reader.place if one.is_sorted else lambda row: ""
        async with (
            in_order(rows, place, one.taken) as rest,
            aclosing(self._run(workspace_id, one, reader, rest)) as steps,
        ):
            async for one in steps:
                yield one
        if one.state is ImportState.RUNNING:
            yield await self.finish(workspace_id, actor, one)

    async def _run(
        self, workspace_id: str, one: Import, reader: RowReader, rows: Iterator[Row]
    ) -> AsyncGenerator[Import]:
        is_alone = self._database.has_one_writer
        pace = Pace(ONE_WRITER_SECONDS, REST_SECONDS) if is_alone else Pace(MANY_WRITERS_SECONDS)
        tidied = one.taken

        def batch(count: int) -> Batch:
            return self._batch(reader, islice(rows, count))

        async def between() -> None:
            """Others come to the lock."""
            nonlocal tidied
            if is_alone and one.taken - tidied < LOG_ROWS:
                await asyncio.sleep(pace.rest_seconds)
                return
            tidied = one.taken
            await self._database.tidy(one.breakdown.added)

        async with aclosing(read_ahead(batch, between, pace, has_one_writer=is_alone)) as batches:
            async for each in batches:
                one = await self._take(workspace_id, one, each, pace)
                yield one
                if one.state is not ImportState.RUNNING:
                    return

    async def take(self, workspace_id: str, seen: Import, rows: Sequence[Row]) -> Import:
        """The next rows of the file; none of them once somebody cancelled. Raises `Conflict` as `run` does."""
        batch = self._batch(RowReader(seen.mapping, normalised), rows)
        return await self._take(workspace_id, seen, batch, Pace(ONE_WRITER_SECONDS))

    def _batch(self, reader: RowReader, rows: Iterable[Row]) -> Batch:
        return batch_of([reader.row(row) for row in rows], self._clock(), is_sqlite=self._database.has_one_writer)

    async def _take(self, workspace_id: str, seen: Import, batch: Batch, pace: Pace) -> Import:
        began = 0.0

        async def work(uow: UnitOfWork) -> Import:
            nonlocal began
            began = monotonic()
            taken = await take_rows(uow, seen, batch, max(self._clock(), seen.updated_at))
            if not await uow.imports.advance(seen, taken):
                raise Conflict(_ELSEWHERE)
            return taken

        try:
            taken = await self._database.at_once(workspace_id, work)
        except Conflict as error:
            return await self._cancelled(workspace_id, seen.id, error)
        pace.took(len(batch.rows), monotonic() - began)
        return taken

    async def finish(self, workspace_id: str, actor: Actor, seen: Import) -> Import:
        """Nothing of the file is left. Raises as `take` does."""
        now = max(self._clock(), seen.updated_at)
        done = replace(seen, state=ImportState.DONE, updated_at=now, ended_at=now)
        async with self._database.begin(workspace_id) as uow:
            if await uow.imports.advance(seen, done):
                await uow.events.add(by(actor, EventKind.LEADS_IMPORTED, now, None, _facts(done)))
                return done
        return await self._cancelled(workspace_id, seen.id, Conflict(_ELSEWHERE))

    async def cancel(self, workspace_id: str, actor: Actor, import_id: str) -> Import:
        """No further row is taken; what came in stays, and can be undone. A second click changes nothing.

        Raises `NotFound`, and `Conflict` when the import had come to its end.
        """
        require(actor, Permission.IMPORT_LEADS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            stopped = await uow.imports.cancel(import_id, now)
            one = await _existing(uow, import_id)
            if stopped:
                await uow.events.add(by(actor, EventKind.IMPORT_CANCELLED, now, None, _facts(one)))
        if one.state is not ImportState.CANCELLED:
            raise Conflict("This import had come to its end already.")
        return one

    async def undo(self, workspace_id: str, actor: Actor, import_id: str) -> AsyncIterator[Import]:
        """Remove the leads this import added to which nothing happened since, in batches; the import after each.

        Begun within 24 hours. Those who were leads before leave its campaign again; suppressions stay. Interrupted, it
        goes on when asked again. Raises `NotFound`, and `Conflict` with why it cannot be undone.
        """
        require(actor, Permission.IMPORT_LEADS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            one = await _existing(uow, import_id)
            if refusal := undo_refusal(one, now):
                raise Conflict(refusal)
            begun = replace(one, state=ImportState.UNDOING, updated_at=now, kept={})
            if not await uow.imports.advance(one, begun):
                raise Conflict(_ELSEWHERE)
        async for one in undone(self._database, self._clock, workspace_id, actor, begun):
            yield one

    async def get(self, workspace_id: str, actor: Actor, import_id: str) -> Import:
        """One import. Raises `NotFound`."""
        require(actor, Permission.IMPORT_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await _existing(uow, import_id)

    async def newest(self, workspace_id: str, actor: Actor, limit: int = 20) -> list[Import]:
        """The last imports begun, newest first."""
        require(actor, Permission.IMPORT_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.imports.newest(limit)

    async def rejects(self, workspace_id: str, import_id: str) -> AsyncIterator[Rejected]:
        """The rows that became no lead, in the order of the file."""
        async with self._database.read(workspace_id) as uow:
            async for row in uow.imports.rejects(import_id):
                yield row

    async def rejects_csv(self, workspace_id: str, actor: Actor, import_id: str) -> AsyncIterator[str]:
        """The same as parts of a CSV file: the file's own columns, then `reason` and `line`. Raises `NotFound`."""
        one = await self.get(workspace_id, actor, import_id)
        yield rejects_header(one.columns)
        some: list[Rejected] = []
        async for row in self.rejects(workspace_id, import_id):
            some.append(row)
            if len(some) == BATCH_ROWS:
                yield reject_lines(one.columns, some)
                some = []
        yield reject_lines(one.columns, some)

    async def _cancelled(self, workspace_id: str, import_id: str, otherwise: Conflict) -> Import:
        async with self._database.read(workspace_id) as uow:
            one = await _existing(uow, import_id)
        if one.state is not ImportState.CANCELLED:
            raise otherwise
        return one


async def _existing(uow: UnitOfWork, import_id: str) -> Import:
    one = await uow.imports.get(import_id)
    if one is None:
        raise NotFound("There is no such import here.")
    return one


def _facts(one: Import) -> dict[str, object]:
    return {"file": one.name, "rows": one.breakdown.rows, "added": one.breakdown.added, "joined": one.breakdown.joined}
