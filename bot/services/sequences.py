"""Sequences: written, changed and deleted."""

from collections.abc import Sequence as Many
from dataclasses import replace
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.errors import Conflict, Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.sequences import Sequence, checked_sequence
from storage.database import Database
from storage.unit_of_work import UnitOfWork


class SequenceService:
    """The sequences of a workspace."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self, workspace_id: str, actor: Actor) -> Many[Sequence]:
        """Every sequence, by name."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.sequences.all()

    async def get(self, workspace_id: str, actor: Actor, sequence_id: str) -> Sequence:
        """Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await _existing(uow, sequence_id)

    async def save(self, workspace_id: str, actor: Actor, sequence: Sequence, seen: int = 0) -> Sequence:
        """A new sequence when its id is empty, or another revision of one; open runs go on with the new steps.

        Raises `Invalid` with the field, as `checked_sequence` names it or `template:0`; `Conflict` when somebody saved
        it since `seen`.
        """
        require(actor, Permission.EDIT_SEQUENCES)
        now = self._clock()
        sequence = checked_sequence(replace(sequence, name=sequence.name.strip(), author=actor.id, updated_at=now))
        async with self._database.begin(workspace_id) as uow:
            templates = {template.id for template in await uow.mail_templates.all()}
            for number, step in enumerate(sequence.steps):
                if step.template_id not in templates:
                    raise Invalid("This template is not here any more. Choose another.", field=f"template:{number}")
            taken = await uow.sequences.named(sequence.name)
            if taken is not None and taken.id != sequence.id:
                raise Invalid(f"There is a sequence called {sequence.name}. Choose another name.", field="name")
            if not sequence.id:
                sequence = replace(sequence, id=str(uuid4()), revision=1)
                await uow.sequences.add(sequence)
            elif not await uow.sequences.change(sequence, seen, now):
                await _existing(uow, sequence.id)
                raise Conflict("Somebody saved this sequence since you opened it. Open it again.")
            await uow.events.add(by(actor, EventKind.SEQUENCE_SAVED, now, None, {"name": sequence.name}))
            return await _existing(uow, sequence.id)

    async def remove(self, workspace_id: str, actor: Actor, sequence_id: str) -> Sequence:
        """Raises `Conflict` while leads are in it."""
        require(actor, Permission.EDIT_SEQUENCES)
        async with self._database.begin(workspace_id) as uow:
            sequence = await _existing(uow, sequence_id)
            if running := await uow.runs.open_with(sequence_id):
                leads = f"{running:,} leads are" if running > 1 else "A lead is"
                raise Conflict(f"{leads} in {sequence.name}. Stop that first, on the lead's card.")
            await uow.sequences.remove(sequence_id)
            facts = {"name": sequence.name}
            await uow.events.add(by(actor, EventKind.SEQUENCE_REMOVED, self._clock(), None, facts))
        return sequence


async def _existing(uow: UnitOfWork, sequence_id: str) -> Sequence:
    sequence = await uow.sequences.get(sequence_id)
    if sequence is None:
        raise NotFound("This sequence is not here any more.")
    return sequence
