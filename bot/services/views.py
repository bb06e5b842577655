"""How one person sees the list: their columns and their saved views."""

from collections.abc import Sequence
from dataclasses import replace

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.criteria import Criteria, checked_criteria
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.views import MOST_VIEWS, LeadColumn, SavedView, checked_name, columns_of
from storage.database import Database


class ViewService:
    """What each person chose for themselves; nobody sees another's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def columns(self, workspace_id: str, actor: Actor) -> tuple[LeadColumn, ...]:
        """What a row of the list tells this person."""
        async with self._database.read(workspace_id) as uow:
            return columns_of(await uow.settings.get(_key(actor)))

    async def set_columns(self, workspace_id: str, actor: Actor, values: Sequence[str]) -> tuple[LeadColumn, ...]:
        """Choose them by their values; none brings the usual ones back."""
        require(actor, Permission.READ_LEADS)
        chosen = columns_of(values)
        async with self._database.begin(workspace_id) as uow:
            await uow.settings.put(_key(actor), [column.value for column in chosen])
        return chosen

    async def all(self, workspace_id: str, actor: Actor) -> Sequence[SavedView]:
        """This person's views, by name."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.views.of(actor.id)

    async def get(self, workspace_id: str, actor: Actor, view_id: str) -> SavedView:
        """One of this person's. Raises `NotFound`."""
        found = next((view for view in await self.all(workspace_id, actor) if view.id == view_id), None)
        if found is None:
            raise NotFound("This view is not here any more.")
        return found

    async def save(self, workspace_id: str, actor: Actor, view: SavedView) -> SavedView:
        """Keep it under its name, in place of an older one of that name. Raises `Invalid` (field `name`)."""
        require(actor, Permission.READ_LEADS)
        name, filters = checked_name(view.name), checked_criteria(Criteria(view.filters)).rules
        view = replace(view, user_id=actor.id, name=name, filters=filters, created_at=self._clock())
        async with self._database.begin(workspace_id) as uow:
            known = await uow.views.of(actor.id)
            if len(known) >= MOST_VIEWS and name.casefold() not in {each.name.casefold() for each in known}:
                raise Invalid(f"You keep {MOST_VIEWS} views already. Delete one first.", field="name")
            await uow.views.save(view)
        return view

    async def remove(self, workspace_id: str, actor: Actor, view_id: str) -> bool:
        """False when it is gone already."""
        require(actor, Permission.READ_LEADS)
        async with self._database.begin(workspace_id) as uow:
            return await uow.views.remove(actor.id, view_id)


def _key(actor: Actor) -> str:
    return f"columns:{actor.id}"
