"""The workspace: a Slack team, the tenant of every row."""

from dataclasses import replace
from uuid import uuid4

from bot.outreach.members import Workspace
from storage.database import Database


class WorkspaceService:
    """Finds the workspace of a Slack team, or makes it on first sight."""

    def __init__(self, database: Database, timezone: str) -> None:
        self._database = database
        self._timezone = timezone

    async def of_team(self, team_id: str, name: str) -> Workspace:
        """The team's workspace, in the settings' zone, made when it is new. Two processes end with the same one."""
        async with self._database.read_unbound() as directory:
            known = await directory.workspaces.find(team_id)
        if known is not None and known.timezone == self._timezone:
            return known
        if known is not None:
            async with self._database.begin_unbound() as directory:
                await directory.workspaces.rename(known.id, known.name, timezone=self._timezone)
            return replace(known, timezone=self._timezone)
        async with self._database.begin_unbound() as directory:
            await directory.workspaces.add(Workspace(str(uuid4()), team_id, name, self._timezone))
        async with self._database.read_unbound() as directory:
            made = await directory.workspaces.find(team_id)
        assert made is not None
        return made

    async def all(self) -> list[Workspace]:
        """Every workspace, for the clock."""
        async with self._database.read_unbound() as directory:
            return list(await directory.workspaces.all())
