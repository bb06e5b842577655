"""The safe web client: every attack gets its own refusal, and an honest page is read."""

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.gateways import pinned
from bot.gateways.pinned import Caps
from bot.gateways.web import AT_ONCE, WebClient
from bot.outreach.fetching import NoFetch, Target, target_of
from bot.sandbox.sites.web import own_certificate
from tests.gateways.web_servers import Names, Site, answer, moved, serving_site

CAPS = Caps(wire_bytes=200_000, unpacked_bytes=400_000, silence=timedelta(seconds=5), total=timedelta(seconds=10))
HASTY = Caps(wire_bytes=200_000, unpacked_bytes=400_000, total=timedelta(seconds=0.5))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A server whose name `site.test` is allowed."""
    async with serving_site("0.0.0.0") as site:
        yield site


def client_of(site: Site, *, names: Names | None = None, caps: Caps = CAPS, others: tuple[str, ...] = ()) -> WebClient:
    """A client that may reach this server by its name, and nothing else of this machine."""
    names = names or Names({"site.test": [["127.0.0.1"]]})
    allowed = (f"site.test:{site.port}", *others)
    return WebClient(names, contact="https://bot.example.com", caps=caps, allowed=allowed)


async def outcome(site: Site, url: str, **options) -> object:
    """What becomes of a fetch: the reason, or the status."""
    client = client_of(site, **options)
    try:
        found = await client.fetch(url.replace("{port}", str(site.port)))
    finally:
        await client.aclose()
    return found if isinstance(found, NoFetch) else found.status


ADDRESSES = [
    ("http://127.0.0.1/", NoFetch.LOOPBACK),
    ("http://127.1.2.3/", NoFetch.LOOPBACK),
    ("http://localhost/", NoFetch.LOOPBACK),
    ("http://app.localhost/", NoFetch.LOOPBACK),
    ("http://[::1]/", NoFetch.LOOPBACK),
    ("http://[::ffff:127.0.0.1]/", NoFetch.LOOPBACK),
    ("http://[::ffff:7f00:1]/", NoFetch.LOOPBACK),
    ("http://[64:ff9b::7f00:1]/", NoFetch.LOOPBACK),
    ("http://[2002:7f00:1::]/", NoFetch.LOOPBACK),
    ("http://169.254.169.254/latest/meta-data/", NoFetch.METADATA),
    ("http://[::ffff:169.254.169.254]/", NoFetch.METADATA),
    ("http://[fd00:ec2::254]/", NoFetch.METADATA),
    ("http://192.0.0.192/", NoFetch.METADATA),
    ("http://[64:ff9b::a9fe:a9fe]/", NoFetch.METADATA),
    ("http://[2002:a9fe:a9fe::]/", NoFetch.METADATA),
    ("http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", NoFetch.LOOPBACK),
    ("http://100.100.100.200/", NoFetch.METADATA),
    ("http://169.254.1.1/", NoFetch.LINK_LOCAL),
    ("http://[fe80::1]/", NoFetch.LINK_LOCAL),
    ("http://10.0.0.1/", NoFetch.PRIVATE),
    ("http://172.16.9.9/", NoFetch.PRIVATE),
    ("http://192.168.1.1/", NoFetch.PRIVATE),
    ("http://[fd12:3456::1]/", NoFetch.PRIVATE),
    ("http://[fec0::1]/", NoFetch.PRIVATE),
    ("http://100.64.0.1/", NoFetch.SHARED),
    ("http://224.0.0.251/", NoFetch.MULTICAST),
    ("http://[ff02::1]/", NoFetch.MULTICAST),
    ("http://0.0.0.0/", NoFetch.RESERVED),
    ("http://255.255.255.255/", NoFetch.RESERVED),
    ("http://[::]/", NoFetch.RESERVED),
    ("http://[::127.0.0.1]/", NoFetch.RESERVED),
    ("http://[64:ff9b:1::7f00:1]/", NoFetch.RESERVED),
    ("http://192.0.0.8/", NoFetch.RESERVED),
    ("http://192.88.99.1/", NoFetch.RESERVED),
    ("http://[3fff::1]/", NoFetch.RESERVED),
    ("http://2130706433/", NoFetch.DISGUISED),
    ("http://0x7f000001/", NoFetch.DISGUISED),
    ("http://017700000001/", NoFetch.DISGUISED),
    ("http://0177.0.0.1/", NoFetch.DISGUISED),
    ("http://127.1/", NoFetch.DISGUISED),
    ("http://1.2.3.0x4/", NoFetch.DISGUISED),
    ("http://①②⑦.0.0.1/", NoFetch.LOOPBACK),
    ("http://ⓛocalhost/", NoFetch.LOOPBACK),
    ("http://127。0。0。1/", NoFetch.LOOPBACK),
    ("http://127.0.0.1./", NoFetch.LOOPBACK),
    ("file:///etc/passwd", NoFetch.SCHEME),
    ("gopher://site.test:{port}/", NoFetch.SCHEME),
    ("ftp://site.test/", NoFetch.SCHEME),
    ("javascript:alert(1)", NoFetch.SCHEME),
    ("data:text/html,hello", NoFetch.SCHEME),
    ("http://user:secret@site.test:{port}/", NoFetch.CREDENTIALS),
    ("http://site.test:{port}@127.0.0.1/", NoFetch.CREDENTIALS),
    ("http://elsewhere.test:22/", NoFetch.PORT),
    ("http://site.test:25/", NoFetch.PORT),
    ("http://site.test\\@127.0.0.1/", NoFetch.BAD_URL),
    ("http://site.test:{port}/\r\nHost: evil", NoFetch.BAD_URL),
    ("http://-evil.test/", NoFetch.BAD_URL),
    ("http:///nowhere", NoFetch.BAD_URL),
    ("http://[::1/", NoFetch.BAD_URL),
    ("http://site.test:99999/", NoFetch.BAD_URL),
    ("http://" + "a" * 3_000, NoFetch.BAD_URL),
    ("", NoFetch.BAD_URL),
    ("nothing", NoFetch.BAD_URL),
]


@pytest.mark.parametrize(("url", "reason"), ADDRESSES, ids=[url[:40] for url, _ in ADDRESSES])
async def test_an_address_is_refused_by_its_own_reason(site: Site, url: str, reason: NoFetch) -> None:
    assert await outcome(site, url) is reason

    assert site.asked == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Bücher.Example/", "xn--bcher-kva.example"),
        ("http://straße.example/", "xn--strae-oqa.example"),  # by the rules of 2003 another site: strasse.example
        ("http://xn--strae-oqa.example/", "xn--strae-oqa.example"),
        ("http://βόλος.example/", "xn--nxasmm1c.example"),
        ("http://ΒΌΛΟΣ.example/", "xn--nxasmq6b.example"),
    ],
)
def test_a_name_of_other_letters_is_asked_for_as_browsers_do(url: str, host: str) -> None:
    target = target_of(url)

    assert isinstance(target, Target)
    assert target.host == host


# Those a header can carry, and that name no place of the site itself.
_CARRIED = [row for row in ADDRESSES if row[0].isascii() and not {"\\", "\r"} & set(row[0])]
REDIRECTS = [(url, reason) for url, reason in _CARRIED if "://" in url and not url.startswith("http:///")]


@pytest.mark.parametrize(("url", "reason"), REDIRECTS, ids=[url[:40] for url, _ in REDIRECTS])
async def test_a_redirect_is_refused_like_the_address_it_names(site: Site, url: str, reason: NoFetch) -> None:
    site.pages["/"] = moved(url.replace("{port}", str(site.port)))

    assert await outcome(site, "http://site.test:{port}/") is reason

    assert [path for path in site.asked if path != "/robots.txt"] == ["/"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1", NoFetch.LOOPBACK),
        ("169.254.169.254", NoFetch.METADATA),
        ("10.1.2.3", NoFetch.PRIVATE),
        ("100.64.1.1", NoFetch.SHARED),
        ("::1", NoFetch.LOOPBACK),
        ("::ffff:10.0.0.1", NoFetch.PRIVATE),
        ("fe80::1%eth0", NoFetch.LINK_LOCAL),
    ],
)
async def test_a_name_that_leads_inside_is_refused(site: Site, address: str, reason: NoFetch) -> None:
    names = Names({"evil.test": [[address]], "mixed.test": [["8.8.8.8", address]]})

    assert await outcome(site, "http://evil.test/", names=names) is reason
    assert await outcome(site, "http://mixed.test/", names=names) is reason


async def test_a_name_without_an_address_is_told(site: Site) -> None:
    assert await outcome(site, "http://nobody.test/") is NoFetch.NO_ADDRESS


async def test_a_name_that_changes_between_look_ups_is_asked_once_and_pinned(site: Site) -> None:
    names = Names({"site.test": [["127.0.0.1"], ["127.0.0.2"]]})
    site.pages["/"] = moved("/next")
    site.pages["/next"] = answer("here")

    assert await outcome(site, "http://site.test:{port}/", names=names) == 200

    assert names.asked == ["site.test"]
    assert set(site.local) == {"127.0.0.1"}


async def test_a_name_that_leads_inside_when_it_is_looked_up_again_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(pinned, "_PINNED_FOR", 0.0)
    pins = pinned.Pins(Names({"evil.test": [["8.8.8.8"], ["127.0.0.1"]]}), (), None)
    await pins.pin(Target("http", "evil.test", 80, "/"))

    with pytest.raises(pinned.Stopped) as stopped:
        await pins.pin(Target("http", "evil.test", 80, "/"))

    assert stopped.value.reason is NoFetch.LOOPBACK


async def test_a_header_of_no_text_is_read_as_far_as_it_goes(site: Site) -> None:
    site.pages["/"] = b"HTTP/1.1 200 OK\r\nServer: \xff\xc4\x8d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    client = client_of(site)

    found = await client.fetch(site.at(host="site.test"))

    await client.aclose()
    assert not isinstance(found, NoFetch)
    assert found.headers["server"] == "ÿÄ\x8d"


async def test_the_name_stays_in_the_host_header_and_we_say_who_we_are(site: Site) -> None:
    site.pages["/"] = answer("here")

    await outcome(site, "http://site.test:{port}/")

    head = site.heads[-1].lower()
    assert f"host: site.test:{site.port}\r\n" in head
    assert "user-agent: outreach-bot/0.1 (+https://bot.example.com)\r\n" in head
    assert "cookie" not in head


async def test_a_circle_and_a_hundred_redirects_end(site: Site) -> None:
    site.pages["/a"], site.pages["/b"] = moved("/b"), moved("/a")
    site.pages |= {f"/{number}": moved(f"/{number + 1}") for number in range(100)}

    assert await outcome(site, "http://site.test:{port}/a") is NoFetch.LOOP
    assert await outcome(site, "http://site.test:{port}/0") is NoFetch.REDIRECTS
    assert len(site.asked) < 12


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    """A byte now and then: never silent, never done."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def dripping_head(writer: asyncio.StreamWriter) -> None:
    """Headers without an end, slowly."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        writer.write(b"X-%d: y\r\n" % number)
        await writer.drain()
        await asyncio.sleep(0.02)


async def huge_head(writer: asyncio.StreamWriter) -> None:
    """Headers without an end, fast."""
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"y" * 65_536)
        await writer.drain()


async def many_headers(writer: asyncio.StreamWriter) -> None:
    """Small headers without an end, fast."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n" * 1_000)
        await writer.drain()


async def cut(writer: asyncio.StreamWriter) -> None:
    """Less than was promised."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")


async def silent(writer: asyncio.StreamWriter) -> None:
    """Nothing at all."""
    await asyncio.sleep(30)


def _bomb() -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packing.compress(bytes(1_000_000)) for _ in range(50)) + packing.flush()


BODIES = [
    ("endless body", endless, CAPS, NoFetch.TOO_LARGE),
    ("a length over the cap", answer("x", Content_Length="900000000"), CAPS, NoFetch.TOO_LARGE),
    ("gzip bomb", answer(_bomb(), Content_Encoding="gzip"), CAPS, NoFetch.BOMB),
    ("zlib bomb", answer(zlib.compress(bytes(20_000_000)), Content_Encoding="deflate"), CAPS, NoFetch.BOMB),
    ("packed twice", answer(b"x", Content_Encoding="gzip, gzip"), CAPS, NoFetch.ENCODING),
    ("packing not asked for", answer(b"x", Content_Encoding="br"), CAPS, NoFetch.ENCODING),
    ("zstd", answer(b"\x28\xb5\x2f\xfd", Content_Encoding="zstd"), CAPS, NoFetch.ENCODING),
    ("not packed at all", answer(b"plain text", Content_Encoding="gzip"), CAPS, NoFetch.ENCODING),
    ("slow drip", dripping, HASTY, NoFetch.TOO_SLOW),
    ("slow drip of headers", dripping_head, HASTY, NoFetch.TOO_SLOW),
    ("silence", silent, HASTY, NoFetch.TOO_SLOW),
    ("endless headers", huge_head, CAPS, NoFetch.HEADERS),
    ("headers by the thousand", many_headers, CAPS, NoFetch.HEADERS),
    ("two lengths", answer("x", Transfer_Encoding="chunked"), CAPS, NoFetch.GARBLED),
    ("a length below zero", answer("x", Content_Length="-1"), CAPS, NoFetch.GARBLED),
    ("cut short", cut, CAPS, NoFetch.BROKEN),
    ("not HTTP", b"220 mail.example.com ESMTP\r\n", CAPS, NoFetch.GARBLED),
]


@pytest.mark.parametrize(("reply", "caps", "reason"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
async def test_a_hostile_answer_is_stopped(site: Site, reply, caps: Caps, reason: NoFetch) -> None:
    site.pages["/"] = reply
    started = time.monotonic()

    assert await outcome(site, "http://site.test:{port}/", caps=caps) is reason

    assert time.monotonic() - started < 8


async def test_a_packed_page_is_unpacked(site: Site) -> None:
    site.pages["/"] = answer(gzip.compress(b"<p>hello</p>" * 1_000), Content_Encoding="gzip")
    client = client_of(site)

    found = await client.fetch(site.at(host="site.test"))

    await client.aclose()
    assert not isinstance(found, NoFetch)
    assert found.body == b"<p>hello</p>" * 1_000
    assert found.wire_bytes < 1_000


async def test_nobody_listens_is_told(site: Site) -> None:
    assert await outcome(site, "http://site.test:9/", others=("site.test:9",)) is NoFetch.UNREACHABLE


async def test_a_site_that_speaks_no_tls_is_told(site: Site) -> None:
    assert await outcome(site, "https://site.test:{port}/", caps=HASTY) is NoFetch.TOO_SLOW


async def test_a_server_that_answers_tls_in_plain_words_has_no_bad_certificate() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer("plain HTTP was spoken to an encrypted port", "400 Bad Request"))
        writer.close()

    assert await _over_tls(refuse) is NoFetch.TLS


async def test_a_certificate_nobody_knows_is_told() -> None:
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    assert await _over_tls(hear, ssl=own_certificate()) is NoFetch.CERTIFICATE


async def _over_tls(take, **options) -> object:
    """What comes of asking such a server over https."""
    async with await asyncio.start_server(take, "127.0.0.1", 0, **options) as server:
        place = f"site.test:{server.sockets[0].getsockname()[1]}"
        client = WebClient(Names({"site.test": [["127.0.0.1"]]}), contact="http://bot.example", allowed=[place])
        found = await client.fetch(f"https://{place}/")
        await client.aclose()
    return found


# Manners


async def test_robots_txt_closes_paths_and_is_read_once(site: Site) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: outreach-bot\nDisallow: /private\nAllow: /private/open\n"
    site.pages |= {"/robots.txt": answer(rules, Content_Type="text/plain"), "/": answer("home")}
    site.pages["/private/open/x"] = answer("open")
    client = client_of(site)

    home = await client.fetch(site.at("/", "site.test"))
    closed = await client.fetch(site.at("/private/x", "site.test"))
    opened = await client.fetch(site.at("/private/open/x", "site.test"))

    await client.aclose()
    assert closed is NoFetch.ROBOTS
    assert not isinstance(home, NoFetch) and not isinstance(opened, NoFetch)
    assert site.asked == ["/robots.txt", "/", "/private/open/x"]


async def test_a_server_in_trouble_allows_nothing(site: Site) -> None:
    site.pages["/robots.txt"] = answer("sorry", "503 Service Unavailable")

    assert await outcome(site, "http://site.test:{port}/") is NoFetch.ROBOTS_UNKNOWN


async def test_a_redirect_into_a_closed_path_is_not_followed(site: Site) -> None:
    site.pages |= {"/robots.txt": answer("User-agent: *\nDisallow: /closed", Content_Type="text/plain")}
    site.pages["/"] = moved("/closed")

    assert await outcome(site, "http://site.test:{port}/") is NoFetch.ROBOTS

    assert "/closed" not in site.asked


async def test_a_crawl_delay_is_kept(site: Site) -> None:
    rules = "User-agent: *\nCrawl-delay: 0.2\n"
    site.pages |= {"/robots.txt": answer(rules, Content_Type="text/plain"), "/": answer("home")}
    client = client_of(site)
    started = time.monotonic()

    await asyncio.gather(*(client.fetch(site.at("/", "site.test")) for _ in range(4)))

    await client.aclose()
    assert time.monotonic() - started >= 0.6


async def test_a_host_never_sees_more_than_two_requests_at_once(site: Site) -> None:
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(answer("page"))

    site.pages |= {f"/{number}": slow for number in range(12)}
    client = client_of(site)

    found = await asyncio.gather(*(client.fetch(site.at(f"/{number}", "site.test")) for number in range(12)))

    await client.aclose()
    assert not any(isinstance(each, NoFetch) for each in found)
    assert site.most_at_once == AT_ONCE
