"""What Slack tells of user groups and of everybody: asked by people for a form, and by the clock."""

from collections.abc import Sequence
from typing import Any

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.outreach.access import Role
from bot.outreach.errors import Invalid
from bot.outreach.roles import RoleGroup
from bot.services.roles import GROUPS, PEOPLE
from handlers.house import House
from handlers.people import slack_person

log = structlog.get_logger()
PAGE_USERS = 200
_UNANSWERED = (SlackRequestError, ClientError, TimeoutError, OSError)


async def user_groups(house: House) -> list[dict[str, Any]]:
    """Every user group of the workspace that is in use, as Slack describes it."""
    groups: list[dict[str, Any]] = (await house.slack.usergroups_list()).get("usergroups") or []
    return groups


async def user_group(house: House, group_id: str, role: Role) -> RoleGroup:
    """One of them, to give this role. Raises `Invalid` when it is gone."""
    found = next((group for group in await user_groups(house) if group.get("id") == group_id), None)
    if found is None:
        raise Invalid("This user group is not in Slack any more. Choose another one.", field="group")
    return RoleGroup(group_id, str(found.get("handle") or ""), str(found.get("name") or ""), role)


async def people_of(house: House, group_id: str) -> Sequence[str]:
    """The Slack ids of whoever is in it."""
    people: list[str] = (await house.slack.usergroups_users_list(usergroup=group_id)).get("users") or []
    return people


async def follow_slack(house: House) -> None:
    """Read again who is in the groups that give roles, and who everybody is. What fails leaves what was known."""
    roles, here = house.services.roles, house.workspace.id
    if await roles.turn(here, GROUPS):
        for group in await roles.groups(here):
            await _follow_group(house, group.id)
        await roles.turn_taken(here, GROUPS)
    if await roles.turn(here, PEOPLE):
        try:
            await _read_everybody(house)
        except (SlackApiError, *_UNANSWERED) as error:
            log.warning("people not read", error=_named(error))
        else:
            await roles.turn_taken(here, PEOPLE)


async def _follow_group(house: House, group_id: str) -> None:
    try:
        people = await people_of(house, group_id)
    except (SlackApiError, *_UNANSWERED) as error:
        log.warning("user group not read", group=group_id, error=_named(error))
        await house.services.roles.group_unread(house.workspace.id, group_id, _named(error))
    else:
        await house.services.roles.group_read(house.workspace.id, group_id, people)


async def _read_everybody(house: House) -> None:
    """Page by page: a workspace may have tens of thousands."""
    cursor = ""
    while True:
        answer = await house.slack.users_list(limit=PAGE_USERS, cursor=cursor)
        users: list[dict[str, Any]] = answer.get("members") or []
        people = [slack_person(user) for user in users if not user.get("is_bot") and user.get("id") != "USLACKBOT"]
        await house.services.members.remember_those_that_matter(house.workspace.id, people)
        metadata: dict[str, Any] = answer.get("response_metadata") or {}
        cursor = str(metadata.get("next_cursor") or "")
        if not cursor:
            return


def _named(error: Exception) -> str:
    """Slack's own word for it, else what kind of failure it was."""
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else "Slack did not answer"
