"""A site, a template, a mail with one fact, and every act on them, for the tests of mails and of tenancy."""

from dataclasses import dataclass, replace
from datetime import date, time

from bot.outreach.limits import Limit
from bot.outreach.link_checks import LinkCheck, Presence, Sight
from bot.outreach.mail_facts import FactKind, MailFact, MailStanding
from bot.outreach.mail_templates import MailTemplate
from bot.outreach.mail_types import DraftType
from bot.outreach.mailbox_replies import MailboxStanding
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.opportunities import BoardColumn, Opportunity
from bot.outreach.sequences import Mode, Run, Sequence, Step
from bot.outreach.sites import Site
from bot.outreach.validation import AddressCheck, Reason, Verdict
from storage.ids import new_id
from storage.unit_of_work import UnitOfWork
from storage.verdicts import MailDomain
from tests.storage.given import AT, LEASE, later

TODAY = date(2026, 3, 2)


@dataclass
class Sent:
    """What one workspace holds."""

    site: Site
    template: MailTemplate
    mail: Outgoing
    sequence: Sequence
    run: Run
    mailbox: MailboxStanding
    opportunity: Opportunity
    check: LinkCheck


def a_site(name: str = "Sunny", **values: object) -> Site:
    given = {"from_email": "lena@sunny.test", "from_name": "Lena", "address": "1 Sunny Street", "timezone": "UTC"}
    return Site(new_id(), name, **(given | values))  # type: ignore[arg-type]


def a_mail(lead_id: str, site_id: str, **values: object) -> Outgoing:
    given = {
        "id": new_id(),
        "lead_id": lead_id,
        "to_email": "a@b.com",
        "site_id": site_id,
        "type": DraftType.MANUAL,
        "subject": "Hello",
        "text": "Hello Jane",
        "author": "U1",
        "created_at": AT,
        "due_at": AT,
    }
    return Outgoing(**(given | values))  # type: ignore[arg-type]


def a_run(lead_id: str, site_id: str, sequence_id: str, **values: object) -> Run:
    return Run(new_id(), sequence_id, lead_id, site_id, Mode.AUTO, "U1", AT, **values)  # type: ignore[arg-type]


def an_opportunity(lead_id: str, page: str = "https://blog.example/best-tools", **values: object) -> Opportunity:
    given = {"domain": "blog.example", "author": "U1", "created_at": AT, "moved_at": AT}
    return Opportunity(new_id(), lead_id, page, **(given | values))  # type: ignore[arg-type]


def a_link_check(opportunity_id: str, **values: object) -> LinkCheck:
    given = {"at": AT, "actor": "clock", "sight": Sight.FOUND, "state": Presence.LIVE, "anchor": "audits"}
    return LinkCheck(new_id(), opportunity_id, **(given | values))  # type: ignore[arg-type]


async def add_sent(uow: UnitOfWork, lead_id: str) -> Sent:
    """All of it; the mail waits as the first step of a run for an opportunity, and its address rests."""
    site, template = a_site(quiet_from=time(22), quiet_to=time(7)), MailTemplate(new_id(), "First", "Hi", "Hello")
    template = MailTemplate(template.id, "First", "Hi", "Hello", 1, "U1", AT)
    sequence = Sequence(new_id(), "Spring", (Step(template.id), Step(template.id, 48)), updated_at=AT)
    opportunity = an_opportunity(lead_id)
    run = a_run(lead_id, site.id, sequence.id, step=1, next_at=AT, opportunity_id=opportunity.id)
    mail = a_mail(lead_id, site.id, run_id=run.id, opportunity_id=opportunity.id)
    await uow.opportunities.add(opportunity)
    await uow.link_checks.add_many([check := a_link_check(opportunity.id)])
    await uow.sites.add(site)
    await uow.sites.used([(site.id, TODAY)], locked=True)
    await uow.mail_templates.add(template)
    await uow.sequences.add(sequence)
    await uow.runs.add(run)
    await uow.mails.add(mail, f"key:{mail.id}", "a@b.com")
    await uow.rests.last_sent(["a@b.com"], locked=True)
    await uow.rests.begin({"a@b.com": mail.id}, AT)
    await uow.verdicts.claim_domains(AT, 1, LEASE, only="b.com")
    await uow.mail_facts.add_many([(mail.id, "fact", MailFact(FactKind.DELIVERED, AT))])
    mailbox = await uow.mailbox_marks.claim(f"mailbox of {lead_id}", AT, later(5))
    assert mailbox is not None
    return Sent(site, template, mail, sequence, run, mailbox, opportunity, check)


def mail_writes(uow, sent: Sent):
    """Every changing method, aimed at somebody else's ids."""
    mail = sent.mail.id
    return [
        uow.sites.change(sent.site),
        uow.sites.stop_all("stopped"),
        uow.sites.count({(sent.site.id, TODAY): 5}),
        uow.mail_templates.change(sent.template, 1, later(9)),
        uow.mail_templates.remove(sent.template.id),
        uow.mails.hold_due(later(9), 9),
        uow.mails.claim_lost(later(9), 9, LEASE),
        uow.mails.begin([mail], later(9), LEASE),
        uow.mails.put_off([(mail, later(99), Limit.CAP, "later")]),
        uow.mails.move(mail, MailState.CANCELLED),
        uow.mails.cancel_to(["a@b.com"], "gone"),
        uow.mails.cancel_run(sent.run.id, "gone"),
        uow.mails.cancel_opportunities([sent.opportunity.id], "gone"),
        uow.opportunities.change(sent.opportunity, replace(sent.opportunity, column=BoardColumn.WON)),
        uow.opportunities.settle_looks([(sent.opportunity, replace(sent.opportunity, lost_at=later(9)))]),
        uow.link_checks.claim_due(later(9), limit=9, lease=LEASE, each=2),
        uow.link_checks.claim(sent.opportunity.id, later(9), LEASE),
        uow.link_checks.let_go([sent.opportunity.id]),
        uow.link_checks.forget(later(9), limit=9),
        uow.mails.wake_run(sent.run.id, later(9)),
        uow.sequences.change(sent.sequence, 1, later(9)),
        uow.sequences.remove(sent.sequence.id),
        uow.runs.hold_due(later(9), 9),
        uow.runs.move(sent.run, replace(sent.run, step=2)),
        uow.runs.move_held([replace(sent.run, step=2)]),
        uow.runs.made([sent.run.id], 2),
        uow.runs.stop(sent.run.id, "gone", later(9)),
        uow.mails.stand({mail: (MailStanding(opens=3), "<1@x>")}),
        uow.rests.begin({"a@b.com": mail}, later(9)),
        uow.mails.move_many(MailState.CANCELLED, {mail: {"problem": "gone"}}),
        uow.rests.undo([mail]),
        uow.mailbox_marks.claim(sent.mailbox.mailbox, later(9), later(99)),
        uow.mailbox_marks.keep(replace(sent.mailbox, mails_read=9), sent.mailbox.look_at),
        uow.verdicts.settle([AddressCheck("a@b.com", "b.com", Verdict.INVALID, Reason.SYNTAX)]),
        uow.verdicts.hurry(["a@b.com"]),
        uow.verdicts.claim_domains(later(999), 9, LEASE),
        uow.verdicts.release([(MailDomain("b.com", catch_all=Verdict.VALID), later(99))], later(9)),
    ]


MAIL_READING = """
    count_unclear outrun traced
    held hold waits_with latest_to leaving_to of_smtp_ids set_aside used last_sent of_mails standing_page of_runs
    newest_of open_of erased_page open_with standings open_at held_by due_back
    waiting waits lift next_at due_mails on_their_way open_for of_opportunity same newest_of_each found wins
    enqueue of unchecked waiting due
"""
