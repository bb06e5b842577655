"""Workspaces: the tenants. The one table read without being bound to one."""

from sqlalchemy import Column, Table, UniqueConstraint, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outreach.errors import Duplicate
from bot.outreach.members import Workspace
from storage.tables import AnyRow, metadata
from storage.types import CleanText, KeyText

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", KeyText, primary_key=True),
    Column("team_id", KeyText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("timezone", CleanText, nullable=False),
    UniqueConstraint("team_id"),
)
_COLUMNS = [workspaces.c[name] for name in ("id", "team_id", "name", "timezone")]


class Workspaces:
    """The teams that installed the bot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, team_id: str) -> Workspace | None:
        """The workspace of a Slack team."""
        return await self._one(workspaces.c.team_id, team_id)

    async def get(self, workspace_id: str) -> Workspace | None:
        """The workspace with our id."""
        return await self._one(workspaces.c.id, workspace_id)

    async def all(self) -> list[Workspace]:
        """Every workspace, by name."""
        rows = await self._connection.execute(select(*_COLUMNS).order_by(workspaces.c.name, workspaces.c.id))
        return [_workspace(row) for row in rows]

    async def add(self, workspace: Workspace) -> None:
        """Raises `Duplicate` with the id of the workspace that already stands for the team."""
        values = {column.name: getattr(workspace, column.name) for column in _COLUMNS}
        async with self._connection.begin_nested():
            existing = await self.find(workspace.team_id)
            if existing:
                raise Duplicate("This Slack team already has a workspace.", id=existing.id)
            await self._connection.execute(workspaces.insert().values(values))

    async def rename(self, workspace_id: str, name: str, *, timezone: str | None = None) -> None:
        """Give it another name and, when one is given, another zone."""
        values = {"name": name} if timezone is None else {"name": name, "timezone": timezone}
        await self._connection.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(values))

    async def _one(self, column: Column[str], wanted: str) -> Workspace | None:
        row = (await self._connection.execute(select(*_COLUMNS).where(column == wanted))).first()
        return _workspace(row) if row else None


def _workspace(row: AnyRow) -> Workspace:
    return Workspace(*row)
