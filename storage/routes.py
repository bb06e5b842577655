"""Routes: which topic goes to which channel, and when."""

from collections.abc import Collection, Sequence
from datetime import time

from sqlalchemy import Column, Table, delete, select, update

from bot.outreach.routes import BY_SETTINGS, Cadence, Route, Topic
from storage.tables import AnyRow, incoming, metadata, owner_column
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Int64, KeyText, UtcDateTime

routes = Table(
    "routes",
    metadata,
    owner_column(primary_key=True),
    Column("channel", KeyText, primary_key=True),
    Column("topic", Choice(Topic), primary_key=True),
    Column("cadence", Choice(Cadence), nullable=False),
    Column("at_minute", Int64, nullable=False),
    Column("weekdays", Int64, nullable=False),
    Column("timezone", CleanText, nullable=False),
    Column("set_by", CleanText, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("paused", CleanText, nullable=False),
)
_KEY = ("workspace_id", "channel", "topic")
_COLUMNS = [column for column in routes.c if column.name != "workspace_id"]


class Routes:
    """The routes of one workspace. A day's weekdays are the bits of a number, Monday the lowest."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def all(self) -> list[Route]:
        """Every route, channel by channel, those that are off included."""
        statement = select(*_COLUMNS).where(self._tenant.owns(routes)).order_by(routes.c.channel, routes.c.topic)
        return [_route(row) for row in await self._tenant.all(statement)]

    async def set(self, given: Sequence[Route], *, over_people: bool = True) -> None:
        """These stand from now on. over_people: False leaves what a person set."""
        for route in sorted(given, key=lambda route: (route.channel, route.topic)):  # one order for everybody
            insert = self._tenant.insert(routes).values(self._tenant.row(**_values(route)))
            fresh = incoming(*(column.name for column in _COLUMNS if column.name not in _KEY))
            may = None if over_people else routes.c.set_by == BY_SETTINGS
            await self._tenant.change(insert.on_conflict_do_update(index_elements=_KEY, set_=fresh, where=may))

    async def drop(self, channel: str, topics: Collection[Topic]) -> None:
        """These stand no more."""
        mine = (self._tenant.owns(routes), routes.c.channel == channel, routes.c.topic.in_(sorted(topics)))
        await self._tenant.change(delete(routes).where(*mine))

    async def pause(self, channel: str, reason: str) -> bool:
        """Nothing can be posted there now. False when that is known already, or nothing goes there."""
        standing = (routes.c.paused == "", routes.c.cadence != Cadence.OFF)
        mine = (self._tenant.owns(routes), routes.c.channel == channel, *standing)
        return await self._tenant.change(update(routes).where(*mine).values(paused=reason)) > 0

    async def resume(self, channel: str) -> bool:
        """The channel takes posts again. False when it was not paused."""
        mine = (self._tenant.owns(routes), routes.c.channel == channel, routes.c.paused != "")
        return await self._tenant.change(update(routes).where(*mine).values(paused="")) > 0


def _values(route: Route) -> dict[str, object]:
    names = ("channel", "topic", "cadence", "timezone", "set_by", "set_at", "paused")
    return {
        **{name: getattr(route, name) for name in names},
        "at_minute": route.at.hour * 60 + route.at.minute,
        "weekdays": sum(1 << day for day in route.weekdays),
    }


def _route(row: AnyRow) -> Route:
    values = row._asdict()
    hour, minute = divmod(values.pop("at_minute"), 60)
    bits = values.pop("weekdays")
    return Route(**values, at=time(hour, minute), weekdays=frozenset(day for day in range(7) if bits >> day & 1))
