"""`import leads FILE`: from the file to the last row, going on where an earlier start stood."""

import csv
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bot.app import Gateways, opened, services
from bot.clock import utc_now
from bot.commands.serving import expect_schema
from bot.config import Settings, SettingsError
from bot.outreach.access import CLOCK
from bot.outreach.csv_text import SAMPLE_BYTES, Form, Row, form_of, rows_of
from bot.outreach.errors import Invalid
from bot.outreach.importing import SAMPLE_ROWS, Header, Import, ImportState, checked_mapping, guessed, header_of
from bot.outreach.reports import neutralised
from bot.services.imports import BATCH_ROWS, File, ImportService

Item = TypeVar("Item")
Progress = Callable[[Import, float], None]  # how far, and the share of the file's bytes


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as it will be read."""

    path: Path
    form: Form
    header: Header
    mapping: dict[str, int]


def sheet_of(path: Path, named: Sequence[str]) -> Sheet:
    """The file with its columns. named: `email=Work mail`, over what is guessed. Raises `SettingsError`."""
    try:
        with path.open("rb") as stream:
            form = form_of(stream.read(SAMPLE_BYTES))
            stream.seek(0)
            samples = [row.cells for row in islice(rows_of(stream, form), SAMPLE_ROWS)]
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    if not samples:
        raise SettingsError(f"{path} has no row.")
    header = header_of(samples)
    mapping = guessed(header, samples[header.has_names :]) | dict(_named(pair, header) for pair in named)
    try:
        return Sheet(path, form, header, checked_mapping(mapping, len(header.names)))
    except Invalid as error:
        columns = ", ".join(header.names)
        raise SettingsError(f"{error} Columns: {columns}. Say which with --map email=COLUMN.") from error


def _named(pair: str, header: Header) -> tuple[str, int]:
    target, _, column = pair.partition("=")
    if column not in header.names:
        raise SettingsError(f"--map {pair}: the file has no column “{column}”. It has: {', '.join(header.names)}.")
    return target, header.names.index(column)


async def import_file(settings: Settings, sheet: Sheet, rejects: Path, progress: Progress) -> Import:
    """Take the file in, and write the rows that became no lead to `rejects`, if there are any.

    Raises `SettingsError` when the schema is not up to date or there is not exactly one workspace.
    """
    expect_schema(settings.database_url)
    async with AsyncExitStack() as closing:
        database = opened(settings)
        closing.push_async_callback(database.close)
        use_cases = services(settings, database, Gateways(), utc_now)
        workspaces = await use_cases.workspaces.all()
        if len(workspaces) != 1:
            raise SettingsError(f"There are {len(workspaces)} workspaces here; an import needs exactly one.")
        here = workspaces[0].id
        file = File(sheet.path.name, _digest(sheet.path))
        done = await use_cases.imports.begin(here, CLOCK, file, sheet.mapping)
        done = await _take_all(use_cases.imports, here, done, sheet, progress)
        await _write_rejects(use_cases.imports, here, done, sheet.header, rejects)
        return done


async def _take_all(imports: ImportService, here: str, one: Import, sheet: Sheet, progress: Progress) -> Import:
    size = max(1, sheet.path.stat().st_size)
    with sheet.path.open("rb") as stream:
        rows = islice(rows_of(stream, sheet.form), one.taken + sheet.header.has_names, None)
        for batch in _batches(rows, BATCH_ROWS):
            one = await imports.take(here, one, batch)
            progress(one, stream.tell() / size)
    return one if one.state is ImportState.DONE else await imports.finish(here, CLOCK, one)


def _batches(rows: Iterator[Row], most: int) -> Iterator[list[Row]]:
    while batch := list(islice(rows, most)):
        yield batch


async def _write_rejects(imports: ImportService, here: str, one: Import, header: Header, path: Path) -> None:
    if not one.breakdown.rejects:
        return
    with path.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow([*map(neutralised, header.names), "reason", "line"])
        async for row in imports.rejects(here, one.id):
            cells = [*row.cells, *[""] * (len(header.names) - len(row.cells))]
            reason = f"{row.reason}: {row.said}" if row.said else row.reason
            writer.writerow([*map(neutralised, cells), reason, row.line])


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
