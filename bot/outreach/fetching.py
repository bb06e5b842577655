"""Which addresses of the web we may read: the form of a URL, and where its name leads. Everything else is refused."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from unicodedata import normalize
from urllib.parse import quote, urljoin, urlsplit

LONGEST_URL = 2_000
_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")  # of the last label: such a host is an IPv4 address to somebody
_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # as RFC 3490 tells labels apart
_KEPT = frozenset("ßẞς")
_ODD = re.compile(r"[\x00-\x20\x7f\\]")
_SHARED = ip_network("100.64.0.0/10")  # behind a carrier's NAT, and some clouds' metadata
_METADATA = frozenset(
    {"169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254", "168.63.129.16", "192.0.0.192"}
)
_SITE_LOCAL = ip_network("fec0::/10")
# Set aside by IANA, which not every Python knows; the first holds an old metadata service.
_SET_ASIDE = (ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"), ip_network("3fff::/20"))
_TRANSLATED = ip_network("64:ff9b::/96")  # NAT64: the last 32 bits are an IPv4 address


class NoFetch(StrEnum):
    """Why an address was not read, in words for a user."""

    BAD_URL = "this is no web address"
    SCHEME = "only http and https addresses are read"
    CREDENTIALS = "the address carries a user name or a password"
    PORT = "only the ports 80 and 443 are read"
    DISGUISED = "the address is a number in disguise"
    LOOPBACK = "the address leads to this very machine"
    METADATA = "the address leads to a cloud's metadata"
    LINK_LOCAL = "the address leads to a link-local address"
    PRIVATE = "the address leads into a private network"
    SHARED = "the address leads behind a carrier's shared addresses"
    MULTICAST = "the address leads to a multicast address"
    RESERVED = "the address leads to reserved addresses"
    NO_ADDRESS = "the name has no address"
    UNREACHABLE = "the site cannot be reached"
    CERTIFICATE = "the site's certificate cannot be trusted"
    TLS = "the site's encryption cannot be used"
    GARBLED = "what the site answers is no HTTP"
    HEADERS = "the site's headers are larger than we read"
    BROKEN = "the connection broke"
    TOO_SLOW = "the site takes too long"
    TOO_LARGE = "the page is too large"
    BOMB = "the page grows far too large when it is unpacked"
    ENCODING = "the page comes packed in a way we do not read"
    REDIRECTS = "the site sends us on and on"
    LOOP = "the site sends us in a circle"
    TANGLED = "the page is larger or deeper nested than we read"
    ROBOTS = "the site's robots.txt asks us to stay away"
    ROBOTS_UNKNOWN = "the site's robots.txt cannot be read"


# Of these, a later try may come to another end.
PASSING = frozenset({NoFetch.UNREACHABLE, NoFetch.GARBLED, NoFetch.BROKEN, NoFetch.TOO_SLOW, NoFetch.ROBOTS_UNKNOWN})


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart so that every reader of `url` sees the same host. host: ASCII, an IPv6 one without []."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """`host:port`, as `FETCH_ALLOWED_HOSTS` names it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and host, the port when it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")

    @property
    def url(self) -> str:
        """The whole of it, without a fragment."""
        return f"{self.origin}{self.path}"


def target_of(url: str, *, base: str = "", allowed: Collection[str] = ()) -> Target | NoFetch:
    """The address to ask, or why it is not asked. base: what a relative one stands on.

    allowed: `host:port` pairs that may have any port and any address, for tests and intranets.
    """
    if _ODD.search(url.strip()) or len(url) > LONGEST_URL:
        return NoFetch.BAD_URL
    try:
        parts = urlsplit(urljoin(base, url.strip()))
        host, told_port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return NoFetch.BAD_URL
    if parts.scheme not in _PORTS:
        return NoFetch.SCHEME if parts.scheme else NoFetch.BAD_URL
    if "@" in parts.netloc:
        return NoFetch.CREDENTIALS
    ascii_host = _ascii(host)
    if not ascii_host:
        return NoFetch.BAD_URL
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{_query(parts.query)}" if parts.query else "")
    target = Target(parts.scheme, ascii_host, told_port or _PORTS[parts.scheme], path)
    if target.place in allowed:
        return target
    return _host_problem(ascii_host) or (NoFetch.PORT if target.port not in _PORTS.values() else target)


def address_problem(address: str) -> NoFetch | None:
    """Why nobody outside should be able to make us connect there; None for an address of the open internet."""
    try:
        found = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return NoFetch.BAD_URL
    if str(found) in _METADATA:
        return NoFetch.METADATA
    if found.is_loopback:
        return NoFetch.LOOPBACK
    if found.is_link_local:
        return NoFetch.LINK_LOCAL
    if found.is_multicast:
        return NoFetch.MULTICAST
    if isinstance(found, IPv4Address) and found in _SHARED:
        return NoFetch.SHARED
    if found.is_unspecified or found.is_reserved:
        return NoFetch.RESERVED
    if found.is_private or (isinstance(found, IPv6Address) and found in _SITE_LOCAL):
        return NoFetch.PRIVATE
    is_open = found.is_global and not any(found in each for each in _SET_ASIDE)
    return None if is_open else NoFetch.RESERVED


def _host_problem(host: str) -> NoFetch | None:
    """What is wrong with a host by its spelling alone."""
    try:
        ip_address(host)
    except ValueError:
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            return NoFetch.DISGUISED
        return NoFetch.LOOPBACK if host == "localhost" or host.endswith(".localhost") else None
    return address_problem(host)


def _ascii(host: str) -> str:
    """The host as DNS spells it, or nothing."""
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except ValueError:
            return ""
    name = ascii_name(host)
    known = len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))
    return name if known else ""


def ascii_name(host: str) -> str:
    """The name as DNS spells it; nothing where it cannot.

    Python's codec is of 2003 and makes `ss` of `ß`, which is another site's name since 2010 (IDNA 2008).
    """
    try:
        return ".".join(_ascii_label(label) for label in _DOTS.split(host)).lower()
    except UnicodeError:
        return ""


def _ascii_label(label: str) -> str:
    if _KEPT.isdisjoint(label):
        return label.encode("idna").decode()
    return "xn--" + normalize("NFKC", "".join(letter.lower() for letter in label)).encode("punycode").decode()


def _query(query: str) -> str:
    return quote(query, safe="/%:@!$&'()*+,;=~-._?[]")


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address an IPv6 one stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour:
        return address.sixtofour
    return address.teredo[1] if address.teredo else address
