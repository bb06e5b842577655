"""One HTTP client per vendor: how long it waits, whom it trusts, what it leaves out."""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
from httpx_aiohttp import HttpxAiohttpClient

from bot.outreach.errors import Invalid

USER_AGENT = "outreach-bot/0.1"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a vendor is waited for. total: one try; budget: no new try begins after it.

    longest_wait: a vendor that asks us (Retry-After) to stay away longer than this is left alone.
    """

    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=20)
    total: timedelta = timedelta(seconds=40)
    attempts: int = 4
    budget: timedelta = timedelta(seconds=30)
    first_wait: timedelta = timedelta(seconds=0.5)
    longest_wait: timedelta = timedelta(seconds=10)


PATIENT = Patience()


def secret_header(text: str, setting: str) -> str:
    """A key as a header may carry it. Raises `Invalid` naming the setting; the key itself is never shown."""
    key = text.strip()
    if not key.isascii() or not key.isprintable():
        raise Invalid(f"{setting} holds characters no key has. Copy it again.", field=setting)
    return key


@cache
def trusted_certificates() -> ssl.SSLContext:
    """The certificates to trust, read once: reading them takes a tenth of a second."""
    return httpx.create_ssl_context()


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Nothing is looked for."""


class _VendorClient(HttpxAiohttpClient):
    """Straight to the wire: an API knows us by its key, so there are no cookies, no signing in, no moving on to another
    address. httpx takes longer to look for them than for the answer.
    """

    _none = _NoCookies()

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """As httpx's own; to be streamed only what `build_request` made, or what looks like it."""
        if not stream or self.is_closed:
            return await super().send(request, stream=stream, **options)
        return await self._transport_for_url(request.url).handle_async_request(request)

    @property
    def cookies(self) -> httpx.Cookies:
        """None of them."""
        return self._none

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        raise AttributeError("a vendor's client has no cookies")


def vendor_client(
    base_url: str, headers: Mapping[str, str], *, patience: Patience = PATIENT, connections: int = 20
) -> httpx.AsyncClient:
    """One client per vendor, over aiohttp's pool. The caller closes it."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs whole URLs, e-mail addresses included
    url = httpx.URL(base_url)
    return _VendorClient(
        base_url=url,
        verify=trusted_certificates(),
        headers={"User-Agent": USER_AGENT, "Accept": "application/json", **headers},
        timeout=httpx.Timeout(
            patience.read.total_seconds(), connect=patience.connect.total_seconds(), pool=patience.total.total_seconds()
        ),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        follow_redirects=False,
        trust_env=url.host not in LOOPBACK,  # a proxy set for the machine cannot reach the machine's own ports
    )
