"""People and their workspace."""

from dataclasses import dataclass
from datetime import datetime

from bot.outreach.access import Actor, Role, person


@dataclass(frozen=True, slots=True)
class Workspace:
    """A Slack team: the tenant every owned row belongs to. `timezone` is an IANA name."""

    id: str
    team_id: str
    name: str
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Member:
    """A Slack user as last read from users.info."""

    user_id: str
    name: str
    role: Role
    timezone: str = "UTC"
    refreshed_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """The member as one who acts."""
        return person(self.user_id, self.name, self.role)
