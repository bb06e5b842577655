"""Mail templates: written, copied, deleted, and tried on a real lead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.errors import Conflict, Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead, LeadQuery
from bot.outreach.mail_html import html_mail
from bot.outreach.mail_placeholders import OF_OPPORTUNITY, values_of
from bot.outreach.mail_templates import MailTemplate, Rendered, checked, placeholders_in, rendered
from bot.outreach.opportunities import Opportunity
from bot.outreach.sites import Site
from storage.database import Database
from storage.unit_of_work import UnitOfWork

COPIES = 50
NOWHERE = "https://unsubscribe.example/preview"
_OF_LINK = {placeholder.name for placeholder in OF_OPPORTUNITY}


@dataclass(frozen=True, slots=True)
class Tried:
    """A template with the values of one lead; problem: why it cannot be sent to that lead.

    page: of the opportunity whose values are in it, empty for none. html: as it would be sent, with a way out that
    leads nowhere.
    """

    template: MailTemplate
    lead: Lead
    result: Rendered | None
    problem: str = ""
    page: str = ""
    html: str = ""


class TemplateService:
    """The templates of a workspace."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self, workspace_id: str, actor: Actor) -> Sequence[MailTemplate]:
        """Every template, by name."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.mail_templates.all()

    async def get(self, workspace_id: str, actor: Actor, template_id: str) -> MailTemplate:
        """Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await existing_template(uow, template_id)

    async def save(
        self, workspace_id: str, actor: Actor, texts: tuple[str, str, str], template_id: str = "", seen: int = 0
    ) -> MailTemplate:
        """A new template, or another revision of one. texts: name, subject, body.

        Raises `Invalid` with the field, `Conflict` when somebody saved it since `seen`.
        """
        require(actor, Permission.EDIT_TEMPLATES)
        name, subject, body = (texts[0].strip(), texts[1].strip(), texts[2].replace("\r\n", "\n").strip())
        checked(name, subject, body)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            taken = await uow.mail_templates.named(name)
            if taken is not None and taken.id != template_id:
                raise Invalid(f"There is a template called {name}. Choose another name.", field="name")
            template = MailTemplate(template_id or str(uuid4()), name, subject, body, 1, actor.id, now)
            if not template_id:
                await uow.mail_templates.add(template)
            elif not await uow.mail_templates.change(template, seen, now):
                await existing_template(uow, template_id)
                raise Conflict("Somebody saved this template since you opened it. Open it again; your text is lost.")
            await uow.events.add(by(actor, EventKind.TEMPLATE_SAVED, now, None, {"name": name}))
            return await existing_template(uow, template.id)

    async def copy(self, workspace_id: str, actor: Actor, template_id: str) -> MailTemplate:
        """The same texts under the next free name."""
        require(actor, Permission.EDIT_TEMPLATES)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            template = await existing_template(uow, template_id)
            for number in range(1, COPIES):
                name = f"{template.name[:60]} (copy{f' {number}' if number > 1 else ''})"
                copied = replace(template, id=str(uuid4()), name=name, revision=1, author=actor.id, updated_at=now)
                if await uow.mail_templates.add(copied):
                    await uow.events.add(by(actor, EventKind.TEMPLATE_SAVED, now, None, {"name": name}))
                    return copied
        raise Conflict("There are fifty copies of this template. Rename or delete some first.")

    async def remove(self, workspace_id: str, actor: Actor, template_id: str) -> MailTemplate:
        """Raises `Conflict` while mails made from it wait to be sent, and while a sequence has it as a step."""
        require(actor, Permission.EDIT_TEMPLATES)
        async with self._database.begin(workspace_id) as uow:
            template = await existing_template(uow, template_id)
            if waiting := await uow.mails.waits_with(template_id):
                many = f"{waiting:,} emails" if waiting > 1 else "An email"
                wait = "wait" if waiting > 1 else "waits"
                raise Conflict(f"{many} made from {template.name} {wait} to be sent. Send or take back first.")
            using = [each.name for each in await uow.sequences.all() if each.uses(template_id)]
            if using:
                raise Conflict(f"The sequence {using[0]} sends {template.name}. Change the sequence first.")
            await uow.mail_templates.remove(template_id)
            facts = {"name": template.name}
            await uow.events.add(by(actor, EventKind.TEMPLATE_REMOVED, self._clock(), None, facts))
        return template

    async def tried(self, workspace_id: str, actor: Actor, template_id: str, lead_id: str = "") -> Tried | None:
        """The template filled for a lead; when none is named for the one changed last, or, where it speaks of an
        opportunity, for that of the newest. None without any lead.
        """
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            template = await existing_template(uow, template_id)
            lead, opportunity = await _tried_on(uow, template, lead_id)
            site = next(iter(await uow.sites.all()), None)
        if lead is None:
            return None
        page = opportunity.source_url if opportunity else ""
        given = opportunity.placeholders if opportunity else None
        try:
            result = rendered(template, lead, values_of(lead, sender_name=_sender(site), opportunity=given))
        except Invalid as error:
            return Tried(template, lead, None, str(error), page)
        html = html_mail(result.text, unsubscribe_url=NOWHERE, sender_line=site.line if site else "")
        return Tried(template, lead, result, page=page, html=html)


async def existing_template(uow: UnitOfWork, template_id: str) -> MailTemplate:
    """Raises `NotFound`."""
    template = await uow.mail_templates.get(template_id)
    if template is None:
        raise NotFound("This template is not here any more.")
    return template


async def _tried_on(uow: UnitOfWork, template: MailTemplate, lead_id: str) -> tuple[Lead | None, Opportunity | None]:
    """Whom it is filled for, and which of their opportunities, if it speaks of one."""
    if not set(placeholders_in(template.subject, template.body)) & _OF_LINK:
        return (await uow.leads.get(lead_id) if lead_id else await _freshest(uow)), None
    if lead_id:
        return await uow.leads.get(lead_id), next(iter(await uow.opportunities.of_lead(lead_id, limit=1)), None)
    newest = [found for column in (await uow.opportunities.newest_of_each(1)).values() for found in column]
    opportunity = max(newest, key=lambda each: each.created_at, default=None)
    lead = await uow.leads.get(opportunity.lead_id) if opportunity else None
    return (lead, opportunity) if lead else (await _freshest(uow), None)


def _sender(site: Site | None) -> str:
    return site.from_name if site else ""


async def _freshest(uow: UnitOfWork) -> Lead | None:
    page = await uow.leads.page(LeadQuery(limit=1))
    return page.leads[0] if page.leads else None
