"""Runs whose next step is due: what becomes of each, a batch in one transaction."""

from dataclasses import replace
from datetime import datetime

from bot.outreach.access import CLOCK
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.routes import Topic
from bot.outreach.sequences import NO_REPLY, Mode, Run, RunState, ended
from bot.outreach.steps import asked
from bot.services.run_news import stop
from bot.services.stepping import Made, Scene, make_steps, scene_of, step_of
from storage.unit_of_work import UnitOfWork


async def advance(uow: UnitOfWork, *, now: datetime, limit: int) -> int:
    """Look at so many runs at most: stop each, make its step, or let a person know; how many were due."""
    due = await uow.runs.hold_due(now, limit)
    if due:
        scene = await scene_of(uow, due)
        made = [await _advanced(uow, run, scene, now) for run in due]
        await make_steps(uow, filter(None, made), CLOCK, now)
    return len(due)


async def _advanced(uow: UnitOfWork, run: Run, scene: Scene, now: datetime) -> Made | None:
    """The step to make, or None when something else became of the run."""
    if why := scene.stop_reason(run):
        await stop(uow, run.id, run.lead_id, why, CLOCK, now)
    elif run.step >= len(scene.sequence(run).steps):
        await complete(uow, run, scene, now)
    elif run.mode is Mode.MANUAL and run.step:  # the first one is theirs who began it
        await _ask(uow, run, "", now)
    else:
        try:
            return step_of(run, scene, now)
        except (Invalid, NotFound) as error:
            await _ask(uow, run, str(error), now)
    return None


async def _ask(uow: UnitOfWork, run: Run, why: str, now: datetime) -> None:
    """A person has to send the next step; every channel that wants to know hears of it once."""
    if await uow.runs.move(run, replace(run, state=RunState.WAITING, why=why)):
        await uow.notices.add(Topic.STEPS, [(asked(run), run.lead_id)], now)


async def complete(uow: UnitOfWork, run: Run, scene: Scene, now: datetime) -> None:
    """The sequence was made shorter, or deleted, since the last step left."""
    if await uow.runs.move(run, ended(run, RunState.COMPLETED, NO_REPLY, now)):
        facts = {"name": scene.sequence(run).name}
        await uow.events.add(by(CLOCK, EventKind.SEQUENCE_COMPLETED, now, run.lead_id, facts))
