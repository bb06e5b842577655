"""A page of a website as facts, and the site as its pages: what the checks of an audit look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from bot.outreach.fetching import NoFetch
from bot.outreach.robots import Robots


@dataclass(frozen=True, slots=True)
class Fetched:
    """An address as it was read. url: where it ended; hops: the addresses that sent us on, in order.

    seconds: from asking to the last byte, of the last hop alone.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes
    wire_bytes: int
    seconds: float
    hops: tuple[str, ...] = ()

    @property
    def is_html(self) -> bool:
        """Whether it is a page, as far as it says; what says nothing is taken for one."""
        return "html" in self.headers.get("content-type", "text/html").lower()


@dataclass(frozen=True, slots=True)
class Image:
    """A picture. alt: None when there is no such attribute; is_sized: its room is known before it is loaded."""

    src: str
    alt: str | None = None
    is_sized: bool = False
    is_lazy: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link. url: absolute, without fragment, or as written for `mailto:` and `tel:`; text: what a reader hears.

    rel: its words in lower case, a space between.
    """

    url: str
    text: str = ""
    rel: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A script from a file. is_blocking: the page is not drawn before it is there."""

    src: str
    is_blocking: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form. action: absolute; unlabelled: fields a reader hears nothing about."""

    action: str
    method: str = "get"
    has_password: bool = False
    unlabelled: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page. size: bytes unpacked; headings: level and text, in order; schema: its structured data's types.

    description, viewport: None when the page has none. unsafe: files an encrypted page loads unencrypted.
    placeholders: left-over sample text; phones: numbers written in the text; year: the newest copyright year, or 0.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    size: int = 0
    wire_bytes: int = 0
    seconds: float = 0.0
    hops: tuple[str, ...] = ()
    title: str = ""
    description: str | None = None
    viewport: str | None = None
    robots: str = ""
    canonical: str = ""
    lang: str = ""
    has_doctype: bool = True
    headings: tuple[tuple[int, str], ...] = ()
    words: int = 0
    text_key: str = ""
    social: Mapping[str, str] = field(default_factory=dict)
    has_icon: bool = False
    schema: frozenset[str] = frozenset()
    broken_schema: int = 0
    images: tuple[Image, ...] = ()
    links: tuple[Link, ...] = ()
    scripts: tuple[Script, ...] = ()
    styles: tuple[str, ...] = ()
    inline_bytes: int = 0
    untitled_frames: int = 0
    forms: tuple[Form, ...] = ()
    unsafe: tuple[str, ...] = ()
    nodes: int = 0
    repeated_ids: tuple[str, ...] = ()
    retired_tags: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    year: int = 0

    @property
    def is_encrypted(self) -> bool:
        """Whether it came over https."""
        return self.url.startswith("https:")

    @property
    def path(self) -> str:
        """The address within the site."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def level(self, wanted: int) -> list[str]:
        """The headings of this level."""
        return [text for level, text in self.headings if level == wanted]

    def says(self, directive: str) -> bool:
        """Whether the page gives search engines this order."""
        told = f"{self.robots},{self.headers.get('x-robots-tag', '')}".lower()
        return directive in {part.strip() for part in told.replace(";", ",").split(",")}


@dataclass(frozen=True, slots=True)
class Site:
    """A site as it was visited. pages: the home page first; missing: linked addresses that do not exist.

    https: why it cannot be read encrypted, None when it can. http_stays: asked without encryption it answers so.
    invents: an address that cannot exist answers as if it did.
    """

    domain: str
    looked_at: datetime
    pages: tuple[Page, ...]
    robots: Robots = field(default_factory=Robots)
    sitemaps: int = 0
    has_llms: bool = False
    missing: frozenset[str] = frozenset()
    https: NoFetch | None = None
    http_stays: bool = False
    invents: bool = False

    @property
    def home(self) -> Page:
        """The page people come to first."""
        return self.pages[0]
