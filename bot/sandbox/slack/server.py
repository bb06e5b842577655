"""The local workspace as a whole: its routes, a believable team, and a server of its own for tests."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from bot.sandbox.serving import serving
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.methods_files import file_addresses
from bot.sandbox.slack.settings import Settings
from bot.sandbox.slack.state import Channel, User, UserGroup, Workspace
from bot.sandbox.slack.web_api import response_urls, web_api

BOT = "U0OUTREACH"
ANA, BEN, CHLOE, DEV = "U0ANANOVAK", "U0BENCARTER", "U0CHLOEMAR", "U0DEVPATEL"
OUTREACH, SALES, GENERAL, ARCHIVED = "C0OUTREACH", "C0SALES", "C0GENERAL", "C0ARCHIVED"


def slack_app(slack: LocalSlack) -> APIRouter:
    """The Web API, response URLs and file addresses. Include it where `slack.settings.base_url` points."""
    router = APIRouter()
    for part in (web_api(slack), response_urls(slack), file_addresses(slack)):
        router.include_router(part)
    return router


def new_local_slack(
    *,
    app_url: str,
    base_url: str,
    commands: Iterable[dict[str, Any]] = (),
    transport: httpx.AsyncBaseTransport | None = None,
    **settings: Any,
) -> LocalSlack:
    """A local Slack with the team "Acme Outreach".

    app_url, base_url, settings: see `Settings`. transport: `httpx.ASGITransport(app)` reaches an app in this process.
    """
    chosen = Settings(app_url, base_url, commands=list(commands), **settings)
    slack = LocalSlack(_workspace(), chosen, transport=transport)
    for user in [user for user in slack.workspace.users.values() if not user.is_bot]:
        slack.board.direct_message(user.id)
    return slack


def _workspace() -> Workspace:
    users = [
        User(
            ANA,
            "ana",
            "Ana Novak",
            "Europe/Prague",
            is_owner=True,
            is_admin=True,
            is_primary_owner=True,
            colour="#7c3085",
        ),
        User(BEN, "ben", "Ben Carter", "Europe/London", is_admin=True, colour="#1264a3"),
        User(CHLOE, "chloe", "Chloe Martin", "Europe/Paris", colour="#2b7a4b"),
        User(DEV, "dev", "Dev Patel", "Asia/Kolkata", colour="#b3541e"),
        User(BOT, "outreach", "Outreach", "UTC", is_bot=True),
    ]
    people = {user.id for user in users if not user.is_bot}
    channels = [
        Channel(OUTREACH, "outreach", "Campaigns, pushes and replies", members=people | {BOT}),
        Channel(SALES, "sales", "Deals in progress", members=people | {BOT}),
        Channel(GENERAL, "general", "For everybody", members=people),
        Channel(ARCHIVED, "archived-2025", "Last year's campaigns", is_archived=True, members=people | {BOT}),
    ]
    return Workspace(
        team_id="T0ACMEOUT",
        team_name="Acme Outreach",
        team_domain="acme-outreach",
        bot_user_id=BOT,
        bot_id="B0OUTREACH",
        app_id="A0OUTREACH",
        bot_token="xoxb-local-outreach",
        app_token="xapp-local-outreach",
        signing_secret="local-signing-secret",
        users={user.id: user for user in users},
        channels={channel.id: channel for channel in channels},
        usergroups={"S0SALES": UserGroup("S0SALES", "sales-team", "Sales team", [BEN, CHLOE])},
    )


@asynccontextmanager
async def served(slack: LocalSlack, *more: APIRouter) -> AsyncIterator[LocalSlack]:
    """Serve the workspace on a free port of 127.0.0.1, set `base_url` to it, and close everything at the end."""
    web = FastAPI(openapi_url=None)
    for router in (slack_app(slack), *more):
        web.include_router(router)
    async with serving(web) as address:
        slack.settings.base_url = address
        try:
            yield slack
        finally:
            await slack.aclose()
