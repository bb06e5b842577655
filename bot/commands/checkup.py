"""What `doctor` and `token` do from the shell, where no process is running."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from bot.clock import utc_now
from bot.commands.serving import expect_schema
from bot.config import WHERE_TO_GET, Settings, SettingsError, reveal
from bot.connections import Gateways, gateways, team_of, web_client
from bot.gateways.http import Patience
from bot.outreach.access import CLOCK
from bot.outreach.errors import Invalid
from bot.outreach.health import Finding
from bot.use_cases import services
from handlers.doctor import slack_findings
from storage.database import Database

ASKED_ONCE = Patience(attempts=1)


async def check_all(settings: Settings) -> list[Finding]:
    """Every finding a person can get from this machine."""
    async with AsyncExitStack() as closing:
        database = Database(settings.database_url)
        closing.push_async_callback(database.close)
        use_cases = services(settings, database, gateways(settings, closing, patience=ASKED_ONCE), utc_now)
        missing = settings.missing_for_slack()
        slack = [Finding(name, False, "not set", WHERE_TO_GET[name]) for name in missing]
        if reveal(settings.slack_bot_token):
            slack += await slack_findings(web_client(settings), settings.slack_channel)
        workspaces = await use_cases.workspaces.all() if (await use_cases.doctor.rows()).ok else []
        only = workspaces[0].id if len(workspaces) == 1 else None
        return [*slack, *await use_cases.doctor.findings(only)]


async def create_token(settings: Settings, name: str, scopes: Sequence[str]) -> str:
    """A new token's text for the workspace of SLACK_BOT_TOKEN, or for the only one there is. Raises `SettingsError`."""
    await asyncio.to_thread(expect_schema, settings.database_url)
    async with AsyncExitStack() as closing:
        database = Database(settings.database_url)
        closing.push_async_callback(database.close)
        use_cases = services(settings, database, Gateways(), utc_now)
        workspaces = await use_cases.workspaces.all()
        if len(workspaces) == 1:
            workspace = workspaces[0]
        elif reveal(settings.slack_bot_token):
            team = await team_of(web_client(settings))
            workspace = await use_cases.workspaces.of_team(team.id, team.name)
        else:
            raise SettingsError("Set SLACK_BOT_TOKEN, so that it is known which Slack workspace the token is for.")
        try:
            return await use_cases.tokens.create(workspace.id, CLOCK, name, scopes)
        except Invalid as error:
            raise SettingsError(str(error)) from error
