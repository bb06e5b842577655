"""An approved draft on its way out as a mail of ours: queued with time to undo, then followed to its end."""

from collections.abc import Sequence
from datetime import datetime

from bot.outreach.access import Actor
from bot.outreach.direct import mail_text
from bot.outreach.drafts import Draft
from bot.outreach.errors import Invalid
from bot.outreach.leads import Lead
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.sites import Site
from bot.services.handing_over import key_of
from bot.services.queueing import NO_SITE, TAKEN_BACK, Origin, TypedMail, checked_mail, obstacle_to, queue_mail
from storage.unit_of_work import UnitOfWork

NO_SITE_YET = f"{NO_SITE} Or choose a campaign on the lead card. Then `Hand over`."
WHICH_SITE = "There are several sites: choose on the draft's card or in its preview which one it leaves from."


async def begin_mail(
    uow: UnitOfWork, actor: Actor, draft: Draft, lead: Lead, site_id: str, now: datetime, *, queue: bool
) -> str:
    """Queue the draft's first letter, through the limits of every mail of ours. Answers why it cannot be, or nothing.

    site_id: empty where there is only one. Raises `Invalid` (field `site_id`) when one has to be chosen, `OverLimit`
    unless `queue`.
    """
    sites = await uow.sites.all()
    if obstacle := await obstacle_to(uow, lead, sites, connected=True):
        return NO_SITE_YET if obstacle == NO_SITE else obstacle
    letter = draft.letters[0]
    typed = TypedMail(_chosen(sites, site_id).id, letter.subject, mail_text(letter))
    checked = await checked_mail(uow, lead, typed, now, connected=True)
    mail = await queue_mail(uow, actor, checked, key_of(draft), Origin(draft.type, draft.id), now, queue=queue)
    await uow.drafts.mail(draft, mail.id, mail.due_at)  # its row is held: nobody else can have begun
    return ""


def _chosen(sites: Sequence[Site], site_id: str) -> Site:
    if len(sites) == 1 and not site_id:
        return sites[0]
    if site := next((site for site in sites if site.id == site_id), None):
        return site
    raise Invalid(WHICH_SITE, field="site_id")


async def follow(uow: UnitOfWork, draft: Draft, mail: Outgoing) -> None:
    """Let the draft say what its mail came to."""
    if mail.state is MailState.ACCEPTED:
        await uow.drafts.mail_left(draft)
    elif mail.state in {MailState.CANCELLED, MailState.REFUSED}:
        await uow.drafts.not_taken(draft, mail.problem or f"{TAKEN_BACK}.")
    elif mail.state is MailState.UNCLEAR:
        await uow.drafts.mail_moved(draft, mail.id, None)
    elif mail.state is MailState.HELD:
        await uow.drafts.mail_moved(draft, mail.id, mail.due_at)
    elif again := await uow.mails.by_key(f"again:{mail.id}"):
        await uow.drafts.mail_moved(draft, again.id, again.due_at)
