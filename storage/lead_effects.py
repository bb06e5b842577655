"""What follows a change of leads: the counts, the funnel, the addresses to check, the enrolments that tell of them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.outreach.leads import LeadStatus
from bot.outreach.pipeline import reached
from storage.funnel_counters import FunnelCounters
from storage.lead_counters import LeadCounters
from storage.search_index import merge_pieces
from storage.tables import AnyRow
from storage.tenant import Tenant
from storage.verdicts import Verdicts

_TELLING_ENROLMENTS = frozenset({"status", "campaign_id", "email_key", "removed_at"})


class LeadEffects:
    """Gathered beside every change, written by `flush`. followed: gathers the leads whose enrolments may change."""

    def __init__(self, tenant: Tenant, counters: LeadCounters, funnel: FunnelCounters, followed: set[str]) -> None:
        self._counters = counters
        self._funnel = funnel
        self._followed = followed
        self._tenant = tenant
        self._verdicts = Verdicts(tenant)
        self._unchecked: dict[str, datetime] = {}
        self._is_searched_anew = False

    def came(self, status: LeadStatus | None, keys: Collection[str | None], at: datetime) -> None:
        """Leads were added at this status, each with the key of its address or None."""
        self._counters.came(status, leads=len(keys))
        self._funnel.came(reached(status), leads=len(keys))
        self._unchecked |= {key: at for key in keys if key}
        self._is_searched_anew = True

    def changed(self, before: AnyRow, values: Mapping[str, Any], at: datetime) -> None:
        """A lead's columns were set to these. An address that is new to it is checked, unless it was."""
        self._counters.moved(before.status, values.get("status", before.status))
        self._funnel.moved(before.furthest, values.get("furthest", before.furthest))
        self.follow([before.id], values)
        self._is_searched_anew |= "search_text" in values
        if key := values.get("email_key"):
            self._unchecked[key] = at

    def left(self, lead_id: str, row: AnyRow) -> None:
        """A lead was taken out of every list. row: its status and how far it got."""
        self._counters.left(row.status)
        self._funnel.left(row.furthest)
        self._followed.add(lead_id)
        self._is_searched_anew = True

    def follow(self, lead_ids: Iterable[str], columns: Collection[str]) -> None:
        """These columns of leads were set: their enrolments follow where those tell of them."""
        if not _TELLING_ENROLMENTS.isdisjoint(columns):
            self._followed.update(lead_ids)

    async def flush(self) -> None:
        """Write new addresses, put the search index together, write what is counted.

        Always in this order, so that no two can wait for each other.
        """
        await self._verdicts.enqueue(self._unchecked)
        if self._is_searched_anew:
            await merge_pieces(self._tenant)
        self._unchecked, self._is_searched_anew = {}, False
        await self._counters.flush()
        await self._funnel.flush()
