"""What a rehearsal came to, with the names of whom it is about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot.outreach.calendars import Calendar, Deferral, Ending, Foreseen, Place, Waiting, Waits
from bot.outreach.dispatching import PAUSED
from bot.outreach.leads import Lead
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.sequences import Run, RunState, Sequence, sequence_gone
from bot.services.rehearsing import Acts
from storage.rehearsals import Lifted
from storage.unit_of_work import UnitOfWork

_NO_STEP = frozenset({MailState.AGAIN, MailState.CANCELLED})


@dataclass(frozen=True, slots=True)
class _Cast:
    """Everything the acts are about, by id; mails by run, oldest first."""

    runs: Mapping[str, Run]
    sequences: Mapping[str, Sequence]
    leads: Mapping[str, Lead]
    mails: Mapping[str, list[Outgoing]]

    def of_run(self, run: Run, step: int) -> Place:
        """step: from 1."""
        sequence = self.sequences.get(run.sequence_id) or sequence_gone(run)
        return Place(run.lead_id, self._name(run.lead_id), run.site_id, sequence.name, step, len(sequence.steps))

    def of_mail(self, mail: Outgoing) -> Place:
        run = self.runs.get(mail.run_id or "")
        if run is None:
            return Place(mail.lead_id, self._name(mail.lead_id), mail.site_id)
        made = [each.id for each in self.mails[run.id] if each.state not in _NO_STEP or each.id == mail.id]
        return self.of_run(run, made.index(mail.id) + 1)

    def is_unclear(self, run: Run) -> bool:
        """Whether nobody knows if its last step has left."""
        mails = self.mails.get(run.id, [])
        return run.next_at is None and bool(mails) and mails[-1].state is MailState.UNCLEAR

    def _name(self, lead_id: str) -> str:
        lead = self.leads.get(lead_id)
        return lead.title if lead else "a removed lead"


async def told(uow: UnitOfWork, lifted: Lifted, acts: Acts, empty: Calendar) -> Calendar:
    """The calendar of these acts. empty: of the same time, with nothing in it."""
    cast = await _cast(uow, lifted, acts)
    return replace(
        empty,
        reached=acts.reached,
        sites=tuple(await uow.sites.all()),
        mails=tuple(
            Foreseen(cast.of_mail(mail), mail.id, mail.accepted_at or empty.begins, mail.subject) for mail in acts.sent
        ),
        deferrals=tuple(_deferrals(cast, acts)),
        endings=tuple(sorted(_endings(cast, acts, empty), key=lambda ending: ending.at)),
        waiting=tuple(found for run in cast.runs.values() if (found := _waiting(cast, run))),
        left_out=lifted.left_out,
    )


async def _cast(uow: UnitOfWork, lifted: Lifted, acts: Acts) -> _Cast:
    runs = await uow.runs.get_many(lifted.run_ids)
    mailed = [*acts.sent, *(mail for mail, _ in (*acts.refused, *acts.put_off))]
    lead_ids = {run.lead_id for run in runs.values()} | {mail.lead_id for mail in mailed}
    leads = await uow.leads.get_many(lead_ids)
    sequences = {sequence.id: sequence for sequence in await uow.sequences.all()}
    return _Cast(runs, sequences, {lead.id: lead for lead in leads}, await uow.mails.of_runs(lifted.run_ids))


def _deferrals(cast: _Cast, acts: Acts) -> Iterator[Deferral]:
    """A paused run is told of once, among what waits for a person."""
    for mail, at in acts.put_off:
        if mail.waits_for is not None:
            yield Deferral(cast.of_mail(mail), mail.id, at, mail.waits_for, mail.due_at)
        elif mail.problem != PAUSED:
            yield Deferral(cast.of_mail(mail), mail.id, at, None, None, mail.problem)


def _endings(cast: _Cast, acts: Acts, empty: Calendar) -> Iterator[Ending]:
    for run in cast.runs.values():
        if not run.is_open:
            completed = run.state is RunState.COMPLETED
            yield Ending(cast.of_run(run, run.step), run.ended_at or empty.begins, run.why, completed=completed)
    for mail, at in acts.refused:
        if mail.run_id is None:
            yield Ending(cast.of_mail(mail), at, mail.problem)


def _waiting(cast: _Cast, run: Run) -> Waiting | None:
    if run.state is RunState.PAUSED:
        return Waiting(cast.of_run(run, run.step + (run.next_at is not None)), Waits.PAUSED, run.why)
    if run.state is RunState.WAITING:
        return Waiting(cast.of_run(run, run.step + 1), Waits.MISSING if run.why else Waits.NEXT_STEP, run.why)
    return Waiting(cast.of_run(run, run.step), Waits.UNCLEAR) if cast.is_unclear(run) else None
