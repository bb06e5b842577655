"""Refused pushes that stand in a channel: kept up to date, pushed in part, armed to fire when all are ready."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import CLOCK, Actor, Permission, require
from bot.outreach.campaigns import Campaign
from bot.outreach.errors import Conflict, NotFound, Unavailable
from bot.outreach.events import EventKind, by
from bot.outreach.posts import WantedPost
from bot.outreach.pushes import ARMED_FOR, ArmedState, BlockedPush, Origin, Push
from bot.outreach.readiness import GuardReport, NotReady
from bot.services.pushes import NOT_CONNECTED, begin_push, existing_campaign, guarded_leads
from storage.database import Database
from storage.unit_of_work import UnitOfWork

KEPT_FOR = timedelta(days=7)
CLAIM_REPORTS = 20


@dataclass(frozen=True, slots=True)
class BlockedView:
    """A refused push as it stands now.

    names: what to call its author and whoever armed it, by id, as far as known. fired: the armed push that just went
    off. gone: leads removed since.
    """

    blocked: BlockedPush
    report: GuardReport
    campaign: Campaign
    names: Mapping[str, str] = field(default_factory=dict)
    fired: Push | None = None
    gone: int = 0


class BlockedPushService:
    """Everything the buttons under a 409 report can ask.

    wording: the posts that show a view. They are stored with what they tell of, so that a crash leaves no old report.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wording: Callable[[BlockedView], Sequence[WantedPost]],
        *,
        connected: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wording = wording
        self._connected = connected

    async def block(
        self, workspace_id: str, actor: Actor, campaign_id: str, lead_ids: Sequence[str], channel: str, key: str
    ) -> BlockedView:
        """Keep a refused push so that its report can follow the leads. The same key again gives the same one."""
        require(actor, Permission.PUSH_LEADS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            known = await uow.ledger.outcome(f"blocked:{key}")
            if known is not None:
                return await self._show(uow, (known[2] or {})["blocked"])
            campaign = await existing_campaign(uow, campaign_id)
            blocked = BlockedPush(str(uuid4()), campaign.id, tuple(dict.fromkeys(lead_ids)), actor.id, channel, now)
            await uow.ledger.claim(f"blocked:{key}", actor.id, now)
            await uow.ledger.settle(f"blocked:{key}", {"blocked": blocked.id})
            await uow.blocked.add(blocked)
            return await self._show(uow, blocked.id)

    async def look(self, workspace_id: str, blocked_id: str) -> BlockedView:
        """The report as it stands now, to be shown. Raises `NotFound`."""
        async with self._database.begin(workspace_id) as uow:
            return await self._show(uow, blocked_id)

    async def push_ready(self, workspace_id: str, actor: Actor, blocked_id: str) -> tuple[BlockedView, Push]:
        """Push those that are ready now: a second, explicit act. The same ready set again gives the first push.

        Raises `Conflict` when none is ready or the report is closed, `Unavailable` when PlusVibe is not connected.
        """
        require(actor, Permission.PUSH_LEADS)
        if not self._connected:
            raise Unavailable(NOT_CONNECTED, transient=False)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            view = await _view(uow, blocked_id)
            blocked = view.blocked
            if blocked.closed or blocked.armed is ArmedState.FIRED:
                raise Conflict("These leads were pushed already; the thread shows by whom.")
            ready = [lead.id for lead in view.report.ready]
            if not ready:
                pushed = "The ready ones were pushed already. " if blocked.pushed_ids else ""
                raise Conflict(f"{pushed}None of the leads left is ready yet.")
            push = await _begin(uow, actor, blocked, ready, f"blocked:{blocked_id}:{_digest(ready)}", now)
            await uow.blocked.pushed(blocked_id, ready, now)
            if not view.report.refused:
                await uow.blocked.close(blocked_id)
            return await self._show(uow, blocked_id), push

    async def arm(self, workspace_id: str, actor: Actor, blocked_id: str) -> BlockedView:
        """Push when ready: this exact selection, all-or-nothing, once, within a day. Raises `Conflict` if settled."""
        require(actor, Permission.PUSH_LEADS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if not await uow.blocked.arm(blocked_id, actor.id, now + ARMED_FOR, now):
                raise await _settled(uow, blocked_id)
            await uow.events.add(by(actor, EventKind.PUSH_ARMED, now, None, {"blocked": blocked_id}))
            return await self._show(uow, blocked_id, is_checked=False)

    async def cancel(self, workspace_id: str, actor: Actor, blocked_id: str) -> BlockedView:
        """Disarm. Raises `Conflict` when it has fired, expired or been cancelled meanwhile."""
        require(actor, Permission.PUSH_LEADS)
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if not await uow.blocked.cancel(blocked_id):
                raise await _settled(uow, blocked_id)
            await uow.events.add(by(actor, EventKind.PUSH_CANCELLED, now, None, {"blocked": blocked_id}))
            return await self._show(uow, blocked_id)

    async def leave_out(self, workspace_id: str, actor: Actor, blocked_id: str, lead_ids: Sequence[str]) -> BlockedView:
        """These leads leave this push; the leads themselves stay. An empty push is closed."""
        require(actor, Permission.PUSH_LEADS)
        async with self._database.begin(workspace_id) as uow:
            await uow.blocked.leave_out(blocked_id, lead_ids)
            view = await _view(uow, blocked_id)
            if not view.report.ready and not view.report.refused:
                await uow.blocked.close(blocked_id)
            return await self._show(uow, blocked_id)

    async def refused(self, workspace_id: str, blocked_id: str, reason: str) -> list[str]:
        """Ids of the leads that stand in the way for this reason now."""
        async with self._database.read(workspace_id) as uow:
            report = (await _view(uow, blocked_id)).report
        return [refusal.lead.id for refusal in (*report.not_ready, *report.unreachable) if refusal.reason == reason]

    async def due(self, workspace_id: str) -> list[BlockedView]:
        """Reports whose leads changed since they were last looked at; fires armed pushes that are ready, once each."""
        now = self._clock()
        async with self._database.read(workspace_id) as uow:
            ids = [blocked.id for blocked in await uow.blocked.due(now, limit=CLAIM_REPORTS)]
        views = [await self._check(workspace_id, blocked_id, now) for blocked_id in ids]
        return [view for view in views if view is not None]

    async def _check(self, workspace_id: str, blocked_id: str, listed_at: datetime) -> BlockedView | None:
        """None when another process has checked it since it was listed as due."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            if not await uow.blocked.checked(blocked_id, now, since=listed_at):
                return None
            view = await self._show(uow, blocked_id)
            blocked = view.blocked
            if blocked.armed is not ArmedState.ARMED or blocked.expires_at is None:
                return view
            if now >= blocked.expires_at:
                await uow.blocked.expire(blocked_id)
                await uow.events.add(by(CLOCK, EventKind.PUSH_EXPIRED, now, None, {"blocked": blocked_id}))
                return await self._show(uow, blocked_id)
            may_fire = self._connected and view.report.may_push and not view.gone
            if not may_fire or not await uow.blocked.fire(blocked_id, now):
                return view
            ready = [lead.id for lead in view.report.ready]
            author = Actor(blocked.armed_by, blocked.armed_by, frozenset(Permission))
            push = await _begin(uow, author, blocked, ready, f"armed:{blocked_id}", now)
            await uow.blocked.pushed(blocked_id, ready, now)
            await uow.blocked.close(blocked_id)
            return replace(await self._show(uow, blocked_id), fired=push)

    async def _show(self, uow: UnitOfWork, blocked_id: str, *, is_checked: bool = True) -> BlockedView:
        """The report as it stands at the end of this transaction, wanted as posts in it.

        is_checked: False when the clock should look at once whether there is something to do about it.
        """
        now = self._clock()
        if is_checked:
            await uow.blocked.checked(blocked_id, now)
        view = await _view(uow, blocked_id)
        for post in self._wording(view):
            await uow.posts.want(post, now)
        return view


async def _begin(
    uow: UnitOfWork, actor: Actor, blocked: BlockedPush, ready: Sequence[str], key: str, now: datetime
) -> Push:
    push = await begin_push(uow, actor, blocked.campaign_id, ready, Origin(blocked.channel), key, now)
    if isinstance(push, GuardReport):
        raise NotReady(push)
    return push


async def _view(uow: UnitOfWork, blocked_id: str) -> BlockedView:
    blocked = await uow.blocked.get(blocked_id)
    if blocked is None:
        raise NotFound("This report is no longer kept. Start the push again with `/push`.")
    campaign = await existing_campaign(uow, blocked.campaign_id)
    remaining = [lead_id for lead_id in blocked.lead_ids if lead_id not in set(blocked.pushed_ids)]
    leads = list(await uow.leads.get_many(remaining))
    report = await guarded_leads(uow, leads)
    names = await uow.members.named([blocked.author, blocked.armed_by])
    return BlockedView(blocked, report, campaign, names, gone=len(remaining) - len(leads))


async def _settled(uow: UnitOfWork, blocked_id: str) -> Conflict | NotFound:
    blocked = await uow.blocked.get(blocked_id)
    if blocked is None:
        return NotFound("This report is no longer kept. Start the push again with `/push`.")
    state = {
        ArmedState.ARMED: "armed already",
        ArmedState.FIRED: "pushed already",
        ArmedState.CANCELLED: "cancelled already",
        ArmedState.EXPIRED: "expired",
    }
    return Conflict(f"This push is {state[blocked.armed] if blocked.armed else 'not armed'}.")


def _digest(ids: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:16]
