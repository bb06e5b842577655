"""Mails people write to one lead: offered, previewed, queued with time to undo, decided about when unclear."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.errors import Conflict, Invalid
from bot.outreach.leads import Lead
from bot.outreach.limits import Budget
from bot.outreach.mail_placeholders import values_of
from bot.outreach.mail_templates import MailTemplate, Rendered, has_placeholders, rendered
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState, Outgoing, UnclearMail, UnclearPage
from bot.services.outcomes import accept
from bot.services.queueing import (
    Checked,
    Origin,
    TypedMail,
    checked_mail,
    existing_mail,
    obstacle_to,
    queue_mail,
    sent_again,
    take_back,
)
from bot.services.recipients import ForLink, existing_lead, existing_opportunity, recipient
from bot.services.sites import budgets_of
from bot.services.templates import existing_template
from storage.database import Database
from storage.unit_of_work import UnitOfWork

PAGE_UNCLEAR = 10


@dataclass(frozen=True, slots=True)
class Offer:
    """What one may write a lead with. obstacle: why nothing may be sent; empty when it may."""

    lead: Lead
    budgets: tuple[Budget, ...]
    templates: tuple[MailTemplate, ...]
    last_sent: datetime | None
    obstacle: str = ""


class MailService:
    """Single mails. connected: SendGrid has its key."""

    def __init__(self, database: Database, clock: Clock, *, connected: bool) -> None:
        self._database = database
        self._clock = clock
        self.connected = connected

    async def offer(self, workspace_id: str, actor: Actor, lead_id: str, *, for_link: bool = False) -> Offer:
        """What the form needs. for_link: whom it goes to is typed into it. Raises `NotFound`."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.read(workspace_id) as uow:
            lead = await existing_lead(uow, lead_id)
            sites = await uow.sites.all()
            key = address_key(lead.email or "")
            return Offer(
                lead,
                tuple(await budgets_of(uow, sites, self._clock())),
                tuple(await uow.mail_templates.all()),
                (await uow.rests.last_sent([key])).get(key),
                await obstacle_to(uow, None if for_link else lead, sites, connected=self.connected),
            )

    async def filled(
        self,
        workspace_id: str,
        actor: Actor,
        lead_id: str,
        template_id: str,
        site_id: str,
        *,
        link: ForLink | None = None,
    ) -> Rendered:
        """A template's texts for this lead, or for whoever is typed so far. Raises `MissingValue` with the fields."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.read(workspace_id) as uow:
            template = await existing_template(uow, template_id)
            try:
                lead = await recipient(uow, lead_id, link)
            except Invalid:  # half an address
                lead = await existing_lead(uow, lead_id)
            return rendered(template, lead, await _values(uow, lead, site_id, link))

    async def check(self, workspace_id: str, actor: Actor, lead_id: str, typed: TypedMail) -> Checked:
        """What would happen, with the placeholders typed filled in. Raises as `send` does, except for limits, which it
        tells, and `MissingValue`.
        """
        require(actor, Permission.SEND_MAIL)
        async with self._database.read(workspace_id) as uow:
            lead = await recipient(uow, lead_id, typed.link)
            typed = await _filled_in(uow, lead, typed)
            return await checked_mail(uow, lead, typed, self._clock(), connected=self.connected)

    async def send(
        self, workspace_id: str, actor: Actor, lead_id: str, typed: TypedMail, key: str, *, queue: bool = False
    ) -> Outgoing:
        """Store the mail; it leaves after the time to undo. The same key again gives the first one.

        queue: take the next free slot when a limit is in the way; otherwise that raises `OverLimit`. Raises
        `Invalid` for texts and unreachable leads, `NotFound`, `Unavailable` without SendGrid.
        """
        require(actor, Permission.SEND_MAIL)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            await uow.leads.get(lead_id, locked=True)
            if known := await uow.mails.by_key(key):
                return known
            lead = await recipient(uow, lead_id, typed.link)
            checked = await checked_mail(uow, lead, typed, now, connected=self.connected)
            return await queue_mail(uow, actor, checked, key, Origin(), now, queue=queue)

    async def undo(self, workspace_id: str, actor: Actor, mail_id: str) -> Outgoing:
        """Take back what has not left; a second click is told the same. Raises `Conflict` when it is too late."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.begin(workspace_id) as uow:
            return await take_back(uow, actor, mail_id, self._clock())

    async def get(self, workspace_id: str, actor: Actor, mail_id: str) -> Outgoing:
        """Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await existing_mail(uow, mail_id)

    async def of_lead(self, workspace_id: str, actor: Actor, lead_id: str) -> Sequence[Outgoing]:
        """A lead's mails, newest first."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.mails.of_lead(lead_id)

    async def unclear(self, workspace_id: str, actor: Actor, number: int) -> UnclearPage:
        """A page of the mails a person has to decide about; beyond the last one the last that has any."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            total = await uow.mails.count_unclear()
            number = min(number, max(0, total - 1) // PAGE_UNCLEAR)
            mails = await uow.mails.unclear(PAGE_UNCLEAR, number * PAGE_UNCLEAR)
            leads = {lead.id: lead for lead in await uow.leads.get_many({mail.lead_id for mail in mails})}
            sites = await uow.sites.get_many({mail.site_id for mail in mails})
        found = [
            UnclearMail(mail, leads.get(mail.lead_id), sites[mail.site_id].name if mail.site_id in sites else "")
            for mail in mails
        ]
        return UnclearPage(tuple(found), number, total > (number + 1) * PAGE_UNCLEAR)

    async def it_was_sent(self, workspace_id: str, actor: Actor, mail_id: str) -> Outgoing:
        """A person knows that an unclear mail went out. Raises `Conflict` when that is settled."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.begin(workspace_id) as uow:
            mail = await self._unclear(uow, mail_id)
            await accept(uow, [(mail, "")], self._clock())
            return await existing_mail(uow, mail_id)

    async def send_again(self, workspace_id: str, actor: Actor, mail_id: str) -> Outgoing:
        """A person has an unclear mail sent again, after events had their time to prove it. Raises `Conflict`."""
        require(actor, Permission.SEND_MAIL)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if known := await uow.mails.by_key(f"again:{mail_id}"):
                return known
            mail = await self._unclear(uow, mail_id)
            if mail.type is DraftType.REPLY:
                raise Conflict("This is a reply. Decide about it in its conversation: `/unibox`.")
            return await sent_again(uow, mail, actor, now)

    async def _unclear(self, uow: UnitOfWork, mail_id: str) -> Outgoing:
        mail = await existing_mail(uow, mail_id)
        if mail.state is not MailState.UNCLEAR:
            raise Conflict("That is settled already.")
        return mail


async def _filled_in(uow: UnitOfWork, lead: Lead, typed: TypedMail) -> TypedMail:
    """What somebody typed, placeholders filled in as a template's are. Raises `MissingValue`, `Invalid` in words."""
    is_whole = typed.subject.strip() and typed.body.strip()
    if not is_whole or not has_placeholders(f"{typed.subject}\n{typed.body}"):
        return typed
    as_template = MailTemplate("", "", typed.subject, typed.body)
    words = rendered(as_template, lead, await _values(uow, lead, typed.site_id, typed.link))
    return replace(typed, subject=words.subject, body=words.text)


async def _values(uow: UnitOfWork, lead: Lead, site_id: str, link: ForLink | None) -> dict[str, str]:
    """What placeholders stand for: of this lead, this sender and the opportunity it is for."""
    site = (await uow.sites.get_many([site_id])).get(site_id)
    opportunity = await existing_opportunity(uow, link.opportunity_id) if link else None
    return values_of(
        lead,
        sender_name=site.from_name if site else "",
        opportunity=opportunity.placeholders if opportunity else None,
    )
