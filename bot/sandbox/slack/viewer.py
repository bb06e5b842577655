"""Through whose eyes a page is drawn: what they see, how the names and times read for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.clock import utc_now
from bot.sandbox.slack.dates import clock_time, format_tokens
from bot.sandbox.slack.state import Channel, Message, User, Workspace

_AHEAD = timedelta(minutes=1)


@dataclass(frozen=True)
class Viewer:
    """One person looking at the workspace at `now` (aware UTC)."""

    workspace: Workspace
    user: User
    now: datetime

    @cached_property
    def zone(self) -> tzinfo:
        try:
            return ZoneInfo(self.user.tz)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    @property
    def clock(self) -> str:
        """`Monday, November 23rd, 9:00 AM`, when somebody moved the workspace's clock on; else nothing."""
        if self.now - utc_now() < _AHEAD:
            return ""
        day = format_tokens(self.now, "{date_long}", self.zone, self.now)
        return f"{day}, {clock_time(self.now, self.zone)}"

    @property
    def app(self) -> User:
        return self.workspace.users[self.workspace.bot_user_id]

    @property
    def direct_message(self) -> Channel | None:
        """This person's conversation with the app, when it was opened."""
        return next((c for c in self.workspace.channels.values() if c.is_im and c.user == self.user.id), None)

    @property
    def channels(self) -> list[Channel]:
        """The channels of the sidebar, archived ones last."""
        shared = (channel for channel in self.workspace.channels.values() if not channel.is_im)
        return sorted(shared, key=lambda channel: (channel.is_archived, channel.name))

    def sees(self, message: Message) -> bool:
        return message.ephemeral_to in (None, self.user.id)

    def user_name(self, user_id: str) -> str:
        user = self.workspace.users.get(user_id)
        return (user.real_name or user.name) if user else user_id

    def channel_name(self, channel_id: str) -> str:
        channel = self.workspace.channels.get(channel_id)
        return channel.name if channel else channel_id


def people(workspace: Workspace) -> list[User]:
    """The humans, owners and admins first."""
    humans = (user for user in workspace.users.values() if not user.is_bot)
    return sorted(humans, key=lambda user: (not user.is_owner, not user.is_admin))


def role(user: User) -> str:
    if user.is_owner:
        return "owner"
    return "admin" if user.is_admin else "member"


def initials(user: User) -> str:
    words = (user.real_name or user.name or "?").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
