"""A mail on its way into the queue: checked against every limit, stored with time to undo, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.outreach.access import Actor
from bot.outreach.addresses import address_key
from bot.outreach.errors import Conflict, Invalid, NotFound, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.limits import Budget, Limit, OverLimit, Slot, Wait, slot_of
from bot.outreach.mail_templates import has_placeholders
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import EVIDENCE_FOR, LONGEST_BODY, LONGEST_SUBJECT, UNDO_FOR, MailState, Outgoing
from bot.outreach.reachability import unreachable_reason
from bot.outreach.sites import Site
from bot.outreach.wording import one_line
from bot.services.reachability import standing_in
from bot.services.recipients import ForLink, settle_link
from bot.services.run_news import stop_of
from bot.services.sites import budgets_of, last_written
from storage.unit_of_work import UnitOfWork

NOT_CONNECTED = "SendGrid is not connected: set SENDGRID_API_KEY, then check with `/outreach doctor`."
NO_SITE = "No site is set up to send from. An admin adds one with `/outreach sites`."
UNFILLED = "There is a placeholder in it, which would be sent as it stands. Write the words themselves."
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
class Origin:
    """What a mail comes of: a person's own words, or a draft."""

    type: DraftType = DraftType.MANUAL
    draft_id: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A mail just before it is queued. slot: when it would leave if sent now, and the limit in its way."""

    lead: Lead
    typed: TypedMail
    slot: Slot


async def checked_mail(uow: UnitOfWork, lead: Lead, typed: TypedMail, now: datetime, *, connected: bool) -> Checked:
    """What would happen. Raises `Invalid` for texts and unreachable leads, `Unavailable` without SendGrid."""
    typed = replace(typed, subject=one_line(typed.subject, LONGEST_SUBJECT), body=typed.body.strip())
    if not typed.subject:
        raise Invalid("Write a subject.", field="subject")
    if not typed.body or len(typed.body) > LONGEST_BODY:
        raise Invalid(f"Write a text of up to {LONGEST_BODY:,} characters.", field="body")
    for field, words in (("subject", typed.subject), ("body", typed.body)):
        if has_placeholders(words):
            raise Invalid(UNFILLED, field=field)
    site = (await uow.sites.get_many([typed.site_id])).get(typed.site_id)
    if obstacle := await obstacle_to(uow, lead, [site] if site else [], connected=connected):
        raise Invalid(obstacle, field="site") if connected else Unavailable(obstacle, transient=False)
    assert site is not None
    (budget,) = await budgets_of(uow, [site], now)
    key = address_key(lead.email or "")
    last_sent = (await last_written(uow, [key])).get(key)
    return Checked(lead, typed, slot_of(budget, now, last_sent))


async def obstacle_to(uow: UnitOfWork, lead: Lead | None, sites: Sequence[Site], *, connected: bool) -> str:
    """Why nothing may be sent to this lead (None: whom to is not known yet), or nothing at all; empty when it may."""
    if not connected:
        return NOT_CONNECTED
    if lead is not None:
        key = address_key(lead.email or "")
        standing = (await standing_in(uow, [key])).get(key)
        if reason := unreachable_reason(lead, standing):
            return f"Not reachable: {reason}"
    return "" if sites else NO_SITE


async def queue_mail(
    uow: UnitOfWork, actor: Actor, checked: Checked, key: str, origin: Origin, now: datetime, *, queue: bool
) -> Outgoing:
    """Store the mail; it leaves after the time to undo. key: what it is known by, used by no mail so far.

    queue: take the next free slot when a limit is in the way; otherwise that raises `OverLimit`.
    """
    typed, slot = checked.typed, checked.slot
    if slot.over is not None and not queue:
        raise over_limit(checked.lead, slot.budget, slot.over)
    if typed.link is not None:
        await settle_link(uow, typed.link, checked.lead, actor, now)
    mail = Outgoing(
        id=str(uuid4()),
        lead_id=checked.lead.id,
        to_email=checked.lead.email or "",
        site_id=typed.site_id,
        type=origin.type,
        subject=typed.subject,
        text=typed.body,
        author=actor.id,
        created_at=now,
        due_at=max(slot.leaves_at, now + UNDO_FOR),
        template_id=typed.template_id,
        draft_id=origin.draft_id,
        waits_for=slot.wait.limit if slot.wait else None,
        opportunity_id=typed.link.opportunity_id if typed.link else None,
    )
    await uow.mails.add(mail, key, address_key(mail.to_email))
    await uow.events.add(by(actor, EventKind.EMAIL_QUEUED, now, mail.lead_id, {"subject": mail.subject}))
    return mail


async def take_back(uow: UnitOfWork, actor: Actor, mail_id: str, now: datetime) -> Outgoing:
    """The mail, taken back unless it was before. Raises `Conflict` when it is too late."""
    mail = await existing_mail(uow, mail_id)
    if await uow.mails.move(mail_id, MailState.CANCELLED):
        facts = {"subject": mail.subject}
        await uow.events.add(by(actor, EventKind.EMAIL_CANCELLED, now, mail.lead_id, facts))
        await stop_of(uow, mail, TAKEN_BACK, actor, now)
    mail = await existing_mail(uow, mail_id)
    if mail.state is not MailState.CANCELLED:
        raise Conflict(TOO_LATE)
    return mail


def over_limit(lead: Lead, budget: Budget, wait: Wait) -> OverLimit:
    """The refusal a limit makes of a send, with its numbers."""
    if wait.limit is Limit.CAP:
        cap, used = budget.site.daily_cap, budget.used + budget.held
        words = f"{budget.site.name} has used its day: {used:,} of {cap:,} emails."
        return OverLimit(words, limit=cap, used=used, resets_at=wait.until, scope="site")
    words = f"{lead.title} was written to less than 24 hours ago."
    if wait.is_ahead:
        words = f"An email to {lead.title} waits to leave already."
    return OverLimit(words, limit=1, used=1, resets_at=wait.until, scope="prospect")


async def existing_mail(uow: UnitOfWork, mail_id: str) -> Outgoing:
    """Raises `NotFound`."""
    mail = await uow.mails.get(mail_id)
    if mail is None:
        raise NotFound("This email is not here any more.")
    return mail


async def sent_again(uow: UnitOfWork, mail: Outgoing, actor: Actor, now: datetime) -> Outgoing:
    """A new mail in the place of an unclear one. Raises `Conflict` while events may still prove the old one."""
    if mail.attempted_at is not None and now < mail.attempted_at + EVIDENCE_FOR:
        raise Conflict("SendGrid may still tell that it went out. Wait half an hour after the attempt.")
    await uow.mails.move(mail.id, MailState.AGAIN)
    await uow.rests.undo([mail.id])
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
    await uow.mails.add(again, f"again:{mail.id}", address_key(mail.to_email))
    return again
