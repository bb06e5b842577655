"""Mails people write to one lead: offered, previewed, queued with time to undo, decided about when unclear."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.addresses import address_key
from bot.outreach.drafts import DraftType
from bot.outreach.errors import Conflict, Invalid, NotFound, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.limits import Budget, Limit, OverLimit, Wait, next_free, wait_of
from bot.outreach.mail_placeholders import values_of
from bot.outreach.mail_templates import MailTemplate, Rendered, rendered
from bot.outreach.mails import (
    EVIDENCE_FOR,
    LONGEST_BODY,
    LONGEST_SUBJECT,
    UNDO_FOR,
    MailState,
    Outgoing,
)
from bot.outreach.reachability import unreachable_reason
from bot.outreach.sites import Site
from bot.outreach.wording import one_line
from bot.services.outcomes import accept
from bot.services.recipients import ForLink, existing_lead, existing_opportunity, recipient, settle_link
from bot.services.run_news import stop_of
from bot.services.sites import budgets_of
from bot.services.templates import existing_template
from storage.database import Database
from storage.unit_of_work import UnitOfWork

NOT_CONNECTED = "SendGrid is not connected: set SENDGRID_API_KEY, then check with `/outreach doctor`."
NO_SITE = "No site is set up to send from. An admin adds one with `/outreach sites`."
TOO_LATE = "It is on its way already."
TAKEN_BACK = "Its email was taken back"


@dataclass(frozen=True, slots=True)
class TypedMail:
    """What somebody typed: plain text, sent as it stands. template_id: the template it began as, if any.

    link: the opportunity it is for, and whom it goes to instead of the lead.
    """

    site_id: str
    subject: str
    body: str
    template_id: str = ""
    link: ForLink | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What one may write a lead with. obstacle: why nothing may be sent; empty when it may."""

    lead: Lead
    budgets: tuple[Budget, ...]
    templates: tuple[MailTemplate, ...]
    last_sent: datetime | None
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A mail just before it is queued. leaves_at: when it would leave if sent now. wait: the limit in its way."""

    lead: Lead
    budget: Budget
    typed: TypedMail
    leaves_at: datetime
    wait: Wait | None


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
                (await uow.mails.last_sent([key])).get(key),
                await self._obstacle(uow, None if for_link else lead, sites),
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
            site = (await uow.sites.get_many([site_id])).get(site_id)
            opportunity = await existing_opportunity(uow, link.opportunity_id) if link else None
            try:
                lead = await recipient(uow, lead_id, link)
            except Invalid:  # half an address
                lead = await existing_lead(uow, lead_id)
        sender = site.from_name if site else ""
        values = values_of(lead, sender_name=sender, opportunity=opportunity.placeholders if opportunity else None)
        return rendered(template, lead, values)

    async def check(self, workspace_id: str, actor: Actor, lead_id: str, typed: TypedMail) -> Checked:
        """What would happen. Raises as `send` does, except for limits, which it tells."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.read(workspace_id) as uow:
            return await self._checked(uow, lead_id, typed)

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
            checked = await self._checked(uow, lead_id, typed)
            if checked.wait is not None and checked.wait.limit is not Limit.QUIET and not queue:
                raise over_limit(checked)
            if typed.link is not None:
                await settle_link(uow, typed.link, checked.lead, actor, now)
            mail = Outgoing(
                id=str(uuid4()),
                lead_id=checked.lead.id,
                to_email=checked.lead.email or "",
                site_id=typed.site_id,
                type=DraftType.MANUAL,
                subject=checked.typed.subject,
                text=checked.typed.body,
                author=actor.id,
                created_at=now,
                due_at=max(checked.leaves_at, now + UNDO_FOR),
                template_id=typed.template_id,
                waits_for=checked.wait.limit if checked.wait else None,
                opportunity_id=typed.link.opportunity_id if typed.link else None,
            )
            await uow.mails.add(mail, key, address_key(mail.to_email))
            await uow.events.add(by(actor, EventKind.EMAIL_QUEUED, now, mail.lead_id, {"subject": mail.subject}))
        return mail

    async def undo(self, workspace_id: str, actor: Actor, mail_id: str) -> Outgoing:
        """Take back what has not left; a second click is told the same. Raises `Conflict` when it is too late."""
        require(actor, Permission.SEND_MAIL)
        async with self._database.begin(workspace_id) as uow:
            mail = await existing_mail(uow, mail_id)
            if await uow.mails.move(mail_id, MailState.CANCELLED):
                facts = {"subject": mail.subject}
                await uow.events.add(by(actor, EventKind.EMAIL_CANCELLED, self._clock(), mail.lead_id, facts))
                await stop_of(uow, mail, TAKEN_BACK, actor, self._clock())
            mail = await existing_mail(uow, mail_id)
            if mail.state is not MailState.CANCELLED:
                raise Conflict(TOO_LATE)
        return mail

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
            if mail.attempted_at is not None and now < mail.attempted_at + EVIDENCE_FOR:
                raise Conflict("SendGrid may still tell that it went out. Wait half an hour after the attempt.")
            await uow.mails.move(mail_id, MailState.AGAIN)
            await uow.mails.unrest([mail_id])
            again = replace(
                mail,
                id=str(uuid4()),
                state=MailState.HELD,
                author=actor.id,
                created_at=now,
                due_at=now,
                attempted_at=None,
                problem="",
            )
            await uow.mails.add(again, f"again:{mail_id}", address_key(mail.to_email))
        return again

    async def _unclear(self, uow: UnitOfWork, mail_id: str) -> Outgoing:
        mail = await existing_mail(uow, mail_id)
        if mail.state is not MailState.UNCLEAR:
            raise Conflict("That is settled already.")
        return mail

    async def _checked(self, uow: UnitOfWork, lead_id: str, typed: TypedMail) -> Checked:
        now = self._clock()
        typed = replace(typed, subject=one_line(typed.subject, LONGEST_SUBJECT), body=typed.body.strip())
        if not typed.subject:
            raise Invalid("Write a subject.", field="subject")
        if not typed.body or len(typed.body) > LONGEST_BODY:
            raise Invalid(f"Write a text of up to {LONGEST_BODY:,} characters.", field="body")
        lead = await recipient(uow, lead_id, typed.link)
        site = (await uow.sites.get_many([typed.site_id])).get(typed.site_id)
        if obstacle := await self._obstacle(uow, lead, [site] if site else []):
            raise Unavailable(obstacle, transient=False) if not self.connected else Invalid(obstacle, field="site")
        assert site is not None
        (budget,) = await budgets_of(uow, [site], now)
        key = address_key(lead.email or "")
        last_sent = (await uow.mails.last_sent([key])).get(key)
        wait = wait_of(site, now, used=budget.used + budget.held, last_sent=last_sent)
        free = next_free(site, now, used=budget.used, held=budget.held, last_sent=last_sent)
        return Checked(lead, budget, typed, free, wait)

    async def _obstacle(self, uow: UnitOfWork, lead: Lead | None, sites: Sequence[Site]) -> str:
        """Why nothing may be sent to this lead (None: whom to is not known yet), or nothing at all."""
        if not self.connected:
            return NOT_CONNECTED
        if lead is not None:
            key = address_key(lead.email or "")
            standing = (await uow.addresses.standing([key])).get(key)
            if reason := unreachable_reason(lead, standing):
                return f"Not reachable: {reason}"
        return "" if sites else NO_SITE


def over_limit(checked: Checked) -> OverLimit:
    """The refusal a limit makes of a send, with its numbers."""
    budget, wait = checked.budget, checked.wait
    assert wait is not None
    if wait.limit is Limit.CAP:
        cap, used = budget.site.daily_cap, budget.used + budget.held
        words = f"{budget.site.name} has used its day: {used:,} of {cap:,} emails."
        return OverLimit(words, limit=cap, used=used, resets_at=wait.until, scope="site")
    words = f"{checked.lead.title} was written to less than 24 hours ago."
    return OverLimit(words, limit=1, used=1, resets_at=wait.until, scope="prospect")


async def existing_mail(uow: UnitOfWork, mail_id: str) -> Outgoing:
    """Raises `NotFound`."""
    mail = await uow.mails.get(mail_id)
    if mail is None:
        raise NotFound("This email is not here any more.")
    return mail
