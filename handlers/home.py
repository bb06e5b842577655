"""The Home tab: drawn when it is opened, and again when what it shows changed."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackRequestError

from blocks import ids
from blocks.home import SHOWN, home_view
from bot.outreach.errors import OutreachError
from bot.outreach.health import Finding
from bot.outreach.home import Home
from bot.outreach.members import Member
from handlers import Table
from handlers.call import Call
from handlers.house import House

log = structlog.get_logger()


async def home_opened(call: Call) -> None:
    """The Home tab, drawn afresh each time it is opened."""
    await call.ack()
    event = call.body.get("event") or {}
    if event.get("tab") != "home":
        return
    version = await call.services.home.version(call.workspace_id)
    member, wrong = await asyncio.gather(call.member(), call.services.doctor.wrong())
    view = await _view(call.house, member, wrong)
    await call.house.slack.views_publish(user_id=call.user_id, view=view)
    await call.services.home.opened(call.workspace_id, call.user_id, version, _mark(view))


async def refresh_homes(house: House) -> int:
    """Draw Home again for those who looked at it lately and see something else than what is; how many were drawn."""
    version, late = await house.services.home.behind(house.workspace.id)
    if not late:
        return 0
    wrong, drawn = await house.services.doctor.wrong(), 0
    for user_id in late:
        try:
            drawn += await _refresh(house, user_id, version, wrong)
        except (OutreachError, SlackApiError, SlackRequestError, ClientError, TimeoutError, OSError) as error:
            # Held until its lease ends, then tried again; the others do not wait for this one.
            log.warning("home not drawn", user=user_id, error=type(error).__name__)
    return drawn


async def _refresh(house: House, user_id: str, version: str, wrong: Sequence[Finding]) -> bool:
    """Publish only what differs from what the person sees."""
    member = await Call(house, {"user_id": user_id}, _nobody_asked).member()
    view = await _view(house, member, wrong)
    mark = _mark(view)
    differs = not await house.services.home.sees(house.workspace.id, user_id, mark)
    if differs:
        await house.slack.views_publish(user_id=user_id, view=view)
    await house.services.home.drawn(house.workspace.id, user_id, version, mark)
    return differs


async def _view(house: House, member: Member, wrong: Sequence[Finding]) -> dict[str, Any]:
    services, here, actor = house.services, house.workspace.id, member.actor
    figures = await services.home.figures(here, actor, member.timezone)
    waiting = await services.home.blocked(here, actor)
    drafts, draft_cards = await services.drafts.waiting(here, actor, SHOWN)
    replies, reply_cards = await services.unibox.waiting(here, actor, SHOWN)
    steps, step_cards = await services.runs.waiting(here, actor, SHOWN)
    waiting = replace(waiting, steps=steps, step_cards=step_cards)
    waiting = replace(waiting, drafts=drafts, draft_cards=draft_cards, replies=replies, reply_cards=reply_cards)
    return home_view(Home(figures, waiting, wrong), actor.permissions)


def _mark(view: dict[str, Any]) -> str:
    return hashlib.blake2s(json.dumps(view, sort_keys=True).encode(), digest_size=12).hexdigest()


async def _nobody_asked(**answer: Any) -> None:
    """There is no delivery to answer."""


async def report_opened(call: Call) -> None:
    """A link button: Slack follows the link by itself."""
    await call.ack()


TABLE = Table(events={"app_home_opened": home_opened}, actions={ids.HOME_REPORT: report_opened})
