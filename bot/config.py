"""Settings: read once from the environment and `.env`, frozen, and plain about what is wrong."""

import re
from dataclasses import dataclass, field
from datetime import time
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

WHERE_TO_GET = {
    "SLACK_BOT_TOKEN": "Slack → your app → OAuth & Permissions → Bot User OAuth Token (xoxb-…)",
    "SLACK_SIGNING_SECRET": "Slack → your app → Basic Information → Signing Secret",
    "SLACK_APP_TOKEN": "Slack → your app → Basic Information → App-Level Tokens, scope connections:write (xapp-…)",
    "PLUSVIBE_API_KEY": "PlusVibe → Settings → API Access (Business plan)",
    "PLUSVIBE_WORKSPACE_ID": "PlusVibe → Settings → Workspace ID (24 hex digits)",
    "SENDGRID_API_KEY": "SendGrid → Settings → API Keys, with Mail Send (SG.…)",
    "SENDGRID_INBOUND_TOKEN": "make one up, and end the address at SendGrid → Settings → Inbound Parse with it",
    "SENDGRID_WEBHOOK_PUBLIC_KEY": "SendGrid → Settings → Mail Settings → Event Webhook → Signature verification",
}


class SettingsError(Exception):
    """One or more settings cannot be used; the text names each and what to do."""


class Settings(BaseSettings):
    """Every setting of the product, by its name in the environment (lower case here)."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    database_url: str = "sqlite+aiosqlite:///outreach.db"
    host: str = "127.0.0.1"
    port: int = Field(3000, ge=1, le=65_535)
    public_url: str = ""

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    slack_channel: str = ""

    plusvibe_api_key: SecretStr | None = None
    plusvibe_workspace_id: str = ""
    plusvibe_api_url: str = "https://api.plusvibe.ai/api/v1"
    plusvibe_webhook_secret: SecretStr | None = None

    sendgrid_api_key: SecretStr | None = None
    sendgrid_api_url: str = "https://api.sendgrid.com"
    sendgrid_webhook_public_key: str = ""
    sendgrid_inbound_token: SecretStr | None = None

    replies_imap_url: SecretStr | None = None

    validation: bool = True
    validation_smtp: Literal["auto", "on", "off"] = "auto"
    validation_helo: str = ""
    validation_mail_from: str = ""
    validation_do_not_ask: str = ""
    validation_dns: str = ""

    audit_api_url: str = ""
    audit_api_key: SecretStr | None = None
    fetch_allowed_hosts: str = ""
    link_checks: bool = True

    api_token: SecretStr | None = None
    encryption_keys: SecretStr | None = None
    timezone: str = "UTC"
    digest_at: time = time(9, 0)
    log_level: str = "info"
    log_format: str = "console"

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, url: str) -> str:
        kind = url.partition("://")[0].partition("+")[0]
        if kind not in {"sqlite", "postgres", "postgresql"}:
            raise ValueError("begin it with sqlite:///, or with postgresql://")
        _ = urlsplit(url).port  # raises ValueError for what is no number
        return url

    @field_validator("replies_imap_url")
    @classmethod
    def _mailbox_is_told(cls, url: SecretStr | None) -> SecretStr | None:
        mailbox_at(reveal(url))
        return url

    @field_validator("validation_dns")
    @classmethod
    def _name_server_is_known(cls, server: str) -> str:
        address, _, port = server.partition(":") if server.count(":") == 1 else (server, "", "")
        if server:
            try:
                ip_address(address)
                int(port or 53)
            except ValueError as error:
                raise ValueError("write a name server's address, such as 192.0.2.53 or 192.0.2.53:5353") from error
        return server

    @field_validator("fetch_allowed_hosts")
    @classmethod
    def _hosts_have_ports(cls, hosts: str) -> str:
        for place in filter(None, map(str.strip, hosts.split(","))):
            if not re.fullmatch(r"(\[[0-9a-f:]+\]|[a-z0-9._-]+):\d{1,5}", place):
                raise ValueError(f"{place!r}: write each as host:port, such as 127.0.0.1:4000")
        return hosts

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Prague") from error
        return name

    @field_validator("log_level")
    @classmethod
    def _level_exists(cls, level: str) -> str:
        if level.lower() not in {"debug", "info", "warning", "error"}:
            raise ValueError("use debug, info, warning or error")
        return level.lower()

    @field_validator("log_format")
    @classmethod
    def _format_exists(cls, name: str) -> str:
        if name not in {"console", "json"}:
            raise ValueError("use console or json")
        return name

    @property
    def base_url(self) -> str:
        """Where people and vendors reach us, without a final slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def fetch_allowed(self) -> frozenset[str]:
        """The `host:port` pairs that may be read although they are private, or stand at odd ports."""
        return frozenset(filter(None, map(str.strip, self.fetch_allowed_hosts.split(","))))

    @property
    def replies_mailbox(self) -> "MailboxAddress | None":
        """The mailbox to read for replies, when one is set."""
        return mailbox_at(reveal(self.replies_imap_url))

    def missing_for_slack(self, *, doors: bool = True) -> list[str]:
        """Names of the settings a process needs for Slack and does not have. doors: it takes Slack's requests, too."""
        wanted = {"SLACK_BOT_TOKEN": self.slack_bot_token}
        if doors and self.slack_app_token is None:
            wanted["SLACK_SIGNING_SECRET"] = self.slack_signing_secret
        return [name for name, secret in wanted.items() if not reveal(secret)]


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """A mailbox and how to enter it. is_tls: encrypted from the first byte."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    is_tls: bool


def mailbox_at(url: str) -> MailboxAddress | None:
    """What `REPLIES_IMAP_URL` says; None when it is empty. Raises ValueError, never with a part of the URL."""
    if not url:
        return None
    told = re.fullmatch(r"(imaps?)://([^:\s]+):(.+)@([^:@/?#\s]+)(?::(\d{1,5}))?(?:/([^?#@]*))?", url)
    if told is None or not 0 < int(told[5] or 1) <= 65_535:
        raise ValueError("write it as imaps://user:password@host:993/INBOX, a : in the user as %3A, a % as %25")
    user, password, folder = (unquote(part or "") for part in told.group(2, 3, 6))
    if not (user + password).isprintable() or not folder.isascii() or not folder.isprintable():
        raise ValueError("user and password hold odd characters, or the folder holds others than ASCII")
    is_tls = told[1] == "imaps"
    return MailboxAddress(told[4], int(told[5] or (993 if is_tls else 143)), user, password, folder or "INBOX", is_tls)


def reveal(secret: SecretStr | None) -> str:
    """The secret's text, or nothing."""
    return secret.get_secret_value() if secret is not None else ""


def read_settings() -> Settings:
    """The settings as the environment has them. Raises `SettingsError` naming every one that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, problem['loc'])).upper()}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        ]
        raise SettingsError("These settings cannot be used:\n  " + "\n  ".join(lines)) from error
