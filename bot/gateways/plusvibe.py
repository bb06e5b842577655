"""PlusVibe's API: campaigns, enrolment, and the evidence of who is enrolled.

Its failures as ours: a refused key or an unknown workspace is `Unavailable` that waiting does not mend, an unknown
campaign or lead is `NotFound`, a refused body is `Invalid`, everything passing is `Unavailable`. Contract:
https://developer.plusvibe.ai
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from itertools import count
from typing import Any

import httpx
from aiolimiter import AsyncLimiter

from bot.gateways.http import PATIENT, Patience, secret_header, vendor_client
from bot.gateways.plusvibe_unibox import PlusVibeUnibox
from bot.gateways.plusvibe_wire import (
    AddedLeads,
    EnrolLead,
    RemoteCampaign,
    added_in,
    bad_lead_index,
    bare,
    campaign_in,
    complaint_in,
    enrolment_in,
    is_too_large,
    lead_item,
    provider_lead_in,
    rows_in,
    text,
)
from bot.gateways.vendor import Answer, Vendor
from bot.outreach.addresses import address_key
from bot.outreach.campaigns import ProviderLead
from bot.outreach.errors import Invalid, NotFound, Unavailable

__all__ = ["AddedLeads", "BadAddress", "EnrolLead", "PlusVibe", "RemoteCampaign", "TooLarge"]

PAGE_ROWS = 100
FEW_ADDRESSES = 10
# Calls spaced to the exact limit can still land six in a second when the network bunches them.
_SPARE = 1.05
_TOO_LARGE = "PlusVibe does not take this many leads at once."


class BadAddress(Invalid):
    """PlusVibe refused the whole batch for one address; `index` is its place in the batch."""

    def __init__(self, index: int) -> None:
        super().__init__("PlusVibe does not take one of these addresses.", field="email")
        self.index = index


class TooLarge(Invalid):
    """More in one call than PlusVibe takes; a smaller batch may pass."""


class PlusVibe:
    """One workspace at PlusVibe. Paced to its 5 calls a second, so share one instance per key.

    client: for tests and proxies; else one is made, and `aclose` closes either.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        workspace_id: str,
        client: httpx.AsyncClient | None = None,
        *,
        calls_per_second: float = 5,
        patience: Patience = PATIENT,
    ) -> None:
        key = secret_header(api_key, "PLUSVIBE_API_KEY")
        self._workspace_id = workspace_id
        self._vendor = Vendor(
            "PlusVibe",
            client or vendor_client(base_url, {"x-api-key": key}, patience=patience),
            key_setting="PLUSVIBE_API_KEY",
            pace=AsyncLimiter(max_rate=1, time_period=_SPARE / calls_per_second),
            patience=patience,
        )
        self.unibox = PlusVibeUnibox(self._vendor, workspace_id)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._vendor.aclose()

    async def check(self) -> str:
        """The workspace's name. Raises `Unavailable` naming the setting to mend."""
        answer = await self._vendor.call("GET", "/authenticate", repeatable=True)
        if answer.status >= 400:
            raise _wrong_address(answer)
        payload = answer.json()
        workspaces = rows_in(payload.get("workspaces") or []) if isinstance(payload, dict) else None
        if workspaces is None:
            raise answer.unexpected()
        for workspace in workspaces:
            if self._workspace_id in (workspace.get("_id"), workspace.get("id")):
                return text(workspace.get("name")) or self._workspace_id
        raise Unavailable(
            "PlusVibe takes our key, but the key opens no such workspace. Check PLUSVIBE_WORKSPACE_ID.", transient=False
        )

    async def campaigns(self, *, subsequences: bool = False) -> list[RemoteCampaign]:
        """All campaigns, archived ones too (see `status`); follow-up campaigns only when asked for.

        Pages are read until one brings nothing new: the largest `limit` is not documented.
        """
        found: dict[str, RemoteCampaign] = {}
        skip = 0
        kind = "all" if subsequences else "parent"
        while True:
            rows = await self._rows("/campaign/list-all", campaign_type=kind, skip=skip, limit=PAGE_ROWS)
            fresh = {campaign.provider_id: campaign for campaign in map(campaign_in, rows)}
            if fresh.keys() <= found.keys():
                return [one for one in found.values() if one.provider_id and (subsequences or not one.is_subsequence)]
            found |= fresh
            skip += len(rows)

    async def add_leads(
        self, campaign_provider_id: str, leads: Sequence[EnrolLead], last_look: Callable[[], None] | None = None
    ) -> AddedLeads:
        """Enrol a batch, merge fields included; leads already there get the new fields.

        last_look: called right before the request leaves; what it raises stops it. Raises `BadAddress` or `TooLarge`
        when the whole batch was refused. After `Unavailable` with `answered` false nobody knows: ask `enrolled_emails`
        before trying again.
        """
        if not leads:
            return AddedLeads()
        body = {
            "campaign_id": _known(campaign_provider_id),
            "leads": [lead_item(lead) for lead in leads],
            "is_overwrite": True,
            "resume_camp_if_completed": False,
            "skip_if_in_workspace": False,
            "skip_lead_in_active_pause_camp": False,
            "skip_lead_for_active_only_camp": False,
        }
        return added_in(await self._post("/lead/add", body, repeatable=False, batch=len(leads), last_look=last_look))

    async def enrolled_emails(self, campaign_provider_id: str, emails: Collection[str]) -> set[str]:
        """Which of these addresses are in the campaign, as `address_key`s.

        Many are looked for among the campaign's newest leads first; whoever is not there is asked for one by one.
        """
        wanted = {address_key(email): email for email in emails}
        found: set[str] = set()
        if len(wanted) > FEW_ADDRESSES:
            found = await self._among_newest(campaign_provider_id, wanted.keys())
        for key in wanted.keys() - found:
            if await self._is_enrolled(campaign_provider_id, wanted[key]):
                found.add(key)
        return found

    async def leads(self, campaign_provider_id: str | None = None) -> AsyncIterator[list[ProviderLead]]:
        """All leads, page by page, oldest first, so that leads added meanwhile shift nothing.

        A lead deleted meanwhile can hide one other until the next reading: the API has pages, no cursor.
        """
        scope = {"campaign_id": campaign_provider_id} if campaign_provider_id else {}
        order = {"sort": "_id", "direction": "asc"}
        before: set[str] = set()
        for page in count(1):
            rows = await self._rows("/lead/workspace-leads", page=page, limit=PAGE_ROWS, **scope, **order)
            fresh = {text(row.get("_id")) for row in rows} - before
            if not fresh:
                return
            if leads := [lead for lead in map(provider_lead_in, rows) if lead and lead.provider_id in fresh]:
                yield leads
            before = fresh

    async def update_variables(self, campaign_provider_id: str, email: str, variables: Mapping[str, str]) -> None:
        """Set merge fields of one enrolled lead, keeping its others. Raises `NotFound`."""
        body = {"campaign_id": _known(campaign_provider_id), "email": email, "variables": bare(variables)}
        await self._post("/lead/data/update", body, repeatable=True)

    async def launch(self, campaign_provider_id: str) -> None:
        """Let the campaign send. Raises `NotFound`."""
        await self._post("/campaign/launch", {"campaign_id": _known(campaign_provider_id)}, repeatable=True)

    async def mark_completed(self, campaign_provider_id: str, email: str) -> None:
        """End the campaign's sequence for one lead: the only status PlusVibe lets us set. Raises `NotFound`."""
        body = {"campaign_id": _known(campaign_provider_id), "email": email, "new_status": "COMPLETED"}
        await self._post("/lead/update/status", body, repeatable=True)

    async def remove(self, campaign_provider_id: str, emails: Collection[str]) -> None:
        """Delete these addresses from one campaign. PlusVibe tells no result per address."""
        addresses = list(emails)
        for start in range(0, len(addresses), PAGE_ROWS):
            body = {
                "campaign_id": _known(campaign_provider_id),
                "delete_list": addresses[start : start + PAGE_ROWS],
                "delete_all_from_company": False,
            }
            await self._post("/lead/delete", body, repeatable=True)

    async def _among_newest(self, campaign_provider_id: str, wanted: Collection[str]) -> set[str]:
        """Those of the wanted on the newest pages, for as long as pages are cheaper than asking one by one."""
        newest = {"campaign_id": _known(campaign_provider_id), "sort": "created_at", "direction": "desc"}
        missing = set(wanted)
        for page in count(1):
            rows = await self._rows("/lead/workspace-leads", page=page, limit=PAGE_ROWS, **newest)
            missing -= {
                address_key(text(row.get("email"))) for row in rows if row.get("campaign_id") == campaign_provider_id
            }
            if not rows or page >= len(missing):
                break
        return set(wanted) - missing

    async def _is_enrolled(self, campaign_provider_id: str, email: str) -> bool:
        """Asked as written, then in small letters: whether PlusVibe keeps the case is not known."""
        for spelling in dict.fromkeys((email, email.lower())):
            try:
                rows = await self._rows("/lead/get", email=spelling, campaign_id=_known(campaign_provider_id))
            except NotFound:
                continue
            if any(enrolment_in(row) == (campaign_provider_id, address_key(email)) for row in rows):
                return True
        return False

    async def _rows(self, path: str, **params: str | int) -> list[Mapping[str, Any]]:
        params = {"workspace_id": self._workspace_id, **params}
        answer = _accepted(await self._vendor.call("GET", path, repeatable=True, params=params))
        payload = answer.json()
        rows = rows_in(payload)
        if rows is None:
            raise answer.unexpected()
        return rows

    async def _post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        repeatable: bool,
        batch: int = 0,
        last_look: Callable[[], None] | None = None,
    ) -> Mapping[str, Any]:
        body = {"workspace_id": self._workspace_id, **body}
        sent = await self._vendor.call("POST", path, repeatable=repeatable, body=body, last_look=last_look)
        answer = _accepted(sent, batch=batch)
        payload = answer.json()
        if not isinstance(payload, dict) or str(payload.get("status")).lower() != "success":
            raise answer.unexpected()
        return payload


def _known(campaign_provider_id: str) -> str:
    """The campaign's id. Never empty: without it PlusVibe acts on the whole workspace, deletions included."""
    if not campaign_provider_id:
        raise Invalid("A campaign is needed.", field="campaign")
    return campaign_provider_id


def _accepted(answer: Answer, *, batch: int = 0) -> Answer:
    """The answer, when it is a success. batch: how many leads were sent, to trust an index it names."""
    if answer.status < 300:
        return answer
    try:
        complaint = complaint_in(answer.json())
    except Unavailable:
        if answer.status == 413:  # a proxy in front of the API may say so in HTML
            raise TooLarge(_TOO_LARGE) from None
        raise _wrong_address(answer) from None
    if answer.status == 404:
        raise NotFound("PlusVibe does not know this campaign or lead (any more).")
    index = bad_lead_index(complaint)
    if index is not None and index < batch:
        raise BadAddress(index)
    if answer.status == 413 or (batch and is_too_large(complaint)):
        raise TooLarge(_TOO_LARGE)
    raise Invalid(f"PlusVibe refused the request ({answer.status}).")


def _wrong_address(answer: Answer) -> Unavailable:
    return Unavailable(
        f"PlusVibe does not answer as its API should ({answer.status}). Check PLUSVIBE_API_URL.", transient=False
    )
