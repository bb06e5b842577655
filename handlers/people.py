"""People as Slack describes them."""

from collections.abc import Mapping
from typing import Any

from bot.outreach.roles import Account, SlackPerson

# The first that holds: an owner is also marked as an admin, and whoever was deactivated keeps every mark.
_MARKS = (
    ("deleted", Account.GONE),
    ("is_primary_owner", Account.PRIMARY),
    ("is_owner", Account.OWNER),
    ("is_admin", Account.ADMIN),
    ("is_restricted", Account.GUEST),
    ("is_ultra_restricted", Account.GUEST),
    ("is_stranger", Account.GUEST),
)


def slack_person(user: Mapping[str, Any], user_id: str = "") -> SlackPerson:
    """A user object of users.info or users.list. user_id: where the object names none."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    user_id = str(user.get("id") or user_id)
    name = profile.get("display_name") or user.get("real_name") or user.get("name") or user_id
    account = next((account for mark, account in _MARKS if user.get(mark)), Account.MEMBER)
    return SlackPerson(user_id, str(name), account, str(user.get("tz") or "UTC"))
