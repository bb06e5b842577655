"""The sample sites over HTTP and HTTPS, on two ports of this machine; the host header says which site is meant."""

import asyncio
import gzip
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from jinja2 import Environment, FileSystemLoader

from bot.clock import Clock, utc_now
from bot.sandbox.sites.faults import Fault, faults_of, services_of

_PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
_PAGES.filters["slug"] = lambda name: name.lower().replace(" ", "-")
_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Server": "nginx",
}


@dataclass(frozen=True, slots=True)
class SiteAnswer:
    """One answer of a sample site."""

    status: int
    body: str
    content_type: str = "text/html"


@lru_cache(maxsize=2_000)
def answer_of(host: str, path: str, year: int) -> SiteAnswer:
    """What stands at this address; always the same."""
    faults, services = faults_of(host), services_of(host)
    if path == "/robots.txt":
        told = "User-agent: GPTBot\nDisallow: /\n" if Fault.ENGINES_OUT in faults else "User-agent: *\nDisallow:\n"
        return SiteAnswer(200, told, "text/plain")
    if path == "/llms.txt":
        return SiteAnswer(200, f"# {_name(host)}\n", "text/plain")
    names = {"/": _name(host), "/about": f"About {_name(host)}", "/contact": f"Contact {_name(host)}"}
    names |= {f"/{service.lower().replace(' ', '-')}": service for service in services}
    names["/privacy"] = "How we keep your data"
    if path == "/sitemap.xml" and Fault.NO_SITEMAP not in faults:
        urls = "".join(f"<url><loc>https://{host}{each}</loc></url>" for each in names)
        return SiteAnswer(200, f"<urlset>{urls}</urlset>", "application/xml")
    if path not in names:
        return SiteAnswer(404, "<!doctype html><title>Not found</title>")
    return SiteAnswer(200, _page(host, path, names[path], faults, services, year))


def _page(host: str, path: str, heading: str, faults: frozenset[Fault], services: list[str], year: int) -> str:
    is_service = heading in services
    title = f"{heading} | {_name(host)}"
    if is_service and Fault.NO_TITLES in faults:
        title = ""
    elif is_service and Fault.SAME_TITLES in faults:
        title = f"Services of {_name(host)}"
    return _PAGES.get_template("page.html").render(
        host=host,
        origin=f"https://{host}",
        path=path,
        name=_name(host),
        title=title,
        heading=heading,
        heading_shown=not (is_service and Fault.NO_HEADINGS in faults),
        services=services,
        faults={fault.name for fault in faults},
        year=year,
    )


def _name(host: str) -> str:
    return host.removeprefix("www.").partition(".")[0].replace("-", " ").title()


class SampleSites:
    """The server of all of them. pause: how long a page takes, so that one can watch an audit go on.

    pages: what stands at some addresses, by host and path, instead of what would be drawn.
    """

    def __init__(
        self,
        *,
        pause: timedelta = timedelta(seconds=0.15),
        clock: Clock = utc_now,
        pages: Mapping[str, SiteAnswer] | None = None,
    ) -> None:
        self.pause = pause
        self.pages = dict(pages or {})
        self.clock = clock
        self.requests = 0
        self.http_port = 0
        self.https_port = 0
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        """Begin to serve, on two free ports of this machine."""
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        for tls in (None, own_certificate()):
            await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls).start()
        self.http_port, self.https_port = (address[1] for address in self._runner.addresses)

    async def aclose(self) -> None:
        """Stop."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        self.requests += 1
        host, path = (request.host or "").partition(":")[0], request.path
        faults = faults_of(host)
        if not request.secure and Fault.BY_HTTP not in faults:
            return web.Response(status=301, headers={"Location": f"https://{host}{path}"})
        told = self.pages.get(f"{host}{path}") or answer_of(host, path, self.clock().year)
        if told.content_type == "text/html":
            await asyncio.sleep(self.pause.total_seconds())
        body, headers = told.body.encode(), _headers(faults)
        if Fault.UNPACKED not in faults:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        return web.Response(status=told.status, body=body, headers=headers, content_type=told.content_type)


def _headers(faults: frozenset[Fault]) -> dict[str, str]:
    headers = dict(_HEADERS)
    if Fault.NO_HSTS in faults:
        del headers["Strict-Transport-Security"]
    if Fault.NO_POLICY in faults:
        del headers["Content-Security-Policy"]
        headers["X-Frame-Options"] = "SAMEORIGIN"
    if Fault.VERSION in faults:
        headers["Server"] = "Apache/2.4.29"
    return headers


def own_certificate() -> ssl.SSLContext:
    """A certificate nobody knows, for a server of this machine; made afresh each time."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sample sites")])
    now = utc_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(plain + made.public_bytes(pem))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def trusting_anybody() -> ssl.SSLContext:
    """For a client that reaches nothing but the sample sites."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
