"""Sync: leads and campaigns read from PlusVibe, additively. Nothing of ours is overwritten or moved back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.clock import Clock
from bot.gateways.plusvibe import PlusVibe
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key, is_address
from bot.outreach.campaigns import Campaign, ProviderLead
from bot.outreach.errors import Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.health import SyncResult
from bot.outreach.leads import Lead
from bot.outreach.reachability import AddressRecord
from bot.outreach.syncing import ERASED, NO_ADDRESS, SyncChange, from_provider, heard_of
from bot.services.campaigns import CampaignService
from bot.services.pushes import NOT_CONNECTED
from storage.database import Database
from storage.ids import new_id
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
            await uow.events.add(by(actor, EventKind.SYNCED, result.at, None, facts))
        return result

    async def _take(
        self, uow: UnitOfWork, actor: Actor, rows: Sequence[ProviderLead], seen: Counter[str], skipped: Counter[str]
    ) -> None:
        """One page. An address in several campaigns is heard once per row; each row builds on the one before."""
        by_key: dict[str, list[ProviderLead]] = {}
        for row in rows:
            if is_address(row.email):
                by_key.setdefault(address_key(row.email), []).append(row)
            else:
                skipped[NO_ADDRESS] += 1
        known = await uow.leads.by_keys(list(by_key))
        for key in (await uow.addresses.erased(by_key)).keys() - known.keys():  # PlusVibe keeps its own copy
            del by_key[key]
            skipped[ERASED] += 1
        campaigns = {campaign.provider_id: campaign for campaign in await uow.campaigns.all()}
        first = {key: from_provider(known.get(key), heard[0]) for key, heard in by_key.items()}
        skipped.update(change.skipped for change in first.values() if change.skipped)
        added = await self._add(uow, first)
        here = {**known, **added}
        columns = [(lead.id, _heard(lead, by_key[key], campaigns)) for key, lead in here.items()]
        changed = {lead_id for lead_id, values in columns if values} | {lead.id for lead in added.values()}
        await self._change(uow, columns)
        seen["added"] += len(added)
        seen["updated"] += len(changed) - len(added)
        seen["unchanged"] += len(columns) - len(changed)
        now = self._clock()
        rows_of = [(lead.id, row) for key, lead in here.items() for row in by_key[key]]
        told = [(lead_id, campaigns.get(row.campaign_provider_id), row) for lead_id, row in rows_of]
        uow.enrolments.hear(heard_of(lead_id, campaign, row, now) for lead_id, campaign, row in told if campaign)
        await uow.events.add_many([by(actor, EventKind.LEAD_SYNCED, now, lead_id) for lead_id in sorted(changed)])
        await self._facts(uow, actor, by_key)

    async def _add(self, uow: UnitOfWork, changes: Mapping[str, SyncChange]) -> dict[str, Lead]:
        new = [(new_id(), change.draft, key) for key, change in changes.items() if change.draft is not None]
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

    async def _facts(self, uow: UnitOfWork, actor: Actor, by_key: Mapping[str, Sequence[ProviderLead]]) -> None:
        """Each fact once per lead and campaign, so that an admin's clearance is not undone by the next sync."""
        now = self._clock()
        for key, rows in by_key.items():
            for change in (from_provider(None, row) for row in rows):
                if change.fact is None or not await uow.ledger.claim(f"fact:{change.fact_key}", actor.id, now):
                    continue
                await uow.addresses.add(AddressRecord(key, change.fact, now, "PlusVibe sync", actor.id))


def _heard(lead: Lead, rows: Sequence[ProviderLead], campaigns: Mapping[str, Campaign]) -> dict[str, object]:
    """The columns that differ after all rows of one address."""
    columns: dict[str, object] = {}
    for row in rows:
        change = from_provider(lead, row)
        told: dict[str, Any] = dict(change.filled)
        if change.status is not None:
            told |= {"status": change.status, "status_by_hand": False}
        if change.opens is not None:
            told["opens"] = change.opens
        if change.lead_data:
            told["plusvibe_lead_data"] = {**lead.plusvibe_lead_data, **change.lead_data}
        campaign = campaigns.get(row.campaign_provider_id)
        if lead.campaign_id is None and campaign is not None:
            told["campaign_id"] = campaign.id
        lead = replace(lead, **told)
        columns |= told
    return columns
