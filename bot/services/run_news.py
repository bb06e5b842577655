"""What others tell of runs, inside their transactions: mails that left, mails that never will, what leads did.

Whoever changes mails, leads and runs touches them in this order, so that nobody waits in a circle.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.outreach.access import CLOCK, Actor
from bot.outreach.events import EventKind, by
from bot.outreach.leads import LeadStatus
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mails import Outgoing
from bot.outreach.routes import Topic
from bot.outreach.sequences import RunState, Signals, after_sent, sequence_gone, signals_of, step_before, stop_reason
from bot.outreach.steps import cards_of_run, over
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Told:
    """Something new about a lead. run_id: the run whose mail it is about, if it is a run's."""

    lead_id: str
    signals: Signals
    run_id: str | None = None

    def about(self, run_id: str) -> Signals:
        """What it means to this run: of another mail only a reply and what stands against the address."""
        if run_id == self.run_id:
            return self.signals
        replied = self.signals.engagement is Engagement.REPLIED
        engagement = Engagement.REPLIED if replied else Engagement.NONE
        return replace(self.signals, delivery=Delivery.NONE, engagement=engagement)


async def hear(uow: UnitOfWork, told: Sequence[Told], actor: Actor, now: datetime) -> None:
    """Stop the open runs that this ends, and take back what of them waits."""
    runs = {run.lead_id: run for run in await uow.runs.open_of({each.lead_id for each in told})} if told else {}
    if not runs:
        return
    sequences = await uow.sequences.get_many({run.sequence_id for run in runs.values()})
    for each in told:
        run = runs.get(each.lead_id)
        if run is None:
            continue
        step = step_before(run, sequences.get(run.sequence_id) or sequence_gone(run))
        if why := stop_reason(step, each.about(run.id)):
            await stop(uow, run.id, run.lead_id, why, actor, now)
            del runs[each.lead_id]


async def stop(uow: UnitOfWork, run_id: str, lead_id: str, why: str, actor: Actor, now: datetime) -> bool:
    """End a run and take back what of it waits. False when it was over before."""
    await uow.mails.cancel_run(run_id, why)
    if not await uow.runs.stop(run_id, why, now):
        return False
    await uow.events.add(by(actor, EventKind.SEQUENCE_STOPPED, now, lead_id, {"reason": why}))
    if await uow.posts.under(cards_of_run(run_id)):
        await uow.notices.add(Topic.STEPS, [(over(run_id), lead_id)], now)
    return True


async def stop_of(uow: UnitOfWork, mail: Outgoing, why: str, actor: Actor, now: datetime) -> None:
    """A mail that will never leave ends its run."""
    if mail.run_id is not None:
        await stop(uow, mail.run_id, mail.lead_id, why, actor, now)


async def left(uow: UnitOfWork, mails: Iterable[Outgoing], now: datetime) -> None:
    """These mails have left: the next steps of their runs fall due, or the runs are completed."""
    steps = {mail.run_id: mail for mail in mails if mail.run_id}
    runs = await uow.runs.get_many(steps, locked=True) if steps else {}
    sequences = await uow.sequences.get_many({run.sequence_id for run in runs.values()}) if runs else {}
    moved, completed = [], []
    for run in runs.values():
        if not run.is_open:
            continue
        sequence = sequences.get(run.sequence_id) or sequence_gone(run)
        moved.append(after_sent(run, sequence, steps[run.id].id, now))
        if not moved[-1].is_open:
            completed.append(by(CLOCK, EventKind.SEQUENCE_COMPLETED, now, run.lead_id, {"name": sequence.name}))
    await uow.runs.move_held(moved)
    await uow.events.add_many(completed)


async def held_back(
    uow: UnitOfWork, run_ids: Collection[str], leads: Mapping[str, LeadStatus | None]
) -> tuple[dict[str, str], set[str]]:
    """Of runs whose mails are about to leave: why those that end send nothing more, by id; and those that pause.

    leads: where those that are here stand.
    """
    runs = await uow.runs.get_many(run_ids) if run_ids else {}
    sequences = await uow.sequences.get_many({run.sequence_id for run in runs.values()}) if runs else {}
    ended = {}
    for run in runs.values():
        sequence = sequences.get(run.sequence_id) or sequence_gone(run)
        if not run.is_open:
            ended[run.id] = f"The sequence is over: {run.why}"
        elif run.lead_id in leads:
            why = stop_reason(step_before(run, sequence), signals_of(run, leads[run.lead_id]))
            ended |= {run.id: why} if why else {}
    return ended, {run.id for run in runs.values() if run.state is RunState.PAUSED}
