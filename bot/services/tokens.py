"""Tokens of the JSON API: made, looked up, never shown twice."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import SCOPES, Actor, Permission, require
from bot.outreach.errors import Invalid
from bot.outreach.events import EventKind, by
from bot.outreach.tokens import Token, hash_of, new_text
from storage.database import Database


class TokenService:
    """Tokens of the JSON API. `fixed` is the one from the settings, with every scope, for the one workspace."""

    def __init__(self, database: Database, clock: Clock, fixed: str = "") -> None:
        self._database = database
        self._clock = clock
        self._fixed_hash = hash_of(fixed) if fixed else None

    async def create(self, workspace_id: str, actor: Actor, name: str, scopes: Sequence[str]) -> str:
        """A new token's text, to be shown once. Raises `Invalid` for an unknown scope."""
        require(actor, Permission.MANAGE_TOKENS)
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not scopes:
            raise Invalid(
                f"Unknown scope {', '.join(unknown) or '(none)'}. Choose from {', '.join(SCOPES)}.", field="scope"
            )
        text = new_text()
        now = self._clock()
        token = Token(str(uuid4()), name, hash_of(text), tuple(dict.fromkeys(scopes)), now)
        async with self._database.begin(workspace_id) as uow:
            await uow.tokens.add(token)
            await uow.events.add(by(actor, EventKind.TOKEN_CREATED, now, None, {"scopes": list(token.scopes)}))
        return text

    async def bearer(self, text: str, only_workspace_id: str) -> tuple[str, Actor] | None:
        """The workspace and actor a bearer text stands for, or None."""
        given = hash_of(text)
        if self._fixed_hash is not None and given == self._fixed_hash:
            fixed = Token("settings", "API_TOKEN", given, tuple(SCOPES), datetime.min.replace(tzinfo=UTC))
            return only_workspace_id, fixed.actor
        async with self._database.read_unbound() as directory:
            found = await directory.tokens.find(given)
        return (found[0], found[1].actor) if found else None
