"""The Slack app manifest: every command, shortcut, event and scope the doors use."""

from typing import Any
from urllib.parse import urlsplit

from blocks import ids

COMMANDS = (
    ("/leads", "Find, open and push leads", "[show <email, domain or id> | add | help]"),
    ("/push", "Push leads into a PlusVibe campaign", "[<emails or domains> to <campaign>]"),
    ("/drafts", "Generated emails to preview, edit and approve", ""),
    ("/unibox", "Conversations with prospects", "[<email of a lead>]"),
    ("/pipeline", "The funnel, stage by stage; the link board", "[board | help]"),
    (
        "/outreach",
        "Campaigns, templates, sites, digest, log, doctor and help",
        "[campaigns | templates | sequences | sites | unsubscribes | digest | settings | why <lead> | log | help]",
    ),
)
SCOPES = (
    "channels:history",  # after a crash: look whether a message was posted before posting it again
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "links:read",
    "links:write",
    "usergroups:read",  # user groups as a source of roles
    "users:read",
)
SHORTCUTS = (("Import leads", "message", ids.IMPORT_MESSAGE, "Import the leads of an attached CSV file"),)
EVENTS = ("app_home_opened", "link_shared")


def shortcuts() -> list[dict[str, str]]:
    """The shortcuts as the manifest spells them."""
    names = ("name", "type", "callback_id", "description")
    return [dict(zip(names, shortcut, strict=True)) for shortcut in SHORTCUTS]


def manifest(url: str = "", *, socket: bool = False) -> dict[str, Any]:
    """The manifest to paste into api.slack.com. socket: without URLs, for Socket Mode."""
    door = {} if socket else {"url": f"{url.rstrip('/')}/slack/events"}
    request = {} if socket else {"request_url": door["url"]}
    options = {} if socket else {"message_menu_options_url": door["url"]}
    host = urlsplit(url).hostname
    unfurls = {"unfurl_domains": [host]} if host else {}
    return {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": "Outreach",
            "description": "Leads, audits and guarded pushes into PlusVibe campaigns, in Slack.",
            "background_color": "#1f3a5f",
        },
        "features": {
            "bot_user": {"display_name": "outreach", "always_online": True},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            **unfurls,
            "shortcuts": shortcuts(),
            "slash_commands": [
                {"command": command, "description": description, "usage_hint": hint, "should_escape": False, **door}
                for command, description, hint in COMMANDS
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **request},
            "interactivity": {"is_enabled": True, **request, **options},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }
