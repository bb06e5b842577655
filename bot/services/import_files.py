"""Imports of files in Slack: looked at, foretold, begun by a person, and carried on by the clock to their end."""

import asyncio
import io
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.gateways.slack_files import SlackFiles
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.errors import Conflict, Invalid, NotFound, Unavailable
from bot.outreach.import_files import ChosenFile, ImportFile, ImportNews, chosen_file, is_sheet
from bot.outreach.import_rows import Candidate, RowReader
from bot.outreach.importing import Breakdown, Import, ImportState, Rejected, checked_mapping, undo_refusal
from bot.outreach.posts import EDIT_EVERY, WantedPost
from bot.outreach.validation import Verdict
from bot.services.addresses import normalised
from bot.services.imports import File, ImportService
from storage.database import Database
from storage.unit_of_work import UnitOfWork

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
LONGEST_TURN = timedelta(seconds=5)  # less than a process that stops waits for its jobs
ASK_SLACK_AGAIN = timedelta(seconds=30)
WATCH_EVERY, WATCHED_FOR = timedelta(seconds=10), timedelta(days=1)
KEPT_FILES = 3
PREVIEW_ROWS = 5
NOT_A_SHEET = "{name} is no CSV file. Save the sheet as CSV (comma separated) and choose that file."
CHANGED = "The file was changed in Slack meanwhile. Import it again: rows that came in are known."
RUNNING = "This file is being imported already; its message says how far it is."
UNDOING = "This import is being undone already."
NOT_HERE = "This import is not here any more."
Wording = Callable[[ImportNews], Sequence[WantedPost]]


class ImportFileService:
    """The imports that people begin in Slack.

    files: None where Slack's files cannot be read. wording: their posts. verifies: addresses are checked here.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        imports: ImportService,
        files: SlackFiles | None,
        wording: Wording,
        *,
        verifies: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._imports = imports
        self._files = files
        self._wording = wording
        self._verifies = verifies
        self._kept: dict[str, tuple[str, bytes]] = {}  # by file: name and contents, of the last few

    async def look(self, actor: Actor, file_id: str) -> ChosenFile:
        """A file before it is imported. Raises `Invalid` for what holds no leads, `NotFound` and `Unavailable`."""
        require(actor, Permission.IMPORT_LEADS)
        return await asyncio.to_thread(chosen_file, file_id, *await self._contents(file_id))

    def preview(self, chosen: ChosenFile, mapping: Mapping[str, int]) -> list[Candidate | Rejected]:
        """The first rows as they would come in."""
        reader = RowReader(mapping, normalised)
        return [reader.read(line, cells) for line, cells in enumerate(chosen.sheet.samples[:PREVIEW_ROWS], 1)]

    async def forecast(
        self, workspace_id: str, actor: Actor, chosen: ChosenFile, mapping: Mapping[str, int], campaign_id: str | None
    ) -> Breakdown:
        """What importing it would come to now. Raises as `look` does, and `NotFound` without the campaign."""
        _, content = await self._contents(chosen.id)
        rows = chosen.sheet.rows(io.BytesIO(content))
        return await self._imports.forecast(workspace_id, actor, rows, mapping, campaign_id)

    async def start(
        self,
        workspace_id: str,
        actor: Actor,
        file_id: str,
        mapping: Mapping[str, int],
        campaign_id: str | None,
        *,
        channel: str,
        total: int,
    ) -> str:
        """Begin an import, which the clock carries on; its id. Raises `Conflict` when that file's is running."""
        chosen = await self.look(actor, file_id)
        header = chosen.sheet.header
        file = File(chosen.name, chosen.digest, header.names)
        mapping = checked_mapping(mapping, len(header.names))
        one = await self._imports.begin(workspace_id, actor, file, mapping, campaign_id)
        async with self._database.begin(workspace_id) as uow:
            if not await uow.import_files.add(ImportFile(one.id, file_id, channel, total)):
                raise Conflict(RUNNING)
            await self._say(uow, one.id, {})
        return one.id

    async def cancel(self, workspace_id: str, actor: Actor, import_id: str) -> None:
        """Take no further row. Raises `Conflict` when it had come to its end; its message is right either way."""
        try:
            await self._imports.cancel(workspace_id, actor, import_id)
        except Conflict:
            await self._say_now(workspace_id, import_id)
            raise
        await self._say_now(workspace_id, import_id)

    async def undo(self, workspace_id: str, actor: Actor, import_id: str) -> None:
        """Ask for it to be undone, which the clock does. Raises `Conflict` with why it cannot be."""
        one = await self._imports.get(workspace_id, actor, import_id)
        refusal = undo_refusal(one, self._clock())
        if not refusal:
            async with self._database.begin(workspace_id) as uow:
                is_first = await uow.import_files.undo(import_id, actor.id)
            refusal = "" if is_first else UNDOING
        await self._say_now(workspace_id, import_id)
        if refusal:
            raise Conflict(refusal)

    async def rejects(self, workspace_id: str, import_id: str) -> str:
        """The rows it left out, as CSV; a file of ten megabytes gives little more."""
        return "".join([part async for part in self._imports.rejects_csv(workspace_id, CLOCK, import_id)])

    async def work_due(self, workspace_id: str) -> int:
        """Carry on what people began, for a few seconds; how many imports were taken up."""
        ends, taken = self._clock() + LONGEST_TURN, 0
        while self._clock() < ends:
            async with self._database.begin(workspace_id) as uow:
                file = await uow.import_files.claim(self._clock(), LEASE)
            if file is None:
                break
            taken += 1
            await self._turn(workspace_id, file, ends)
        return taken

    async def _turn(self, workspace_id: str, file: ImportFile, ends: datetime) -> None:
        """Work on one import until it ends or the time is up; whoever comes next goes on where it stands."""
        back_at = self._clock()
        try:
            await self._carry_on(workspace_id, file, ends)
        except (Invalid, NotFound) as error:
            await self._stop(workspace_id, file, str(error))
        except Unavailable as error:
            log.warning("import put off", import_id=file.import_id, said=str(error))
            back_at += ASK_SLACK_AGAIN
            if not error.transient:
                await self._stop(workspace_id, file, str(error))
        except Conflict as error:  # somebody else is at it
            log.info("import left", import_id=file.import_id, said=str(error))
            back_at += ASK_SLACK_AGAIN
        finally:
            await self._let_go(workspace_id, file, back_at)

    async def _carry_on(self, workspace_id: str, file: ImportFile, ends: datetime) -> None:
        """Step by step, with a word in the channel now and then."""
        said_at = self._clock()
        async with aclosing(self._steps(workspace_id, file)) as steps:
            async for _ in steps:
                now = self._clock()
                if now - said_at >= EDIT_EVERY:
                    said_at = now
                    await self._say_now(workspace_id, file.import_id)
                if now >= ends:
                    return

    async def _steps(self, workspace_id: str, file: ImportFile) -> AsyncGenerator[Import, None]:
        """What there is to do for it: undoing it, or the rows that are left."""
        one = await self._imports.get(workspace_id, CLOCK, file.import_id)
        by = Actor(file.undoing or one.author, "", frozenset(Permission))
        if file.undoing:
            if undo_refusal(one, self._clock()):  # asked in time, and nobody was there to do it for a day
                await self._keep(workspace_id, one.id)
                return
            async for step in self._imports.undo(workspace_id, by, one.id):
                yield step
        elif one.state is ImportState.RUNNING:
            name, content = await self._contents(file.file_id)
            chosen = await asyncio.to_thread(chosen_file, file.file_id, name, content)
            if chosen.digest != one.digest:
                raise Invalid(CHANGED)
            rows = chosen.sheet.rows(io.BytesIO(content))
            async for step in self._imports.run(workspace_id, by, one, rows):
                yield step

    async def _keep(self, workspace_id: str, import_id: str) -> None:
        async with self._database.begin(workspace_id) as uow:
            await uow.import_files.keep(import_id)

    async def _stop(self, workspace_id: str, file: ImportFile, problem: str) -> None:
        """It goes no further, and says why. What came in stays."""
        async with self._database.begin(workspace_id) as uow:
            await uow.import_files.stop(file.import_id, problem)
        try:
            await self._imports.cancel(workspace_id, CLOCK, file.import_id)
        except Conflict as error:  # it ended in another way meanwhile
            log.info("import over", import_id=file.import_id, said=str(error))

    async def _let_go(self, workspace_id: str, file: ImportFile, back_at: datetime) -> None:
        """Say how it stands; an import at its end is settled, any other one is free for whoever comes next.

        At its end its message goes on counting the verdicts on its addresses, for a day.
        """
        now, checks = self._clock(), await self._checks(workspace_id, file.import_id)
        async with self._database.begin(workspace_id) as uow:
            one = await uow.imports.get(file.import_id)
            if one is not None and one.state in {ImportState.RUNNING, ImportState.UNDOING}:
                await uow.import_files.release(file.import_id, back_at)
            elif one is not None and one.state is not ImportState.UNDONE and _is_watched(one, checks, now):
                await uow.import_files.release(file.import_id, now + WATCH_EVERY)
            else:
                await uow.import_files.settle(file.import_id, now)
            await self._say(uow, file.import_id, checks)

    async def _checks(self, workspace_id: str, import_id: str) -> Mapping[Verdict | None, int]:
        """The verdicts so far, once the import is over; asked outside any transaction that keeps others waiting."""
        if not self._verifies:
            return {}
        async with self._database.read(workspace_id) as uow:
            one = await uow.imports.get(import_id)
            return await uow.import_files.verdicts(one) if one and one.ended_at else {}

    async def _say_now(self, workspace_id: str, import_id: str) -> None:
        checks = await self._checks(workspace_id, import_id)
        async with self._database.begin(workspace_id) as uow:
            await self._say(uow, import_id, checks)

    async def _say(self, uow: UnitOfWork, import_id: str, checks: Mapping[Verdict | None, int]) -> None:
        """What stands in the channel follows the rows."""
        news = await _news(uow, import_id, checks)
        if news is None:
            raise NotFound(NOT_HERE)
        for post in self._wording(news):
            await uow.posts.want(post, self._clock())

    async def _contents(self, file_id: str) -> tuple[str, bytes]:
        """Name and contents; the last few files are kept, for a person chooses columns more than once."""
        if file_id not in self._kept:
            if self._files is None:
                raise Unavailable("Slack is not connected, so its files cannot be read.", transient=False)
            about = await self._files.about(file_id)
            if not is_sheet(about.name, about.mimetype):
                raise Invalid(NOT_A_SHEET.format(name=about.name), field="file")
            self._kept[file_id] = (about.name, await self._files.read(about))
            if len(self._kept) > KEPT_FILES:
                del self._kept[next(iter(self._kept))]
        return self._kept[file_id]


def _is_watched(one: Import, checks: Mapping[Verdict | None, int], now: datetime) -> bool:
    return bool(checks.get(None)) and now - (one.ended_at or now) < WATCHED_FOR


async def _news(uow: UnitOfWork, import_id: str, checks: Mapping[Verdict | None, int]) -> ImportNews | None:
    one, file = await uow.imports.get(import_id), await uow.import_files.get(import_id)
    if one is None or file is None:
        return None
    names = await uow.members.named([one.author, file.undoing])
    campaign = await uow.campaigns.get(one.campaign_id) if one.campaign_id else None
    by, undoing = names.get(one.author, ""), names.get(file.undoing, "")
    return ImportNews(one, file, by, campaign.name if campaign else "", undoing, checks)
