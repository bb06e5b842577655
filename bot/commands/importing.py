"""`import leads FILE` and what belongs to it: from the file to the last row, going on where an earlier start stood."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.clock import utc_now
from bot.commands.serving import expect_schema
from bot.config import Settings, SettingsError
from bot.connections import Gateways, opened
from bot.outreach.access import CLOCK
from bot.outreach.csv_text import Row
from bot.outreach.errors import Invalid, OutreachError
from bot.outreach.import_sheets import Sheet, sheet_of
from bot.outreach.importing import Breakdown, Import
from bot.services.all import Services
from bot.services.imports import File
from bot.use_cases import services

Progress = Callable[[str, float], None]  # what was done so far, and the share of it
_TOLD_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be imported. campaign: the name of the one whom it joins; empty for none."""

    path: Path
    sheet: Sheet
    campaign: str = ""


class _Reading:
    """The rows of a file while they are sorted. count: how many there were."""

    def __init__(self, sheet: Sheet, stream: BinaryIO, size: int, progress: Progress) -> None:
        self._rows = sheet.rows(stream)
        self._stream = stream
        self._size = size
        self._progress = progress
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            if self.count % _TOLD_ROWS == 0:
                self._progress(f"{self.count:,} rows read", self._stream.tell() / self._size)
            yield row


def wanted_of(path: Path, named: Sequence[str], campaign: str) -> Wanted:
    """The file with its columns. named: `email=Work mail`, over what is guessed. Raises `SettingsError`."""
    try:
        with path.open("rb") as stream:
            return Wanted(path, sheet_of(stream).with_columns(named), campaign)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except Invalid as error:
        remedy = " Say which column holds what with --map email=COLUMN." if error.field else ""
        raise SettingsError(f"{path}: {error}{remedy}") from error


async def import_file(settings: Settings, wanted: Wanted, rejects: Path, progress: Progress) -> Import:
    """Take the file in, and write the rows that became no lead to `rejects`, if there are any.

    Raises `SettingsError` when the schema is not up to date, there is not exactly one workspace, the campaign is not
    known, or somebody else is at this import.
    """
    size = max(1, wanted.path.stat().st_size)
    async with _at_home(settings) as (use_cases, here):
        file = File(wanted.path.name, digest_of(wanted.path), wanted.sheet.header.names)
        campaign = await _campaign(use_cases, here, wanted)
        one = begun = await use_cases.imports.begin(here, CLOCK, file, wanted.sheet.mapping, campaign)
        with wanted.path.open("rb") as stream:
            rows = _Reading(wanted.sheet, stream, size, progress)
            async for one in use_cases.imports.run(here, CLOCK, begun, rows):
                progress(f"{one.taken:,} of {rows.count:,} rows", one.taken / max(1, rows.count))
        if one.breakdown.rejects:
            with rejects.open("w", encoding="utf-8", newline="") as back:
                async for part in use_cases.imports.rejects_csv(here, CLOCK, one.id):
                    back.write(part)
        return one


async def forecast_file(settings: Settings, wanted: Wanted) -> Breakdown:
    """What importing the file would come to. Raises `SettingsError` as `import_file` does."""
    async with _at_home(settings) as (use_cases, here):
        campaign = await _campaign(use_cases, here, wanted)
        with wanted.path.open("rb") as stream:
            rows = wanted.sheet.rows(stream)
            return await use_cases.imports.forecast(here, CLOCK, rows, wanted.sheet.mapping, campaign)


async def newest_imports(settings: Settings) -> list[Import]:
    """The last imports, newest first."""
    async with _at_home(settings) as (use_cases, here):
        return await use_cases.imports.newest(here, CLOCK)


async def cancel_import(settings: Settings, import_id: str) -> Import:
    """No further row of it is taken. Raises `SettingsError` when it is not running."""
    async with _at_home(settings) as (use_cases, here):
        return await use_cases.imports.cancel(here, CLOCK, import_id)


async def undo_import(settings: Settings, import_id: str, progress: Callable[[Import], None]) -> Import:
    """Remove what it added. Raises `SettingsError` with why it cannot be undone."""
    async with _at_home(settings) as (use_cases, here):
        one = await use_cases.imports.get(here, CLOCK, import_id)
        async for one in use_cases.imports.undo(here, CLOCK, import_id):
            progress(one)
        return one


@asynccontextmanager
async def _at_home(settings: Settings) -> AsyncIterator[tuple[Services, str]]:
    """The use cases, and the one workspace. What they refuse in words is a `SettingsError`."""
    expect_schema(settings.database_url)
    database = opened(settings)
    try:
        use_cases = services(settings, database, Gateways(), utc_now)
        workspaces = await use_cases.workspaces.all()
        if len(workspaces) != 1:
            raise SettingsError(f"There are {len(workspaces)} workspaces here; an import needs exactly one.")
        yield use_cases, workspaces[0].id
    except OutreachError as error:
        raise SettingsError(str(error)) from error
    finally:
        await database.close()


async def _campaign(use_cases: Services, here: str, wanted: Wanted) -> str | None:
    return (await use_cases.campaigns.named(here, CLOCK, wanted.campaign)).id if wanted.campaign else None


def digest_of(path: Path) -> str:
    """By which the same file is known again."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
