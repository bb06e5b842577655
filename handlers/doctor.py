"""What only Slack can tell the doctor: the token, its scopes, the default channel."""

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.outreach.health import Finding
from handlers.manifest import SCOPES


async def slack_findings(slack: AsyncWebClient, channel: str) -> list[Finding]:
    """The token, its scopes and the channel, as findings."""
    try:
        answer = await slack.auth_test()
    except SlackApiError as error:
        return [
            Finding(
                "Slack",
                False,
                f"the token is refused ({error.response.get('error')})",
                "Install the app again and set SLACK_BOT_TOKEN.",
            )
        ]
    except (ClientError, TimeoutError, OSError):
        return [Finding("Slack", False, "cannot be reached", "Check the network and SLACK_API_URL.")]
    granted = set(str((answer.headers or {}).get("x-oauth-scopes", "")).split(","))
    missing = sorted(set(SCOPES) - granted) if granted != {""} else []
    scopes = Finding(
        "Slack scopes",
        not missing,
        "complete" if not missing else f"missing {', '.join(missing)}",
        "Paste the output of `python -m bot manifest` into the app's manifest and install again.",
    )
    return [
        Finding("Slack", True, f"connected to {answer.get('team', 'the workspace')}"),
        scopes,
        await _channel(slack, channel),
    ]


async def _channel(slack: AsyncWebClient, channel: str) -> Finding:
    if not channel:
        return Finding("Announcements", False, "no channel is set", "Set SLACK_CHANNEL to a channel id.", needed=False)
    try:
        answer = await slack.conversations_info(channel=channel)
    except SlackApiError as error:
        return Finding(
            "Announcements",
            False,
            f"the channel cannot be used ({error.response.get('error')})",
            "Set SLACK_CHANNEL to the id of a channel the app is in.",
        )
    except (ClientError, TimeoutError, OSError):
        return Finding("Announcements", False, "the channel could not be read", "Try again.")
    known = answer["channel"] or {}
    if known.get("is_archived"):
        return Finding("Announcements", False, "the channel is archived", "Set SLACK_CHANNEL to another channel's id.")
    name = known.get("name", channel)
    if not known.get("is_member", True):
        said = f"go to #{name}, where the app is no member and cannot look whether a post of its own stands"
        return Finding("Announcements", False, said, f"Invite it there: `/invite` in #{name}.", needed=False)
    return Finding("Announcements", True, f"go to #{name}")
