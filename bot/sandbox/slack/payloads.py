"""The payloads Slack sends to an app, built from what a person did."""

import secrets
from typing import Any

from bot.sandbox.slack.state import Channel, User, Workspace

Payload = dict[str, Any]

VERIFICATION_TOKEN = "local-verification-token"


def command(workspace: Workspace, user: User, channel: Channel, name: str, text: str) -> dict[str, str]:
    """The form fields of a slash command, without trigger_id and response_url."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_im else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
    }


def interaction(workspace: Workspace, user: User, kind: str, **more: Any) -> Payload:
    """What every interaction carries, with `more` of its own kind."""
    person = {"id": user.id, "username": user.name, "name": user.name, "team_id": workspace.team_id}
    return {
        "type": kind,
        "token": VERIFICATION_TOKEN,
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "user": person,
        "api_app_id": workspace.app_id,
        "enterprise": None,
        "is_enterprise_install": False,
        **more,
    }


def channel_stub(channel: Channel) -> Payload:
    return {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name}


def event(workspace: Workspace, inner: Payload, *, event_time: int) -> Payload:
    """The envelope of an event; a retry repeats it with the same event_id."""
    authorization = {
        "enterprise_id": None,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": event_time,
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
    }
