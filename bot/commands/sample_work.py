"""The sample leads' drafts, and what the channel was told yesterday: a week in which a team worked here."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from bot.outreach.access import CLOCK
from bot.outreach.digests import CARDS, Digest, Figures
from bot.outreach.drafting import letters_in, template_of
from bot.outreach.drafts import Draft, DraftState
from bot.outreach.leads import LeadStatus
from bot.outreach.mail_types import DraftType
from bot.outreach.pipeline import reached
from bot.outreach.writebacks import Writeback, WritebackStatus
from bot.sandbox.sample import SampleLead
from bot.sandbox.slack.server import ANA, BEN
from storage.unit_of_work import UnitOfWork

_MAILED = frozenset(LeadStatus) - {
    LeadStatus.NEW,
    LeadStatus.AUDIT_QUEUED,
    LeadStatus.AUDIT_COMPLETE,
    LeadStatus.EMAIL_GENERATED,
    LeadStatus.RETARGETED,
}
_TOO_LONG = "Too long for a first mail. Lead with the price list, drop the rest."
_DECIDED_AFTER = timedelta(hours=3)


async def load_drafts(uow: UnitOfWork, leads: Sequence[SampleLead], campaigns: dict[str, str]) -> None:
    """A writeback and a draft for each lead that has letters. campaigns: our ids by the provider's.

    Those mailed were sent; of the ready ones every ninth was rejected; those in a campaign were handed over.
    """
    written = [lead for lead in leads if lead.variables and lead.written_at is not None]
    for place, lead in enumerate(sorted(written, key=lambda lead: lead.written_at or lead.created_at)):
        campaign_id = campaigns.get(lead.campaign_provider_id or "")
        writeback = _writeback(lead, campaign_id)
        await uow.writebacks.add(writeback, next_try_at=writeback.created_at)
        await uow.drafts.add(_draft(lead, writeback, place))


def _writeback(lead: SampleLead, campaign_id: str | None) -> Writeback:
    assert lead.written_at is not None
    return Writeback(
        id=str(uuid4()),
        lead_id=lead.id,
        audit_id=None,
        campaign_id=campaign_id,
        tone=lead.tone,
        variables=lead.variables,
        status=WritebackStatus.WRITTEN if campaign_id else WritebackStatus.SKIPPED,
        created_at=lead.written_at,
    )


def _draft(lead: SampleLead, writeback: Writeback, place: int) -> Draft:
    letters = letters_in(lead.variables)
    state = _state(lead, place)
    decided = state is not DraftState.WAITING
    approver = (ANA, BEN)[place % 2]
    return Draft(
        id=str(uuid4()),
        lead_id=lead.id,
        type=DraftType.AUDIT_OUTREACH,
        tone=lead.tone,
        letters=letters,
        state=state,
        revision=1,
        created_at=writeback.created_at,
        author=CLOCK.id,
        template=template_of(lead.tone, letters),
        campaign_id=writeback.campaign_id,
        writeback_id=writeback.id,
        approved_by=(approver,) if decided and state is not DraftState.REJECTED else (),
        decided_by=approver if decided else "",
        decided_at=writeback.created_at + _DECIDED_AFTER if decided else None,
        comment=_TOO_LONG if state is DraftState.REJECTED else "",
    )


def _state(lead: SampleLead, place: int) -> DraftState:
    if lead.status in _MAILED:
        return DraftState.SENT
    if lead.campaign_provider_id:
        return DraftState.HANDED_OVER
    return DraftState.REJECTED if place % 9 == 4 else DraftState.WAITING


async def load_yesterdays_digest(uow: UnitOfWork, leads: Iterable[SampleLead], channel: str, now: datetime) -> None:
    """What the channel was told a day ago, so that the next digest has something to compare with."""
    at = now - timedelta(days=1)
    then = {lead.id: reached(lead.status if lead.updated_at <= at else None) for lead in leads if lead.created_at <= at}
    behind = {
        figure: await uow.leads.seqs_of([lead_id for lead_id, got in then.items() if got >= card])
        for figure, card in CARDS.items()
    }
    counts = {figure: len(seqs) for figure, seqs in behind.items()}
    digest_id = str(uuid4())
    digest = Digest(digest_id, channel, at.date(), 1, at, Figures(counts), post_key=f"digest:{digest_id}")
    await uow.digests.add(digest)
    await uow.digests.freeze(digest_id, behind)
