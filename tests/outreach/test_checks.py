"""Every check against a page made by hand: what it finds, and that no other check finds anything there."""

from dataclasses import replace

import pytest

from bot.outreach.auditing import COST, findings_of
from bot.outreach.audits import DIMENSIONS, SEVERITIES
from bot.outreach.checks import CHECKS
from bot.outreach.fetching import NoFetch
from bot.outreach.letter_facts import AREAS
from bot.outreach.robots import Robots
from bot.outreach.wording import phrase
from tests.outreach.sites_given import (
    WORDS,
    adding,
    all_of,
    answering,
    fetched,
    heading,
    page_like_home,
    sound,
    swap,
    told,
    without,
)

ROBOTS = 'name="robots"'
HTTP = "http://acme.example"
FAULTS = [
    ("home-hidden", heading(f'<meta {ROBOTS} content="noindex, follow">')),
    ("home-hidden", answering(x_robots_tag="noindex")),
    ("robots-closed", told(robots=Robots("User-agent: Googlebot\nDisallow: /"))),
    ("title-missing", swap("<title>.*?</title>", "<title> </title>", "/about")),
    ("links-broken", all_of(adding('<a href="/old">Old</a>', "/about"), told(missing=frozenset({"https://acme.example/old"})))),
    ("canonical-elsewhere", swap('canonical" href="[^"]*"', 'canonical" href="https://other.example/"')),
    ("title-repeated", swap("<title>.*?</title>", "<title>Acme bakery in Brno</title>", "/about")),
    ("description-missing", without('<meta name="description"[^>]*>')),
    ("heading-missing", swap("<h1>.*?</h1>", '<h1><img src="/a.png" alt="Acme" width="1" height="1"></h1>')),
    ("sitemap-missing", told(sitemaps=0)),
    ("invents-pages", told(invents=True)),
    ("text-thin", all_of(swap("<p>.*?</p>", "<p>Hello.</p>"), without('<script src="[^"]*"[^>]*></script>'))),
    ("title-length", swap("<title>.*?</title>", f"<title>Acme {'bakery ' * 10}</title>")),
    ("description-repeated", all_of(
        swap('description" content="[^"]*"', 'description" content="Bread"'),
        swap('description" content="[^"]*"', 'description" content="bread"', "/about"))),
    ("headings-several", adding("<h1>Another</h1>")),
    ("canonical-missing", without('<link rel="canonical"[^>]*>')),
    ("pictures-undescribed", adding('<img src="/b.jpg" width="4" height="4">')),
    ("answers-slowly", fetched(seconds=3.4)),
    ("page-heavy", adding(f"<!-- {'x' * 600_000} -->")),
    ("not-packed", all_of(answering(content_encoding=""), adding(f"<!-- {'x' * 4_000} -->"))),
    ("scripts-block", heading("".join(f'<script src="/{n}.js"></script>' for n in range(4)))),
    ("redirects-many", fetched(hops=("http://a.example/", "https://a.example/", "https://b.example/"))),
    ("files-many", heading("".join(f'<link rel="stylesheet" href="/{n}.css">' for n in range(31)))),
    ("tree-large", adding("<p>x</p>" * 3_100)),
    ("inline-heavy", heading(f"<style>{'x' * 101_000}</style>")),
    ("pictures-unsized", adding('<img src="/b.jpg" alt="b">')),
    ("pictures-eager", adding('<img src="/b.jpg" alt="b" width="4" height="4">' * 9)),
    ("certificate-bad", told(https=NoFetch.CERTIFICATE)),
    ("form-open", adding(f'<form method="post" action="{HTTP}/mail"></form>')),
    ("password-in-address", adding('<form action="/in"><input type="password" aria-label="Password"></form>')),
    ("files-unencrypted", adding(f'<img src="{HTTP}/b.jpg" alt="b" width="4" height="4">')),
    ("http-stays", told(http_stays=True)),
    ("hsts-missing", answering(strict_transport_security="")),
    ("cookies-open", fetched(cookies=("id=1; Path=/; HttpOnly",))),
    ("policy-missing", answering(content_security_policy="", x_frame_options="SAMEORIGIN")),
    ("framing-open", answering(content_security_policy="default-src 'self'")),
    ("types-guessed", answering(x_content_type_options="")),
    ("version-told", answering(server="nginx/1.18.0")),
    ("version-told", answering(x_powered_by="PHP/7.4.3")),
    ("referrer-told", answering(referrer_policy="")),
    ("phones-forgotten", without('<meta name="viewport"[^>]*>')),
    ("zoom-blocked", swap("initial-scale=1", "initial-scale=1, user-scalable=no")),
    ("zoom-blocked", swap("initial-scale=1", "maximum-scale=1.0")),
    ("labels-missing", adding('<form method="post"><input name="mail" placeholder="Mail"></form>')),
    ("language-missing", swap('<html lang="en">', "<html>")),
    ("old-mode", without("<!doctype html>")),
    ("phone-untappable", swap("tel:", "sms:", "*")),
    ("links-silent", adding('<a href="/about"><i></i></a>')),
    ("links-vague", adding('<a href="/about">Read more »</a>' * 4)),
    ("headings-jump", adding("<h4>Deep</h4>")),
    ("frames-untitled", adding('<iframe src="/map"></iframe>')),
    ("ids-repeated", adding('<i id="twice"></i><i id="twice"></i>')),
    ("tags-retired", adding("<center>Bread</center>")),
    ("text-by-script", swap("<body>.*</body>", "<body><h1>Acme</h1></body>")),
    ("text-thin", swap("<p>.*?</p>", "<p>Hello.</p>")),
    ("engines-shut-out", told(robots=Robots("User-agent: GPTBot\nDisallow: /"))),
    ("snippets-forbidden", heading(f'<meta {ROBOTS} content="nosnippet">')),
    ("schema-missing", without('<script type="application/ld.json">.*?</script>')),
    ("schema-broken", heading('<script type="application/ld+json">{"@type": </script>')),
    ("schema-nameless", swap("LocalBusiness", "BreadcrumbList")),
    ("text-unstructured", all_of(swap("<h2>.*?</h2>", "<h3>Do you deliver?</h3>"), adding(f"<p>{WORDS * 40}</p>"))),
    ("questions-unanswered", swap("<h2>.*?</h2>", "<h2>Delivery</h2>", "*")),
    ("llms-missing", told(has_llms=False)),
    ("placeholders-left", adding("<p>Lorem ipsum dolor sit amet</p>")),
    ("contact-missing", all_of(without("<footer>.*</footer>", "*"), without("<form.*</form>", "*"),
                               without("<a href=./contact.>.*?</a>", "*"))),
    ("picture-missing", without('<meta property="og:image"[^>]*>')),
    ("privacy-missing", without("<a href=./privacy.>.*?</a>", "*")),
    ("about-missing", without("<a href=./about.>.*?</a>", "*")),
    ("year-old", swap("© 2026", "© 2015-2023", "*")),
    ("icon-missing", without('<link rel="icon"[^>]*>')),
    ("shared-title-missing", without('<meta property="og:title"[^>]*>')),
    ("name-missing", swap("Acme bakery in Brno", "Bread and rolls in Brno")),
    ("profiles-missing", swap("https://www.linkedin.com/company/acme", "https://linked.example/", "*")),
]  # fmt: skip
# What cannot go wrong alone.
BESIDE = {
    "contact-missing": {"privacy-missing", "profiles-missing"},
    "text-unstructured": {"headings-jump"},
}


def found(draft) -> list[str]:
    """What the checks find."""
    return [each.check.id for each in findings_of(draft.site())]


def test_a_site_without_a_fault_has_no_findings() -> None:
    assert found(sound()) == []


@pytest.mark.parametrize(("check", "spoil"), FAULTS, ids=[check for check, _ in FAULTS])
def test_a_fault_is_found_and_nothing_else(check: str, spoil) -> None:
    assert set(found(spoil(sound()))) == {check} | BESIDE.get(check, set())


UNFINISHED = "<body><h1>Acme</h1><p>Our new site is {}.</p></body>"


@pytest.mark.parametrize(
    ("spoil", "is_left"),
    [
        (swap("<body>.*</body>", UNFINISHED.format("coming soon")), True),
        (swap("<body>.*</body>", UNFINISHED.format("under construction")), True),
        (adding("<p>Twelve houses under construction, more coming soon</p>"), False),
        (adding("<h2>Hello world!</h2>"), True),
        (adding("<p>Every program begins with hello world! Download a sample page.</p>"), False),
    ],
)
def test_what_honest_pages_say_too_is_no_sample_text(spoil, is_left: bool) -> None:
    assert ("placeholders-left" in found(spoil(sound()))) is is_left


def test_one_text_under_two_addresses_shares_title_and_description() -> None:
    draft = page_like_home("/index.html")(sound())

    assert set(found(draft)) == {"text-repeated", "title-repeated", "description-repeated"}


def test_a_site_without_encryption_is_told_once() -> None:
    draft = sound()
    pages = {path: html.replace("https://acme", "http://acme") for path, html in draft.html.items()}
    plain = replace(draft, html=pages, origin=HTTP, facts={"https": NoFetch.UNREACHABLE, "http_stays": True})

    assert found(plain) == ["not-encrypted"]


def test_every_check_has_a_row_here() -> None:
    told_here = {check for check, _ in FAULTS} | {"text-repeated", "not-encrypted"}

    assert {check.id for check in CHECKS} == told_here
    assert len(CHECKS) == len(told_here) >= 40


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_the_words_of_a_check_stand_in_a_letter(check) -> None:
    assert check.dimension in DIMENSIONS and check.dimension in AREAS
    assert check.severity in SEVERITIES and check.severity in COST
    assert 10 < len(check.title) <= 80 and not check.title.endswith(".")
    assert check.why.endswith(".") and not check.fix.endswith(".")
    assert phrase(check.title, 140)[0].islower() and phrase(check.fix, 220)[0].islower()
    assert check.title[0].isupper() and check.why[0].isupper() and check.fix[0].isupper()
