"""Campaigns: our copy of PlusVibe's, and the acts on contacts there other than a push."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.clock import Clock
from bot.gateways.plusvibe import PlusVibe
from bot.outreach.access import Actor, Permission, require
from bot.outreach.campaigns import Campaign
from bot.outreach.errors import Conflict, Invalid, NotFound, OutreachError, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.leads import REPLIED_OR_CONVERTED, Lead
from bot.outreach.pushes import Envelope, Outcome
from bot.services.pushes import NOT_CONNECTED
from storage.database import Database

NO_EMAIL = "No contact email"
NO_CAMPAIGN = "Not linked to a campaign"


@dataclass(frozen=True, slots=True)
class Completing:
    """What a bulk `Mark completed` would do, for the person to confirm."""

    chosen: int
    without_email: int
    neither: int


class CampaignService:
    """Reads campaigns, marks contacts completed there, removes them there."""

    def __init__(self, database: Database, clock: Clock, plusvibe: PlusVibe | None) -> None:
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe

    @property
    def connected(self) -> bool:
        """Whether PlusVibe is set up."""
        return self._plusvibe is not None

    async def all(self, workspace_id: str, actor: Actor) -> Sequence[Campaign]:
        """Known campaigns by name."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.campaigns.all()

    async def provider_ids(self, workspace_id: str) -> dict[str, str]:
        """PlusVibe's id of each campaign, by ours: what the outside knows a campaign by."""
        async with self._database.read(workspace_id) as uow:
            return {campaign.id: campaign.provider_id for campaign in await uow.campaigns.all()}

    async def named(self, workspace_id: str, actor: Actor, name: str) -> Campaign:
        """The one campaign of that name. Raises `NotFound`, or `Invalid` when the name fits several."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            found = list(await uow.campaigns.named(name))
        if not found:
            raise NotFound(f"No campaign is called “{name[:100]}”. `/outreach campaigns` lists them.")
        if len(found) > 1:
            names = ", ".join(campaign.name for campaign in found[:5])
            raise Invalid(f"“{name[:100]}” fits several campaigns: {names}. Write the whole name.", field="campaign")
        return found[0]

    async def refresh(self, workspace_id: str) -> int:
        """Copy the campaigns from PlusVibe; how many there are. Raises `Unavailable`."""
        remote = await self._required().campaigns()
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.campaigns.save_many(
                [
                    Campaign(
                        str(uuid4()),
                        each.provider_id,
                        each.name,
                        each.status,
                        each.steps,
                        each.merge_fields,
                        each.lead_count,
                        now,
                    )
                    for each in remote
                ]
            )
        return len(remote)

    async def activate(self, workspace_id: str, actor: Actor, campaign_id: str) -> Campaign:
        """Let a campaign send at PlusVibe. Raises `NotFound`, or `Conflict` when it does already or is over."""
        require(actor, Permission.PUSH_LEADS)
        plusvibe = self._required()
        async with self._database.read(workspace_id) as uow:
            campaign = await uow.campaigns.get(campaign_id)
        if campaign is None:
            raise NotFound("This campaign is not here any more. `/outreach campaigns` lists them.")
        if not campaign.may_activate:
            raise Conflict(f"{campaign.name} is {campaign.status.lower() or 'in no known state'} already.")
        await plusvibe.launch(campaign.provider_id)
        now, active = self._clock(), replace(campaign, status="ACTIVE")
        async with self._database.begin(workspace_id) as uow:
            await uow.campaigns.save_many([active])
            await uow.events.add(by(actor, EventKind.CAMPAIGN_ACTIVATED, now, None, {"campaign": campaign.name}))
        return active

    async def completing(self, workspace_id: str, actor: Actor, lead_ids: Sequence[str]) -> Completing:
        """The counts for the confirm dialog."""
        require(actor, Permission.PUSH_LEADS)
        async with self._database.read(workspace_id) as uow:
            leads = await uow.leads.get_many(lead_ids)
        return Completing(
            chosen=len(leads),
            without_email=sum(1 for lead in leads if not lead.email),
            neither=sum(1 for lead in leads if lead.status not in REPLIED_OR_CONVERTED),
        )

    async def mark_completed(
        self, workspace_id: str, actor: Actor, lead_ids: Sequence[str], campaign_id: str | None = None
    ) -> Envelope:
        """Mark contacts completed at PlusVibe, in the given campaign or each in its own. Leads without one are skipped.

        Raises `NotFound` when a lead is unknown, `Unavailable` when PlusVibe is not connected.
        """
        require(actor, Permission.PUSH_LEADS)
        plusvibe = self._required()
        wanted = list(dict.fromkeys(lead_ids))
        async with self._database.read(workspace_id) as uow:
            leads = list(await uow.leads.get_many(wanted))
            campaigns = {campaign.id: campaign for campaign in await uow.campaigns.all()}
        if len(leads) < len(wanted):
            raise NotFound("Some of these leads are not here any more.")
        done: list[str] = []
        skipped: list[Outcome] = []
        failed: list[Outcome] = []
        problem = ""
        for lead in leads:
            campaign = campaigns.get(campaign_id or lead.campaign_id or "")
            if not lead.email or campaign is None:
                skipped.append(Outcome(lead.id, NO_EMAIL if not lead.email else NO_CAMPAIGN))
            elif problem:  # a vendor that cannot answer is not asked for each of a thousand leads
                failed.append(Outcome(lead.id, problem))
            else:
                try:
                    await plusvibe.mark_completed(campaign.provider_id, lead.email)
                    done.append(lead.id)
                except OutreachError as error:
                    failed.append(Outcome(lead.id, str(error)))
                    problem = str(error) if isinstance(error, Unavailable) else ""
        await self._completed(workspace_id, actor, done, failed)
        return Envelope(tuple(done), (), tuple(skipped), tuple(failed), problem)

    async def _completed(self, workspace_id: str, actor: Actor, done: Sequence[str], failed: Sequence[Outcome]) -> None:
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.events.add_many([by(actor, EventKind.MARKED_COMPLETED, now, lead_id) for lead_id in done])
            changes = [(lead_id, {"last_action": "Mark completed: closed at provider."}) for lead_id in done]
            changes += [(each.lead_id, {"last_action": f"Mark completed failed: {each.reason}"}) for each in failed]
            await uow.leads.change_many(changes, at=now)

    async def complete_one(self, workspace_id: str, actor: Actor, lead_id: str) -> None:
        """The same for one lead, where a missing email or campaign is an error to show."""
        envelope = await self.mark_completed(workspace_id, actor, [lead_id])
        for outcome in envelope.skipped:
            raise Invalid(f"Mark completed: {outcome.reason.lower()}.")
        for outcome in envelope.failed:
            raise Unavailable(outcome.reason)

    async def remove(self, workspace_id: str, actor: Actor, lead_id: str) -> Lead:
        """Remove a contact from its PlusVibe campaign; the lead stays. Raises `Invalid` without email or link."""
        require(actor, Permission.REMOVE_LEADS)
        plusvibe = self._required()
        async with self._database.read(workspace_id) as uow:
            lead = await uow.leads.get(lead_id)
            campaign = await uow.campaigns.get(lead.campaign_id) if lead and lead.campaign_id else None
        if lead is None:
            raise NotFound("This lead is not here any more.")
        if not lead.email or campaign is None:
            raise Invalid("Removing needs the lead's email and its campaign; one of them is missing.")
        try:
            await plusvibe.remove(campaign.provider_id, [lead.email])
        except OutreachError as error:
            await self._note(workspace_id, lead_id, f"Remove from PlusVibe failed: {error}")
            raise
        return await self._removed(workspace_id, actor, lead, campaign, self._clock())

    async def _removed(self, workspace_id: str, actor: Actor, lead: Lead, campaign: Campaign, now: datetime) -> Lead:
        note = f"Removed from {campaign.name} at PlusVibe."
        async with self._database.begin(workspace_id) as uow:
            await uow.enrolments.remove(lead.id, campaign.id, "removed by hand", now)
            changed = await uow.leads.change(lead.id, {"campaign_id": None, "last_action": note}, at=now)
            facts = {"campaign": campaign.name}
            await uow.events.add(by(actor, EventKind.REMOVED_AT_PROVIDER, now, lead.id, facts))
        return changed or lead

    async def _note(self, workspace_id: str, lead_id: str, note: str) -> None:
        async with self._database.begin(workspace_id) as uow:
            await uow.leads.change(lead_id, {"last_action": note}, at=self._clock())

    def _required(self) -> PlusVibe:
        if self._plusvibe is None:
            raise Unavailable(NOT_CONNECTED, transient=False)
        return self._plusvibe
