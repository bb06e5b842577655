"""Mails on their way out: claimed, decided, sent once, recorded; what was lost stays for evidence or a person."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.gateways.sendgrid import OutgoingMail, SendGrid
from bot.outreach.access import CLOCK
from bot.outreach.dispatching import Known, Plan, planned
from bot.outreach.errors import OutreachError, Unavailable
from bot.outreach.events import Event, EventKind, by
from bot.outreach.leads import LeadStatus, moved_up
from bot.outreach.local_time import local_day
from bot.outreach.mail_html import html_mail, text_mail
from bot.outreach.mails import SEND_LEASE, MailState, Outgoing
from bot.outreach.opting_out import token_for
from bot.outreach.sites import Site
from bot.services.run_news import held_back, left, stop_of
from storage.database import Database
from storage.unit_of_work import UnitOfWork

BATCH_MAILS = 100
TRY_AGAIN = timedelta(minutes=1)
LOST = "SendGrid's answer was lost: the mail may have gone out."
log = structlog.get_logger()


class Overtaken(Exception):
    """This process stood still for longer than its lease: the mail is not its to send now."""


@dataclass(frozen=True, slots=True)
class Mailer:
    """What a mail is made with. base_url: ours, for the unsubscribe link. secret: signs its token."""

    sendgrid: SendGrid
    base_url: str
    secret: bytes

    def finished(self, workspace_id: str, mail: Outgoing, site: Site) -> OutgoingMail:
        """The mail as it goes over the wire, with its footer and its one-click unsubscribe."""
        url = f"{self.base_url}/unsubscribe/{token_for('u', workspace_id, mail.id, self.secret)}"
        headers = {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        return OutgoingMail(
            mail_id=mail.id,
            from_email=site.from_email,
            from_name=site.from_name,
            to_email=mail.to_email,
            to_name="",
            subject=mail.subject,
            text=text_mail(mail.text, unsubscribe_url=url, sender_line=site.line),
            html=html_mail(mail.text, unsubscribe_url=url, sender_line=site.line),
            headers=headers | _threaded(mail.thread.split()),
        )


def _threaded(answered: Sequence[str]) -> dict[str, str]:
    """What puts a mail into the conversation of those before it (RFC 5322, 3.6.4)."""
    return {"In-Reply-To": answered[-1], "References": " ".join(answered)} if answered else {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call: the vendor's id, or the failure."""

    mail: Outgoing
    site: Site
    message_id: str = ""
    error: OutreachError | None = None


class DispatchService:
    """Sends what is due, each mail at most once. mailer: None without SendGrid, and then nothing leaves."""

    def __init__(self, database: Database, clock: Clock, mailer: Mailer | None) -> None:
        self._database = database
        self._clock = clock
        self._mailer = mailer

    async def send_due(self, workspace_id: str) -> int:
        """Send what is due, a batch in flight at a time; how many left."""
        if self._mailer is None:
            return 0
        now = self._clock()
        plan = await self._begun(workspace_id, now)
        if not plan.go:
            return 0
        outcomes = await asyncio.gather(*(self._send(workspace_id, mail, site, now) for mail, site in plan.go))
        async with self._database.begin(workspace_id) as uow:
            await self._record(uow, [outcome for outcome in outcomes if outcome is not None], now)
        return len(plan.go)

    async def settle_lost(self, workspace_id: str) -> int:
        """Mails whose process died with the call under way: nobody knows whether they left, so a person is asked."""
        async with self._database.begin(workspace_id) as uow:
            lost = await uow.mails.claim_lost(self._clock(), BATCH_MAILS, SEND_LEASE)
            for mail in lost:
                await self._unclear(uow, mail)
        return len(lost)

    async def _begun(self, workspace_id: str, now: datetime) -> Plan:
        """Claim, decide and store what is about to be done, in one transaction."""
        async with self._database.begin(workspace_id) as uow:
            due = await uow.mails.claim_due(now, BATCH_MAILS, SEND_LEASE)
            if not due:
                return Plan()
            sites = await uow.sites.get_many({mail.site_id for mail, _ in due})
            keys = {key for _, key in due}
            days = {(site.id, local_day(now, site.timezone)) for site in sites.values()}
            leads = {lead.id: lead for lead in await uow.leads.get_many({mail.lead_id for mail, _ in due})}
            ended, paused = await held_back(uow, {mail.run_id for mail, _ in due if mail.run_id}, leads)
            known = Known(
                sites=sites,
                leads=leads,
                standing=await uow.addresses.standing(keys),
                used=await uow.sites.used(days, locked=True),
                last_sent=await uow.mails.last_sent(keys, locked=True),
                ended=ended,
                paused=paused,
            )
            plan = planned(due, known, now)
            await uow.mails.begin([mail.id for mail, _ in plan.go], now, SEND_LEASE)
            await uow.sites.count(plan.spent)
            await uow.mails.rest(plan.resting, now)
            await uow.mails.put_off(plan.waits)
            for mail, why in plan.refused:
                await self._refused(uow, mail, why, now)
        return plan

    async def _send(self, workspace_id: str, mail: Outgoing, site: Site, begun: datetime) -> Outcome | None:
        """One call, outside any transaction. None when the lease ran out while it waited for its turn."""
        assert self._mailer is not None

        def last_look() -> None:
            if self._clock() >= begun + SEND_LEASE:
                raise Overtaken

        try:
            finished = self._mailer.finished(workspace_id, mail, site)
            return Outcome(mail, site, message_id=await self._mailer.sendgrid.send(finished, last_look))
        except Overtaken:
            return None
        except OutreachError as error:
            return Outcome(mail, site, error=error)

    async def _record(self, uow: UnitOfWork, outcomes: Sequence[Outcome], begun: datetime) -> None:
        now = self._clock()
        accepted = [outcome for outcome in outcomes if outcome.error is None]
        await accept(uow, [(each.mail, each.message_id) for each in accepted], now)
        for outcome in outcomes:
            if outcome.error is not None:
                await self._failed(uow, outcome, outcome.error, begun)

    async def _failed(self, uow: UnitOfWork, outcome: Outcome, error: OutreachError, begun: datetime) -> None:
        """A refusal had no effect and gives its slot back. A lost answer may have had one: it is never repeated."""
        mail, now = outcome.mail, self._clock()
        log.warning("mail not sent", mail=mail.id, said=str(error))
        if isinstance(error, Unavailable) and not error.answered:
            await self._unclear(uow, mail)
            return
        await uow.sites.count({(outcome.site.id, local_day(begun, outcome.site.timezone)): -1})
        await uow.mails.unrest(mail.id)
        if not isinstance(error, Unavailable):
            await self._refused(uow, mail, str(error), now)
            return
        await uow.mails.put_off([(mail.id, now + TRY_AGAIN, None, str(error))])
        if not error.transient:
            await uow.sites.stop_all(str(error))

    async def _unclear(self, uow: UnitOfWork, mail: Outgoing) -> None:
        if await uow.mails.move(mail.id, MailState.UNCLEAR, problem=LOST):
            facts = {"mail": mail.id}
            await uow.events.add(by(CLOCK, EventKind.EMAIL_UNCLEAR, self._clock(), mail.lead_id, facts))

    async def _refused(self, uow: UnitOfWork, mail: Outgoing, why: str, now: datetime) -> None:
        if await uow.mails.move(mail.id, MailState.REFUSED, problem=why):
            facts = {"mail": mail.id, "reason": why}
            await uow.events.add(by(CLOCK, EventKind.EMAIL_REFUSED, now, mail.lead_id, facts))
            await stop_of(uow, mail, why, CLOCK, now)


async def accept(uow: UnitOfWork, taken: Sequence[tuple[Outgoing, str]], now: datetime) -> None:
    """The vendor has these mails, given with its ids: they count as sent, and their leads as written to."""
    moved = [
        mail
        for mail, message_id in taken
        if await uow.mails.move(
            mail.id, MailState.ACCEPTED, message_id=message_id or mail.message_id, accepted_at=now, problem=""
        )
    ]
    if not moved:
        return
    leads = await uow.leads.get_many({mail.lead_id for mail in moved}, locked=True)
    risen = [(lead, moved_up(lead.status, LeadStatus.EMAIL_SENT)) for lead in leads]
    changes = [(lead.id, {"status": after, "status_by_hand": False}) for lead, after in risen if after != lead.status]
    await uow.leads.change_many(changes, at=now)
    before = {lead.id: lead.status for lead in leads}
    events: list[Event] = []
    for mail in moved:
        was = before.get(mail.lead_id)
        facts = {"before": was.value if was else None, "mail": mail.id, "subject": mail.subject[:200]}
        events.append(by(CLOCK, EventKind.EMAIL_SENT, now, mail.lead_id, facts))
    await uow.events.add_many(events)
    await left(uow, moved, now)
