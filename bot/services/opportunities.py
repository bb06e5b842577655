"""The link board: opportunities added, moved, noted, deleted, and shown with what their emails came to."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import domain_of
from bot.outreach.errors import Conflict, Duplicate
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead, LeadKind
from bot.outreach.link_board import LOOKS_SHOWN, LinkBoard, LinkCard, LinkHistory, LinkPage
from bot.outreach.link_checks import LinkStanding, Presence
from bot.outreach.opportunities import (
    BOARD_CARDS,
    COLUMN_CARDS,
    COLUMN_NAMES,
    BoardColumn,
    Opportunity,
    Wanted,
    aimed,
    checked_notes,
    checked_wanted,
    moved_by_hand,
)
from bot.services.addresses import normalised
from bot.services.link_recording import send_no_more
from bot.services.policies import policy_in
from bot.services.recipients import existing_opportunity, lead_at, new_link_lead, settle_recipient
from storage.database import Database
from storage.unit_of_work import UnitOfWork

IS_WON = "The link is won"
NOT_VERIFIED = (
    "Won needs a verified link here, and it was not seen on the page. In View History press Check now: once the link "
    "is seen, the card moves to Won by itself."
)
NOT_VERIFIABLE = (
    "Won needs a verified link here, and nobody said which page of yours it leads to. In View History press Edit link."
)
IS_DELETED = "The opportunity was deleted"


class OpportunityService:
    """The opportunities of a workspace."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def board(self, workspace_id: str, actor: Actor, text: str = "") -> LinkBoard:
        """The newest of each column. text: only those with every word in page, anchor or notes."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            counts = kept = await uow.opportunities.counts()
            if text.strip():
                found, counts = await uow.opportunities.found(text, BOARD_CARDS)
            else:
                found = await uow.opportunities.newest_of_each(BOARD_CARDS)
            cards = {card.opportunity.id: card for card in await _cards(uow, chain(*found.values()))}
        shown = {column: [cards[each.id] for each in found.get(column, [])] for column in BoardColumn}
        return LinkBoard(shown, counts, any=any(kept.values()))

    async def column(
        self, workspace_id: str, actor: Actor, column: BoardColumn, *, text: str = "", cursor: str = ""
    ) -> LinkPage:
        """One page of a column. Raises `Invalid` (field `cursor`)."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            found, following = await uow.opportunities.page(column, COLUMN_CARDS, text=text, cursor=cursor)
            total = None if text.strip() else (await uow.opportunities.counts()).get(column, 0)
            return LinkPage(column, await _cards(uow, found), following, total)

    async def get(self, workspace_id: str, actor: Actor, opportunity_id: str) -> Opportunity:
        """Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await existing_opportunity(uow, opportunity_id)

    async def history(self, workspace_id: str, actor: Actor, opportunity_id: str) -> LinkHistory:
        """What was sent for it and what looks at its page came to, newest first. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            opportunity = await existing_opportunity(uow, opportunity_id)
            mails = await uow.mails.of_opportunity(opportunity_id)
            heard = await uow.mail_facts.of_mails([mail.id for mail in mails])
            checks = await uow.link_checks.of_opportunity(opportunity_id, LOOKS_SHOWN)
            return LinkHistory(opportunity, await uow.leads.get(opportunity.lead_id), mails, heard, checks)

    async def add(self, workspace_id: str, actor: Actor, wanted: Wanted) -> Opportunity:
        """A new one, of the lead with the address typed. Raises `Invalid` with the field, `Duplicate`."""
        require(actor, Permission.EDIT_OPPORTUNITIES)
        wanted, now = checked_wanted(wanted), self._clock()
        domain = domain_of(wanted.source_url)
        async with self._database.begin(workspace_id) as uow:
            lead = await _lead_for(uow, normalised(wanted.email) if wanted.email else "", domain)
            opportunity = Opportunity(
                id=str(uuid4()),
                lead_id=lead.id,
                source_url=wanted.source_url,
                domain=domain,
                author=actor.id,
                created_at=now,
                moved_at=now,
                anchor_text=wanted.anchor_text,
                target_url=wanted.target_url,
                notes=wanted.notes,
                noted_by=actor.id if wanted.notes else "",
                noted_at=now if wanted.notes else None,
                link=LinkStanding(wanted.match),
            )
            await _refuse_twice(uow, opportunity)
            await settle_recipient(uow, lead, actor, now)
            if not await uow.opportunities.add(opportunity):
                raise Conflict("Somebody added this page just now. Search for it on the board.")
            await uow.events.add(by(actor, EventKind.OPPORTUNITY_ADDED, now, lead.id, {"domain": domain}))
        return opportunity

    async def move(
        self, workspace_id: str, actor: Actor, opportunity_id: str, seen: BoardColumn, column: BoardColumn
    ) -> Opportunity:
        """Move it by hand; won, nothing more is sent for it.

        Raises `Conflict` when it is not where it was seen, or may not be won before its link was seen.
        """
        require(actor, Permission.EDIT_OPPORTUNITIES)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if column is BoardColumn.WON:
                await _require_verified(uow, opportunity_id)
                await send_no_more(uow, [opportunity_id], IS_WON, actor, now)
            before = await _held(uow, opportunity_id)
            if before.column is not seen:
                raise Conflict(f"It was moved to {COLUMN_NAMES[before.column]} meanwhile. Look again.")
            after = moved_by_hand(before, column, actor.id, now)
            if before.column is not column:
                await uow.opportunities.change(before, after)
                facts = {"domain": before.domain, "before": before.column.value, "after": column.value}
                await uow.events.add(by(actor, EventKind.OPPORTUNITY_MOVED, now, before.lead_id, facts))
        return after

    async def note(self, workspace_id: str, actor: Actor, opportunity_id: str, notes: str) -> Opportunity:
        """Other notes in place of those there are. Raises `Invalid` when they are too long."""
        require(actor, Permission.EDIT_OPPORTUNITIES)
        notes, now = checked_notes(notes), self._clock()
        async with self._database.begin(workspace_id) as uow:
            before = await _held(uow, opportunity_id)
            if before.notes == notes:
                return before
            after = replace(before, notes=notes, noted_by=actor.id, noted_at=now)
            await uow.opportunities.change(before, after)
            facts = {"domain": before.domain}
            await uow.events.add(by(actor, EventKind.OPPORTUNITY_NOTED, now, before.lead_id, facts))
        return after

    async def aim(self, workspace_id: str, actor: Actor, opportunity_id: str, wanted: Wanted) -> Opportunity:
        """Want another link of its page: words, target and match of `wanted`. Raises `Invalid` with the field,
        `Duplicate`.
        """
        require(actor, Permission.EDIT_OPPORTUNITIES)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            before = await _held(uow, opportunity_id)
            after = aimed(before, checked_wanted(replace(wanted, source_url=before.source_url)))
            if after == before:
                return before
            await _refuse_twice(uow, after)
            await uow.opportunities.change(before, after)
            facts = {"domain": before.domain}
            await uow.events.add(by(actor, EventKind.LINK_AIMED, now, before.lead_id, facts))
        return after

    async def remove(self, workspace_id: str, actor: Actor, opportunity_id: str) -> Opportunity:
        """Take it off the board, and back what waits for it; what was sent stays on its lead. Raises `NotFound`."""
        require(actor, Permission.EDIT_OPPORTUNITIES)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await send_no_more(uow, [opportunity_id], IS_DELETED, actor, now)
            before = await _held(uow, opportunity_id)
            await uow.opportunities.change(before, replace(before, deleted_at=now))
            facts = {"domain": before.domain}
            await uow.events.add(by(actor, EventKind.OPPORTUNITY_DELETED, now, before.lead_id, facts))
        return before


async def _cards(uow: UnitOfWork, found: Iterable[Opportunity]) -> list[LinkCard]:
    """As many statements for twenty as for one."""
    shown = list(found)
    if not shown:
        return []
    leads = {lead.id: lead for lead in await uow.leads.get_many({each.lead_id for each in shown})}
    mails = {mail.id: mail for mail in await uow.mails.known([each.mail_id for each in shown if each.mail_id], [])}
    runs = {run.opportunity_id: run for run in await uow.runs.open_for([each.id for each in shown])}
    sequences = await uow.sequences.get_many({run.sequence_id for run in runs.values()}) if runs else {}
    cards = []
    for each in shown:
        run = runs.get(each.id)
        sequence = sequences.get(run.sequence_id) if run else None
        steps = len(sequence.steps) if sequence else 0
        cards.append(LinkCard(each, leads.get(each.lead_id), mails.get(each.mail_id), run, steps))
    return cards


async def _lead_for(uow: UnitOfWork, email: str, domain: str) -> Lead:
    """The lead with the address; without one, the domain's lead that has none, or a new one."""
    if email:
        return await lead_at(uow, email, domain)
    unknown = (lead for lead in await uow.leads.by_domain(domain) if lead.kind is LeadKind.LINK and not lead.email)
    return next(unknown, None) or new_link_lead(None, domain)


async def _refuse_twice(uow: UnitOfWork, opportunity: Opportunity) -> None:
    same = await uow.opportunities.same(opportunity.link_key)
    if same is not None and same.id != opportunity.id:
        where = COLUMN_NAMES[same.column]
        raise Duplicate(f"This page is on the board already, in {where}, for the same target.", id=same.id)


async def _require_verified(uow: UnitOfWork, opportunity_id: str) -> None:
    if not (await policy_in(uow)).verified_link:
        return
    opportunity = await existing_opportunity(uow, opportunity_id)
    if opportunity.link.state is not Presence.LIVE:
        raise Conflict(NOT_VERIFIED if opportunity.target_url else NOT_VERIFIABLE)


async def _held(uow: UnitOfWork, opportunity_id: str) -> Opportunity:
    await existing_opportunity(uow, opportunity_id)
    held = await uow.opportunities.get(opportunity_id, locked=True)
    return held or await existing_opportunity(uow, opportunity_id)
