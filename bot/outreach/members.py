"""People and their workspace."""

from dataclasses import dataclass
from datetime import datetime

from bot.outreach.access import Actor, Permission, Role, person
from bot.outreach.roles import Account


@dataclass(frozen=True, slots=True)
class Workspace:
    """A Slack team: the tenant every owned row belongs to. `timezone` is an IANA name."""

    id: str
    team_id: str
    name: str
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Member:
    """A Slack user as last read from Slack.

    role: what all of it comes to (`bot.outreach.roles.standing`). set_role: what was set by hand, if anything was.
    grants: what they may on top of their role.
    """

    user_id: str
    name: str
    role: Role
    timezone: str = "UTC"
    refreshed_at: datetime | None = None
    account: Account = Account.MEMBER
    set_role: Role | None = None
    grants: tuple[Permission, ...] = ()

    @property
    def actor(self) -> Actor:
        """The member as one who acts; deactivated ones may do nothing."""
        if self.account is Account.GONE:
            return Actor(self.user_id, self.name, frozenset())
        return person(self.user_id, self.name, self.role, self.grants)
