"""What `recount` does from the shell: every maintained counter beside a recount."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from bot.clock import utc_now
from bot.commands.serving import expect_schema
from bot.config import Settings
from bot.connections import Gateways
from bot.outreach.pipeline import Kept
from bot.use_cases import services
from storage.database import Database


async def count_again(settings: Settings, *, repair: bool) -> Sequence[tuple[str, Kept]]:
    """Each counter with the name of its workspace. Raises `SettingsError` when the schema is not up to date."""
    await asyncio.to_thread(expect_schema, settings.database_url)
    async with AsyncExitStack() as closing:
        database = Database(settings.database_url)
        closing.push_async_callback(database.close)
        use_cases = services(settings, database, Gateways(), utc_now)
        found: list[tuple[str, Kept]] = []
        for workspace in await use_cases.workspaces.all():
            lines = await use_cases.pipeline.check(workspace.id, repair=repair)
            found += [(workspace.name, line) for line in lines]
        return found
