"""Where somebody's role comes from: set by hand, by a Slack user group, or by what their Slack account is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.outreach.access import Permission, Role
from bot.outreach.errors import Conflict, Invalid

DEFAULT_ROLE = Role.EDITOR
DEFAULTS = (Role.VIEWER, Role.EDITOR, Role.ADMIN)  # what everybody may be without anybody choosing them
GRANTABLE = tuple(permission for permission in Permission if permission.role not in (min(Role), max(Role)))
MOST_GROUPS = 20


class Account(StrEnum):
    """What somebody's account in Slack is. `GONE` was deactivated: it may do nothing, whatever it was given."""

    PRIMARY = "primary"
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"
    GONE = "gone"


class Source(StrEnum):
    """What gave somebody their role."""

    PRIMARY = "primary"
    ACCOUNT = "account"
    HAND = "hand"
    GROUP = "group"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class SlackPerson:
    """Somebody as Slack describes them. `timezone` is an IANA name."""

    user_id: str
    name: str
    account: Account
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class RoleGroup:
    """A Slack user group whose people have a role here.

    read_at: when its people were last read. problem: why the newest try failed, while the people known before stay.
    """

    id: str
    handle: str
    name: str
    role: Role
    read_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A role and what gave it; `group` where that was one."""

    role: Role
    source: Source
    group: RoleGroup | None = None


_OF_ACCOUNT = {
    Account.OWNER: Role.OWNER,
    Account.ADMIN: Role.ADMIN,
    Account.GUEST: Role.VIEWER,
    Account.GONE: Role.VIEWER,
}


def standing(account: Account, by_hand: Role | None, groups: Iterable[RoleGroup], default: Role) -> Standing:
    """Somebody's role: by hand before groups, the highest group before the account, the account before the default.

    The primary owner of the workspace is always an owner, so that nobody can lock everybody out.
    """
    if account is Account.PRIMARY:
        return Standing(Role.OWNER, Source.PRIMARY)
    if account is Account.GONE:
        return Standing(_OF_ACCOUNT[account], Source.ACCOUNT)
    if by_hand is not None:
        return Standing(by_hand, Source.HAND)
    if highest := max(groups, key=lambda group: (group.role, group.id), default=None):
        return Standing(highest.role, Source.GROUP, highest)
    if account in _OF_ACCOUNT:
        return Standing(_OF_ACCOUNT[account], Source.ACCOUNT)
    return Standing(default, Source.DEFAULT)


def default_of(stored: object) -> Role:
    """The default role as stored; `DEFAULT_ROLE` until an owner chose one."""
    known = {role.value: role for role in DEFAULTS}
    return known.get(stored, DEFAULT_ROLE) if isinstance(stored, int) else DEFAULT_ROLE


def checked_grants(grants: Iterable[Permission]) -> tuple[Permission, ...]:
    """The grants in the order of the table. Raises `Invalid` for one that only comes with a role."""
    chosen = set(grants)
    if beyond := sorted(chosen - set(GRANTABLE)):
        raise Invalid(f"To {beyond[0].value} comes with a role only. Change the role instead.", field="grants")
    return tuple(permission for permission in GRANTABLE if permission in chosen)


class LastOwner(Conflict):
    """The act would leave the workspace without an owner."""

    def __init__(self) -> None:
        super().__init__("Nobody would be left as an owner. Make somebody else an owner first, then do this again.")
