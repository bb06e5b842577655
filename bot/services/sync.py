"""Sync: leads and campaigns read from PlusVibe, additively. Nothing of ours is overwritten or moved back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import uuid4

from bot.clock import Clock
from bot.gateways.plusvibe import PlusVibe
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.campaigns import ProviderLead
from bot.outreach.errors import Unavailable
from bot.outreach.events import Event, EventKind
from bot.outreach.health import SyncResult
from bot.outreach.leads import Lead
from bot.outreach.reachability import AddressRecord
from bot.outreach.syncing import SyncChange, from_provider
from bot.services.campaigns import CampaignService
from bot.services.pushes import NOT_CONNECTED
from storage.database import Database
from storage.unit_of_work import UnitOfWork


class SyncService:
    """Reads PlusVibe page by page; each page is one transaction, so a crash loses no more than a page of work."""

    def __init__(self, database: Database, clock: Clock, plusvibe: PlusVibe | None, campaigns: CampaignService) -> None:
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe
        self._campaigns = campaigns

    async def run(self, workspace_id: str, actor: Actor) -> SyncResult:
        """One whole sync. Raises `Unavailable` when PlusVibe is not connected or fails; what was read stays."""
        require(actor, Permission.SYNC_LEADS)
        if self._plusvibe is None:
            raise Unavailable(NOT_CONNECTED, transient=False)
        campaigns = await self._campaigns.refresh(workspace_id)
        seen: Counter[str] = Counter()
        skipped: Counter[str] = Counter()
        async for rows in self._plusvibe.leads():
            async with self._database.begin(workspace_id) as uow:
                await self._take(uow, actor, rows, seen, skipped)
        result = SyncResult(self._clock(), campaigns, seen["added"], seen["updated"], seen["unchanged"], dict(skipped))
        async with self._database.begin(workspace_id) as uow:
            facts = {"added": result.added, "updated": result.updated, "skipped": sum(skipped.values())}
            await uow.events.add(Event(EventKind.SYNCED, actor.id, result.at, None, facts))
        return result

    async def _take(
        self, uow: UnitOfWork, actor: Actor, rows: Sequence[ProviderLead], seen: Counter[str], skipped: Counter[str]
    ) -> None:
        """One page: an address in several campaigns counts once, as its first row says."""
        by_key = {address_key(row.email): row for row in reversed(rows)}
        known = await uow.leads.by_keys(list(by_key))
        campaigns = {campaign.provider_id: campaign.id for campaign in await uow.campaigns.all()}
        changes: dict[str, SyncChange] = {key: from_provider(known.get(key), row) for key, row in by_key.items()}
        skipped.update(change.skipped for change in changes.values() if change.skipped)
        added = await self._add(uow, changes)
        columns: list[tuple[str, dict[str, object]]] = []
        for key, change in changes.items():
            lead = known.get(key) or added.get(key)
            if lead is not None:
                columns.append((lead.id, _columns(lead, change, campaigns.get(by_key[key].campaign_provider_id))))
        changed = {lead_id for lead_id, values in columns if values} | {lead.id for lead in added.values()}
        await self._change(uow, columns)
        seen["added"] += len(added)
        seen["updated"] += len(changed) - len(added)
        seen["unchanged"] += len(columns) - len(changed)
        now = self._clock()
        await uow.events.add_many([Event(EventKind.LEAD_SYNCED, actor.id, now, lead_id) for lead_id in sorted(changed)])
        await self._facts(uow, actor, changes)

    async def _add(self, uow: UnitOfWork, changes: Mapping[str, SyncChange]) -> dict[str, Lead]:
        new = [(str(uuid4()), change.draft, key) for key, change in changes.items() if change.draft is not None]
        if not new:
            return {}
        await uow.leads.add_many(new, self._clock())
        ids = {lead_id for lead_id, _, _ in new}
        there = await uow.leads.by_keys([key for _, _, key in new])
        return {key: lead for key, lead in there.items() if lead.id in ids}

    async def _change(self, uow: UnitOfWork, changes: Sequence[tuple[str, dict[str, object]]]) -> None:
        """One statement per set of columns: rows of a page mostly change the same way."""
        by_columns: dict[tuple[str, ...], list[tuple[str, dict[str, object]]]] = {}
        for lead_id, columns in changes:
            if columns:
                by_columns.setdefault(tuple(sorted(columns)), []).append((lead_id, columns))
        for rows in by_columns.values():
            await uow.leads.change_many(rows, at=self._clock())

    async def _facts(self, uow: UnitOfWork, actor: Actor, changes: Mapping[str, SyncChange]) -> None:
        """Each fact once per lead and campaign, so that an admin's clearance is not undone by the next sync."""
        now = self._clock()
        for key, change in changes.items():
            if change.fact is None or await uow.ledger.outcome(f"fact:{change.fact_key}") is not None:
                continue
            await uow.ledger.claim(f"fact:{change.fact_key}", actor.id, now)
            await uow.addresses.add(AddressRecord(key, change.fact, now, "PlusVibe sync", actor.id))


def _columns(lead: Lead, change: SyncChange, campaign_id: str | None) -> dict[str, object]:
    columns: dict[str, object] = dict(change.filled)
    if change.status is not None:
        columns["status"] = change.status
    if change.opens is not None:
        columns["opens"] = change.opens
    if change.lead_data:
        columns["plusvibe_lead_data"] = {**lead.plusvibe_lead_data, **change.lead_data}
    if lead.campaign_id is None and campaign_id is not None:
        columns["campaign_id"] = campaign_id
    return columns
