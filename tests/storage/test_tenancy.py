"""Two workspaces: whatever one is asked, the other's rows are neither seen nor touched."""

import inspect
from dataclasses import replace
from functools import cached_property

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.outreach.access import Role
from bot.outreach.companies import Company, CompanyFilter, Trait
from bot.outreach.digests import Figure
from bot.outreach.drafts import DraftState
from bot.outreach.enrolments import Badge, EnrolmentQuery
from bot.outreach.events import Event, EventKind
from bot.outreach.import_files import ImportFile
from bot.outreach.importing import Import, Reject, Rejected
from bot.outreach.leads import LeadQuery, LeadStatus
from bot.outreach.members import Member
from bot.outreach.metrics import Wins
from bot.outreach.opportunities import BoardColumn
from bot.outreach.persons import Person
from bot.outreach.posts import WantedPost
from bot.outreach.pushes import PushedLeadState
from bot.outreach.reachability import AddressFact, AddressRecord
from bot.outreach.roles import RoleGroup
from bot.outreach.routes import Topic
from bot.outreach.starts import Start
from bot.outreach.submissions import ConfirmState
from bot.outreach.tokens import Token
from bot.outreach.views import SavedView
from bot.outreach.writebacks import WritebackStatus
from storage.ids import new_id
from storage.lead_statuses import HeldLead
from storage.tables import metadata
from storage.unit_of_work import UnitOfWork
from tests.storage.given import (
    AT,
    HERE,
    LEASE,
    SECOND,
    a_blocked,
    a_consent,
    a_digest,
    a_draft,
    a_form,
    a_push,
    a_report,
    a_route,
    a_segment,
    a_submission,
    a_writeback,
    add_campaign,
    add_lead,
    add_workspace,
    an_audit,
    an_intake,
    in_batches,
    later,
)
from tests.storage.given_mails import MAIL_READING, add_sent, mail_writes
from tests.storage.given_unibox import UNIBOX_ADDING, UNIBOX_READING, add_talk, unibox_writes


class Full:
    """Ids of everything one workspace holds."""

    async def fill(self, uow, name):
        self.lead = (await add_lead(uow, "a@b.com", company_name=name, domain="b.com", city="Brno")).id
        self.campaign = (await add_campaign(uow)).id
        self.audit, self.run, self.writeback = an_audit(self.lead), f"run-{name}", a_writeback(self.lead)
        await uow.audits.add(self.audit)
        await uow.writebacks.add(self.writeback, AT)
        self.push, self.blocked = a_push(self.campaign, 1), a_blocked(self.campaign, [self.lead])
        await uow.pushes.add(self.push, in_batches([self.lead], 100))
        await uow.blocked.add(self.blocked)
        self.file = Import(new_id(), "leads.csv", "U1", "digest", {"email": 0}, AT, AT)
        await uow.enrolments.join([self.lead], self.campaign, AT, self.file.id)
        await uow.enrolments.enrol([self.lead], self.campaign, self.push.id, AT)
        self.enrolment = replace((await uow.enrolments.of_lead(self.lead))[0], reason="changed")
        await uow.events.add(Event(EventKind.LEAD_ADDED, "U1", AT, self.lead))
        await uow.addresses.add(AddressRecord("a@b.com", AddressFact.BOUNCED, AT, "vendor"))
        await uow.ledger.claim("key", "U1", AT)
        self.post = (await uow.posts.want(WantedPost("key", "C1", {"text": name}), AT)).id
        await uow.inbox.receive("plusvibe", "key", b"{}", AT)
        self.received = (await uow.inbox.claim_due("plusvibe", AT, 1, SECOND))[0].id
        await uow.members.save(Member("U1", name, Role.ADMIN))
        self.token = Token(f"token-{name}", name, f"hash-{name}", ("leads:read",), AT)
        await uow.tokens.add(self.token)
        await uow.settings.put("key", name)
        await uow.role_groups.put(RoleGroup("S1", "sales", name, Role.ADMIN))
        await uow.role_groups.set_people("S1", ["U1"])
        await uow.drafts.add(draft := a_draft(self.lead))
        await uow.drafts.edit(draft, draft.letters, "U2", AT)
        self.draft = replace(draft, revision=2)
        await uow.routes.set([a_route()])
        await uow.notices.add(Topic.REPLIES, [("item", self.lead)], AT)
        self.notice = (await uow.notices.due("C1", Topic.REPLIES, AT, 1))[0].id
        self.digest = a_digest()
        await uow.digests.add(self.digest)
        await uow.digests.freeze(self.digest.id, {Figure.TOTAL: [1, 2]})
        await uow.homes.opened("U1", AT, version="1", shown=name)
        self.talk = await add_talk(uow, self.lead)
        self.sent = await add_sent(uow, self.lead)
        await uow.imports.add(self.file)
        self.segment = a_segment()
        await uow.segments.add(self.segment)
        await uow.segments.add_members(self.segment.id, [self.lead])
        self.start = Start(new_id(), self.segment.id, self.sent.sequence.id, self.sent.site.id, "U1", "C1", AT)
        await uow.starts.add(self.start)
        self.view = SavedView(new_id(), "U1", name, created_at=AT)
        await uow.views.save(self.view)
        await uow.imports.reject(self.file.id, [Rejected(2, Reject.HERE, ["a@b.com"])])
        await uow.import_files.add(ImportFile(self.file.id, "F1", "C1", 9))
        await uow.consents.add(a_consent())
        await uow.forms.add(form := a_form())
        await uow.submissions.add(submission := a_submission(form.id, self.lead))
        await uow.submissions.may_mail("a@b.com", AT, AT)
        self.form, self.submission = form, submission
        await uow.addresses.keep_erased(["gone@b.com"], AT)
        await uow.erasures.open(Person(("gone",), (), ()), "U1", AT)
        await uow.erasures.close()
        await uow.companies.add_many([Company(name, ("a@b.com",), city="Brno")], AT)
        self.intake = await uow.intakes.add(an_intake(self.campaign), "key")
        return self


@pytest.fixture
async def two(database):
    other = await add_workspace(database)
    async with database.begin(HERE) as uow:
        mine = await Full().fill(uow, "Mine")
    async with database.begin(other) as uow:
        theirs = await Full().fill(uow, "Theirs")
    return other, mine, theirs


async def everything(database, workspace_id):
    """Every row of a workspace, table by table."""
    rows = {}
    async with database._reading.connect() as connection:
        for table in metadata.sorted_tables:
            if "workspace_id" in table.c:
                found = await connection.execute(select(table).where(table.c.workspace_id == workspace_id))
                rows[table.name] = sorted(map(repr, found))
    return rows


async def test_every_table_is_filled(database, two):
    rows = await everything(database, HERE)

    assert [name for name, found in rows.items() if not found] == []


async def test_what_one_writes_leaves_the_other_alone(database, two):
    other, _, theirs = two
    before = await everything(database, other)

    async with database.begin(HERE) as uow:
        for act in writes(uow, theirs):
            await act

    assert await everything(database, other) == before


def writes(uow, theirs):
    """Every changing method, aimed at the other workspace's ids."""
    lead, push, blocked, post = theirs.lead, theirs.push.id, theirs.blocked.id, theirs.post
    return [
        uow.leads.change(lead, {"status": LeadStatus.OPENED}, at=later(9)),
        uow.leads.change_many([(lead, {"status": LeadStatus.OPENED})], at=later(9)),
        uow.leads.rise([lead], LeadStatus.OPENED, at=later(9)),
        uow.leads.stand([(HeldLead(seq, lead, None, 0, 0), None, 7) for seq in range(1, 9)], at=later(9)),
        uow.leads.link([lead], None, later(9)),
        uow.leads.remove(lead, later(9)),
        uow.leads.repair(),
        uow.drafts.repair(),
        uow.opportunities.repair(),
        uow.homes.opened("U1", later(9), version="2", shown="changed"),
        uow.homes.claim(["U1"], "3", later(9), later(99)),
        uow.homes.drawn("U1", later(9), version="3", shown="changed"),
        uow.audits.claim_requested(later(9), limit=9, lease=LEASE),
        uow.audits.claim_visits(later(9), limit=9, lease=LEASE),
        uow.audits.hold({theirs.audit.id: (1, 2)}, until=later(9)),
        uow.audits.let_go([theirs.audit.id]),
        uow.audits.mark_running(theirs.audit.id, theirs.run, later(9)),
        uow.audits.retry(theirs.audit.id, later(9), "error"),
        uow.audits.fail(theirs.audit.id, "error", later(9)),
        uow.audits.complete(theirs.audit.id, a_report(theirs.run), later(9)),
        uow.writebacks.claim_remote(later(9), 9, LEASE),
        uow.writebacks.retry(theirs.writeback.id, 4, later(9), "error"),
        uow.routes.set([]),
        uow.routes.drop("C1", list(Topic)),
        uow.routes.pause("C1", "is_archived"),
        uow.routes.resume("C1"),
        uow.notices.tell({theirs.notice: "key"}, later(9)),
        uow.notices.forget("C1", list(Topic)),
        uow.notices.readdress("C1", list(Topic), "C2"),
        uow.digests.freeze(new_id(), {}),
        uow.drafts.edit(theirs.draft, [], "U1", later(9)),
        uow.drafts.approve_first(theirs.draft, "U1"),
        uow.drafts.decide(theirs.draft, DraftState.APPROVED, "U1", later(9)),
        uow.drafts.hand_over(theirs.draft, "push", "campaign"),
        uow.drafts.mail(theirs.draft, "mail", later(9)),
        uow.drafts.mail_moved(theirs.draft, "mail", later(9)),
        uow.drafts.mail_left(theirs.draft),
        uow.drafts.put_off(theirs.draft.id, "problem"),
        uow.drafts.handed_over(theirs.draft),
        uow.drafts.not_taken(theirs.draft, "problem"),
        uow.drafts.sent([lead]),
        uow.drafts.claim_under_way(later(9), later(9), 9, LEASE),
        uow.drafts.changed([theirs.draft.id]),
        uow.drafts.shown([theirs.draft.id]),
        uow.writebacks.carried(lead),
        uow.writebacks.supersede(lead, theirs.writeback.id),
        uow.writebacks.close(theirs.writeback.id, WritebackStatus.WRITTEN, "", later(9)),
        uow.enrolments.remove(lead, theirs.campaign, "by hand", later(9)),
        uow.enrolments.change_many([theirs.enrolment]),
        uow.closings.add_by_hand([], theirs.campaign, "act", later(9)),
        uow.pushes.claim(push, later(9), LEASE, "token"),
        uow.pushes.attempt(push, [lead], later(9)),
        uow.pushes.settle(push, [(lead, PushedLeadState.PUSHED, "")]),
        uow.pushes.release(push, "token"),
        uow.pushes.finish(push, later(9)),
        uow.pushes.enrolled(push, later(9)),
        uow.pushes.reported(push, later(9)),
        uow.pushes.note_problem(push, "problem"),
        uow.blocked.checked(blocked, later(9)),
        uow.blocked.arm(blocked, "U1", later(99), later(9)),
        uow.blocked.fire(blocked, later(9)),
        uow.blocked.cancel(blocked),
        uow.blocked.expire(blocked),
        uow.blocked.pushed(blocked, [lead], later(9)),
        uow.blocked.leave_out(blocked, [lead]),
        uow.blocked.close(blocked),
        uow.ledger.settle("key", {"mine": True}),
        uow.posts.want(WantedPost("key", "C1", {"text": "changed"}), later(9)),
        uow.posts.claim_due(later(9), 9, LEASE, "token"),
        uow.posts.shown(post, 1, "1.1", later(9), later(9)),
        uow.posts.retry(post, later(9), "error"),
        uow.posts.postpone(post, later(9), "error"),
        uow.posts.move(post, "C9", later(9)),
        uow.posts.lose(post, "error"),
        uow.inbox.hold_due("plusvibe", later(9), 9, 9),
        uow.inbox.claim_due("plusvibe", later(9), 9, LEASE),
        uow.inbox.retry(theirs.received, later(9), "error"),
        uow.inbox.quarantine(theirs.received, "error"),
        uow.inbox.applied([theirs.received], later(9)),
        uow.inbox.again("plusvibe", "", later(9)),
        uow.inbox.put_away(theirs.received, later(9)),
        uow.members.save(Member("U1", "changed", Role.VIEWER)),
        uow.tokens.revoke(theirs.token.id, later(9)),
        uow.members.set_roles({"U1": Role.VIEWER}),
        uow.settings.put("key", "changed"),
        uow.settings.hold("key"),
        uow.role_groups.put(RoleGroup("S1", "changed", "changed", Role.VIEWER)),
        uow.role_groups.read("S1", later(9), "problem"),
        uow.role_groups.set_people("S1", ["U2"]),
        uow.role_groups.drop("S1"),
        uow.addresses.add(AddressRecord("a@b.com", AddressFact.CLEARED, later(9), "U1")),
        uow.campaigns.save_many([]),
        add_campaign(uow, "changed"),
        *unibox_writes(uow, theirs.talk),
        *mail_writes(uow, theirs.sent),
        uow.forms.change(replace(theirs.form, name="changed")),
        uow.forms.retire(theirs.form.id, later(9)),
        uow.submissions.claim_confirmations(later(9), 9),
        uow.submissions.settle(theirs.submission.id, ConfirmState.SENT),
        uow.submissions.confirm(theirs.submission.id, later(9)),
        uow.submissions.may_mail("a@b.com", later(9), later(9)),
        uow.submissions.not_mailed("a@b.com"),
        uow.intakes.claim_due(AT, 9, LEASE),
        uow.intakes.advance(theirs.intake, replace(theirs.intake, cursor=9), later(9)),
        uow.intakes.cancel(theirs.intake.id, later(9)),
        uow.intakes.release(theirs.intake.id),
        uow.intakes.reported(theirs.intake.id, later(9)),
        uow.segments.change(theirs.segment, later(9)),
        uow.segments.remove(theirs.segment.id),
        uow.segments.add_members(theirs.segment.id, [theirs.lead]),
        uow.segments.remove_members(theirs.segment.id, [theirs.lead]),
        uow.starts.move(theirs.start, replace(theirs.start, after_seq=9)),
        uow.views.save(replace(theirs.view, text="changed")),
        uow.views.remove("U1", theirs.view.id),
        uow.imports.advance(theirs.file, replace(theirs.file, taken=9)),
        uow.imports.cancel(theirs.file.id, later(9)),
        uow.import_files.claim(later(9), LEASE),
        uow.import_files.release(theirs.file.id, later(9)),
        uow.import_files.stop(theirs.file.id, "changed"),
        uow.import_files.settle(theirs.file.id, later(9)),
        uow.import_files.undo(theirs.file.id, "U2"),
        uow.import_files.keep(theirs.file.id),
        uow.leads.remove_many([lead], later(9)),
        uow.enrolments.withdraw(theirs.file.id, [lead]),
        uow.enrolments.withdraw_joined(theirs.file.id, 9),
        uow.addresses.keep_erased(["a@b.com"], later(9)),
        uow.erasures.open(person := Person((lead,), ("a@b.com",), ("a@b.com",)), "U1", later(9)),
        uow.erasures.take_mails(person),
        uow.erasures.take_rest(person),
        uow.erasures.strike(person, [theirs.draft.id], ["key"], later(9)),
        uow.erasures.close(),
    ]


async def test_one_does_not_see_the_other(database, two):
    _, mine, theirs = two
    async with database.read(HERE) as uow:
        lead = theirs.lead
        nothing = [
            uow.leads.get(lead),
            uow.leads.get_many([lead]),
            uow.leads.statuses([lead]),
            uow.leads.find(lead),
            uow.audits.get(theirs.audit.id),
            uow.audits.by_run(theirs.run),
            uow.audits.open_for(lead),
            uow.audits.open_among([lead]),
            uow.audits.latest_complete([lead]),
            uow.audits.finished_of(lead, limit=2),
            uow.writebacks.latest(lead),
            uow.writebacks.statuses([theirs.writeback.id]),
            uow.drafts.get(theirs.draft.id),
            uow.drafts.get_many([theirs.draft.id]),
            uow.drafts.of_lead(lead),
            uow.drafts.revision(theirs.draft, 1),
            uow.campaigns.get(theirs.campaign),
            uow.intakes.get(theirs.intake.id),
            uow.enrolments.of_lead(lead),
            uow.enrolments.of_leads([lead]),
            uow.enrolment_pages.lead_ids(EnrolmentQuery(theirs.campaign), 9),
            uow.enrolment_pages.counts(theirs.campaign),
            uow.pushes.get(theirs.push.id),
            uow.pushes.leads(theirs.push.id),
            uow.pushes.result(theirs.push.id),
            uow.pushes.waiting_batch(theirs.push.id),
            uow.pushes.unclear(theirs.push.id),
            uow.blocked.get(theirs.blocked.id),
            uow.events.of_lead(lead),
            uow.imports.get(theirs.file.id),
            uow.import_files.get(theirs.file.id),
            uow.import_files.verdicts(theirs.file),
            uow.forms.get_many([theirs.form.id]),
            uow.submissions.get(theirs.submission.id),
            uow.submissions.get_many([theirs.submission.id]),
            uow.submissions.of_lead(lead, 9),
            uow.erasures.ids(Person((lead,), (), ())),
            uow.erasures.told_in(Person((lead,), (), ())),
            anext(uow.erasures.held(Person((lead,), (), ())), None),
            uow.leads.removed_with("a@b.com"),
            uow.addresses.erased(["other@b.com"]),
            anext(uow.imports.rejects(theirs.file.id), None),
            uow.sites.get_many([theirs.sent.site.id]),
            uow.mail_templates.get(theirs.sent.template.id),
            uow.mails.get(theirs.sent.mail.id),
            uow.mails.known([theirs.sent.mail.id], []),
            uow.mail_facts.of_mails([theirs.sent.mail.id]),
            uow.mail_facts.by_key([theirs.sent.mail.id]),
            uow.mails.of_runs([theirs.sent.run.id]),
            uow.sequences.get(theirs.sent.sequence.id),
            uow.mailbox_marks.get(theirs.sent.mailbox.mailbox),
            uow.runs.get(theirs.sent.run.id),
            uow.runs.newest_of(lead),
            uow.runs.open_of([lead]),
            uow.runs.open_with(theirs.sent.sequence.id),
            uow.runs.held_by(["r1"]),
            uow.runs.due_back(later(9), 9),
            uow.replies.newest_of(lead),
            uow.replies.of_threads([theirs.talk.thread.id], 9),
            uow.runs.open_for([theirs.sent.opportunity.id]),
            uow.mails.of_opportunity(theirs.sent.opportunity.id),
            uow.opportunities.get(theirs.sent.opportunity.id),
            uow.opportunities.get_many([theirs.sent.opportunity.id]),
            uow.opportunities.of_lead(lead),
            uow.link_checks.of_opportunity(theirs.sent.opportunity.id, 9),
            uow.link_checks.get_many([theirs.sent.check.id]),
            uow.segments.get(theirs.segment.id),
            uow.starts.get(theirs.start.id),
            uow.segments.lead_ids(theirs.segment, AT, 9),
            uow.segments.leads_after(theirs.segment, AT, 0, 9),
            uow.segments.among(theirs.segment, [lead, mine.lead], AT),
        ]
        assert [found for found in [await ask for ask in nothing] if found] == []

        assert [found.id for found in await uow.leads.find("b.com")] == [mine.lead]
        assert [found.id for found in (await uow.leads.page(LeadQuery())).leads] == [mine.lead]
        assert [found.id for found in (await uow.leads.page(LeadQuery(text="b.com"))).leads] == [mine.lead]
        assert (await uow.leads.page(LeadQuery(text="theirs"))).leads == ()
        assert (await uow.leads.by_keys(["a@b.com"]))["a@b.com"].id == mine.lead
        assert await uow.leads.counts() == await uow.leads.recount() == {LeadStatus.NEW: 1}
        assert len(await uow.addresses.history("a@b.com")) == 1
        assert len((await uow.addresses.of_keys(["a@b.com"]))["a@b.com"]) == 1
        assert await uow.consents.of_keys(["a@b.com"]) == {"a@b.com": [a_consent()]}
        assert await uow.consents.history("a@b.com") == [a_consent()]
        assert await uow.consents.permitting(["a@b.com"]) == {"a@b.com"}
        assert [found.id for found in await uow.campaigns.all()] == [mine.campaign]
        assert [found.id for found in await uow.campaigns.named("spring")] == [mine.campaign]
        listed, _, _ = await uow.enrolment_pages.page(EnrolmentQuery(mine.campaign, text="b.com"))
        assert [(row.lead.id, row.enrolment.badge) for row in listed] == [(mine.lead, Badge.BOUNCED)]
        assert (await uow.enrolment_pages.page(EnrolmentQuery(mine.campaign, text="theirs")))[0] == []
        anybody = CompanyFilter(city="BRNO")
        assert await uow.companies.how_many(anybody) == 1
        assert await uow.companies.values(Trait.CITY, "br", CompanyFilter(), 9) == [("Brno", 1)]
        first, last = await uow.companies.ends()
        assert [company.company_name for _, company in await uow.companies.matching(anybody, 0, 10**6, 9)] == ["Mine"]
        assert first == last
        assert await uow.enrolment_pages.unchecked(theirs.campaign, AT, 9) == (0, 0)
        theirs_too = await uow.lead_traits.matching(CompanyFilter(), 0, 10**6, 9, stretch=99)
        assert [found.id for found in theirs_too[0]] == [mine.lead]
        assert len(set(await uow.lead_traits.ends())) == 1
        assert await uow.lead_traits.values(Trait.CITY, "", CompanyFilter()) == [("Brno", 1)]
        assert await uow.segments.found(theirs.segment, AT, 9) == (0, [])
        assert [found.id for found in await uow.segments.leads_at(range(99), 9)] == [mine.lead]
        assert len(await uow.campaigns.ids_of([(await uow.campaigns.all())[0].provider_id])) == 1
        assert [found.id for found in await uow.blocked.open(AT)] == [mine.blocked.id]
        assert [found.id for found in await uow.blocked.due(AT, 9)] == [mine.blocked.id]
        assert len(await uow.events.log(9)) == 1
        assert (await uow.posts.by_key("key")).id == mine.post
        assert [found.name for found in await uow.members.admins()] == ["Mine"]
        assert await uow.tokens.all() == [mine.token]
        assert (await uow.opportunities.same(mine.sent.opportunity.link_key)).id == mine.sent.opportunity.id
        assert await uow.opportunities.counts() == await uow.opportunities.recount() == {BoardColumn.QUEUED: 1}
        for found in (
            await uow.opportunities.newest_of_each(9),
            (await uow.opportunities.found("blog.example", 9))[0],
            {BoardColumn.QUEUED: (await uow.opportunities.page(BoardColumn.QUEUED, 9, text="blog"))[0]},
        ):
            assert {column: [each.id for each in many] for column, many in found.items()} == {
                BoardColumn.QUEUED: [mine.sent.opportunity.id]
            }
        assert await uow.sequences.all() == [mine.sent.sequence]
        assert [run.id for run, _ in await uow.runs.open_at(["b.com"])] == [mine.sent.run.id]
        assert await uow.sequences.named("Spring") == mine.sent.sequence
        assert await uow.settings.get("key") == "Mine"
        assert await uow.forms.all() == [mine.form] == [await uow.forms.keyed("key")]
        assert await uow.submissions.of_address("a@b.com", 9) == [mine.submission]
        assert await uow.submissions.moments("place", 9) == [AT]
        assert [group.name for group in await uow.role_groups.all()] == ["Mine"]
        assert {
            user: [group.name for group in many] for user, many in (await uow.role_groups.of_people(["U1"])).items()
        } == {"U1": ["Mine"]}
        assert await uow.role_groups.numbers() == {"S1": 1}
        assert await uow.role_groups.people("S1") == {"U1"}
        assert [found.name for found in await uow.members.page(9)] == ["Mine"]
        assert [found.name for found in await uow.members.get_many(["U1"])] == ["Mine"]
        assert await uow.members.by_default() == ["U1"]
        assert await uow.segments.all() == [mine.segment]
        assert await uow.segments.named("hotels") == mine.segment
        assert await uow.starts.open() == [mine.start]
        assert await uow.views.of("U1") == [mine.view]
        assert await uow.imports.unfinished("digest", None) == mine.file
        assert await uow.imports.newest(9) == [mine.file]
        assert await uow.leads.here(["a@b.com"]) == {"a@b.com": (mine.lead, None)}
        assert await uow.enrolments.inside([mine.lead, lead], mine.campaign) == {mine.lead: mine.file.id}
        assert await uow.enrolments.inside([lead], theirs.campaign) == {}
        assert await uow.import_undo.page(theirs.file, None, 9) == ([], None)
        assert await uow.import_undo.used(theirs.file.id, [lead]) == {}
        assert sum(each.mails for each in await uow.mail_figures.standings()) == 0
        assert await uow.mail_figures.wins() == Wins()


async def test_a_token_leads_to_its_workspace(database, two):
    other, mine, theirs = two
    async with database.read_unbound() as directory:
        assert await directory.tokens.find("hash-Theirs") == (other, theirs.token)
        assert await directory.tokens.find("hash-Mine") == (HERE, mine.token)
        assert await directory.tokens.find("hash-Nobody") is None


async def test_a_reference_cannot_leave_the_workspace(database, two):
    _, _, theirs = two
    with pytest.raises(IntegrityError):
        await write_audit_of(database, theirs.lead)


async def write_audit_of(database, lead_id):
    async with database.begin(HERE) as uow:
        await uow.audits.add(an_audit(lead_id))


REPOSITORIES = [name for name, made in vars(UnitOfWork).items() if isinstance(made, cached_property)]
READING = """
    here rejects verdicts unfinished inside used aside_ids
    of_keys keyed of_address moments permitting ids told_in held removed_with erased
    here rejects unfinished inside used aside_ids lead_ids values ends matching bounced how_many finished_of
    get get_many find under ids_of by_domain by_keys page counts recount sync_obstacles by_run open_for open_among
    latest_complete latest unannounced all by_provider named search of_lead leads unclear result waiting_batch stale
    funnel recount_funnel newest_of_each by_seqs hold_still tally newest anybody behind seen
    alike oldest_waiting revision unshown statuses
    open due log outcome by_key places admins standing history of_day seqs_of seqs_with_draft seqs_with_reply spared
    seqs_reached has_owner by_default numbers people of_people found leads_at lead_ids leads_after among
"""
ADDING = """
    lay hear join reject add_imported add add_many claim_many enrol receive receive_many flush follow
"""


async def test_every_changing_method_is_in_the_list(database):
    """A method added later must be added to `writes` or be named here as reading or adding."""
    known = {*READING.split(), *ADDING.split(), *UNIBOX_READING.split(), *UNIBOX_ADDING.split()}
    known |= {*MAIL_READING.split(), "claim"}
    listed = inspect.getsource(writes) + inspect.getsource(unibox_writes) + inspect.getsource(mail_writes)
    async with database.read(HERE) as uow:
        missing = [
            f"{name}.{method}"
            for name in REPOSITORIES
            for method in dir(getattr(uow, name))
            if not method.startswith("_") and method not in known and f"uow.{name}.{method}(" not in listed
        ]

    assert missing == []
