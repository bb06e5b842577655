"""A run's next step: whether it may go on, and the mail made of it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.outreach.access import Actor
from bot.outreach.addresses import address_key
from bot.outreach.dispatching import LEAD_GONE, SITE_GONE
from bot.outreach.errors import Conflict, NotFound
from bot.outreach.events import Event, EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.mail_placeholders import values_of
from bot.outreach.mail_templates import MailTemplate, Rendered, placeholders_in, rendered
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.opportunities import Opportunity
from bot.outreach.reachability import AddressFact, unreachable_reason
from bot.outreach.sequences import Run, RunState, Sequence, Step, sequence_gone, signals_of, step_before, stop_reason
from bot.outreach.sites import Site
from bot.services.reachability import standing_in
from storage.ids import new_id
from storage.unit_of_work import UnitOfWork

_MESSAGE_ID = re.compile(r"<[^<>\s]+>")


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands when runs are looked at, all by id; standing by address key; mails by run, oldest first."""

    leads: Mapping[str, Lead]
    sequences: Mapping[str, Sequence]
    sites: Mapping[str, Site]
    templates: Mapping[str, MailTemplate]
    standing: Mapping[str, AddressFact]
    mails: Mapping[str, list[Outgoing]]
    opportunities: Mapping[str, Opportunity]

    def sequence(self, run: Run) -> Sequence:
        """The run's sequence, or what stands in for a deleted one."""
        return self.sequences.get(run.sequence_id) or sequence_gone(run)

    def left(self, run: Run) -> list[Outgoing]:
        """The run's mails that have left, oldest first."""
        return [mail for mail in self.mails.get(run.id, []) if mail.state is MailState.ACCEPTED]

    def stop_reason(self, run: Run) -> str | None:
        """Why the run must end now, or None to go on."""
        lead = self.leads.get(run.lead_id)
        if lead is None:
            return LEAD_GONE
        standing = self.standing.get(address_key(lead.email or ""))
        if unreachable := unreachable_reason(lead, standing):
            return unreachable
        if run.site_id not in self.sites:
            return SITE_GONE
        left = self.left(run)
        signals = signals_of(run, lead.status, left[-1] if left else None, standing)
        return stop_reason(step_before(run, self.sequence(run)), signals)

    def words(self, run: Run, step: Step) -> Rendered:
        """The step's mail for the run's lead. Raises `NotFound` without its template, else as `rendered` does."""
        template = self.templates.get(step.template_id)
        if template is None:
            raise NotFound("The template of this step is not here any more. Change the sequence.")
        lead, site = self.leads[run.lead_id], self.sites[run.site_id]
        opportunity = self.opportunities.get(run.opportunity_id or "")
        wanted = opportunity.placeholders if opportunity else None
        named = placeholders_in(template.subject, template.body)
        values = values_of(lead, sender_name=site.from_name, opportunity=wanted, only=named)
        return rendered(template, lead, values)


@dataclass(frozen=True, slots=True)
class Made:
    """A step of a run and its mail."""

    run: Run
    mail: Outgoing

    @property
    def key(self) -> str:
        """What no two mails of this step share."""
        return self.run.step_key(self.run.step)

    def told(self, actor: Actor, now: datetime) -> Event:
        """For the lead's history."""
        return by(actor, EventKind.EMAIL_QUEUED, now, self.mail.lead_id, {"subject": self.mail.subject})


async def scene_of(uow: UnitOfWork, runs: Iterable[Run]) -> Scene:
    """As many statements for a hundred runs as for one."""
    runs = list(runs)
    leads = await uow.leads.get_many({run.lead_id for run in runs})
    wanted = {run.opportunity_id for run in runs if run.opportunity_id}
    return Scene(
        leads={lead.id: lead for lead in leads},
        sequences=await uow.sequences.get_many({run.sequence_id for run in runs}),
        sites=await uow.sites.get_many({run.site_id for run in runs}),
        templates={template.id: template for template in await uow.mail_templates.all()},
        standing=await standing_in(uow, {address_key(lead.email) for lead in leads if lead.email}),
        mails=await uow.mails.of_runs({run.id for run in runs}),
        opportunities=await uow.opportunities.get_many(wanted) if wanted else {},
    )


def step_of(run: Run, scene: Scene, now: datetime) -> Made:
    """The run's next step, nothing stored. Raises as `Scene.words` does."""
    step, lead, left = scene.sequence(run).steps[run.step], scene.leads[run.lead_id], scene.left(run)
    words = scene.words(run, step)
    in_thread = step.in_thread and bool(left)
    mail = Outgoing(
        id=new_id(),
        lead_id=lead.id,
        to_email=lead.email or "",
        site_id=run.site_id,
        type=DraftType.SEQUENCE_STEP,
        subject=left[-1].subject if in_thread else words.subject,
        text=words.text,
        author=run.author,
        created_at=now,
        due_at=now,
        template_id=step.template_id,
        run_id=run.id,
        opportunity_id=run.opportunity_id,
        thread=" ".join(mail.smtp_id for mail in left if _MESSAGE_ID.fullmatch(mail.smtp_id)) if in_thread else "",
    )
    return Made(run, mail)


async def make_step(uow: UnitOfWork, run: Run, scene: Scene, actor: Actor, now: datetime) -> Run:
    """Store the mail of the run's next step, due now, and the run that waits for it to leave: both or neither.

    Raises as `Scene.words` does, and `Conflict` when somebody else made that step or moved the run.
    """
    made = step_of(run, scene, now)
    is_new = await uow.mails.add(made.mail, made.key, address_key(made.mail.to_email))
    after = replace(run, step=run.step + 1, state=RunState.ACTIVE, next_at=None, why="")
    if not is_new or not await uow.runs.move(run, after):
        raise Conflict("That step is on its way already.")
    await uow.events.add(made.told(actor, now))
    return after


async def make_steps(uow: UnitOfWork, made: Iterable[Made], actor: Actor, now: datetime) -> None:
    """The same for many runs, which the caller holds, with as many statements as for one. A step whose mail is there
    already is not made again: its run only goes on.
    """
    made, steps = list(made), defaultdict(list)
    for each in made:
        steps[each.run.step + 1].append(each.run.id)
    new = await uow.mails.add_many([(each.mail, each.key, address_key(each.mail.to_email)) for each in made])
    for step, run_ids in steps.items():
        await uow.runs.made(run_ids, step)
    await uow.events.add_many([each.told(actor, now) for each in made if each.mail.id in new])
