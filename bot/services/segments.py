"""Segments: made, changed, filled, and asked who is in them."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.criteria import Criteria, Match, Rule, checked_criteria
from bot.outreach.errors import Conflict, Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead, LeadPage, LeadQuery
from bot.outreach.pushes import Envelope, Outcome
from bot.outreach.segments import (
    SAMPLE_LEADS,
    Count,
    Segment,
    SegmentKind,
    SegmentState,
    checked_name,
    may_become,
    may_change,
    may_use,
)
from bot.services.counting import AT_ONCE, counted
from storage.database import Database
from storage.unit_of_work import UnitOfWork

ROUND = timedelta(seconds=2)  # between two figures while somebody watches them grow
MOST_ROUNDS = 300  # whoever closes the view ends it before
GONE = "This segment is not here any more. Open `/outreach segments` again."
CHANGED = "Somebody changed this segment just now. Open it again."
HERE_ALREADY = "In the segment already, or not here any more"


@dataclass(frozen=True, slots=True)
class Preview:
    """Who is in a segment now: how many, and of those found so far the few that changed last."""

    segment: Segment
    count: Count
    samples: tuple[Lead, ...]


class SegmentService:
    """The segments of a workspace."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self, workspace_id: str, actor: Actor) -> Sequence[Segment]:
        """Every segment, by name."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.segments.all()

    async def usable(self, workspace_id: str, actor: Actor) -> Sequence[Segment]:
        """The active ones, by name."""
        return [segment for segment in await self.all(workspace_id, actor) if segment.is_active]

    async def get(self, workspace_id: str, actor: Actor, segment_id: str) -> Segment:
        """Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await existing_segment(uow, segment_id)

    async def in_use(self, workspace_id: str, actor: Actor, segment_id: str) -> Segment:
        """One to be used. Raises `Conflict` unless it is active, `NotFound`."""
        segment = await self.get(workspace_id, actor, segment_id)
        may_use(segment)
        return segment

    async def add(self, workspace_id: str, actor: Actor, name: str, kind: SegmentKind) -> Segment:
        """A new draft. Raises `Invalid` (field `name`), also for a name that is taken."""
        require(actor, Permission.EDIT_SEGMENTS)
        now = self._clock()
        segment = Segment(str(uuid4()), checked_name(name), kind, author=actor.id, created_at=now, updated_at=now)
        async with self._database.begin(workspace_id) as uow:
            if not await uow.segments.add(segment):
                raise _taken(segment.name)
            await uow.events.add(by(actor, EventKind.SEGMENT_SAVED, now, None, {"name": segment.name}))
        return segment

    async def rename(self, workspace_id: str, actor: Actor, segment_id: str, name: str) -> Segment:
        """Raises `Invalid` (field `name`), `Conflict` for a retired one."""
        name = checked_name(name)
        async with self._database.begin(workspace_id) as uow:
            segment = await self._changing(uow, actor, segment_id)
            other = await uow.segments.named(name)
            if other is not None and other.id != segment.id:
                raise _taken(name)
            return await self._saved(uow, actor, replace(segment, name=name))

    async def turn(self, workspace_id: str, actor: Actor, segment_id: str, state: SegmentState) -> Segment:
        """Activate or retire it; again changes nothing. Raises `Invalid` for rules that match nobody."""
        require(actor, Permission.EDIT_SEGMENTS)
        async with self._database.begin(workspace_id) as uow:
            segment = await existing_segment(uow, segment_id, locked=True)
            if segment.state is state:
                return segment
            may_become(segment, state)
            return await self._saved(uow, actor, replace(segment, state=state), {"state": state.value})

    async def set_match(self, workspace_id: str, actor: Actor, segment_id: str, match: Match) -> Segment:
        """Whether all rules must hold or any."""
        async with self._database.begin(workspace_id) as uow:
            segment = await self._changing(uow, actor, segment_id)
            return await self._saved(uow, actor, replace(segment, criteria=replace(segment.criteria, match=match)))

    async def set_rule(
        self, workspace_id: str, actor: Actor, segment_id: str, rule: Rule, place: int | None, seen: int
    ) -> Segment:
        """Put a rule in the place of another, from 0, or after the last one (None).

        seen: the revision the person looked at. Raises `Invalid` as `checked_criteria` does, `Conflict`.
        """
        async with self._database.begin(workspace_id) as uow:
            segment = await self._changing(uow, actor, segment_id, seen)
            rules = list(segment.criteria.rules)
            if place is None:
                rules.append(rule)
            else:
                rules[place : place + 1] = [rule]
            criteria = checked_criteria(replace(segment.criteria, rules=tuple(rules)))
            return await self._saved(uow, actor, replace(segment, criteria=criteria))

    async def remove_rule(self, workspace_id: str, actor: Actor, segment_id: str, place: int, seen: int) -> Segment:
        """Take one rule out. Raises `Conflict` for the last one of an active segment."""
        async with self._database.begin(workspace_id) as uow:
            segment = await self._changing(uow, actor, segment_id, seen)
            rules = (*segment.criteria.rules[:place], *segment.criteria.rules[place + 1 :])
            if not rules and segment.is_active:
                raise Conflict("An active segment keeps at least one rule. Add another one first, or retire it.")
            return await self._saved(uow, actor, replace(segment, criteria=Criteria(rules, segment.criteria.match)))

    async def remove(self, workspace_id: str, actor: Actor, segment_id: str) -> Segment:
        """Raises `Conflict` while it is active: it may be in use."""
        require(actor, Permission.EDIT_SEGMENTS)
        async with self._database.begin(workspace_id) as uow:
            segment = await existing_segment(uow, segment_id, locked=True)
            if segment.is_active:
                raise Conflict(f"{segment.name} is active and may be in use. Retire it first.")
            await uow.segments.remove(segment_id)
            await uow.events.add(by(actor, EventKind.SEGMENT_REMOVED, self._clock(), None, {"name": segment.name}))
        return segment

    async def preview(self, workspace_id: str, actor: Actor, segment_id: str) -> Preview:
        """Who is in it now, as far as a moment's look tells. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            segment = await existing_segment(uow, segment_id)
            return await _looked(uow, segment, await counted(uow, segment, self._clock(), patience=AT_ONCE))

    async def counted_on(self, workspace_id: str, actor: Actor, preview: Preview) -> AsyncGenerator[Preview, None]:
        """The preview again and again, each time with more leads looked at, until all of them were."""
        require(actor, Permission.READ_LEADS)
        for _ in range(MOST_ROUNDS):
            if preview.count.is_whole:
                return
            async with self._database.read(workspace_id) as uow:
                segment, now = preview.segment, self._clock()
                count = await counted(uow, segment, now, preview.count, patience=ROUND)
                preview = await _looked(uow, segment, count)
            yield preview

    async def members(
        self, workspace_id: str, actor: Actor, segment_id: str, cursor: str | None = None
    ) -> tuple[Segment, LeadPage]:
        """One page of who is in it, those changed last first. A cursor that fits no longer gives the first page."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            segment = await existing_segment(uow, segment_id)
            query = LeadQuery(segment=segment, asked_at=self._clock())
            try:
                return segment, await uow.leads.page(query, cursor)
            except Invalid:
                return segment, await uow.leads.page(query)

    async def add_members(self, workspace_id: str, actor: Actor, segment_id: str, lead_ids: Sequence[str]) -> Envelope:
        """Put leads into a static segment; those that are in it are skipped. Raises `Conflict`, `NotFound`."""
        wanted = list(dict.fromkeys(lead_ids))
        async with self._database.begin(workspace_id) as uow:
            segment = await self._filling(uow, actor, segment_id)
            known = await uow.segments.among(segment, wanted, self._clock())
            await uow.segments.add_members(segment_id, wanted)
            here = await uow.segments.among(segment, wanted, self._clock())
            done = tuple(lead_id for lead_id in wanted if lead_id in here and lead_id not in known)
            await self._filled(uow, actor, segment, {"added": len(done)})
        added = set(done)
        return Envelope(done, skipped=tuple(Outcome(each, HERE_ALREADY) for each in wanted if each not in added))

    async def remove_members(self, workspace_id: str, actor: Actor, segment_id: str, lead_ids: Sequence[str]) -> int:
        """Take leads out of a static segment; how many were in it."""
        async with self._database.begin(workspace_id) as uow:
            segment = await self._filling(uow, actor, segment_id)
            number = await uow.segments.remove_members(segment_id, lead_ids)
            await self._filled(uow, actor, segment, {"removed": number})
        return number

    async def chosen(self, workspace_id: str, actor: Actor, segment_id: str, most: int) -> list[str]:
        """The ids of everybody who is in it at this moment, to be used together.

        Raises `Conflict` unless it is active, `Invalid` (field `segment`) when nobody or too many are in it.
        """
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            segment = await existing_segment(uow, segment_id)
            may_use(segment)
            found = await uow.segments.lead_ids(segment, self._clock(), most + 1)
        if not found:
            raise Invalid(f"Nobody is in {segment.name} now.", field="segment")
        if len(found) > most:
            raise Invalid(f"{segment.name} has more than {most:,} leads, the most one push takes.", field="segment")
        return found

    async def _changing(self, uow: UnitOfWork, actor: Actor, segment_id: str, seen: int | None = None) -> Segment:
        require(actor, Permission.EDIT_SEGMENTS)
        segment = await existing_segment(uow, segment_id, locked=True)
        may_change(segment)
        if seen is not None and segment.revision != seen:
            raise Conflict(CHANGED)
        return segment

    async def _filling(self, uow: UnitOfWork, actor: Actor, segment_id: str) -> Segment:
        segment = await self._changing(uow, actor, segment_id)
        if segment.is_dynamic:
            raise Conflict(f"Rules say who is in {segment.name}. Change its rules, or choose a static segment.")
        return segment

    async def _saved(
        self, uow: UnitOfWork, actor: Actor, segment: Segment, facts: dict[str, object] | None = None
    ) -> Segment:
        now = self._clock()
        if not await uow.segments.change(segment, now):
            raise Conflict(CHANGED)
        await uow.events.add(by(actor, EventKind.SEGMENT_SAVED, now, None, {"name": segment.name, **(facts or {})}))
        return replace(segment, revision=segment.revision + 1, updated_at=now)

    async def _filled(self, uow: UnitOfWork, actor: Actor, segment: Segment, facts: dict[str, int]) -> None:
        if any(facts.values()):
            told = {"name": segment.name, **facts}
            await uow.events.add(by(actor, EventKind.SEGMENT_FILLED, self._clock(), None, told))


async def _looked(uow: UnitOfWork, segment: Segment, count: Count) -> Preview:
    return Preview(segment, count, tuple(await uow.segments.leads_at(count.newest, SAMPLE_LEADS)))


async def existing_segment(uow: UnitOfWork, segment_id: str, *, locked: bool = False) -> Segment:
    """Raises `NotFound`."""
    segment = await uow.segments.get(segment_id, locked=locked)
    if segment is None:
        raise NotFound(GONE)
    return segment


def _taken(name: str) -> Invalid:
    return Invalid(f"There is a segment called {name}. Choose another name.", field="name")
