"""Steps that wait for a person, put together in sets."""

from collections.abc import Sequence
from dataclasses import replace

from bot.outreach.errors import Invalid, NotFound
from bot.outreach.events import EventKind
from bot.outreach.mail_templates import Rendered
from bot.outreach.sequences import Run, RunState
from bot.outreach.steps import DueStep
from bot.services.stepping import Scene, scene_of
from storage.unit_of_work import UnitOfWork

_DECIDED = {RunState.STOPPED: EventKind.SEQUENCE_STOPPED, RunState.PAUSED: EventKind.SEQUENCE_PAUSED}


async def due_steps(uow: UnitOfWork, asked: Sequence[tuple[str, int]]) -> list[DueStep]:
    """These runs' steps as they stand now, in their order; those whose run or lead is gone are left out."""
    runs = await uow.runs.get_many([run_id for run_id, _ in asked])
    scene = await scene_of(uow, runs.values())
    found = []
    for run_id, step in asked:
        run = runs.get(run_id)
        if run is not None and run.lead_id in scene.leads:
            found.append(await _due_step(uow, run, step, scene))
    return found


async def _due_step(uow: UnitOfWork, run: Run, step: int, scene: Scene) -> DueStep:
    due = DueStep(run, step, scene.leads[run.lead_id], scene.sequence(run))
    if not due.waits:
        return replace(due, decided_by=await _decided_by(uow, run))
    return replace(due, words=_words(run, scene))


def _words(run: Run, scene: Scene) -> Rendered | None:
    steps, left = scene.sequence(run).steps, scene.left(run)
    if run.step >= len(steps) or run.site_id not in scene.sites:
        return None
    try:
        words = scene.words(run, steps[run.step])
    except (Invalid, NotFound):
        return None
    return replace(words, subject=left[-1].subject) if steps[run.step].in_thread and left else words


async def _decided_by(uow: UnitOfWork, run: Run) -> str:
    """The name of who acted on it last; empty for the clock and vendors."""
    wanted = _DECIDED.get(run.state, EventKind.EMAIL_QUEUED)
    events = await uow.events.of_lead(run.lead_id)
    actor = next((event.actor for event in events if event.kind is wanted), "")
    return (await uow.members.named([actor])).get(actor, "")
