"""The demo's link board: pages in every column, as if a team had written to their editors for three weeks."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.outreach.access import CLOCK
from bot.outreach.addresses import address_key, domain_of
from bot.outreach.events import Event, EventKind
from bot.outreach.leads import LeadDraft, LeadKind, LeadStatus
from bot.outreach.link_checks import LinkStanding, Presence
from bot.outreach.link_looks import CONFIRM_AFTER, LIVE_AGAIN
from bot.outreach.mail_facts import FactKind, MailFact, standing_of
from bot.outreach.mail_placeholders import values_of
from bot.outreach.mail_templates import MailTemplate, rendered
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.opportunities import BoardColumn, Opportunity
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.sequences import Run, Sequence, Step
from bot.outreach.sites import Site
from bot.sandbox.sample import SampleLead
from bot.sandbox.sample_links import ASK, ASK_AGAIN, OURS, PAGES, Linking, SamplePage
from bot.sandbox.slack.server import ANA
from storage.unit_of_work import UnitOfWork

_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0"
_NO_SUCH_USER = "550 5.1.1 The email account that you tried to reach does not exist"


async def load_links(uow: UnitOfWork, site: Site, now: datetime) -> list[SampleLead]:
    """Store the pages with their leads, emails and what was heard of those; answers the leads."""
    first, again = (
        MailTemplate(str(uuid4()), name, subject, body, 1, ANA, now)
        for name, subject, body in (
            ("A link to us", "Your page {{ url }}", ASK),
            ("A link to us, again", "Re: Your page {{ url }}", ASK_AGAIN),
        )
    )
    await uow.mail_templates.add(first)
    await uow.mail_templates.add(again)
    steps = (Step(first.id), Step(again.id, delay_hours=96, stop_on_open=False))
    sequence = Sequence(str(uuid4()), "Ask for a link", steps, author=ANA, updated_at=now)
    await uow.sequences.add(sequence)
    leads = []
    for page in PAGES:
        lead = _lead(page, now)
        leads.append(lead)
        await _store(uow, page, lead)
        opportunity = _opportunity(page, lead, now)
        await uow.opportunities.add(opportunity)
        run = _run(opportunity, sequence, site, now - timedelta(days=page.sent or 0)) if page.runs else None
        if run is not None:
            await uow.runs.add(run)
        if page.sent is not None:
            await _send(uow, page, opportunity, first, site, run, now)
        await uow.events.add_many(list(_events(page, opportunity)))
    return leads


def _lead(page: SamplePage, now: datetime) -> SampleLead:
    added, sent = now - timedelta(days=page.days), now - timedelta(days=page.sent or 0)
    status = LeadStatus.NEW
    for kind, got in (
        (FactKind.DELIVERED, LeadStatus.EMAIL_SENT),
        (FactKind.OPENED, LeadStatus.OPENED),
        (FactKind.REPLIED, LeadStatus.REPLIED),
        (FactKind.BOUNCED, LeadStatus.BOUNCED),
    ):
        status = got if kind in page.heard else status
    draft = LeadDraft(page.editor or None, domain=domain_of(f"https://{page.url}"), status=status, kind=LeadKind.LINK)
    return SampleLead(str(uuid4()), draft, status, added, sent if page.sent else added)


async def _store(uow: UnitOfWork, page: SamplePage, lead: SampleLead) -> None:
    key = address_key(lead.draft.email) if lead.draft.email else None
    await uow.leads.add(lead.id, lead.draft, key=key, at=lead.updated_at)
    if key and FactKind.BOUNCED in page.heard:
        await uow.addresses.add(AddressRecord(key, AddressFact.BOUNCED, lead.updated_at, _NO_SUCH_USER))


def _opportunity(page: SamplePage, lead: SampleLead, now: datetime) -> Opportunity:
    won_at = lead.updated_at + timedelta(days=2) if page.won_by else None
    return Opportunity(
        id=str(uuid4()),
        lead_id=lead.id,
        source_url=f"https://{page.url}",
        domain=lead.draft.domain,
        author=ANA,
        created_at=lead.created_at,
        moved_at=won_at or lead.created_at,
        anchor_text=page.anchor,
        target_url=f"{OURS}{page.target}",
        column=BoardColumn.WON if page.won_by else BoardColumn.NEW,
        by_hand=BoardColumn.WON if page.won_by else None,
        set_by=page.won_by,
        set_at=won_at,
        notes=page.notes,
        noted_by=ANA if page.notes else "",
        noted_at=lead.updated_at if page.notes else None,
        link=_standing(page, won_at, now),
    )


def _standing(page: SamplePage, won_at: datetime | None, now: datetime) -> LinkStanding:
    """As if the pages had been looked at before, and were to be again. Those with an email are due at once."""
    if won_at is None:
        return LinkStanding(next_at=now if page.sent else None)
    rel = "nofollow noopener" if page.linking is Linking.NOFOLLOW else "noopener"
    missed_at = now - CONFIRM_AFTER if page.lost else None
    seen_at = missed_at - LIVE_AGAIN if missed_at else now - LIVE_AGAIN
    seen = LinkStanding(state=Presence.LIVE, missed_at=missed_at, checked_at=missed_at or seen_at, seen_at=seen_at)
    return replace(seen, anchor=page.anchor, rel=rel, next_at=now)


def _run(opportunity: Opportunity, sequence: Sequence, site: Site, began: datetime) -> Run:
    """Its first step has left."""
    return Run(
        str(uuid4()),
        sequence.id,
        opportunity.lead_id,
        site.id,
        sequence.mode,
        ANA,
        began,
        step=1,
        next_at=began + timedelta(hours=sequence.steps[1].delay_hours),
        mail_id=str(uuid4()),
        opportunity_id=opportunity.id,
    )


async def _send(
    uow: UnitOfWork,
    page: SamplePage,
    opportunity: Opportunity,
    template: MailTemplate,
    site: Site,
    run: Run | None,
    now: datetime,
) -> None:
    """Its email, and what was heard of it."""
    lead = await uow.leads.get(opportunity.lead_id)
    assert lead is not None
    words = rendered(template, lead, values_of(lead, sender_name=site.from_name, opportunity=opportunity.placeholders))
    left = now - timedelta(days=page.sent) if page.sent else None
    mail_id = run.mail_id if run else str(uuid4())
    mail = Outgoing(
        id=mail_id,
        lead_id=lead.id,
        to_email=page.editor,
        site_id=site.id,
        type=DraftType.SEQUENCE_STEP if run else DraftType.MANUAL,
        subject=words.subject,
        text=words.text,
        author=ANA,
        created_at=left or now - timedelta(hours=1),
        due_at=left or now + timedelta(hours=20),
        state=MailState.ACCEPTED if left else MailState.HELD,
        template_id=template.id,
        attempted_at=left,
        accepted_at=left,
        message_id=f"{mail_id.replace('-', '')[:22]}" if left else "",
        smtp_id=f"<{mail_id}@mail.sunnyaudits.example>" if left else "",
        run_id=run.id if run else None,
        opportunity_id=opportunity.id,
    )
    await uow.mails.add(mail, run.step_key(0) if run else f"sample:{mail_id}", address_key(page.editor))
    if left is not None:
        await _hear(uow, mail, _facts(page, opportunity, left), left)


async def _hear(uow: UnitOfWork, mail: Outgoing, facts: Iterable[MailFact], left: datetime) -> None:
    """What becomes of one that left."""
    facts = list(facts)
    await uow.mail_facts.add_many([(mail.id, f"sample:{place}", fact) for place, fact in enumerate(facts)])
    await uow.mails.stand({mail.id: (standing_of(facts), mail.smtp_id)})
    key = address_key(mail.to_email)
    await uow.rests.last_sent([key], locked=True)
    await uow.rests.begin({key: mail.id}, left)
    sent = {"before": LeadStatus.NEW.value, "mail": mail.id, "subject": mail.subject}
    await uow.events.add(Event(EventKind.EMAIL_SENT, CLOCK.id, left, mail.lead_id, sent))


def _facts(page: SamplePage, opportunity: Opportunity, left: datetime) -> Iterator[MailFact]:
    yield MailFact(FactKind.PROCESSED, left + timedelta(seconds=2))
    after = {
        FactKind.DELIVERED: timedelta(seconds=9),
        FactKind.BOUNCED: timedelta(seconds=9),
        FactKind.OPENED: timedelta(hours=3),
        FactKind.CLICKED: timedelta(hours=3, minutes=2),
        FactKind.REPLIED: timedelta(hours=19),
    }
    for kind in page.heard:
        yield MailFact(
            kind,
            left + after[kind],
            url=opportunity.target_url if kind is FactKind.CLICKED else "",
            useragent=_BROWSER if kind in {FactKind.OPENED, FactKind.CLICKED} else "",
            why=_NO_SUCH_USER if kind is FactKind.BOUNCED else "",
        )


def _events(page: SamplePage, opportunity: Opportunity) -> Iterator[Event]:
    about = {"domain": opportunity.domain}
    yield Event(EventKind.OPPORTUNITY_ADDED, ANA, opportunity.created_at, opportunity.lead_id, about)
    if opportunity.set_at is not None:
        moved = about | {"before": BoardColumn.REACHED.value, "after": BoardColumn.WON.value}
        yield Event(EventKind.OPPORTUNITY_MOVED, page.won_by, opportunity.set_at, opportunity.lead_id, moved)
