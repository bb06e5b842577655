"""A workspace whose clock stands still until it is moved, for the tests that look ahead."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.outreach.access import Role, person
from bot.outreach.leads import Lead, LeadDraft
from bot.outreach.mail_templates import MailTemplate
from bot.outreach.mails import MailState
from bot.outreach.sequences import Mode, Run, Sequence, Step
from bot.outreach.sites import Site
from bot.services.dispatching import DispatchService, Mailer
from bot.services.rehearsing import TakesAll
from bot.services.runs import RunService
from bot.services.simulating import SimulationService
from storage.database import Database
from storage.ids import new_id

ANA = person("U0ANA", "Ana", Role.OWNER)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Frozen:
    """The clock."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


class Firm:
    """One workspace: what it has, its engine, and its time machine."""

    def __init__(self, database: Database, workspace_id: str, now: datetime = NOON) -> None:
        self.database = database
        self.workspace_id = workspace_id
        self.clock = Frozen(now)
        self.runs = RunService(database, self.clock, connected=True)
        self.dispatch = DispatchService(database, self.clock, Mailer(TakesAll(), "https://ours.test", b"secret"))

    async def has_site(self, name: str = "Sunny", **values) -> Site:
        given = {"from_email": "lena@sunny.test", "from_name": "Lena", "address": "1 Sunny St", "timezone": "UTC"}
        site = Site(new_id(), name, **(given | values))
        async with self.database.begin(self.workspace_id) as uow:
            await uow.sites.add(site)
        return site

    async def has_sequence(
        self, *delays: int, name: str = "Spring", mode: Mode = Mode.AUTO, text: str = "Hello"
    ) -> Sequence:
        template = MailTemplate(new_id(), f"For {name}", "A question", text, 1, "U1", NOON)
        steps = tuple(Step(template.id, delay) for delay in (0, *delays))
        sequence = Sequence(new_id(), name, steps, mode, updated_at=NOON)
        async with self.database.begin(self.workspace_id) as uow:
            await uow.mail_templates.add(template)
            await uow.sequences.add(sequence)
        return sequence

    async def has_lead(self, name: str = "Acme", **values) -> Lead:
        email = f"jane@{name.lower()}.example.com"
        async with self.database.begin(self.workspace_id) as uow:
            draft = LeadDraft(email, **({"first_name": "Jane", "company_name": name} | values))
            return await uow.leads.add(new_id(), draft, key=email, at=self.clock())

    async def begins(self, site: Site, sequence: Sequence, lead: Lead | None = None, name: str = "Acme") -> Run:
        """A lead put into a sequence now."""
        lead = lead or await self.has_lead(name)
        return await self.runs.assign(self.workspace_id, ANA, lead.id, sequence.id, site.id)

    async def foresees(self, **span: float):
        """The calendar of so many days or hours from now."""

        async def progress(done: timedelta) -> None:
            assert timedelta(days=1) <= done < timedelta(**span)

        service = SimulationService(self.database, self.clock, connected=True)
        return await service.run(self.workspace_id, ANA, timedelta(**span), progress)

    async def lives(self, *, hours: int):
        """The clock of the house really goes on, hour by hour; what left when, and what was put off."""
        sent, put_off, ends = [], [], self.clock.now + timedelta(hours=hours)
        while self.clock.now < ends:
            await self.runs.advance_due(self.workspace_id)
            async with self.database.read(self.workspace_id) as uow:
                due = await uow.rehearsals.due_mails(self.clock.now)
            await self.dispatch.send_due(self.workspace_id)
            async with self.database.read(self.workspace_id) as uow:
                mails = await uow.mails.known(due, [])
            sent += [(mail.to_email, mail.accepted_at) for mail in mails if mail.state is MailState.ACCEPTED]
            held = [mail for mail in mails if mail.state is MailState.HELD]
            put_off += [(mail.to_email, self.clock.now, mail.waits_for, mail.due_at) for mail in held]
            self.clock.now += timedelta(hours=1)
        return sorted(sent), sorted(put_off)
