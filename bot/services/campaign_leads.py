"""The leads of one campaign: looked through, and their badges set by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.campaigns import Campaign
from bot.outreach.enrolments import (
    MOST_LOOKED_AT,
    SETTABLE,
    Badge,
    CampaignLead,
    EnrolmentPage,
    EnrolmentQuery,
    Unchecked,
    set_by_hand,
    why_not_set,
)
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.pushes import Envelope, Outcome
from bot.outreach.reachability import REASONS, AddressFact, AddressRecord
from bot.outreach.sequences import Signals
from bot.services.run_news import Told, hear
from storage.database import Database
from storage.unit_of_work import UnitOfWork

MOST_SET = 10_000  # at once
GONE = "It is not in this campaign any more"


class CampaignLeadService:
    """What a campaign's list shows and does. verifies: whether addresses are checked at all."""

    def __init__(self, database: Database, clock: Clock, *, verifies: bool = False) -> None:
        self._database = database
        self._clock = clock
        self._verifies = verifies

    async def unchecked(self, workspace_id: str, actor: Actor, campaign_id: str) -> Unchecked:
        """How many of those the campaign would write to have an address nobody has checked; none where none is."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            found = await uow.enrolment_pages.unchecked(campaign_id, self._clock(), MOST_LOOKED_AT)
        return Unchecked(found[0] if self._verifies else 0, found[1])

    async def page(
        self, workspace_id: str, actor: Actor, query: EnrolmentQuery, cursor: str | None = None
    ) -> EnrolmentPage:
        """One page with what is known of its addresses. Raises `Invalid` (field `cursor`)."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            rows, following, previous = await uow.enrolment_pages.page(self._asked(query), cursor)
            counts = await uow.enrolment_pages.counts(query.campaign_id)
            checked = await _checked(uow, rows)
        return EnrolmentPage(tuple(checked), following, previous, counts)

    async def campaign(self, workspace_id: str, actor: Actor, campaign_id: str) -> Campaign:
        """The campaign with our id. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            campaign = await uow.campaigns.get(campaign_id)
        if campaign is None:
            raise NotFound("This campaign is not here any more. `/outreach campaigns` lists them.")
        return campaign

    async def matching(self, workspace_id: str, actor: Actor, query: EnrolmentQuery) -> list[str]:
        """Every lead that answers the question. Raises `Invalid` when they are more than one act takes."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            found = await uow.enrolment_pages.lead_ids(self._asked(query), MOST_SET + 1)
        if len(found) > MOST_SET:
            raise Invalid(f"More than {MOST_SET:,} leads match, the most one change takes. Search or filter first.")
        return found

    async def set_badge(
        self, workspace_id: str, actor: Actor, campaign_id: str, lead_ids: Sequence[str], wanted: Badge
    ) -> Envelope:
        """Set the badge of many by hand: done, and skipped with the reason.

        Who is at PlusVibe gets no further step there; `unsubscribed` bars the address everywhere. Raises `Invalid` for
        a badge that only facts give, `NotAllowed` where suppressing needs another role.
        """
        require(actor, Permission.SUPPRESS if wanted is Badge.UNSUBSCRIBED else Permission.EDIT_LEADS)
        if wanted not in SETTABLE:
            raise Invalid("Only what happens gives this status; nobody sets it.", field="status")
        chosen, now = list(dict.fromkeys(lead_ids)), self._clock()
        async with self._database.begin(workspace_id) as uow:
            locked = wanted is not Badge.UNSUBSCRIBED  # which changes mails first, and nothing of these rows itself
            rows = {row.lead.id: row for row in await _held(uow, chosen, campaign_id, locked=locked)}
            refused = {lead_id: why_not_set(row, wanted) for lead_id, row in rows.items()}
            done = [lead_id for lead_id in chosen if lead_id in rows and refused[lead_id] is None]
            await _set(uow, actor, [rows[lead_id] for lead_id in done], wanted, now)
        skipped = [Outcome(lead_id, refused.get(lead_id) or GONE) for lead_id in chosen if lead_id not in set(done)]
        return Envelope(done=tuple(done), skipped=tuple(skipped))

    def _asked(self, query: EnrolmentQuery) -> EnrolmentQuery:
        return replace(query, asked_at=query.asked_at or self._clock())


async def _held(uow: UnitOfWork, lead_ids: Sequence[str], campaign_id: str, *, locked: bool) -> list[CampaignLead]:
    """Leads before enrolments, as everybody locks them."""
    leads = await uow.leads.get_many(lead_ids, locked=locked)
    held = await uow.enrolments.of_leads([lead.id for lead in leads], campaign_id, locked=locked)
    found = [(held.get((lead.id, campaign_id)), lead) for lead in leads]
    return [CampaignLead(enrolment, lead) for enrolment, lead in found if enrolment and enrolment.badge]


async def _set(uow: UnitOfWork, actor: Actor, rows: Sequence[CampaignLead], wanted: Badge, now: datetime) -> None:
    if not rows:
        return
    if wanted is Badge.UNSUBSCRIBED:
        await _suppress(uow, actor, rows, now)
    else:
        await uow.enrolments.change_many([set_by_hand(row.enrolment, wanted, now) for row in rows])
    if wanted is not Badge.PENDING:
        there = [row.lead.id for row in rows if row.enrolment.is_there]
        await uow.closings.add_by_hand(there, rows[0].enrolment.campaign_id, str(uuid4()), now)
    facts = {"after": wanted.value, "campaign": (await _name(uow, rows[0].enrolment.campaign_id))}
    events = [
        by(actor, EventKind.ENROLMENT_SET, now, row.lead.id, {**facts, "before": row.enrolment.badge}) for row in rows
    ]
    await uow.events.add_many(events)


async def _suppress(uow: UnitOfWork, actor: Actor, rows: Sequence[CampaignLead], now: datetime) -> None:
    """Nobody writes to these addresses any more, and what waits to go there never leaves."""
    note = f"set in the list of {await _name(uow, rows[0].enrolment.campaign_id)}"
    keys = [address_key(row.lead.email) for row in rows if row.lead.email]
    await uow.mails.cancel_to(keys, REASONS[AddressFact.SUPPRESSED])
    told = [Told(row.lead.id, Signals(standing=AddressFact.SUPPRESSED)) for row in rows]
    await hear(uow, told, actor, now)
    await uow.addresses.add_many(
        [AddressRecord(key, AddressFact.SUPPRESSED, now, "Slack", actor.id, note) for key in keys]
    )


async def _name(uow: UnitOfWork, campaign_id: str) -> str:
    campaign = await uow.campaigns.get(campaign_id)
    return campaign.name if campaign else ""


async def _checked(uow: UnitOfWork, rows: Sequence[CampaignLead]) -> list[CampaignLead]:
    keys = {row.lead.id: address_key(row.lead.email) for row in rows if row.lead.email}
    checks = await uow.verdicts.of(keys.values()) if keys else {}
    return [replace(row, check=checks.get(keys.get(row.lead.id, ""))) for row in rows]
