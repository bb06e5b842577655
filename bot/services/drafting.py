"""Making a draft inside somebody's transaction, and the cards that show drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from bot.outreach.access import Actor
from bot.outreach.addresses import address_key
from bot.outreach.direct import Direct, Ways
from bot.outreach.drafting import template_of
from bot.outreach.drafts import Draft, DraftCard, DraftState, writeback_status
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.limits import slot_of
from bot.outreach.mail_types import DraftType
from bot.outreach.routes import Topic
from bot.outreach.templates import Letter
from bot.outreach.writebacks import Tone
from bot.services.policies import policy_in
from bot.services.sites import budgets_of, last_written
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Source:
    """What a draft is made of."""

    type: DraftType
    tone: Tone
    campaign_id: str | None = None
    audit_id: str | None = None
    writeback_id: str | None = None


async def make_draft(
    uow: UnitOfWork, lead_id: str, letters: Sequence[Letter], source: Source, author: Actor, now: datetime
) -> Draft:
    """A waiting draft; it replaces the lead's older waiting one."""
    draft = Draft(
        id=str(uuid4()),
        lead_id=lead_id,
        type=source.type,
        tone=source.tone,
        letters=tuple(letters),
        state=DraftState.WAITING,
        revision=1,
        created_at=now,
        author=author.id,
        template=template_of(source.tone, letters),
        campaign_id=source.campaign_id,
        audit_id=source.audit_id,
        writeback_id=source.writeback_id,
    )
    await uow.drafts.add(draft)
    await uow.events.add(by(author, EventKind.DRAFT_MADE, now, lead_id, {"type": draft.type.value, "draft": draft.id}))
    await uow.notices.add(Topic.DRAFTS, [(draft.id, lead_id)], now)
    return draft


async def cards_of(uow: UnitOfWork, drafts: Sequence[Draft], ways: Ways, now: datetime) -> list[DraftCard]:
    """The cards of these drafts, in a constant number of statements; those of removed leads are left out."""
    if not drafts:
        return []
    leads = {lead.id: lead for lead in await uow.leads.get_many({draft.lead_id for draft in drafts})}
    campaigns = {campaign.id: campaign.name for campaign in await uow.campaigns.all()}
    known = await uow.writebacks.statuses([draft.writeback_id for draft in drafts if draft.writeback_id])
    people = {person for draft in drafts for person in _people(draft) if person}
    names = await uow.members.named(people) if people else {}
    policy = await policy_in(uow)
    mail_ids = [draft.mail_id for draft in drafts if draft.mail_id]
    mails = {mail.id: mail for mail in await uow.mails.known(mail_ids, [])} if mail_ids else {}
    sites = await uow.sites.get_many({mail.site_id for mail in mails.values()}) if mails else {}
    waiting = [leads[draft.lead_id] for draft in drafts if draft.lead_id in leads and _awaits_direct(draft, leads)]
    direct = await _direct(uow, waiting, now) if ways.direct and waiting else {}
    return [
        DraftCard(
            draft=draft,
            lead=leads[draft.lead_id],
            campaign=campaigns.get(draft.campaign_id or leads[draft.lead_id].campaign_id or "", ""),
            writeback_status=writeback_status(draft, known.get(draft.writeback_id or "")),
            names=names,
            needs_two=policy.second_approver,
            connected=ways.campaigns,
            direct=direct.get(draft.lead_id) if _awaits_direct(draft, leads) else None,
            mail=(mail := mails.get(draft.mail_id or "")),
            site=sites[mail.site_id].name if mail and mail.site_id in sites else "",
        )
        for draft in drafts
        if draft.lead_id in leads
    ]


def _awaits_direct(draft: Draft, leads: Mapping[str, Lead]) -> bool:
    """Whether nobody has sent it yet, and no campaign takes it."""
    return (draft.is_waiting or draft.may_hand_over) and leads[draft.lead_id].campaign_id is None


async def _direct(uow: UnitOfWork, leads: Sequence[Lead], now: datetime) -> dict[str, Direct]:
    """How mail to each of these leads would leave now, by lead."""
    budgets = await budgets_of(uow, await uow.sites.all(), now)
    keys = {lead.id: address_key(lead.email or "") for lead in leads}
    last_sent = await last_written(uow, set(keys.values()))
    return {
        lead_id: Direct(tuple(slot_of(budget, now, last_sent.get(key)) for budget in budgets), now)
        for lead_id, key in keys.items()
    }


def _people(draft: Draft) -> tuple[str, ...]:
    return (draft.author, draft.edited_by, draft.decided_by, *draft.approved_by)
