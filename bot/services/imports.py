"""Imports of leads: a file's rows taken in batches, each batch once, whatever ends the process in between."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.csv_text import Row
from bot.outreach.errors import Conflict
from bot.outreach.events import EventKind, by
from bot.outreach.importing import (
    Breakdown,
    Candidate,
    Import,
    ImportState,
    Reject,
    Rejected,
    RowReader,
)
from bot.services.addresses import normalised
from storage.database import Database
from storage.unit_of_work import UnitOfWork

BATCH_ROWS = 1_000
_TRIES = 3


@dataclass(frozen=True, slots=True)
class File:
    """What is imported. digest: of its contents, so that the same file is known again."""

    name: str
    digest: str


class ImportService:
    """Takes files in. A batch and how far the file is are one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(
        self,
        workspace_id: str,
        actor: Actor,
        file: File,
        mapping: Mapping[str, int],
    ) -> Import:
        """A new import, or the one of the same file that did not come to its end: it goes on with its own mapping."""
        require(actor, Permission.IMPORT_LEADS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if unfinished := await uow.imports.unfinished(file.digest):
                return unfinished
            new = Import(str(uuid4()), file.name, actor.id, file.digest, mapping, now, now)
            await uow.imports.add(new)
            return new

    async def take(self, workspace_id: str, seen: Import, rows: Sequence[Row]) -> Import:
        """The next rows of the file. Raises `Conflict` when somebody else took them or the import is over."""
        reader = RowReader(seen.mapping, normalised)
        read = [_read(reader, row) for row in rows]
        async with self._database.begin(workspace_id) as uow:
            taken = await _take(uow, seen, read, self._clock())
            if not await uow.imports.advance(seen, taken):
                raise Conflict("Somebody else is at this import, or it was cancelled.")
        return taken

    async def finish(self, workspace_id: str, actor: Actor, seen: Import) -> Import:
        """Nothing of the file is left. Raises as `take` does."""
        now = self._clock()
        done = replace(seen, state=ImportState.DONE, updated_at=now)
        async with self._database.begin(workspace_id) as uow:
            if not await uow.imports.advance(seen, done):
                raise Conflict("Somebody else is at this import, or it was cancelled.")
            facts = {"file": seen.name[:200], "rows": seen.breakdown.rows, "added": seen.breakdown.added}
            await uow.events.add(by(actor, EventKind.LEADS_IMPORTED, now, None, facts))
        return done

    async def rejects(self, workspace_id: str, import_id: str) -> AsyncIterator[Rejected]:
        """The rows that became no lead, in the order of the file."""
        async with self._database.read(workspace_id) as uow:
            async for row in uow.imports.rejects(import_id):
                yield row


def _read(reader: RowReader, row: Row) -> Candidate | Rejected:
    if row.problem:
        return Rejected(row.line, Reject.BROKEN, row.cells, row.problem)
    return reader.read(row.line, row.cells)


async def _take(uow: UnitOfWork, seen: Import, read: Sequence[Candidate | Rejected], now: datetime) -> Import:
    rejected = [each for each in read if isinstance(each, Rejected)]
    first: dict[str, Candidate] = {}
    for each in read:
        if isinstance(each, Candidate):
            if each.key in first:
                rejected.append(Rejected(each.line, Reject.IN_FILE, each.cells))
            else:
                first[each.key] = each
    against = await uow.addresses.standing(first)
    rejected += [Rejected(first[key].line, Reject.SUPPRESSED, first[key].cells, fact) for key, fact in against.items()]
    wanted = {key: each for key, each in first.items() if key not in against}
    added, here = await _store(uow, seen, wanted, now)
    for key, import_id in here.items():
        reason = Reject.IN_FILE if import_id == seen.id else Reject.HERE
        rejected.append(Rejected(wanted[key].line, reason, wanted[key].cells))
    await uow.imports.reject(seen.id, sorted(rejected, key=lambda row: row.line))
    reasons = Counter(row.reason for row in rejected)
    more = Breakdown(len(read), added, reasons)
    return replace(seen, taken=seen.taken + len(read), breakdown=seen.breakdown.plus(more), updated_at=now)


async def _store(
    uow: UnitOfWork, seen: Import, wanted: Mapping[str, Candidate], now: datetime
) -> tuple[int, Mapping[str, str | None]]:
    """Add those that are not here; how many, and the import of those that were. Others may add the same meanwhile."""
    for _ in range(_TRIES):
        here = await uow.leads.here(wanted)
        new = sorted((each for key, each in wanted.items() if key not in here), key=lambda each: each.key)
        if not new or await uow.leads.add_imported(new, seen.id, now):
            return len(new), here
    raise Conflict("Somebody else adds the same leads at this moment. Try again.")
