"""Confirmation mails of web forms: one call each, at most one an hour to an address, never repeated blindly."""

from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.gateways.sendgrid import OutgoingMail
from bot.outreach.errors import OutreachError, Unavailable
from bot.outreach.forms import CONFIRM_AGAIN, CONFIRM_FOR, WebForm
from bot.outreach.opting_out import CONFIRM, token_for
from bot.outreach.sites import Site
from bot.outreach.submissions import ConfirmState, Submission
from bot.services.dispatching import Mailer
from storage.database import Database
from storage.unit_of_work import UnitOfWork

MOST_AT_ONCE = 20
TRY_AGAIN, LOOK_AGAIN = timedelta(minutes=2), timedelta(minutes=10)
log = structlog.get_logger()


class ConfirmService:
    """Sends what is due. mailer: None without SendGrid, and then nothing leaves; secret: signs the links."""

    def __init__(self, database: Database, clock: Clock, mailer: Mailer | None, secret: bytes) -> None:
        self._database = database
        self._clock = clock
        self._mailer = mailer
        self._secret = secret

    async def send_due(self, workspace_id: str) -> int:
        """Every confirmation mail that is due; how many were taken up."""
        if self._mailer is None:
            return 0
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            claimed = await uow.submissions.claim_confirmations(now, MOST_AT_ONCE)
            ready = [found for each in claimed if (found := await _ready(uow, each, now)) is not None]
        for submission, form, site in ready:
            state, try_at = await self._send(workspace_id, self._mailer, submission, form, site)
            async with self._database.begin(workspace_id) as uow:
                await uow.submissions.settle(submission.id, state, try_at)
                if state is ConfirmState.WANTED:  # it certainly did not leave
                    await uow.submissions.not_mailed(submission.address_key)
        return len(claimed)

    async def _send(
        self, workspace_id: str, mailer: Mailer, submission: Submission, form: WebForm, site: Site
    ) -> tuple[ConfirmState, datetime | None]:
        """One call, outside any transaction."""
        link = f"{mailer.base_url}/forms/confirm/{token_for(CONFIRM, workspace_id, submission.id, self._secret)}"
        try:
            await mailer.sendgrid.send(_mail(submission, form, site, link))
        except Unavailable as error:
            log.warning("confirmation not sent", submission=submission.id, said=str(error))
            return (ConfirmState.WANTED, self._clock() + TRY_AGAIN) if error.answered else (ConfirmState.SENDING, None)
        except OutreachError as error:
            log.warning("confirmation refused", submission=submission.id, said=str(error))
            return ConfirmState.FAILED, None
        return ConfirmState.SENT, None


async def _ready(uow: UnitOfWork, submission: Submission, now: datetime) -> tuple[Submission, WebForm, Site] | None:
    """What the mail is made of; None, with the reason settled, when none is to leave now."""
    form = (await uow.forms.get_many([submission.form_id])).get(submission.form_id)
    site = (await uow.sites.get_many([form.site_id])).get(form.site_id) if form else None
    barred = submission.address_key in await uow.addresses.standing([submission.address_key])
    if form is None or site is None or barred or now >= submission.at + CONFIRM_FOR:
        await uow.submissions.settle(submission.id, ConfirmState.FAILED)
    elif site.stopped:
        await uow.submissions.settle(submission.id, ConfirmState.WANTED, now + LOOK_AGAIN)
    elif not await uow.submissions.may_mail(submission.address_key, now, now - CONFIRM_AGAIN):
        await uow.submissions.settle(submission.id, ConfirmState.HELD)
    else:
        return submission, form, site
    return None


def _mail(submission: Submission, form: WebForm, site: Site, link: str) -> OutgoingMail:
    """Plain text alone, so that no link is rewritten; nothing a visitor typed stands in it."""
    text = (
        f"Hello,\n\nsomebody, most likely you, entered this address in our form “{form.name}” and agreed:\n\n"
        f"“{form.wording}”\n\nIf it was you, open this page and press Confirm:\n\n{link}\n\n"
        "If it was not, do nothing, and nothing more is sent to you because of it.\n\n"
        f"-- \n{site.line}\n"
    )
    return OutgoingMail(
        mail_id=submission.id,
        from_email=site.from_email,
        from_name=site.from_name,
        to_email=submission.email,
        to_name="",
        subject="Please confirm your email address",
        text=text,
        html="",
        headers={"Auto-Submitted": "auto-generated"},
    )
