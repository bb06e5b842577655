"""What `/outreach roles` shows: people with their roles, and what gives roles."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.outreach.access import Role
from bot.outreach.members import Member
from bot.outreach.roles import RoleGroup, Standing


@dataclass(frozen=True, slots=True)
class Ranked:
    """Somebody and where their role comes from."""

    member: Member
    standing: Standing


@dataclass(frozen=True, slots=True)
class RoleBoard:
    """A page of people. next_after: whom the next page follows; empty on the last. people: how many, by group."""

    you: Ranked | None
    page: tuple[Ranked, ...]
    groups: tuple[RoleGroup, ...]
    people: Mapping[str, int]
    default: Role
    next_after: str = ""
    is_first: bool = True
