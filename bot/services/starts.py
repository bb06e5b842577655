"""Starts: a sequence begun for everybody in a segment, a batch of leads at a time, by the clock."""

from collections import Counter
from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.errors import Conflict, Invalid, NotFound, Unavailable
from bot.outreach.events import Event, EventKind, by
from bot.outreach.leads import REPLIED_OR_CONVERTED, Lead
from bot.outreach.limits import Budget
from bot.outreach.reachability import unreachable_reason
from bot.outreach.segments import Count, Segment, may_use
from bot.outreach.sequences import Mode, Run, Sequence
from bot.outreach.starts import MOST_BY_HAND, Start, StartState, moved_on, too_many
from bot.services.counting import AT_ONCE, counted
from bot.services.queueing import NO_SITE, NOT_CONNECTED
from bot.services.segments import existing_segment
from bot.services.sites import budgets_of
from bot.services.stepping import Scene, scene_of
from storage.database import Database
from storage.unit_of_work import UnitOfWork

BATCH_LEADS = 200
BATCHES_A_ROUND = 5
NO_SEQUENCE = "There is no sequence yet: `/outreach sequences` makes one."
IN_ONE = "In a sequence already"
ANSWERED = "Replied or converted already"
GONE = "The segment, the sequence or the site is not here any more"
BY_HAND = "A person stopped it"


@dataclass(frozen=True, slots=True)
class StartOffer:
    """What a segment can be put into. obstacle: why it cannot."""

    segment: Segment
    count: Count
    sequences: tuple[Sequence, ...]
    budgets: tuple[Budget, ...]
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A start with what to call what it is about."""

    start: Start
    segment: str
    sequence: str


class StartService:
    """The starts of a workspace. connected: SendGrid has its key."""

    def __init__(self, database: Database, clock: Clock, *, connected: bool) -> None:
        self._database = database
        self._clock = clock
        self.connected = connected

    async def offer(self, workspace_id: str, actor: Actor, segment_id: str) -> StartOffer:
        """What the form needs. Raises `NotFound`, `Conflict` for a segment that is not active."""
        require(actor, Permission.SEND_MAIL)
        now = self._clock()
        async with self._database.read(workspace_id) as uow:
            segment = await existing_segment(uow, segment_id)
            may_use(segment)
            count = await counted(uow, segment, now, patience=AT_ONCE)
            sequences = await uow.sequences.all()
            budgets = await budgets_of(uow, await uow.sites.all(), now)
        obstacle = "" if self.connected else NOT_CONNECTED
        obstacle = obstacle or ("" if budgets else NO_SITE) or ("" if sequences else NO_SEQUENCE)
        obstacle = obstacle or (f"Nobody is in {segment.name} now." if count.is_whole and not count.leads else "")
        return StartOffer(segment, count, tuple(sequences), tuple(budgets), obstacle)

    async def begin(
        self, workspace_id: str, actor: Actor, segment_id: str, sequence_id: str, site_id: str, channel: str
    ) -> Start:
        """Store the intent; the clock carries it out. Raises `Conflict` while the segment is being started."""
        require(actor, Permission.SEND_MAIL)
        if not self.connected:
            raise Unavailable(NOT_CONNECTED, transient=False)
        async with self._database.begin(workspace_id) as uow:
            segment = await existing_segment(uow, segment_id, locked=True)
            may_use(segment)
            sequence = await uow.sequences.get(sequence_id)
            if sequence is None:
                raise Invalid("This sequence is not here any more. Choose another one.", field="sequence")
            if site_id not in await uow.sites.get_many([site_id]):
                raise NotFound("This site is not here any more.")
            if any(each.is_running and each.segment_id == segment_id for each in await uow.starts.open()):
                raise Conflict(f"A sequence is being started for {segment.name}. Wait for its end.")
            start = Start(str(uuid4()), segment_id, sequence_id, site_id, actor.id, channel, self._clock())
            await uow.starts.add(start)
            facts = {"name": sequence.name, "segment": segment.name}
            await uow.events.add(by(actor, EventKind.SEGMENT_STARTED, self._clock(), None, facts))
        return start

    async def stop(self, workspace_id: str, actor: Actor, start_id: str) -> None:
        """Begin it for nobody else; what has begun goes on. Again changes nothing."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.begin(workspace_id) as uow:
            start = await uow.starts.get(start_id)
            if start is None:
                raise NotFound(GONE)
            if start.is_running and not await uow.starts.move(start, _stopped(start, BY_HAND)):
                raise Conflict("It went on this very moment. Press once more.")

    async def advance_due(self, workspace_id: str) -> Many[Progress]:
        """Take every open start some batches on; how each stands now."""
        async with self._database.read(workspace_id) as uow:
            waiting = await uow.starts.open()
        for start in waiting:
            going: Start | None = start
            for _ in range(BATCHES_A_ROUND):
                if going is None or not going.is_running:
                    break
                going = await self._advance(workspace_id, going)
        return await self._progress(workspace_id, [start.id for start in waiting])

    async def progress(self, workspace_id: str, start_id: str) -> Many[Progress]:
        """How one stands; nothing for one that is gone."""
        return await self._progress(workspace_id, [start_id])

    async def reported(self, workspace_id: str, start_id: str) -> None:
        """Its end has been shown."""
        async with self._database.begin(workspace_id) as uow:
            start = await uow.starts.get(start_id)
            if start is not None and not start.is_running:
                await uow.starts.move(start, replace(start, reported=True))

    async def _progress(self, workspace_id: str, start_ids: Many[str]) -> Many[Progress]:
        if not start_ids:
            return []
        async with self._database.read(workspace_id) as uow:
            found = [start for each in start_ids if (start := await uow.starts.get(each))]
            segments = {segment.id: segment.name for segment in await uow.segments.all()}
            sequences = await uow.sequences.get_many({start.sequence_id for start in found})
        names = {sequence.id: sequence.name for sequence in sequences.values()}
        return [
            Progress(start, segments.get(start.segment_id, ""), names.get(start.sequence_id, "")) for start in found
        ]

    async def _advance(self, workspace_id: str, start: Start) -> Start | None:
        """One batch; None when somebody else took it. Runs and how far it got are stored together."""
        now = self._clock()
        try:
            async with self._database.begin(workspace_id) as uow:
                after = await _batch(uow, start, now)
                if not await uow.starts.move(start, after):
                    raise Conflict("taken")
        except Conflict:
            return None
        return after


async def _batch(uow: UnitOfWork, start: Start, now: datetime) -> Start:
    segment = await uow.segments.get(start.segment_id)
    if segment is None or not segment.is_active:
        return _stopped(start, "The segment is not active any more" if segment else GONE)
    found = await uow.segments.leads_after(segment, now, start.after_seq, BATCH_LEADS)
    if not found:
        return replace(start, state=StartState.DONE)
    sequence = await uow.sequences.get(start.sequence_id)
    if sequence is None:
        return _stopped(start, GONE)
    if why := too_many(sequence, start.started + 1):
        return _stopped(start, why)
    if sequence.mode is Mode.MANUAL:
        found = found[: MOST_BY_HAND - start.started]
    runs = {lead.id: _run(start, sequence.mode, lead, now) for _, lead in found}
    scene = await scene_of(uow, list(runs.values()))
    if start.site_id not in scene.sites:
        return _stopped(start, GONE)
    refused = {lead.id: why for _, lead in found if (why := _refusal(scene, runs[lead.id], lead))}
    fit = [run for run in runs.values() if run.lead_id not in refused]
    added = await uow.runs.add_many(fit)
    refused |= {run.lead_id: IN_ONE for run in fit if run.id not in added}
    facts = {"name": sequence.name}
    begun = [run.lead_id for run in fit if run.id in added]
    await uow.events.add_many([Event(EventKind.SEQUENCE_STARTED, start.author, now, each, facts) for each in begun])
    return moved_on(start, found[-1][0], len(begun), Counter(refused.values()))


def _run(start: Start, mode: Mode, lead: Lead, now: datetime) -> Run:
    """Its first step is due at once, for the clock to make."""
    return Run(str(uuid4()), start.sequence_id, lead.id, start.site_id, mode, start.author, now, next_at=now)


def _refusal(scene: Scene, run: Run, lead: Lead) -> str:
    """Why the sequence does not begin for this lead; empty when it does."""
    if lead.status in REPLIED_OR_CONVERTED:
        return ANSWERED
    if why := unreachable_reason(lead, scene.standing.get(address_key(lead.email or ""))):
        return why
    try:
        for step in scene.sequence(run).steps:
            scene.words(run, step)
    except (Invalid, NotFound) as error:
        return str(error)
    return ""


def _stopped(start: Start, why: str) -> Start:
    return replace(start, state=StartState.STOPPED, why=why)
