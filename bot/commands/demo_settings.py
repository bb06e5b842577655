"""The demo's settings: every vendor is its stand-in, and the web the sample sites."""

from contextlib import AsyncExitStack

from bot.config import Settings
from bot.gateways.pinned import StandIn
from bot.sandbox.audits.desk import AuditDesk
from bot.sandbox.plusvibe.world import PlusVibeWorld
from bot.sandbox.sendgrid.world import SendGridWorld
from bot.sandbox.sites.web import SampleSites, trusting_anybody
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.server import OUTREACH

API_TOKEN = "demo-token"
WEBHOOK_SECRET = "demo-webhook-secret"
INBOUND_TOKEN = "demo-inbound-token"
ENCRYPTION_KEY = "ZGVtby1rZXktZm9yLXRoZS1sb2NhbC13b3Jrc3BhY2U="  # nothing here leaves the machine
SLACK_AT, VENDORS_AT = "/sandbox/slack", "/sandbox/vendors"


def demo_settings(
    address: str,
    database_url: str,
    slack: LocalSlack,
    plusvibe: PlusVibeWorld,
    sendgrid: SendGridWorld,
    desk: AuditDesk,
    *,
    built_in: bool = False,
) -> Settings:
    """Settings that point every vendor at its stand-in; nothing is read from the environment.

    built_in: audits are the built-in auditor's, and links are checked: the sample sites are the web.
    """
    given = {
        "database_url": database_url,
        "public_url": address,
        "slack_bot_token": slack.workspace.bot_token,
        "slack_signing_secret": slack.workspace.signing_secret,
        "slack_app_token": None,
        "slack_api_url": f"{address}{SLACK_AT}/api/",
        "slack_channel": OUTREACH,
        "plusvibe_api_key": plusvibe.api_key,
        "plusvibe_workspace_id": plusvibe.workspace_id,
        "plusvibe_api_url": f"{address}{VENDORS_AT}/api/v1",
        "plusvibe_webhook_secret": WEBHOOK_SECRET,
        "sendgrid_api_key": sendgrid.api_key,
        "sendgrid_api_url": f"{address}{VENDORS_AT}",
        "sendgrid_webhook_public_key": sendgrid.public_key,
        "sendgrid_inbound_token": INBOUND_TOKEN,
        "replies_imap_url": None,
        "encryption_keys": ENCRYPTION_KEY,
        "audit_api_url": "" if built_in else f"{address}{VENDORS_AT}",
        "audit_api_key": desk.api_key,
        "api_token": API_TOKEN,
        "link_checks": built_in,
        "validation": False,  # of the network
        "timezone": "Europe/Prague",
    }
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


async def stand_in_of(sites: SampleSites | None, closing: AsyncExitStack) -> StandIn | None:
    """The sample sites, served, in the place of the web."""
    if sites is None:
        return None
    closing.push_async_callback(sites.aclose)
    await sites.start()
    return StandIn(sites.http_port, sites.https_port, trusting_anybody())
