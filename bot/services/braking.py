"""What a reply's reading does to sequences: an absence pauses its lead's run, an answer those of colleagues."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.errors import Conflict
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.organisations import Brake, organisation_of, reason
from bot.outreach.posts import WantedPost
from bot.outreach.reply_reading import ReplyClass, back_at
from bot.outreach.routes import Topic
from bot.outreach.sequences import Run, RunState, asked_out, away, held, kept, let_go
from bot.outreach.unibox import Reply
from storage.database import Database
from storage.unit_of_work import UnitOfWork

BATCH_REPLIES = 100
DECIDED = "That is decided already, or these sequences ended meanwhile."
BrakeWording = Callable[[Brake, str], WantedPost]


class BrakeService:
    """Pauses runs for what replies say, and ends the pauses. wording: the question in a channel."""

    def __init__(self, database: Database, clock: Clock, wording: BrakeWording) -> None:
        self._database = database
        self._clock = clock
        self._wording = wording

    async def act_due(self, workspace_id: str) -> int:
        """Act on what replies that came say; how many."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            replies = await uow.replies.act_on(BATCH_REPLIES, now)
            if replies:
                leads = {lead.id: lead for lead in await uow.leads.get_many({reply.lead_id for reply in replies})}
                stage = await _stage_of(uow, [reply for reply in replies if reply.lead_id in leads], leads)
                for reply in replies:
                    if reply.lead_id in leads:
                        await _act(uow, stage, reply, leads[reply.lead_id], now)
        return len(replies)

    async def brakes(self, workspace_id: str, reply_ids: Collection[str]) -> list[Brake]:
        """What these replies hold and nobody has decided about."""
        async with self._database.read(workspace_id) as uow:
            return [brake for brake, _ in (await _brakes(uow, reply_ids)).values()]

    async def keep(self, workspace_id: str, actor: Actor, reply_id: str) -> Brake:
        """They stay paused until somebody resumes each. Raises `Conflict` when that is decided."""
        return await self._decide(workspace_id, actor, reply_id, resume=False)

    async def resume(self, workspace_id: str, actor: Actor, reply_id: str) -> Brake:
        """Exactly what the reply paused goes on. Raises `Conflict` when that is decided."""
        return await self._decide(workspace_id, actor, reply_id, resume=True)

    async def _decide(self, workspace_id: str, actor: Actor, reply_id: str, *, resume: bool) -> Brake:
        require(actor, Permission.SEND_MAIL)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            brake, runs = (await _brakes(uow, [reply_id])).get(reply_id, (None, []))
            if brake is None:
                raise Conflict(DECIDED)
            after = {run.id: let_go(run, now) if resume else kept(run) for run in runs}
            for run in runs:
                if after[run.id].state is RunState.ACTIVE:
                    await uow.mails.wake_run(run.id, now)
            moved = {run.lead_id for run in runs if await uow.runs.move(run, after[run.id])}
            if not moved:
                raise Conflict(DECIDED)
            kind = EventKind.SEQUENCE_RESUMED if resume else EventKind.SEQUENCE_PAUSED
            await uow.events.add_many([by(actor, kind, now, lead_id) for lead_id in sorted(moved)])
            names = await uow.members.named([actor.id])
            left = [lead for lead in brake.held if lead.id in moved]
            brake = replace(brake, held=left, decided_by=names.get(actor.id, actor.name), resumed=resume)
            for channel in (await uow.posts.under(f"brake:{reply_id}:")).values():
                await uow.posts.want(self._wording(brake, channel), now)
        return brake


class _Stage:
    """The open runs at hand, locked, as they are left so far. at: their ids by the company they are at."""

    def __init__(self, runs: Mapping[str, Run], at: Mapping[str, list[str]]) -> None:
        self.runs = dict(runs)
        self.at = at

    def of(self, lead_id: str) -> list[Run]:
        """The lead's own."""
        return [run for run in self.runs.values() if run.lead_id == lead_id]

    def of_others(self, domain: str, lead_id: str) -> list[Run]:
        """Those of other people at the company."""
        there = [self.runs[run_id] for run_id in self.at.get(domain, []) if run_id in self.runs]
        return [run for run in there if run.lead_id != lead_id]


async def _stage_of(uow: UnitOfWork, replies: Sequence[Reply], leads: Mapping[str, Lead]) -> _Stage:
    """As many statements for a hundred replies as for one."""
    people = [leads[reply.lead_id] for reply in replies if reply.reading.is_reply]
    domains = {domain for lead in people if (domain := organisation_of(lead.email))}
    at: dict[str, list[str]] = defaultdict(list)
    for run, key in await uow.runs.open_at(sorted(domains)):
        at[organisation_of(key)].append(run.id)
    own = await uow.runs.open_of({reply.lead_id for reply in replies})
    ids = {run.id for run in own} | {run_id for there in at.values() for run_id in there}
    return _Stage(await uow.runs.get_many(ids, locked=True) if ids else {}, at)


async def _act(uow: UnitOfWork, stage: _Stage, reply: Reply, lead: Lead, now: datetime) -> None:
    if reply.reading.reply_class is ReplyClass.ACKNOWLEDGED:
        return
    if reply.reading.reply_class is ReplyClass.OUT_OF_OFFICE:
        until = back_at(reply.reading, reply.received_at)
        for run in stage.of(lead.id) if until > now else []:
            await _pause(uow, stage, run, away(run, until), now)
        return
    if reply.reading.reply_class is ReplyClass.OPT_OUT:
        for run in stage.of(lead.id):
            await _pause(uow, stage, run, asked_out(run), now)
    if domain := organisation_of(lead.email):
        why = reason(lead, domain)
        others = stage.of_others(domain, lead.id)
        paused = [await _pause(uow, stage, run, held(run, reply.id, why), now) for run in others]
        if any(paused):
            await uow.notices.add(Topic.REPLIES, [(f"brake:{reply.id}", lead.id)], now)


async def _pause(uow: UnitOfWork, stage: _Stage, run: Run, after: Run | None, now: datetime) -> bool:
    if after is None or not await uow.runs.move(run, after):
        return False
    stage.runs[run.id] = after
    await uow.events.add(by(CLOCK, EventKind.SEQUENCE_PAUSED, now, run.lead_id, {"reason": after.why}))
    return True


async def _brakes(uow: UnitOfWork, reply_ids: Collection[str]) -> dict[str, tuple[Brake, list[Run]]]:
    """What each of these replies holds, by its id."""
    runs: dict[str, list[Run]] = defaultdict(list)
    for run in await uow.runs.held_by(reply_ids):
        runs[run.held_by].append(run)
    replies = await uow.replies.get_many(runs)
    wanted = {run.lead_id for there in runs.values() for run in there} | {each.lead_id for each in replies.values()}
    leads = {lead.id: lead for lead in await uow.leads.get_many(wanted)}
    found: dict[str, tuple[Brake, list[Run]]] = {}
    for reply in replies.values():
        replied = leads.get(reply.lead_id)
        if replied is not None:
            others = [leads[run.lead_id] for run in runs[reply.id] if run.lead_id in leads]
            found[reply.id] = Brake(reply.id, replied, organisation_of(replied.email), others), runs[reply.id]
    return found
