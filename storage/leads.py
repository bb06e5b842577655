"""Leads: adding, finding, changing and removing them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, union_all, update
from sqlalchemy.exc import IntegrityError

from bot.outreach.addresses import address_key, domain_of
from bot.outreach.errors import Conflict, Duplicate
from bot.outreach.leads import Lead, LeadDraft, LeadPage, LeadQuery, LeadStatus, moved_up
from bot.outreach.pipeline import Milestone
from storage.funnel_counters import FunnelCounters
from storage.lead_counters import LeadCounters
from storage.lead_effects import LeadEffects
from storage.lead_imports import Line, copy_leads
from storage.lead_pages import LeadPages
from storage.lead_statuses import HeldLead, LeadStatuses
from storage.lead_tables import LIVE, SELECT_LEAD, SOURCES, lead_of, leads
from storage.lead_values import changed_values, new_values
from storage.tables import AnyRow, among
from storage.tenant import Tenant
from storage.types import LONGEST_KEY, Ids

_SOURCE_COLUMNS = [leads.c[name] for name in SOURCES]
# Made once: an import asks it for every batch, and everybody else waits meanwhile.
_HERE = select(leads.c.email_key, leads.c.id, leads.c.import_id).where(
    leads.c.workspace_id == bindparam("owner"), LIVE, among(leads.c.email_key, bindparam("keys", type_=Ids()))
)


class Leads:
    """The leads of one workspace that are not removed. followed: gathers whose enrolments may show something else."""

    def __init__(self, tenant: Tenant, followed: set[str]) -> None:
        self._tenant = tenant
        self._counters = LeadCounters(tenant)
        self._funnel = FunnelCounters(tenant)
        self._effects = LeadEffects(tenant, self._counters, self._funnel, followed)
        self._pages = LeadPages(tenant, self._counters)
        self._statuses = LeadStatuses(tenant, self._counters, self._funnel)

    async def add(self, lead_id: str, draft: LeadDraft, *, key: str | None, at: datetime) -> Lead:
        """key: the address's key. Raises `Duplicate` when a lead with it exists, also one added this very moment."""
        new = self._tenant.row(**new_values(lead_id, draft, key, at))
        insert = self._tenant.insert(leads).values(new).on_conflict_do_nothing()
        row = await self._tenant.first(insert.returning(*SELECT_LEAD.selected_columns))
        if row is None:
            raise await self._duplicate(key)
        self._effects.came(draft.status, [key], at)
        return lead_of(row)

    async def add_many(self, rows: Sequence[tuple[str, LeadDraft, str | None]], at: datetime) -> list[str]:
        """Add what is new and ignore the rest. Answers the ids really added."""
        if not rows:
            return []
        in_order = sorted(rows, key=lambda row: row[2] or "")  # or two rivals could wait for each other
        new = [self._tenant.row(**new_values(lead_id, draft, key, at)) for lead_id, draft, key in in_order]
        added = await self._tenant.add_new(leads, new)
        for lead_id, draft, key in rows:
            if lead_id in added:
                self._effects.came(draft.status, [key], at)
        return [lead_id for lead_id, _, _ in rows if lead_id in added]

    async def add_imported(self, new: Sequence[Line], import_id: str, at: datetime) -> bool:
        """Add leads out of a file, all or none. False when the address of one came meanwhile."""
        if not await copy_leads(self._tenant, new, import_id, at):
            return False
        self._effects.came(LeadStatus.NEW, [line.key for line in new], at)
        return True

    async def here(self, keys: Collection[str]) -> dict[str, tuple[str, str | None]]:
        """The address keys among these that a lead has, each with the lead's id and the import it came by."""
        rows = await self._tenant.all(_HERE.params(owner=self._tenant.workspace_id, keys=keys))
        return {row.email_key: (row.id, row.import_id) for row in rows}

    async def get(self, lead_id: str, *, locked: bool = False) -> Lead | None:
        """The lead with this id. locked: nobody else changes it until the transaction ends."""
        if len(lead_id) > LONGEST_KEY:  # what people paste, not an id of ours
            return None
        statement = self._select(leads.c.id == lead_id)
        row = await self._tenant.first(statement.with_for_update(key_share=True) if locked else statement)
        return lead_of(row) if row else None

    async def get_many(self, lead_ids: Iterable[str], *, locked: bool = False) -> list[Lead]:
        """The leads in the order of the ids; missing ones are left out. locked: nobody else changes them until the
        transaction ends.
        """
        wanted = list(lead_ids)
        statement = self._select(among(leads.c.id, wanted))
        if locked:
            statement = statement.order_by(leads.c.seq).with_for_update(key_share=True)
        rows = await self._tenant.all(statement)
        found = {row[0]: lead_of(row) for row in rows}
        return [found[lead_id] for lead_id in wanted if lead_id in found]

    async def find(self, text: str, limit: int = 10) -> list[Lead]:
        """By exact id, else by exact address, else by exact domain."""
        text = text.strip()
        found = await self.get(text)
        if found:
            return [found]
        if "@" in text:
            return list((await self.by_keys([address_key(text)])).values())
        return await self.by_domain(text, limit)

    async def by_domain(self, domain: str, limit: int = 100) -> list[Lead]:
        """The leads of a company's domain, oldest first. A scheme, path or `www.` makes no difference."""
        wanted = domain_of(domain)
        if not wanted or len(wanted) > LONGEST_KEY:
            return []
        statement = self._select(leads.c.domain_key == wanted).order_by(leads.c.seq).limit(limit)
        return [lead_of(row) for row in await self._tenant.all(statement)]

    async def by_keys(self, keys: Collection[str], *, locked: bool = False) -> dict[str, Lead]:
        """The leads with these address keys, by key. locked: nobody else changes them until the transaction ends."""
        statement = SELECT_LEAD.add_columns(leads.c.email_key).where(self._mine(), among(leads.c.email_key, keys))
        if locked:
            statement = statement.order_by(leads.c.seq).with_for_update(key_share=True)
        return {row.email_key: lead_of(row) for row in await self._tenant.all(statement)}

    async def page(self, query: LeadQuery, cursor: str | None = None) -> LeadPage:
        """One page. Raises `Invalid` (field `cursor`) for a cursor of another question."""
        return await self._pages.page(query, cursor)

    async def change(
        self,
        lead_id: str,
        changes: Mapping[str, object],
        *,
        at: datetime,
        if_status: Collection[LeadStatus | None] | None = None,
    ) -> Lead | None:
        """The lead as changed; None when it is gone or its status is not among `if_status`.

        changes: by the names of `Lead`'s fields. Raises `Duplicate` when another lead has the new address.
        """
        before = await self._tenant.first(self._locked(leads.c.id == lead_id))
        if before is None or (if_status is not None and before.status not in if_status):
            return None
        values = changed_values(before, changes)
        statement = update(leads).where(self._mine(), leads.c.id == lead_id).values(updated_at=at, **values)
        row = await self._changed(statement.returning(*SELECT_LEAD.selected_columns), values)
        self._effects.changed(before, values, at)
        return lead_of(row)

    async def change_many(self, changes: Sequence[tuple[str, Mapping[str, object]]], *, at: datetime) -> None:
        """Change many leads, each to its own values. All mappings name the same fields; gone leads are left out."""
        by_id = dict(changes)
        if not by_id:
            return
        found = await self._tenant.all(self._locked(among(leads.c.id, by_id)))
        changed = [(before, changed_values(before, by_id[before.id])) for before in found]
        if any("furthest" in values for _, values in changed):  # one statement: all rows name the same columns
            changed = [(before, {"furthest": before.furthest, **values}) for before, values in changed]
        for before, values in changed:
            self._effects.changed(before, values, at)
        rows = [{"seq": before.seq, "updated_at": at, **values} for before, values in changed]
        await self._tenant.revise(leads, "seq", rows)

    async def statuses(self, lead_ids: Iterable[str]) -> dict[str, LeadStatus | None]:
        """Where these leads stand, by id; missing ones are left out."""
        return await self._statuses.of(lead_ids)

    async def rise(self, lead_ids: Iterable[str], status: LeadStatus, *, at: datetime) -> dict[str, LeadStatus | None]:
        """Move these up to a status that a vendor told, and none of them back. Answers where they stood, by id."""
        risen = await self._statuses.rise(lead_ids, status, at)
        moved = [lead_id for lead_id, before in risen.items() if moved_up(before, status) is not before]
        self._effects.follow(moved, {"status"})
        return risen

    async def hold(self, lead_ids: Iterable[str]) -> list[HeldLead]:
        """Where these leads stand, without the rest of them; nobody else moves them until the transaction ends."""
        return await self._statuses.hold(lead_ids)

    async def stand(self, after: Sequence[tuple[HeldLead, LeadStatus | None, int]], *, at: datetime) -> None:
        """Each held lead with its status and opens from now on."""
        await self._statuses.stand(after, at)
        self._effects.follow([lead.id for lead, status, _ in after if status is not lead.status], {"status"})

    async def link(self, lead_ids: Iterable[str], campaign_id: str | None, at: datetime) -> int:
        """Set the campaign of many leads. Answers how many there were."""
        lead_ids = list(lead_ids)
        self._effects.follow(lead_ids, {"campaign_id"})
        locked = await self._tenant.values(self._locked(among(leads.c.id, lead_ids)).with_only_columns(leads.c.seq))
        held = among(leads.c.seq, locked)
        return await self._tenant.change(update(leads).where(held).values(campaign_id=campaign_id, updated_at=at))

    async def remove(self, lead_id: str, at: datetime) -> bool:
        """Take the lead out of every list; its history stays. False when it is gone already."""
        statement = update(leads).where(self._mine(), leads.c.id == lead_id).values(removed_at=at, updated_at=at)
        row = await self._tenant.first(statement.returning(leads.c.status, leads.c.furthest))
        if row:
            self._effects.left(lead_id, row)
        return row is not None

    async def removed_with(self, email: str) -> list[Lead]:
        """Leads with this address that were removed."""
        gone = (self._tenant.owns(leads), leads.c.removed_at.is_not(None), leads.c.email_key == address_key(email))
        return [lead_of(row) for row in await self._tenant.all(SELECT_LEAD.where(*gone))]

    async def remove_many(self, lead_ids: Collection[str], at: datetime) -> int:
        """Take leads out of every list, as `remove` does; how many were there."""
        locked = await self._tenant.all(self._locked(among(leads.c.id, lead_ids)))
        for row in locked:
            self._effects.left(row.id, row)
        held = among(leads.c.seq, [row.seq for row in locked])
        return await self._tenant.change(update(leads).where(held).values(removed_at=at, updated_at=at))

    async def ids_of(self, status: LeadStatus, limit: int) -> list[str]:
        """Ids of the leads at a status, oldest first; a missing status counts as New."""
        at = leads.c.status == status
        at = or_(at, leads.c.status.is_(None)) if status is LeadStatus.NEW else at
        statement = select(leads.c.id).where(self._mine(), at).order_by(leads.c.seq).limit(limit)
        return await self._tenant.values(statement)

    async def sync_obstacles(self, most: int = 10_000) -> tuple[int, int]:
        """How many leads have no domain, and how many have a filled audit address; counting stops at `most`."""
        without = select(leads.c.seq).where(self._mine(), leads.c.domain_key == "").limit(most).subquery()
        filled = select(leads.c.seq).where(self._mine(), leads.c.audit_url != "").limit(most).subquery()
        domain = await self._tenant.value(select(func.count()).select_from(without))
        return domain, await self._tenant.value(select(func.count()).select_from(filled))

    async def counts(self) -> dict[LeadStatus | None, int]:
        """How many leads stand at each status; empty statuses are absent."""
        return await self._counters.stored()

    async def recount(self) -> dict[LeadStatus | None, int]:
        """What `counts` must equal, by reading every lead."""
        return await self._counters.recounted()

    async def repair(self) -> None:
        """Make `counts` and `funnel` what a recount says. Only after `hold_still`."""
        await self._counters.repair()
        await self._funnel.repair()

    async def funnel(self) -> dict[Milestone, int]:
        """How many leads got just so far and no further; `pipeline.funnel` adds them up. Empty ones are absent."""
        return await self._funnel.stored()

    async def recount_funnel(self) -> dict[Milestone, int]:
        """What `funnel` must equal, by reading every lead."""
        return await self._funnel.recounted()

    async def newest_of_each(self, statuses: Iterable[LeadStatus], each: int) -> dict[LeadStatus, list[Lead]]:
        """The leads changed last at each status, in one statement."""
        latest = (leads.c.updated_at.desc(), leads.c.seq.desc())
        parts = [self._select(leads.c.status == status).order_by(*latest).limit(each).subquery() for status in statuses]
        found: dict[LeadStatus, list[Lead]] = {}
        for row in await self._tenant.all(union_all(*(select(part) for part in parts))):
            lead = lead_of(row)
            found.setdefault(row.status, []).append(lead)
        return found

    async def hold_still(self) -> None:
        """Nobody else changes a lead until the transaction ends."""
        await self._tenant.keep_writers_out(leads)

    async def seqs_reached(self, milestone: Milestone) -> list[int]:
        """The order numbers of the leads that ever reached it, lowest first."""
        statement = select(leads.c.seq).where(self._mine(), leads.c.furthest >= int(milestone))
        return await self._tenant.values(statement.order_by(leads.c.seq))

    async def seqs_of(self, lead_ids: Iterable[str]) -> list[int]:
        """The order numbers of these leads, lowest first; missing ones are left out."""
        statement = select(leads.c.seq).where(self._mine(), among(leads.c.id, lead_ids))
        return sorted(await self._tenant.values(statement))

    async def by_seqs(self, seqs: Sequence[int]) -> list[Lead]:
        """The leads with these order numbers, in that order; removed ones are left out."""
        statement = SELECT_LEAD.add_columns(leads.c.seq).where(self._mine(), among(leads.c.seq, seqs))
        found = {row.seq: lead_of(row) for row in await self._tenant.all(statement)}
        return [found[seq] for seq in seqs if seq in found]

    async def flush(self) -> None:
        """Write what follows from the changes."""
        await self._effects.flush()

    def _mine(self) -> ColumnElement[bool]:
        return and_(self._tenant.owns(leads), LIVE)

    def _select(self, condition: ColumnElement[bool]) -> Select[Any]:
        return SELECT_LEAD.where(self._mine(), condition)

    def _locked(self, condition: ColumnElement[bool]) -> Select[Any]:
        """What a change needs to know, held until the transaction ends, in one order for everybody."""
        columns = (leads.c.seq, leads.c.id, leads.c.furthest, *_SOURCE_COLUMNS)
        statement = select(*columns).where(self._mine(), condition)
        return statement.order_by(leads.c.seq).with_for_update(key_share=True)

    async def _changed(self, statement: Any, values: Mapping[str, Any]) -> AnyRow:
        if "email_key" not in values:
            row = await self._tenant.first(statement)
        else:
            try:
                async with self._tenant.savepoint():
                    row = await self._tenant.first(statement)
            except IntegrityError as error:
                raise await self._duplicate(values["email_key"]) from error
        assert row is not None, "the row was locked"
        return row

    async def _duplicate(self, key: str | None) -> Conflict:
        existing = (await self.by_keys([key])).get(key) if key else None
        if existing is None:
            return Conflict("This lead was changed by somebody else just now. Try again.")
        return Duplicate(f"A lead with this address exists already: {existing.title}.", id=existing.id)
