"""Drafts: what waits to be approved, and what became of it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, insert, or_, select, update

from bot.outreach.drafts import Draft, DraftState, Revision
from bot.outreach.mails import MailState
from bot.outreach.templates import Letter
from storage.draft_counters import DraftCounters
from storage.draft_tables import (
    ALIKE,
    COLUMNS,
    MAILED,
    NAMES,
    TO_SHOW,
    UNDER_WAY,
    WAITING,
    as_stored,
    draft_of,
    draft_revisions,
    drafts,
    letters_of,
)
from storage.mail_tables import mails
from storage.tables import among, stands_at
from storage.tenant import Tenant, is_free

MOST_OF_LEAD = 100
_FREE = and_(drafts.c.state == DraftState.APPROVED, drafts.c.push_id.is_(None), drafts.c.mail_id.is_(None))


class Drafts:
    """The drafts of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._counters = DraftCounters(tenant)

    async def add(self, draft: Draft) -> int:
        """Store a waiting draft; an older waiting one of the lead is replaced by it. Answers how many were."""
        values = {name: getattr(draft, name) for name in NAMES}
        values |= {"letters": as_stored(draft.letters), "to_show": False}
        await self._tenant.change(insert(drafts).values(self._tenant.row(**values)))
        self._counters.came(draft.state)
        older = (drafts.c.lead_id == draft.lead_id, WAITING, drafts.c.id != draft.id)
        values = {"state": DraftState.REPLACED, "decided_at": draft.created_at, "to_show": True}
        replaced = await self._update(older, values)
        self._counters.moved(DraftState.WAITING, DraftState.REPLACED, replaced)
        return replaced

    async def get(self, draft_id: str, *, locked: bool = False) -> Draft | None:
        """The draft with this id. locked: nobody else changes it until the transaction ends."""
        statement = self._select(drafts.c.id == draft_id)
        row = await self._tenant.first(statement.with_for_update(key_share=True) if locked else statement)
        return draft_of(row) if row else None

    async def get_many(self, draft_ids: Collection[str]) -> list[Draft]:
        """The drafts with these ids, in their order; those that are gone are absent."""
        rows = await self._tenant.all(self._select(among(drafts.c.id, draft_ids)))
        by_id = {row.id: draft_of(row) for row in rows}
        return [by_id[draft_id] for draft_id in dict.fromkeys(draft_ids) if draft_id in by_id]

    async def page(
        self, state: DraftState | None, *, limit: int, beyond: int | None = None, back: bool = False
    ) -> list[tuple[int, Draft]]:
        """Up to `limit` drafts with their `seq`, in the queue's order: waiting ones oldest first, others newest first.

        beyond: the `seq` the page lies behind; back: it lies before it.
        """
        ascends = (state is DraftState.WAITING) != back
        where = [stands_at(drafts.c.state, state)] if state else []
        if beyond is not None:
            where.append(drafts.c.seq > beyond if ascends else drafts.c.seq < beyond)
        order = drafts.c.seq.asc() if ascends else drafts.c.seq.desc()
        rows = await self._tenant.all(self._select(*where).order_by(order).limit(limit))
        found = [(row.seq, draft_of(row)) for row in rows]
        return found[::-1] if back else found

    async def oldest_waiting(self, limit: int) -> list[Draft]:
        """The longest waiting ones first."""
        return [draft for _, draft in await self.page(DraftState.WAITING, limit=limit)]

    async def of_lead(self, lead_id: str, limit: int = MOST_OF_LEAD) -> list[Draft]:
        """The lead's drafts, newest first."""
        statement = self._select(drafts.c.lead_id == lead_id).order_by(drafts.c.seq.desc()).limit(limit)
        return [draft_of(row) for row in await self._tenant.all(statement)]

    async def alike(self, template: str, limit: int) -> list[Draft]:
        """Waiting drafts made from this text that nobody edited, oldest first."""
        statement = self._select(ALIKE, drafts.c.template == template).order_by(drafts.c.seq).limit(limit)
        return [draft_of(row) for row in await self._tenant.all(statement)]

    async def revision(self, draft: Draft, number: int) -> Revision | None:
        """The letters as they stood at a revision."""
        if number == draft.revision:
            return Revision(number, draft.letters, draft.edited_by, draft.edited_at or draft.created_at)
        table = draft_revisions.c
        columns = (table.number, table.letters, table.edited_by, table.edited_at)
        where = (self._tenant.owns(draft_revisions), table.draft_id == draft.id, table.number == number)
        row = await self._tenant.first(select(*columns).where(*where))
        return Revision(row.number, letters_of(row.letters), row.edited_by, row.edited_at) if row else None

    async def edit(self, draft: Draft, letters: Sequence[Letter], by: str, at: datetime) -> bool:
        """Other letters as the next revision, if it still waits at the revision given. Approvals so far are void."""
        values = {"letters": as_stored(letters), "revision": draft.revision + 1, "approved_by": []}
        if not await self._update(_as_seen(draft), {**values, "edited_by": by, "edited_at": at}):
            return False
        kept = {"letters": as_stored(draft.letters), "edited_by": draft.edited_by or draft.author}
        when = draft.edited_at or draft.created_at
        row = self._tenant.row(draft_id=draft.id, number=draft.revision, edited_at=when, **kept)
        await self._tenant.change(insert(draft_revisions).values(row))
        return True

    async def approve_first(self, draft: Draft, by: str) -> bool:
        """The first of two approvals, if it still waits at the revision given."""
        return await self._update(_as_seen(draft), {"approved_by": [*draft.approved_by, by]}) > 0

    async def decide(self, draft: Draft, state: DraftState, by: str, at: datetime, comment: str = "") -> bool:
        """Approved or rejected, if it still waits at the revision given."""
        values: dict[str, Any] = {"state": state, "decided_by": by, "decided_at": at, "comment": comment}
        if state is DraftState.APPROVED:
            values["approved_by"] = [*draft.approved_by, by]
        return await self._move(_as_seen(draft), draft.state, values)

    async def hand_over(self, draft: Draft, push_id: str, campaign_id: str) -> bool:
        """This push carries it. False when it is not approved, or carried already."""
        where = (drafts.c.id == draft.id, _FREE)
        values = {"push_id": push_id, "campaign_id": campaign_id, "problem": "", "lease_until": None}
        return await self._update(where, values) > 0

    async def mail(self, draft: Draft, mail_id: str, leaves_at: datetime) -> bool:
        """This mail carries it, and leaves then. False when it is not approved, or carried already."""
        where = (drafts.c.id == draft.id, _FREE)
        return await self._update(where, {"mail_id": mail_id, "leaves_at": leaves_at, "problem": ""}) > 0

    async def put_off(self, draft_id: str, problem: str) -> None:
        """Why an approved one is not handed over."""
        await self._update((drafts.c.id == draft_id, _FREE), {"problem": problem})

    async def handed_over(self, draft: Draft) -> bool:
        """Its push went through. False when that was said before."""
        return await self._move(_carried(draft), draft.state, {"state": DraftState.HANDED_OVER, "problem": ""})

    async def not_taken(self, draft: Draft, problem: str) -> bool:
        """What carried it certainly failed; it may be handed over again. False when that was said before."""
        fresh = {"push_id": None, "mail_id": None, "leaves_at": None}
        values = {**fresh, "attempts": drafts.c.attempts + 1, "problem": problem, "to_show": True}
        return await self._update(_carried(draft), values) > 0

    async def outrun(self, limit: int) -> list[Draft]:
        """Approved ones whose mail stands otherwise than their cards say: another time, lost, sent, never to leave."""
        moved = or_(
            mails.c.state.not_in((MailState.HELD, MailState.SENDING, MailState.UNCLEAR)),
            and_(mails.c.state == MailState.HELD, mails.c.due_at.is_distinct_from(drafts.c.leaves_at)),
            and_(mails.c.state == MailState.UNCLEAR, drafts.c.leaves_at.is_not(None)),
        )
        theirs = and_(mails.c.workspace_id == drafts.c.workspace_id, mails.c.id == drafts.c.mail_id)
        statement = select(*COLUMNS).join_from(drafts, mails, theirs).where(self._tenant.owns(drafts), MAILED, moved)
        return [draft_of(row) for row in await self._tenant.all(statement.order_by(drafts.c.mail_id).limit(limit))]

    async def mail_moved(self, draft: Draft, mail_id: str, leaves_at: datetime | None) -> bool:
        """What its cards say of its mail from now on. leaves_at: None when nobody knows whether it left."""
        values = {"mail_id": mail_id, "leaves_at": leaves_at, "to_show": True}
        return await self._update(_carried(draft), values) > 0

    async def mail_left(self, draft: Draft) -> bool:
        """Its mail was accepted. False when that was said before."""
        values = {"state": DraftState.SENT, "problem": "", "to_show": True}
        return await self._move(_carried(draft), draft.state, values)

    async def sent(self, lead_ids: Collection[str]) -> int:
        """The provider sent to these leads: what it was handed is sent. Answers how many drafts that were."""
        if not lead_ids:
            return 0
        handed = (among(drafts.c.lead_id, lead_ids), stands_at(drafts.c.state, DraftState.HANDED_OVER))
        number = await self._update(handed, {"state": DraftState.SENT, "to_show": True})
        self._counters.moved(DraftState.HANDED_OVER, DraftState.SENT, number)
        return number

    async def claim_under_way(self, before: datetime, now: datetime, limit: int, lease: timedelta) -> list[Draft]:
        """Approved ones whose push was begun before then and has no outcome here, held for the lease."""
        due = self._select(UNDER_WAY, drafts.c.decided_at <= before, is_free(drafts, now))
        due = due.order_by(drafts.c.decided_at).limit(limit)
        return [draft_of(row) for row in await self._tenant.claim(drafts, due, until=now + lease)]

    async def changed(self, draft_ids: Collection[str]) -> None:
        """Their cards have to be worded again."""
        await self._update([among(drafts.c.id, draft_ids)], {"to_show": True})

    async def unshown(self, limit: int) -> list[str]:
        """Drafts that changed where nobody could word their cards again."""
        statement = select(drafts.c.id).where(self._tenant.owns(drafts), TO_SHOW).order_by(drafts.c.seq)
        return await self._tenant.values(statement.limit(limit))

    async def shown(self, draft_ids: Collection[str]) -> None:
        """Their cards are worded as they stand."""
        await self._update((among(drafts.c.id, draft_ids), TO_SHOW), {"to_show": False})

    async def counts(self) -> dict[DraftState, int]:
        """How many drafts stand at each state, from maintained counters; empty states are absent."""
        return await self._counters.stored()

    async def recount(self) -> dict[DraftState, int]:
        """What `counts` must equal, by reading every draft."""
        return await self._counters.recounted()

    async def hold_still(self) -> None:
        """Nobody else changes a draft until the transaction ends."""
        await self._tenant.keep_writers_out(drafts)

    async def repair(self) -> None:
        """Make `counts` what a recount says. Only after `hold_still`."""
        await self._counters.repair()

    async def flush(self) -> None:
        """Write what was held back until the end of the transaction."""
        await self._counters.flush()

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(*COLUMNS).where(self._tenant.owns(drafts), *conditions)

    async def _update(self, conditions: Sequence[ColumnElement[bool]], values: dict[str, Any]) -> int:
        statement = update(drafts).where(self._tenant.owns(drafts), *conditions).values(values)
        return await self._tenant.change(statement)

    async def _move(
        self, conditions: Sequence[ColumnElement[bool]], before: DraftState, values: dict[str, Any]
    ) -> bool:
        number = await self._update(conditions, values)
        self._counters.moved(before, values["state"], number)
        return number > 0


def _as_seen(draft: Draft) -> tuple[ColumnElement[bool], ...]:
    """It waits, at the revision given."""
    return drafts.c.id == draft.id, WAITING, drafts.c.revision == draft.revision


def _carried(draft: Draft) -> tuple[ColumnElement[bool], ...]:
    """It is approved, and carried by the push or the mail given."""
    carried = (drafts.c.push_id == draft.push_id, drafts.c.mail_id == draft.mail_id)
    return drafts.c.id == draft.id, drafts.c.state == DraftState.APPROVED, *carried
