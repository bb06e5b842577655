"""auth.*, users.*, usergroups.*, team.* and bots.*"""

from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.arguments import Arguments, paged
from bot.sandbox.slack.board import user_json
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.state import UserGroup

Answer = dict[str, Any]

SCOPES = {
    "users.info": "users:read",
    "users.list": "users:read",
    "bots.info": "users:read",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "team.info": "team:read",
}


def test_auth(slack: LocalSlack, arguments: Arguments) -> Answer:
    workspace = slack.workspace
    return {
        "url": f"{slack.settings.base_url}/",
        "team": workspace.team_name,
        "team_id": workspace.team_id,
        "user": workspace.users[workspace.bot_user_id].name,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def user_info(slack: LocalSlack, arguments: Arguments) -> Answer:
    user = slack.workspace.users.get(arguments.need("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user_json(user, slack.workspace)}


def list_users(slack: LocalSlack, arguments: Arguments) -> Answer:
    everybody = [user_json(user, slack.workspace) for user in slack.workspace.users.values()]
    page, metadata = paged(everybody, arguments, default=1_000, most=1_000)
    return {"members": page, **metadata}


def list_usergroups(slack: LocalSlack, arguments: Arguments) -> Answer:
    groups = [_group_json(group, slack) for group in slack.workspace.usergroups.values()]
    if not arguments.flag("include_users"):
        for group in groups:
            del group["users"]
    return {"usergroups": groups}


def _group_json(group: UserGroup, slack: LocalSlack) -> Answer:
    shown = {"id": group.id, "team_id": slack.workspace.team_id, "is_usergroup": True, "name": group.name}
    return shown | {"handle": group.handle, "user_count": len(group.users), "users": list(group.users)}


def list_usergroup_users(slack: LocalSlack, arguments: Arguments) -> Answer:
    group = slack.workspace.usergroups.get(arguments.need("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def team_info(slack: LocalSlack, arguments: Arguments) -> Answer:
    workspace = slack.workspace
    return {"team": {"id": workspace.team_id, "name": workspace.team_name, "domain": workspace.team_domain}}


def bot_info(slack: LocalSlack, arguments: Arguments) -> Answer:
    workspace = slack.workspace
    if arguments.text("bot") not in (None, workspace.bot_id):
        raise SlackError("bot_not_found")
    name = workspace.users[workspace.bot_user_id].name
    more = {"app_id": workspace.app_id, "user_id": workspace.bot_user_id, "deleted": False}
    return {"bot": {"id": workspace.bot_id, "name": name, **more}}


METHODS: dict[str, Callable[[LocalSlack, Arguments], Answer]] = {
    "auth.test": test_auth,
    "users.info": user_info,
    "users.list": list_users,
    "usergroups.list": list_usergroups,
    "usergroups.users.list": list_usergroup_users,
    "team.info": team_info,
    "bots.info": bot_info,
}
