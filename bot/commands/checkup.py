"""What `doctor` and `token` do from the shell, where no process is running."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from bot.app import gateways, services, team_of, web_client
from bot.clock import utc_now
from bot.config import WHERE_TO_GET, Settings, SettingsError, reveal
from bot.outreach.access import CLOCK
from bot.outreach.errors import Invalid
from bot.outreach.health import Finding
from handlers.doctor import slack_findings
from storage.database import Database


async def check_all(settings: Settings) -> list[Finding]:
    """Every finding a person can get from this machine."""
    async with AsyncExitStack() as closing:
        database = Database(settings.database_url)
        closing.push_async_callback(database.close)
        use_cases = services(settings, database, *gateways(settings, closing), utc_now)
        missing = settings.missing_for_slack()
        slack = [Finding(name, False, "not set", WHERE_TO_GET[name]) for name in missing]
        if reveal(settings.slack_bot_token):
            slack += await slack_findings(web_client(settings), settings.slack_channel)
        found = await use_cases.doctor.findings(None)
        workspaces = await use_cases.workspaces.all() if found[0].ok else []
        if workspaces:
            found = await use_cases.doctor.findings(workspaces[0].id)
        return [*slack, *found]


async def create_token(settings: Settings, name: str, scopes: Sequence[str]) -> str:
    """A new token's text for the one workspace. Raises `SettingsError` for an unknown scope."""
    async with AsyncExitStack() as closing:
        database = Database(settings.database_url)
        closing.push_async_callback(database.close)
        use_cases = services(settings, database, None, None, utc_now)
        workspaces = await use_cases.workspaces.all() if await database.schema_is_current() else []
        if workspaces:
            workspace = workspaces[0]
        elif reveal(settings.slack_bot_token) and await database.schema_is_current():
            team = await team_of(web_client(settings))
            workspace = await use_cases.workspaces.of_team(team.id, team.name)
        else:
            raise SettingsError("No workspace yet: set SLACK_BOT_TOKEN, run `python -m bot migrate`, then try again.")
        try:
            return await use_cases.tokens.create(workspace.id, CLOCK, name, scopes)
        except Invalid as error:
            raise SettingsError(str(error)) from error
