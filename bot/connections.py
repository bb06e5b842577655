"""What the house is connected to: Slack, the vendors that have their settings, the open web, its rows."""

from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.config import Settings, SettingsError, reveal
from bot.gateways.audits import AuditService as AuditGateway
from bot.gateways.dns import Dns
from bot.gateways.http import PATIENT, Patience
from bot.gateways.imap import ImapAddress
from bot.gateways.mailboxes import ImapMailbox
from bot.gateways.parsing import Parsing
from bot.gateways.pinned import StandIn
from bot.gateways.plusvibe import PlusVibe
from bot.gateways.sendgrid import SendGrid
from bot.gateways.slack_files import SlackFiles
from bot.gateways.smtp_probe import Manners, SmtpProbe
from bot.gateways.web import WebClient
from bot.keys import derived, encryption_keys
from bot.outreach.probing import DO_NOT_ASK
from bot.services.verifying import Verifier
from storage.database import Database

SLACK_TIMEOUT_SECONDS = 15


def web_client(settings: Settings, token: str = "") -> AsyncWebClient:
    """Slack's client without blind repeats: a message posted twice is worse than one posted late."""
    return AsyncWebClient(
        token=token or reveal(settings.slack_bot_token),
        base_url=settings.slack_api_url,
        timeout=SLACK_TIMEOUT_SECONDS,
        retry_handlers=[],
    )


@dataclass(frozen=True, slots=True)
class Team:
    """The Slack team as auth.test tells it."""

    id: str
    name: str
    url: str


async def team_of(slack: AsyncWebClient) -> Team:
    """The team the token belongs to. Raises `SettingsError` when Slack does not accept the token."""
    try:
        answer = await slack.auth_test()
    except SlackApiError as error:
        raise SettingsError(
            f"Slack does not accept SLACK_BOT_TOKEN ({error.response.get('error')}). Install the app "
            "again and copy the Bot User OAuth Token."
        ) from error
    except (ClientError, TimeoutError, OSError) as error:
        raise SettingsError("Slack cannot be reached. Check the network and SLACK_API_URL, then try again.") from error
    return Team(str(answer["team_id"]), str(answer.get("team") or ""), str(answer.get("url") or ""))


@dataclass(frozen=True, slots=True)
class Gateways:
    """The vendors that are connected, and the open web."""

    plusvibe: PlusVibe | None = None
    audits: AuditGateway | None = None
    sendgrid: SendGrid | None = None
    mailbox: ImapMailbox | None = None
    dns: Dns | None = None
    probe: SmtpProbe | None = None
    files: SlackFiles | None = None
    web: WebClient | None = None
    parsing: Parsing | None = None


def gateways(
    settings: Settings, closing: AsyncExitStack, *, patience: Patience = PATIENT, stand_in: StandIn | None = None
) -> Gateways:
    """The vendors that have their settings; a missing key switches that vendor off and nothing else.

    stand_in: where the open web is, in a place that reaches no network.
    """
    plusvibe = audits = sendgrid = dns = probe = None
    if settings.plusvibe_api_key and settings.plusvibe_workspace_id:
        key = reveal(settings.plusvibe_api_key)
        plusvibe = PlusVibe(settings.plusvibe_api_url, key, settings.plusvibe_workspace_id, patience=patience)
        closing.push_async_callback(plusvibe.aclose)
    if settings.audit_api_url:
        audits = AuditGateway(settings.audit_api_url, reveal(settings.audit_api_key))
        closing.push_async_callback(audits.aclose)
    if settings.sendgrid_api_key:
        sendgrid = SendGrid(settings.sendgrid_api_url, reveal(settings.sendgrid_api_key), patience=patience)
        closing.push_async_callback(sendgrid.aclose)
    there = settings.replies_mailbox
    mailbox = ImapMailbox(ImapAddress(**asdict(there))) if there else None
    dns = probe = None
    if settings.validation:
        dns = Dns(settings.validation_dns)
        if settings.validation_helo and settings.validation_smtp != "off":
            probe = SmtpProbe(dns, Manners(settings.validation_helo, settings.validation_mail_from))
    web = WebClient(
        dns or Dns(settings.validation_dns),
        contact=f"{settings.base_url}/audits",
        allowed=settings.fetch_allowed,
        stand_in=stand_in,
    )
    closing.push_async_callback(web.aclose)
    parsing = Parsing()
    closing.push_async_callback(parsing.aclose)
    files = SlackFiles(settings.slack_api_url, reveal(settings.slack_bot_token), patience=patience)
    closing.push_async_callback(files.aclose)
    return Gateways(plusvibe, audits, sendgrid, mailbox, dns, probe, files, web, parsing)


def verifier_of(settings: Settings, vendors: Gateways, clock: Clock) -> Verifier | None:
    """What looks at addresses, unless validation is off."""
    if vendors.dns is None:
        return None
    suffixes = [suffix.strip() for suffix in settings.validation_do_not_ask.split(",") if suffix.strip()]
    is_tested = settings.validation_smtp == "auto"
    return Verifier(clock, vendors.dns, vendors.probe, is_tested=is_tested, do_not_ask=suffixes or DO_NOT_ASK)


def opened(settings: Settings) -> Database:
    """The database, with what erased addresses are hashed with."""
    return Database(settings.database_url, derived(encryption_keys(settings), "erased"))
