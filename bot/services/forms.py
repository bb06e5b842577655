"""Web forms: made and changed by admins, retired rather than deleted."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.forms import BOXES, WebForm, checked_form
from bot.outreach.sites import Site
from storage.database import Database
from storage.unit_of_work import UnitOfWork

KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class FormBoard:
    """Every form by name, and the sites a confirmation mail may come from."""

    forms: Sequence[WebForm]
    sites: Sequence[Site]


class FormService:
    """The forms of a workspace. connected: SendGrid is, so that confirmation mails can leave."""

    def __init__(self, database: Database, clock: Clock, *, connected: bool) -> None:
        self._database = database
        self._clock = clock
        self.connected = connected

    async def board(self, workspace_id: str, actor: Actor) -> FormBoard:
        """Every form, and every site."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return FormBoard(await uow.forms.all(), await uow.sites.all())

    async def get(self, workspace_id: str, actor: Actor, form_id: str) -> WebForm:
        """One form. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await _existing(uow, form_id)

    async def save(self, workspace_id: str, actor: Actor, form: WebForm) -> WebForm:
        """A new form, with a key of its own, when its id is empty. Raises `Invalid` with the field."""
        require(actor, Permission.SET_FORMS)
        origins = tuple(dict.fromkeys(origin.strip().rstrip("/").lower() for origin in form.origins if origin.strip()))
        fields = tuple(name for name in BOXES if name in form.fields)
        form = checked_form(replace(form, name=" ".join(form.name.split()), origins=origins, fields=fields))
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if any(known.name == form.name and known.id != form.id for known in await uow.forms.all()):
                raise Invalid(f"There is a form called {form.name}. Choose another name.", field="name")
            if form.double_opt_in and not await uow.sites.get_many([form.site_id]):
                raise Invalid("This site is not here any more. Choose another.", field="site")
            if not form.id:
                key = secrets.token_urlsafe(KEY_BYTES)
                form = replace(form, id=str(uuid4()), key=key, author=actor.id, created_at=now)
                await uow.forms.add(form)
            elif not await uow.forms.change(form):
                raise _gone()
            await uow.events.add(by(actor, EventKind.FORM_SAVED, now, None, {"name": form.name}))
            return await _existing(uow, form.id)

    async def retire(self, workspace_id: str, actor: Actor, form_id: str, *, back: bool = False) -> WebForm:
        """Take no more submissions by it, or, with `back`, take them again. Again changes nothing."""
        require(actor, Permission.SET_FORMS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            form = await _existing(uow, form_id)
            if await uow.forms.retire(form_id, None if back else now):
                kind = EventKind.FORM_REVIVED if back else EventKind.FORM_RETIRED
                await uow.events.add(by(actor, kind, now, None, {"name": form.name}))
            return await _existing(uow, form_id)


async def _existing(uow: UnitOfWork, form_id: str) -> WebForm:
    form = (await uow.forms.get_many([form_id])).get(form_id)
    if form is None:
        raise _gone()
    return form


def _gone() -> NotFound:
    return NotFound("This form is not here any more.")
