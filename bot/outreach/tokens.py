"""Tokens of the JSON API: shown once, kept as a hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from bot.outreach.access import SCOPES, Actor, Permission


@dataclass(frozen=True, slots=True)
class Token:
    """A token as stored. `hash` is SHA-256 of the text, in hex: the text has 256 random bits, so no salt is needed."""

    id: str
    name: str
    hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """The token as one who acts, with what its scopes allow."""
        allowed: frozenset[Permission] = frozenset().union(*(SCOPES[scope] for scope in self.scopes))
        return Actor(f"token:{self.id}", self.name, allowed)


def new_text() -> str:
    """A fresh token's text."""
    return f"out_{secrets.token_urlsafe(32)}"


def hash_of(text: str) -> str:
    """What is stored and looked up instead of the text."""
    return hashlib.sha256(text.encode()).hexdigest()
