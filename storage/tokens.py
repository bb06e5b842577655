"""Tokens of the JSON API. Looked up by hash before the workspace is known."""

from datetime import datetime

from sqlalchemy import Column, Index, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.outreach.tokens import Token
from storage.tables import AnyRow, metadata, owned_columns
from storage.tenant import Tenant
from storage.types import CleanText, Json, KeyText, UtcDateTime

tokens = Table(
    "tokens",
    metadata,
    *owned_columns(),
    Column("name", CleanText, nullable=False),
    Column("hash", KeyText, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Index(None, "hash", unique=True),
)
_NAMES = ("id", "name", "hash", "scopes", "created_at", "revoked_at")
_COLUMNS = [tokens.c[name] for name in _NAMES]


class Tokens:
    """The tokens of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, token: Token) -> None:
        """Keep a new token's hash."""
        values = {name: getattr(token, name) for name in _NAMES}
        await self._tenant.change(insert(tokens).values(self._tenant.row(**values)))

    async def all(self) -> list[Token]:
        """Every token, revoked ones too, oldest first."""
        statement = select(*_COLUMNS).where(self._tenant.owns(tokens)).order_by(tokens.c.seq)
        return [_token(row) for row in await self._tenant.all(statement)]

    async def revoke(self, token_id: str, at: datetime) -> bool:
        """End it. False when it is ended already or not here."""
        one = (self._tenant.owns(tokens), tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
        return await self._tenant.change(update(tokens).where(*one).values(revoked_at=at)) > 0


class AllTokens:
    """The tokens of every workspace."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, hash: str) -> tuple[str, Token] | None:
        """The workspace and token with this hash, unless it is revoked."""
        one = (tokens.c.hash == hash, tokens.c.revoked_at.is_(None))
        statement = select(*_COLUMNS, tokens.c.workspace_id).where(*one)
        row = (await self._connection.execute(statement)).first()
        return (row.workspace_id, _token(row)) if row else None


def _token(row: AnyRow) -> Token:
    values = {name: row._mapping[name] for name in _NAMES}
    return Token(**values | {"scopes": tuple(values["scopes"])})
