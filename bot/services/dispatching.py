"""Mails on their way out: held, decided, sent once, recorded; what was lost stays for evidence or a person."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from bot.clock import Clock
from bot.gateways.sendgrid import OutgoingMail
from bot.outreach.dispatching import Known, Plan, planned
from bot.outreach.errors import OutreachError, Unavailable
from bot.outreach.local_time import local_day
from bot.outreach.mail_html import html_mail, text_mail
from bot.outreach.mails import SEND_LEASE, Outgoing
from bot.outreach.matching import answer_address
from bot.outreach.opting_out import token_for
from bot.outreach.sites import Site
from bot.services.flights import IN_FLIGHT, Begun, Flight, Supply
from bot.services.outcomes import LOST, Outcome, leave_unclear, record, refuse
from bot.services.reachability import standing_in
from bot.services.run_news import held_back
from bot.services.under_way import together_or_alone
from storage.database import Database
from storage.unit_of_work import UnitOfWork

BATCH_MAILS = 100
LONGEST_RUN = timedelta(minutes=1)
INTERRUPTED = "Stopped before its turn."
log = structlog.get_logger()


class Overtaken(Exception):
    """This process stood still for longer than its lease: the mail is not its to send now."""


class Sender(Protocol):
    """Whoever takes mails over: SendGrid, or what stands in for it. Raises as `SendGrid.send` does."""

    async def send(self, mail: OutgoingMail, last_look: Callable[[], None] | None = None) -> str:
        """Hand one mail over; returns the id it is known by there."""


@dataclass(frozen=True, slots=True)
class Mailer:
    """What a mail is made with. base_url: ours, for the unsubscribe link. secret: signs its tokens."""

    sendgrid: Sender
    base_url: str
    secret: bytes

    def finished(self, workspace_id: str, mail: Outgoing, site: Site) -> OutgoingMail:
        """The mail as it goes over the wire, with its footer, its one-click unsubscribe and where answers go."""
        reply_to = answer_address(mail.id, site.reply_domain, self.secret) if site.reply_domain else ""
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
            html=html_mail(mail.text, unsubscribe_url=url, sender_line=site.line, body=mail.html),
            headers=headers | _threaded(mail.thread.split()),
            reply_to=reply_to,
        )


def _threaded(answered: Sequence[str]) -> dict[str, str]:
    """What puts a mail into the conversation of those before it (RFC 5322, 3.6.4)."""
    return {"In-Reply-To": answered[-1], "References": " ".join(answered)} if answered else {}


class DispatchService:
    """Sends what is due, each mail at most once. mailer: None without SendGrid, and then nothing leaves.

    verifies: a mail waits for the first verdict on its address, for a while. in_flight: the calls of this process under
    way at a time.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        mailer: Mailer | None,
        *,
        verifies: bool = False,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        self._database = database
        self._clock = clock
        self._mailer = mailer
        self._verifies = verifies
        self._in_flight = in_flight

    @property
    def connected(self) -> bool:
        """Whether anything can leave."""
        return self._mailer is not None

    async def send_due(self, workspace_id: str, *, only: str = "") -> int:
        """Send until nothing is due, or for a minute, so many calls at a time; how many left.

        While a batch is in flight the next one is decided: it waits for its turn, stored as begun. only: this mail,
        before all that is due longer.
        """
        if self._mailer is None:
            return 0
        flight = Flight(self._in_flight)
        recording = asyncio.create_task(self._record_all(workspace_id, flight))
        try:
            return await self._launch_all(workspace_id, self._mailer, flight, only)
        finally:
            await flight.finish()
            await recording

    async def settle_lost(self, workspace_id: str) -> int:
        """Mails whose process died with the call under way: nobody knows whether they left, so a person is asked."""
        async with self._database.begin(workspace_id) as uow:
            lost = await uow.mails.claim_lost(self._clock(), BATCH_MAILS, SEND_LEASE)
            await leave_unclear(uow, lost, self._clock())
        return len(lost)

    async def _launch_all(self, workspace_id: str, mailer: Mailer, flight: Flight, only: str) -> int:
        sent, ends = 0, self._clock() + LONGEST_RUN
        supply = Supply(lambda: self._begun(workspace_id, ends, only))
        try:
            while True:
                await flight.room()
                begun = await supply.next()
                if begun is None:
                    return sent
                flight.launch(self._send(workspace_id, mailer, *begun))
                sent += 1
        finally:
            for mail, site, at in await supply.rest():  # we are being stopped: these have certainly not left
                flight.settle(Outcome(mail, site, at, error=Unavailable(INTERRUPTED)))

    async def _begun(self, workspace_id: str, ends: datetime, only: str) -> Sequence[Begun]:
        """The next mails to send; none when nothing is due, or not before `ends`."""
        while (now := self._clock()) < ends and (plan := await self._planned(workspace_id, now, only)) is not None:
            if plan.go:
                return [Begun(mail, site, now) for mail, site in plan.go]
        return []

    async def _planned(self, workspace_id: str, now: datetime, only: str) -> Plan | None:
        """Hold, decide and store what is about to be done, in one transaction. None when nothing is due."""
        async with self._database.begin(workspace_id) as uow:
            due = await uow.mails.hold_due(now, BATCH_MAILS, only=only)
            if not due:
                return None
            known = await _known(uow, due, now, verifies=self._verifies)
            plan = planned(due, known, now)
            await uow.mails.begin([mail.id for mail, _ in plan.go], now, SEND_LEASE)
            await uow.sites.count(plan.spent)
            await uow.rests.begin(plan.resting, now)
            await uow.mails.put_off(plan.waits)
            await refuse(uow, plan.refused, now)
            if known.unchecked:
                await uow.verdicts.hurry(known.unchecked)
        return plan

    async def _send(self, workspace_id: str, mailer: Mailer, mail: Outgoing, site: Site, begun: datetime) -> Outcome:
        """One call, outside any transaction, unless the lease ran out while it waited for its turn."""

        def last_look() -> None:
            if self._clock() >= begun + SEND_LEASE:
                raise Overtaken

        try:
            finished = mailer.finished(workspace_id, mail, site)
            return Outcome(mail, site, begun, message_id=await mailer.sendgrid.send(finished, last_look))
        except Overtaken:  # it certainly did not leave
            return Outcome(mail, site, begun, error=Unavailable(INTERRUPTED))
        except OutreachError as error:
            return Outcome(mail, site, begun, error=error)
        except Exception as error:  # nobody knows how far it came; the other calls have their own outcomes
            log.exception("mail's call broke", mail=mail.id, error=type(error).__name__)
            return Outcome(mail, site, begun, error=Unavailable(LOST, answered=False))

    async def _record_all(self, workspace_id: str, flight: Flight) -> None:
        async for outcomes in flight.groups():
            # One that is not recorded stands as begun, and `settle_lost` finds it.
            await together_or_alone(outcomes, partial(self._record, workspace_id), lambda each: {"mail": each.mail.id})

    async def _record(self, workspace_id: str, outcomes: Sequence[Outcome]) -> int:
        async with self._database.begin(workspace_id) as uow:
            await record(uow, outcomes, self._clock())
        return len(outcomes)


async def _known(uow: UnitOfWork, due: Sequence[tuple[Outgoing, str]], now: datetime, *, verifies: bool) -> Known:
    """What the decision about these mails needs; days and rests are locked, in this order."""
    sites = await uow.sites.get_many({mail.site_id for mail, _ in due})
    leads = await uow.leads.statuses({mail.lead_id for mail, _ in due})
    ended, paused = await held_back(uow, {mail.run_id for mail, _ in due if mail.run_id}, leads)
    keys = {key for _, key in due}
    return Known(
        sites=sites,
        leads=leads,
        standing=await standing_in(uow, keys),
        used=await uow.sites.used({(site.id, local_day(now, site.timezone)) for site in sites.values()}, locked=True),
        last_sent=await uow.rests.last_sent(keys, locked=True),
        ended=ended,
        paused=paused,
        unchecked=await uow.verdicts.unchecked(keys, now) if verifies else (),
    )
