"""How strict and how patient the local workspace is."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.clock import Clock, utc_now

BOT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "links:write",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
    }
)
BOT_EVENTS = frozenset({"app_home_opened", "message.im"})


@dataclass
class Settings:
    """Addresses, clocks and permissions of the local workspace. All may be changed while it runs.

    app_url: where the app takes everything Slack sends, such as `http://127.0.0.1:3000/slack/events`.
    base_url: where this workspace is reached, without a final slash; its Web API is `{base_url}/api/`.
    events: subscriptions as in the app manifest; an event that is not subscribed is not sent.
    commands: as in the manifest (`command`, `description`, `usage_hint`, `should_escape`); empty accepts any command.
    shortcuts: as in the manifest (`name`, `type`, `callback_id`, `description`); empty accepts any shortcut.
    retry_delays_seconds: before the first, second and third retry of an event; Slack waits 0, 60 and 300.
    burst: posts a channel takes at once before one a second holds; `is_paced` switches that limit off.
    """

    app_url: str
    base_url: str
    clock: Clock = utc_now
    ack_seconds: float = 3.0
    trigger_life: timedelta = timedelta(seconds=3)
    retry_delays_seconds: tuple[float, ...] = (0, 60, 300)
    burst: int = 3
    is_paced: bool = True
    scopes: frozenset[str] = BOT_SCOPES
    events: frozenset[str] = BOT_EVENTS
    commands: list[dict[str, Any]] = field(default_factory=list)
    shortcuts: list[dict[str, str]] = field(default_factory=list)
