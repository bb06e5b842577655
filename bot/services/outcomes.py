"""What became of the calls that hand mails over, recorded in sets: accepted, refused, put off, unclear."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.outreach.access import CLOCK
from bot.outreach.dispatching import DayKey
from bot.outreach.errors import OutreachError, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.leads import LeadStatus
from bot.outreach.local_time import local_day
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.sites import Site
from bot.services.run_news import left, stop_of
from storage.unit_of_work import UnitOfWork

TRY_AGAIN = timedelta(minutes=1)
LOST = "SendGrid's answer was lost: the mail may have gone out."
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call: the vendor's id, or the failure. begun: when the intent was stored."""

    mail: Outgoing
    site: Site
    begun: datetime
    message_id: str = ""
    error: OutreachError | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the mail may have gone out all the same."""
        return isinstance(self.error, Unavailable) and not self.error.answered

    @property
    def stops_all(self) -> bool:
        """Whether the key, the account or the API's address is at fault: no other mail would leave either."""
        return isinstance(self.error, Unavailable) and self.error.answered and not self.error.transient

    @property
    def day(self) -> DayKey:
        """The day it was counted on."""
        return self.site.id, local_day(self.begun, self.site.timezone)


async def record(uow: UnitOfWork, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Store what became of these calls, with as many statements for a hundred as for one.

    Rows are locked in the order of everybody else: sites, mails, days, rests, leads, runs.
    """
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    for outcome in failed:
        log.warning("mail not sent", mail=outcome.mail.id, said=str(outcome.error))
    if closed := next((each.error for each in failed if each.stops_all), None):
        await uow.sites.stop_all(str(closed))
    if failed:  # else all of them move together, and that holds them
        await uow.mails.hold([each.mail.id for each in outcomes])
    await _give_back(uow, [each for each in failed if not each.is_lost])
    await accept(uow, [(each.mail, each.message_id) for each in outcomes if each.error is None], now)
    await leave_unclear(uow, [each.mail for each in failed if each.is_lost], now)
    await _put_back(uow, [each for each in failed if not each.is_lost], now)


async def accept(uow: UnitOfWork, taken: Sequence[tuple[Outgoing, str]], now: datetime) -> None:
    """The vendor has these mails, given with its ids: they count as sent, and their leads as written to.

    Of answers their own timeline tells, here and below.
    """
    values = {"accepted_at": now, "problem": ""}
    changes = {mail.id: {"message_id": message_id or mail.message_id, **values} for mail, message_id in taken}
    moved = await uow.mails.move_many(MailState.ACCEPTED, changes)
    accepted = [mail for mail, _ in taken if mail.id in moved and _is_cold(mail)]
    if not accepted:
        return
    before = await uow.leads.rise({mail.lead_id for mail in accepted}, LeadStatus.EMAIL_SENT, at=now)
    events = []
    for mail in accepted:
        facts = {"before": before.get(mail.lead_id), "mail": mail.id, "subject": mail.subject[:200]}
        events.append(by(CLOCK, EventKind.EMAIL_SENT, now, mail.lead_id, facts))
    await uow.events.add_many(events)
    await left(uow, accepted, now)


async def refuse(uow: UnitOfWork, refused: Sequence[tuple[Outgoing, str]], now: datetime) -> None:
    """These mails, given with the reason, never leave."""
    moved = await uow.mails.move_many(MailState.REFUSED, {mail.id: {"problem": why} for mail, why in refused})
    told = [(mail, {"mail": mail.id, "reason": why}) for mail, why in refused if mail.id in moved and _is_cold(mail)]
    await uow.events.add_many([by(CLOCK, EventKind.EMAIL_REFUSED, now, mail.lead_id, facts) for mail, facts in told])
    for mail, facts in told:
        await stop_of(uow, mail, facts["reason"], CLOCK, now)


async def leave_unclear(uow: UnitOfWork, mails: Sequence[Outgoing], now: datetime) -> None:
    """A lost answer may have had its effect: it is never repeated, and stays for evidence or a person."""
    moved = await uow.mails.move_many(MailState.UNCLEAR, {mail.id: {"problem": LOST} for mail in mails})
    told = [(mail, {"mail": mail.id}) for mail in mails if mail.id in moved and _is_cold(mail)]
    await uow.events.add_many([by(CLOCK, EventKind.EMAIL_UNCLEAR, now, mail.lead_id, facts) for mail, facts in told])


def _is_cold(mail: Outgoing) -> bool:
    """Whether we began: an answer is told of as one."""
    return mail.type is not DraftType.REPLY


async def _give_back(uow: UnitOfWork, failed: Sequence[Outcome]) -> None:
    """A refusal had no effect: the site's slot and the prospect's rest are free again."""
    if failed:
        await uow.sites.count({day: -number for day, number in Counter(each.day for each in failed).items()})
        await uow.rests.undo([each.mail.id for each in failed])


async def _put_back(uow: UnitOfWork, failed: Sequence[Outcome], now: datetime) -> None:
    """What a later try may mend waits a little; the rest never leaves."""
    passing = [(each.mail, str(each.error)) for each in failed if isinstance(each.error, Unavailable)]
    await uow.mails.put_off([(mail.id, now + TRY_AGAIN, None, said) for mail, said in passing])
    final = [(each.mail, str(each.error)) for each in failed if not isinstance(each.error, Unavailable)]
    await refuse(uow, final, now)
