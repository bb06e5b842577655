"""One exchange with a server of the open web: connected only where we have looked before, bounded in bytes and time."""

import socket
import ssl
import time
import zlib
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Protocol

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport

from bot.gateways.http import trusted_certificates
from bot.outreach.fetching import NoFetch, Target, address_problem

_PINNED_FOR = 600.0  # seconds
_PINS = 5_000
_PIECE = 64 * 1024
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_BOTH_FORMS = zlib.MAX_WBITS | 32  # gzip or zlib, told by its head


class Names(Protocol):
    """Looks names up: `bot.gateways.dns.Dns`."""

    async def addresses(self, host: str) -> Sequence[str]:
        """The host's addresses; empty when it has none."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of one answer is read, and how long it is waited for. total: of a fetch with all its redirects."""

    wire_bytes: int = 2 * 1024 * 1024
    unpacked_bytes: int = 6 * 1024 * 1024
    connect: timedelta = timedelta(seconds=8)
    silence: timedelta = timedelta(seconds=10)
    total: timedelta = timedelta(seconds=20)
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer, unpacked. headers: lower case, repeated ones joined; cookies: the `Set-Cookie` lines."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes
    wire_bytes: int


class Stopped(Exception):
    """Nothing is read, for this reason. Never leaves the gateways."""

    def __init__(self, reason: NoFetch) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StandIn:
    """Where every host is reached in a place without a network: two ports of this machine."""

    http_port: int
    https_port: int
    certificates: ssl.SSLContext


class Pins(AbstractResolver):
    """Each name looked up once, checked, and kept: aiohttp connects to what stands here and asks nobody else."""

    def __init__(self, names: Names, allowed: Collection[str], stand_in: StandIn | None) -> None:
        self._names, self._allowed, self._stand_in = names, allowed, stand_in
        self._kept: OrderedDict[tuple[str, int], tuple[float, tuple[str, ...]]] = OrderedDict()

    async def pin(self, target: Target) -> None:
        """Look the target's name up, unless that was done. Raises `Stopped` when one address is not to be reached."""
        key = (target.host, target.port)
        known = self._kept.get(key)
        if known and known[0] > time.monotonic():
            return
        addresses = tuple(await self._found(target.host))
        if not addresses:
            raise Stopped(NoFetch.NO_ADDRESS)
        if target.place not in self._allowed and self._stand_in is None:
            for address in addresses:
                if problem := address_problem(address):
                    raise Stopped(problem)
        self._kept[key] = (time.monotonic() + _PINNED_FOR, addresses)
        self._kept.move_to_end(key)
        while len(self._kept) > _PINS:
            self._kept.popitem(last=False)

    async def _found(self, host: str) -> Sequence[str]:
        if self._stand_in is not None:
            return ["127.0.0.1"]
        try:
            return [str(ip_address(host))]
        except ValueError:
            return await self._names.addresses(host)

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
        """What `pin` has found, for aiohttp."""
        _, addresses = self._kept.get((host, port), (0.0, ()))
        if not addresses:
            raise OSError(None, "not pinned")
        if self._stand_in is not None:
            port = self._stand_in.https_port if port == 443 else self._stand_in.http_port
        return [_place(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Nothing to close."""


def _place(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)


class Wire:
    """Connections to the open web. The caller closes it."""

    def __init__(
        self, names: Names, *, agent: str, caps: Caps, allowed: Collection[str] = (), stand_in: StandIn | None = None
    ) -> None:
        self._caps = caps
        self._pins = Pins(names, allowed, stand_in)
        self._trusted = stand_in.certificates if stand_in else trusted_certificates()
        self._agent = agent
        self._transport = AiohttpTransport(verify=self._trusted, client=self._session)

    def _session(self) -> aiohttp.ClientSession:
        """Looks for no cookies, no proxy and no password file; a proxy would look names up behind our back."""
        connector = aiohttp.TCPConnector(
            resolver=self._pins, use_dns_cache=False, ssl=self._trusted, limit=200, keepalive_timeout=15
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def exchange(self, target: Target, accept: str) -> Answer:
        """One GET. Raises `Stopped`; the caller sees to the time it may take as a whole."""
        await self._pins.pin(target)
        try:
            return await self._exchange(target, accept)
        except (aiohttp.ClientError, httpx.HTTPError, OSError, ValueError) as error:
            raise Stopped(_reason(error)) from None

    async def _exchange(self, target: Target, accept: str) -> Answer:
        headers = {"User-Agent": self._agent, "Accept": accept, "Accept-Encoding": "gzip", "Accept-Language": "en"}
        seconds = {"connect": self._caps.connect.total_seconds(), "read": self._caps.silence.total_seconds()}
        request = httpx.Request("GET", target.url, headers=headers, extensions={"timeout": seconds})
        response = await self._transport.handle_async_request(request)
        try:
            return await self._read(response)
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> Answer:
        """The body as it comes, unpacked within bounds: a few bytes can stand for a thousand times as many."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        packing = headers.get("content-encoding", "").strip().lower()
        if packing not in _PACKED and packing not in {"", "identity"}:
            raise Stopped(NoFetch.ENCODING)
        unpacking = zlib.decompressobj(_BOTH_FORMS) if packing in _PACKED else None
        if int(headers.get("content-length") or 0) > self._caps.wire_bytes:
            raise Stopped(NoFetch.TOO_LARGE)
        body, wire = bytearray(), 0
        async for piece in response.aiter_raw():
            wire += len(piece)
            if wire > self._caps.wire_bytes:
                raise Stopped(NoFetch.TOO_LARGE)
            self._add(body, piece, unpacking)
        cookies = tuple(response.headers.get_list("set-cookie"))
        return Answer(response.status_code, headers, cookies, bytes(body), wire)

    def _add(self, body: bytearray, piece: bytes, unpacking: Any) -> None:
        while piece:
            if unpacking is None:
                body += piece
                piece = b""
            else:
                try:
                    body += unpacking.decompress(piece, _PIECE)
                except zlib.error:
                    raise Stopped(NoFetch.ENCODING) from None
                piece = unpacking.unconsumed_tail
            if len(body) > self._caps.unpacked_bytes:
                raise Stopped(NoFetch.BOMB if unpacking else NoFetch.TOO_LARGE)


def _reason(error: Exception) -> NoFetch:
    cause = error.__cause__ or error
    if isinstance(cause, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return NoFetch.CERTIFICATE
    if isinstance(cause, aiohttp.ClientSSLError | ssl.SSLError):  # a server that speaks none, or only what is retired
        return NoFetch.TLS
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return NoFetch.UNREACHABLE
    if isinstance(error, aiohttp.ClientResponseError):
        is_head = "Too many headers" in error.message or "bytes when reading" in error.message
        return NoFetch.HEADERS if is_head else NoFetch.GARBLED
    return NoFetch.TOO_SLOW if isinstance(cause, TimeoutError) else NoFetch.BROKEN
