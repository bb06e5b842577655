"""Sequences that people write, their steps as JSON."""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, Table, UniqueConstraint, delete, select, update

from bot.outreach.sequences import Mode, Sequence, Step
from storage.tables import AnyRow, among, metadata, owned_columns
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, Json, KeyText, UtcDateTime

sequences = Table(
    "sequences",
    metadata,
    *owned_columns(),
    Column("name", KeyText, nullable=False),
    Column("steps", Json, nullable=False),
    Column("mode", Choice(Mode), nullable=False),
    Column("revision", Int64, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)
_NAMES = tuple(field.name for field in fields(Sequence))


class Sequences:
    """The sequences of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def all(self) -> list[Sequence]:
        """Every sequence, by name."""
        return [_sequence(row) for row in await self._tenant.all(self._select().order_by(sequences.c.name))]

    async def get(self, sequence_id: str) -> Sequence | None:
        """The sequence with this id."""
        return (await self.get_many([sequence_id])).get(sequence_id)

    async def get_many(self, sequence_ids: Collection[str]) -> dict[str, Sequence]:
        """The sequences with these ids, by id."""
        rows = await self._tenant.all(self._select().where(among(sequences.c.id, sequence_ids)))
        return {sequence.id: sequence for sequence in map(_sequence, rows)}

    async def named(self, name: str) -> Sequence | None:
        """The sequence with exactly this name."""
        row = await self._tenant.first(self._select().where(sequences.c.name == name))
        return _sequence(row) if row else None

    async def add(self, sequence: Sequence) -> bool:
        """False when another one has this name."""
        return await self._tenant.add_once(sequences, **_values(sequence))

    async def change(self, sequence: Sequence, seen: int, at: datetime) -> bool:
        """Store it as the revision after `seen`. False when that is not the one that stands, or it is gone."""
        mine = (sequences.c.id == sequence.id, sequences.c.revision == seen)
        one = update(sequences).where(self._tenant.owns(sequences), *mine)
        values = _values(sequence) | {"revision": seen + 1, "updated_at": at}
        del values["id"]
        return await self._tenant.change(one.values(**values)) > 0

    async def remove(self, sequence_id: str) -> bool:
        """False when it is gone already."""
        one = delete(sequences).where(self._tenant.owns(sequences), sequences.c.id == sequence_id)
        return await self._tenant.change(one) > 0

    def _select(self) -> Select[Any]:
        return select(*(sequences.c[name] for name in _NAMES)).where(self._tenant.owns(sequences))


def _values(sequence: Sequence) -> dict[str, Any]:
    values = {name: getattr(sequence, name) for name in _NAMES}
    return values | {"steps": [asdict(step) for step in sequence.steps]}


def _sequence(row: AnyRow) -> Sequence:
    values = dict(zip(_NAMES, row, strict=True))
    return Sequence(**(values | {"steps": tuple(Step(**step) for step in values["steps"])}))
