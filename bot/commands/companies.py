"""`import companies FILE`: the directory out of a file, in batches. A file may come twice: who is here is left out."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from bot.clock import utc_now
from bot.commands.serving import expect_schema
from bot.config import Settings, SettingsError
from bot.connections import Gateways
from bot.outreach.access import CLOCK
from bot.outreach.companies import CompanyReject, checked_columns
from bot.outreach.csv_text import SAMPLE_BYTES, Form, Row, form_of, rows_of
from bot.outreach.errors import Invalid
from bot.outreach.importing import SAMPLE_ROWS, Header, guessed, header_of
from bot.outreach.reports import neutralised
from bot.services.companies import CompanyService
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


@dataclass(frozen=True, slots=True)
class Directory:
    """What became of a file."""

    rows: int = 0
    added: int = 0
    reasons: Mapping[CompanyReject, int] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """How many rows became no company."""
        return sum(self.reasons.values())

    @property
    def lines(self) -> list[tuple[int, str]]:
        """The sum in lines."""
        rejected = [(number, reason.value) for reason, number in self.reasons.items()]
        return [(self.rows, "rows read"), (self.added, "companies added"), *rejected]


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
    mapping = guessed(header, samples[header.has_names :])
    if "name" in mapping:  # in a directory a name is the company's
        mapping.setdefault("company_name", mapping["name"])
    for pair in named:
        target, _, column = pair.partition("=")
        if column not in header.names:
            names = ", ".join(header.names)
            raise SettingsError(f"--map {pair}: the file has no column “{column}”. It has: {names}.")
        mapping[target] = header.names.index(column)
    try:
        return CompanySheet(path, form, header, checked_columns(mapping))
    except Invalid as error:
        columns = ", ".join(header.names)
        raise SettingsError(f"{error} Columns: {columns}. Say which with --map company_name=COLUMN.") from error


async def import_directory(settings: Settings, sheet: CompanySheet, rejects: Path, progress: Progress) -> Directory:
    """Take the file in, and write the rows that became no company to `rejects`, if there are any.

    Raises `SettingsError` when the schema is not up to date or there is not exactly one workspace.
    """
    expect_schema(settings.database_url)
    async with AsyncExitStack() as closing:
        database = Database(settings.database_url)
        closing.push_async_callback(database.close)
        use_cases = services(settings, database, Gateways(), utc_now)
        workspaces = await use_cases.workspaces.all()
        if len(workspaces) != 1:
            raise SettingsError(f"There are {len(workspaces)} workspaces here; an import needs exactly one.")
        with sheet.path.open("rb") as stream:
            return await _take_all(use_cases.companies, workspaces[0].id, sheet, stream, rejects, progress)


async def _take_all(
    companies: CompanyService, here: str, sheet: CompanySheet, stream: BinaryIO, rejects: Path, progress: Progress
) -> Directory:
    size, reasons, rows, added = max(1, sheet.path.stat().st_size), Counter[CompanyReject](), 0, 0
    with _Rejects(rejects, sheet.header) as back:
        for batch in _batches(islice(rows_of(stream, sheet.form), sheet.header.has_names, None)):
            done = await companies.take(here, CLOCK, sheet.mapping, batch)
            rows, added = rows + done.rows, added + done.added
            reasons.update(reason for _, reason in done.rejected)
            back.write(done.rejected)
            progress(rows, stream.tell() / size)
    return Directory(rows, added, dict(reasons))


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch


class _Rejects:
    """The file of the rows that became no company; made when there is the first one."""

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self._header = header
        self._sheet: Any = None
        self._writer: Any = None

    def __enter__(self) -> "_Rejects":
        return self

    def __exit__(self, *how: object) -> None:
        if self._sheet is not None:
            self._sheet.close()

    def write(self, rejected: Sequence[tuple[Row, CompanyReject]]) -> None:
        """Add rows with their reasons."""
        if rejected and self._sheet is None:
            self._sheet = self._path.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._sheet)
            self._writer.writerow([*map(neutralised, self._header.names), "reason", "line"])
        for row, reason in rejected:
            cells = [*row.cells, *[""] * (len(self._header.names) - len(row.cells))]
            self._writer.writerow([*map(neutralised, cells), reason.value, row.line])
