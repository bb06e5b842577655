"""Routes: which news goes to which channel, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.boards import Board
from bot.outreach.errors import Invalid
from bot.outreach.events import EventKind, by
from bot.outreach.local_time import local_day, next_slot
from bot.outreach.posts import WantedPost
from bot.outreach.routes import BY_SETTINGS, DEFAULTS, EVERY_DAY, OFFERED, Cadence, Route, Topic
from storage.database import Database
from storage.unit_of_work import UnitOfWork

NINE = time(9)
A_WEEK = timedelta(days=7)


class RouteService:
    """What `/outreach digest` sets."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def default_to(self, workspace_id: str, channel: str, at: time) -> None:
        """Give SLACK_CHANNEL the default routes, and take them from the channel that was it before.

        A route set by a person is never touched.
        """
        now, zone = self._clock(), await self._zone(workspace_id)
        async with self._database.begin(workspace_id) as uow:
            stored = {(route.channel, route.topic): route for route in await uow.routes.all()}
            fallen = {place for place, route in stored.items() if not route.person and place[0] != channel}
            for elsewhere in {place[0] for place in fallen}:
                await _take_back(uow, elsewhere, [topic for place, topic in fallen if place == elsewhere], channel)
            if not channel:
                return
            wanted = [
                Route(channel, topic, cadence, _minutes(at), EVERY_DAY, zone, BY_SETTINGS, now)
                for topic, cadence in DEFAULTS.items()
            ]
            fresh = [route for route in wanted if not _is_as(stored.get((channel, route.topic)), route)]
            await uow.routes.set(fresh, over_people=False)
            await uow.notices.readdress("", list(Topic), channel)  # what was to be announced before there were routes

    async def board(self, workspace_id: str, actor: Actor, channel: str) -> Board:
        """What a channel hears, and what the others do."""
        require(actor, Permission.READ_LEADS)
        now, zone = self._clock(), await self._zone(workspace_id)
        async with self._database.read(workspace_id) as uow:
            stored = await uow.routes.all()
            routes = routes_of(channel, stored, zone, now)
            funnel = routes[Topic.FUNNEL]
            today = await uow.digests.of_day(channel, local_day(now, funnel.timezone))
            others = [route for route in stored if route.channel != channel and route.cadence is not Cadence.OFF]
            names = await uow.members.named({route.person for route in stored})
            spared = await uow.notices.spared(now - A_WEEK)
        standing = today.number if today and today.post_key else 0
        return Board(channel, routes, others, names, standing, spared, next_slot(funnel, now))

    async def set(
        self,
        workspace_id: str,
        actor: Actor,
        channel: str,
        cadences: Mapping[Topic, Cadence],
        at: time,
        weekdays: frozenset[int],
    ) -> Board:
        """Post these topics into the channel from now on. Raises `Invalid` for a cadence a topic does not have."""
        require(actor, Permission.SET_ROUTES)
        if not weekdays:
            raise Invalid("Choose at least one weekday.", field="weekdays")
        now, zone = self._clock(), await self._zone(workspace_id)
        async with self._database.begin(workspace_id) as uow:
            before = routes_of(channel, await uow.routes.all(), zone, now)
            after = [
                replace(
                    before[topic],
                    cadence=_offered(topic, cadences.get(topic, before[topic].cadence)),
                    at=_minutes(at),
                    weekdays=weekdays,
                    set_by=actor.id,
                    set_at=now,
                    paused="",
                )
                for topic in Topic
            ]
            await uow.routes.set(after)
            await uow.notices.forget(channel, [route.topic for route in after if route.cadence is Cadence.OFF])
            facts = {"channel": channel, "changes": _changes(before, after)}
            await uow.events.add(by(actor, EventKind.ROUTE_SET, now, None, facts))
        return await self.board(workspace_id, actor, channel)

    async def paused(self, workspace_id: str) -> dict[str, str]:
        """The channels that took no post, each with Slack's reason."""
        async with self._database.read(workspace_id) as uow:
            return {route.channel: route.paused for route in await uow.routes.all() if route.paused}

    async def resume(self, workspace_id: str, channel: str) -> None:
        """The channel takes posts again."""
        async with self._database.begin(workspace_id) as uow:
            await uow.routes.resume(channel)

    async def _zone(self, workspace_id: str) -> str:
        async with self._database.read_unbound() as directory:
            workspace = await directory.workspaces.get(workspace_id)
        return workspace.timezone if workspace else "UTC"


def routes_of(channel: str, stored: Sequence[Route], zone: str, now: datetime) -> dict[Topic, Route]:
    """Every topic's route into a channel; off where nobody set one, at the channel's own time."""
    known = {route.topic: route for route in stored if route.channel == channel}
    like = next(iter(known.values()), None)
    at, weekdays = (like.at, like.weekdays) if like else (NINE, EVERY_DAY)
    zone = like.timezone if like else zone
    return {
        topic: known.get(topic) or Route(channel, topic, Cadence.OFF, at, weekdays, zone, "", now) for topic in Topic
    }


async def whom_to_tell(uow: UnitOfWork, route: Route) -> str:
    """Who hears it when the route's channel takes no posts: who set it, else the first admin; empty when unknown."""
    if route.person:
        return route.person
    admins = await uow.members.admins()
    return admins[0].user_id if admins else ""


def routed(post: WantedPost, route: Route, tell: str) -> WantedPost:
    """A post that goes where a route says. A channel that refuses it pauses the route, and that person hears of it."""
    return replace(post, body={**post.body, "route": route.topic.value, "tell": tell})


async def _take_back(uow: UnitOfWork, channel: str, topics: Sequence[Topic], to: str) -> None:
    if to:
        await uow.notices.readdress(channel, topics, to)
    else:
        await uow.notices.forget(channel, topics)
    await uow.routes.drop(channel, topics)


def _is_as(stored: Route | None, wanted: Route) -> bool:
    """Whether the settings' route stands as wanted, or a person's does, which is not the settings' to change."""
    if stored is None:
        return False
    return bool(stored.person) or replace(wanted, set_at=stored.set_at, paused=stored.paused) == stored


def _offered(topic: Topic, cadence: Cadence) -> Cadence:
    if cadence not in OFFERED[topic]:
        raise Invalid("The digest comes daily or not at all.", field=topic.value)
    return cadence


def _minutes(at: time) -> time:
    return at.replace(second=0, microsecond=0)


def _changes(before: Mapping[Topic, Route], after: Sequence[Route]) -> list[str]:
    """`replies hourly`, `at 09:30`, for the log."""
    said = [f"{route.topic} {route.cadence}" for route in after if route.cadence is not before[route.topic].cadence]
    one, other = before[after[0].topic], after[0]
    if one.at != other.at:
        said.append(f"at {other.at:%H:%M}")
    if one.weekdays != other.weekdays:
        said.append(f"{len(other.weekdays)} days a week")
    return said
