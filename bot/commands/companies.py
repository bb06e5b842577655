"""`import companies FILE`: the directory out of a file, in batches. A file may come twice: who is here is left out.

Started again after an interruption it goes on where it stood.
"""

import csv
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from bot.clock import utc_now
from bot.commands.importing import digest_of
from bot.commands.serving import expect_schema
from bot.config import Settings, SettingsError
from bot.connections import Gateways
from bot.outreach.access import CLOCK
from bot.outreach.companies import CompanyReject, checked_columns
from bot.outreach.csv_text import SAMPLE_BYTES, Form, Row, form_of, rows_of
from bot.outreach.errors import Conflict, Invalid
from bot.outreach.importing import SAMPLE_ROWS, Header, guessed, header_of
from bot.outreach.reports import neutralised
from bot.services.companies import CompanyImport, CompanyService
from bot.use_cases import services
from storage.database import Database

BATCH_ROWS = 1_000
Progress = Callable[[int, float], None]  # rows so far, and the share of the file's bytes


@dataclass(frozen=True, slots=True)
class CompanySheet:
    """A file as it will be read."""

    path: Path
    form: Form
    header: Header
    mapping: dict[str, int]


def company_sheet(path: Path, named: Sequence[str]) -> CompanySheet:
    """The file with its columns. named: `city=Ort`, over what is guessed. Raises `SettingsError`."""
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
    if len(samples) == header.has_names:
        raise SettingsError(f"{path} has no row below its column names.")
    mapping = guessed(header, samples[header.has_names :])
    if "name" in mapping:  # in a directory a name is the company's
        mapping.setdefault("company_name", mapping["name"])
    for pair in named:
        target, _, column = pair.partition("=")
        if column not in header.names:
            raise SettingsError(f"--map {pair}: the file has no column “{column}”. It has: {header.told}.")
        mapping[target] = header.names.index(column)
    try:
        return CompanySheet(path, form, header, checked_columns(mapping))
    except Invalid as error:
        raise SettingsError(f"{error} Columns: {header.told}. Say which with --map company_name=COLUMN.") from error


async def import_directory(settings: Settings, sheet: CompanySheet, rejects: Path, progress: Progress) -> CompanyImport:
    """Take the file in, and write the rows that became no company to `rejects`, if there are any.

    Raises `SettingsError` when the schema is not up to date, there is not exactly one workspace, or somebody else is
    at this file.
    """
    expect_schema(settings.database_url)
    async with AsyncExitStack() as closing:
        database = Database(settings.database_url)
        closing.push_async_callback(database.close)
        use_cases = services(settings, database, Gateways(), utc_now)
        workspaces = await use_cases.workspaces.all()
        if len(workspaces) != 1:
            raise SettingsError(f"There are {len(workspaces)} workspaces here; an import needs exactly one.")
        try:
            with sheet.path.open("rb") as stream:
                return await _take_all(use_cases.companies, workspaces[0].id, sheet, stream, rejects, progress)
        except Conflict as error:
            raise SettingsError(str(error)) from error


async def _take_all(
    companies: CompanyService, here: str, sheet: CompanySheet, stream: BinaryIO, rejects: Path, progress: Progress
) -> CompanyImport:
    """From the first row on, or from where an import of this file was ended."""
    size = max(1, sheet.path.stat().st_size)
    one = await companies.begin(here, CLOCK, digest_of(sheet.path))
    with _Rejects(rejects, sheet.header, one.given_back) as back, closing(rows_of(stream, sheet.form)) as every:
        rows = islice(every, sheet.header.has_names + one.rows, None)
        while batch := list(islice(rows, BATCH_ROWS)):
            one = await companies.take(here, CLOCK, one, sheet.mapping, batch, back.write)
            progress(one.rows, stream.tell() / size)
    await companies.finish(here, CLOCK, one)
    return one


def company_lines(one: CompanyImport) -> list[tuple[int, str]]:
    """The sum in lines."""
    rejected = [(number, reason.value) for reason, number in one.reasons.items()]
    return [(one.rows, "rows read"), (one.added, "companies added"), *rejected]


class _Rejects:
    """The file of the rows that became no company; made when there is the first one. held: how many of its bytes stay,
    of an import that was ended: what stands behind them belongs to rows that are taken again.
    """

    def __init__(self, path: Path, header: Header, held: int) -> None:
        self._path = path
        self._header = header
        self._held = held
        self._sheet: TextIO | None = None

    def __enter__(self) -> "_Rejects":
        if self._held and self._path.exists() and self._path.stat().st_size >= self._held:
            os.truncate(self._path, self._held)
            self._sheet = self._path.open("a", encoding="utf-8", newline="")
        return self

    def __exit__(self, *how: object) -> None:
        if self._sheet is not None:
            self._sheet.close()

    def write(self, rejected: Sequence[tuple[Row, CompanyReject]]) -> int:
        """Add rows with their reasons; how many bytes the file has now."""
        if rejected and self._sheet is None:
            self._sheet = self._path.open("w", encoding="utf-8", newline="")
            csv.writer(self._sheet).writerow([*map(neutralised, self._header.names), "reason", "line"])
        if self._sheet is None:
            return 0
        writer = csv.writer(self._sheet)
        for row, reason in rejected:
            cells = [*row.cells, *[""] * (len(self._header.names) - len(row.cells))]
            writer.writerow([*map(neutralised, cells), reason.value, row.line])
        self._sheet.flush()
        return self._sheet.tell()
