"""Digests: what is due where, its figures frozen as they are posted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.digests import (
    CARDS,
    PAGE_LEADS,
    Digest,
    DigestView,
    Figure,
    Figures,
    FrozenPage,
    Longest,
    says_something,
)
from bot.outreach.drafts import DraftState
from bot.outreach.errors import Conflict, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.local_time import Slot, due_slot, local_day, next_slot
from bot.outreach.metrics import Period, metrics_of, since
from bot.outreach.posts import WantedPost
from bot.outreach.pushes import ArmedState
from bot.outreach.routes import Route, Topic
from bot.services.routes import routed, routes_of, whom_to_tell
from storage.database import Database
from storage.unit_of_work import UnitOfWork

POSTED_MEANWHILE = "Today's digest was posted meanwhile: look into the channel."
REACH = timedelta(days=30)  # of the campaigns' bounces, as of the mails sent directly
Seqs = dict[Figure, Sequence[int]]


class DigestService:
    """The funnel digest, once per channel and local day.

    wording: the post that shows a digest. It is stored with the digest, so that a crash leaves neither alone.
    """

    def __init__(self, database: Database, clock: Clock, wording: Callable[[DigestView], WantedPost]) -> None:
        self._database = database
        self._clock = clock
        self._wording = wording

    async def post_due(self, workspace_id: str) -> list[DigestView]:
        """Make every digest that is due now; those that have nothing to say count as made, too."""
        now = self._clock()
        due: list[str] = []
        async with self._database.read(workspace_id) as uow:
            for route in await uow.routes.all():
                slot = due_slot(route, now) if route.topic is Topic.FUNNEL else None
                if slot and await uow.digests.of_day(route.channel, slot.day) is None:
                    due.append(route.channel)
        made = [await self._post(workspace_id, channel) for channel in due]
        return [view for view in made if view is not None]

    async def _post(self, workspace_id: str, channel: str) -> DigestView | None:
        """None when it is not due any more, another process made it, or there is nothing to say."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            route = next((route for route in await uow.routes.all() if _is_funnel(route, channel)), None)
            slot = due_slot(route, now) if route else None
            if route is None or slot is None:
                return None
            late_since = slot.due_at if slot.is_late(now) else None
            view, seqs = await _read(uow, _new(channel, slot.day, 1, now, late_since), route)
            if not says_something(view.digest.figures, view.before.figures if view.before else None):
                await uow.digests.add(replace(view.digest, post_key=None))
                return None
            tell = await whom_to_tell(uow, route)
            return view if await self._store(uow, CLOCK, view, seqs, routed(self._wording(view), route, tell)) else None

    async def preview(self, workspace_id: str, actor: Actor, channel: str) -> DigestView:
        """The digest as it would be posted now; nothing is stored."""
        require(actor, Permission.SET_ROUTES)
        now, zone = self._clock(), await self._zone(workspace_id)
        async with self._database.read(workspace_id) as uow:
            route = routes_of(channel, await uow.routes.all(), zone, now)[Topic.FUNNEL]
            return (await _read(uow, _new(channel, local_day(now, route.timezone), 0, now), route))[0]

    async def send_now(self, workspace_id: str, actor: Actor, channel: str, seen: int) -> DigestView:
        """Post it now as today's, or besides today's. seen: the number of the one the person knew to stand there.

        Raises `Conflict` when another was posted meanwhile.
        """
        require(actor, Permission.SET_ROUTES)
        now, zone = self._clock(), await self._zone(workspace_id)
        async with self._database.begin(workspace_id) as uow:
            route = routes_of(channel, await uow.routes.all(), zone, now)[Topic.FUNNEL]
            day = local_day(now, route.timezone)
            last = await uow.digests.of_day(channel, day)
            if last is not None and last.post_key and last.number != seen:
                raise Conflict(POSTED_MEANWHILE)
            view, seqs = await _read(uow, _new(channel, day, last.number + 1 if last else 1, now), route)
            post = self._wording(view)
            post = replace(post, body={**post.body, "tell": actor.id})
            if not await self._store(uow, actor, view, seqs, post):
                raise Conflict(POSTED_MEANWHILE)
            return view

    async def leads(self, workspace_id: str, actor: Actor, digest_id: str, figure: Figure, page: int = 0) -> FrozenPage:
        """The leads behind a figure as they were at posting time. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            digest = await uow.digests.get(digest_id)
            if digest is None:
                raise NotFound("This digest is no longer kept.")
            seqs = await uow.digests.seqs_of(digest_id, figure)
            page = min(max(page, 0), max(0, (len(seqs) - 1) // PAGE_LEADS))
            shown = seqs[page * PAGE_LEADS : (page + 1) * PAGE_LEADS]
            leads = await uow.leads.by_seqs(shown)
        return FrozenPage(digest, figure, leads, len(shown) - len(leads), len(seqs), page)

    async def next_due(self, workspace_id: str) -> Slot | None:
        """The next digest of any channel."""
        now = self._clock()
        async with self._database.read(workspace_id) as uow:
            slots = [next_slot(route, now) for route in await uow.routes.all() if route.topic is Topic.FUNNEL]
        return min((slot for slot in slots if slot), key=lambda slot: slot.due_at, default=None)

    async def _store(self, uow: UnitOfWork, actor: Actor, view: DigestView, seqs: Seqs, post: WantedPost) -> bool:
        """The digest, its leads and its post, together. False when the same one is stored already."""
        digest = view.digest
        if not await uow.digests.add(digest):
            return False
        await uow.digests.freeze(digest.id, seqs)
        await uow.posts.want(post, digest.at)
        facts = {"channel": digest.channel, "day": digest.day.isoformat()}
        await uow.events.add(by(actor, EventKind.DIGEST_POSTED, digest.at, None, facts))
        return True

    async def _zone(self, workspace_id: str) -> str:
        async with self._database.read_unbound() as directory:
            workspace = await directory.workspaces.get(workspace_id)
        return workspace.timezone if workspace else "UTC"


def _is_funnel(route: Route, channel: str) -> bool:
    return route.topic is Topic.FUNNEL and route.channel == channel


def _new(channel: str, day: date, number: int, now: datetime, late_since: datetime | None = None) -> Digest:
    digest_id = str(uuid4())
    return Digest(digest_id, channel, day, number, now, Figures(), late_since, f"digest:{digest_id}")


async def _read(uow: UnitOfWork, digest: Digest, route: Route) -> tuple[DigestView, Seqs]:
    """The figures as they stand, and the leads behind each: the number said is how many there are."""
    before = await uow.digests.latest(digest.channel)
    blocked = await uow.blocked.open(digest.at)
    in_blocked = [lead_id for push in blocked for lead_id in push.lead_ids if lead_id not in push.pushed_ids]
    reached = await uow.digests.seqs_reached()
    seqs: Seqs = {figure: reached[milestone] for figure, milestone in CARDS.items()}
    seqs[Figure.MOVED] = await _moved(uow, seqs, before)
    seqs[Figure.DRAFTS] = await uow.digests.seqs_with_draft()
    seqs[Figure.REPLIES] = await uow.digests.seqs_with_reply()
    seqs[Figure.BLOCKED] = await uow.leads.seqs_of(in_blocked)
    emails = await uow.drafts.counts()
    drafts, replies = emails.get(DraftState.WAITING, 0), await uow.replies.count_unanswered()
    month = since(Period.MONTH, digest.at)
    mails = metrics_of(await uow.mail_figures.standings(month), await uow.mail_figures.wins(month))
    bounced, contacted = await uow.enrolments.bounced(digest.at - REACH)
    armed = sum(push.armed is ArmedState.ARMED for push in blocked)
    leads = {figure: len(found) for figure, found in seqs.items()}
    figures = Figures(leads, emails, drafts, replies, len(blocked), armed, mails, contacted, bounced)
    longest = (await _oldest_draft(uow), await _slowest_reply(uow))
    return DigestView(replace(digest, figures=figures), route.timezone, before, *longest), seqs


async def _moved(uow: UnitOfWork, seqs: Mapping[Figure, Sequence[int]], before: Digest | None) -> list[int]:
    """Leads that reached a milestone since the last digest."""
    if before is None:
        return []
    moved: set[int] = set()
    for figure in CARDS:
        if figure is not Figure.TOTAL:
            moved |= set(seqs[figure]).difference(await uow.digests.seqs_of(before.id, figure))
    return sorted(moved)


async def _oldest_draft(uow: UnitOfWork) -> Longest | None:
    for draft in await uow.drafts.oldest_waiting(1):
        if lead := await uow.leads.get(draft.lead_id):
            return Longest(lead, draft.created_at)
    return None


async def _slowest_reply(uow: UnitOfWork) -> Longest | None:
    for reply in await uow.replies.unanswered(1):
        if lead := await uow.leads.get(reply.lead_id):
            return Longest(lead, reply.received_at)
    return None
