"""What endangers a site's visitors."""

import re

from bot.outreach.checks.kinds import Check, at_home, of_site, on_pages, some
from bot.outreach.fetching import NoFetch
from bot.outreach.pages import Page, Site

_VERSION = re.compile(r"[A-Za-z][\w-]*/\d+\.\d+")


def _not_encrypted(site: Site) -> str:
    is_open = not site.home.is_encrypted and site.https is not None and site.https is not NoFetch.CERTIFICATE
    return f"Over https: {site.https}" if is_open else ""


def _bad_certificate(site: Site) -> str:
    return "Browsers warn before they show the site" if site.https is NoFetch.CERTIFICATE else ""


def _http_stays(site: Site) -> str:
    return "The address with http:// answers without encryption" if site.http_stays and site.https is None else ""


def _mixed(page: Page) -> str:
    return some(list(page.unsafe), "file")


def _open_form(page: Page) -> str:
    actions = [form.action for form in page.forms if form.action.startswith("http:")]
    return f"A form is sent to {actions[0][:120]}" if actions and page.is_encrypted else ""


def _password_in_address(page: Page) -> str:
    return "A password field in a form with method get" if any(_tells_password(page)) else ""


def _tells_password(page: Page) -> list[bool]:
    return [form.has_password and form.method == "get" for form in page.forms]


def _no_hsts(page: Page) -> str:
    return "Strict-Transport-Security is missing" if page.is_encrypted and not page.headers.get(
        "strict-transport-security"
    ) else ""  # fmt: skip


def _no_policy(page: Page) -> str:
    return "" if page.headers.get("content-security-policy") else "Content-Security-Policy is missing"


def _guesses_types(page: Page) -> str:
    told = page.headers.get("x-content-type-options", "").lower()
    return "" if "nosniff" in told else "X-Content-Type-Options is missing"


def _may_be_framed(page: Page) -> str:
    policy = page.headers.get("content-security-policy", "")
    is_closed = "frame-ancestors" in policy or page.headers.get("x-frame-options")
    return "" if is_closed else "Neither frame-ancestors nor X-Frame-Options is set"


def _tells_all(page: Page) -> str:
    return "" if page.headers.get("referrer-policy") else "Referrer-Policy is missing"


def _open_cookies(page: Page) -> str:
    bare = [line.partition("=")[0] for line in page.cookies if "secure" not in line.lower()]
    return some(bare, "cookie") if page.is_encrypted else ""


def _tells_version(page: Page) -> str:
    told = [page.headers.get(name, "") for name in ("server", "x-powered-by")]
    found = [text for text in told if _VERSION.search(text)]
    return f"The server says {found[0][:80]}" if found else ""


CHECKS = (
    Check(
        "not-encrypted", "security", "critical", "The site is not encrypted",
        "Browsers call it not secure, and anybody on the way can read and change what visitors see and type.",
        "Install a certificate (they are free) and redirect all of http to https",
        of_site(_not_encrypted), of_site=True,
    ),
    Check(
        "certificate-bad", "security", "critical", "The site's certificate is not trusted by browsers",
        "Visitors see a full-page warning instead of the site.",
        "Renew the certificate and let it renew itself from now on", of_site(_bad_certificate), of_site=True,
    ),
    Check(
        "form-open", "security", "critical", "Forms send what people type unencrypted",
        "Names, numbers and messages can be read by anybody on the way.",
        "Send the form to the https address", on_pages(_open_form),
    ),
    Check(
        "password-in-address", "security", "critical", "Passwords are put into the page's address",
        "They end up in the browser's history and in every log on the way.",
        "Send the form with the method post", on_pages(_password_in_address),
    ),
    Check(
        "files-unencrypted", "security", "high", "Encrypted pages load unencrypted files",
        "Browsers block such files or warn, and one of them is enough to take the page over.",
        "Load every file over https", on_pages(_mixed),
    ),
    Check(
        "http-stays", "security", "high", "Visitors who come without https are not sent to it",
        "They stay unencrypted, and the site stands under two addresses.",
        "Redirect every http address to its https one", of_site(_http_stays), of_site=True,
    ),
    Check(
        "hsts-missing", "security", "medium", "Browsers are not told to insist on encryption",
        "The first request of each visit can be caught and turned to a false site.",
        "Send Strict-Transport-Security: max-age=31536000", at_home(_no_hsts), of_site=True,
    ),
    Check(
        "cookies-open", "security", "medium", "Cookies are sent without encryption, too",
        "Whoever catches one can act as that visitor.",
        "Set Secure and HttpOnly on every cookie", on_pages(_open_cookies),
    ),
    Check(
        "policy-missing", "security", "low", "No rule says which scripts may run",
        "One injected script can read everything visitors type.",
        "Send a Content-Security-Policy, first in report-only mode to watch", at_home(_no_policy), of_site=True,
    ),
    Check(
        "framing-open", "security", "low", "Other sites can show these pages as their own",
        "A false site can lay itself over the real one and catch clicks.",
        "Send Content-Security-Policy: frame-ancestors 'self'", at_home(_may_be_framed), of_site=True,
    ),
    Check(
        "types-guessed", "security", "low", "Browsers guess what kind a file is",
        "An uploaded picture can then run as a script.",
        "Send X-Content-Type-Options: nosniff", at_home(_guesses_types), of_site=True,
    ),
    Check(
        "version-told", "security", "low", "The server tells its exact version",
        "Whoever looks for sites with a known hole finds this one at once.",
        "Turn the version off in the server's answer", at_home(_tells_version), of_site=True,
    ),
    Check(
        "referrer-told", "security", "info", "Other sites learn which page a visitor came from",
        "Addresses of private pages may leave with every link.",
        "Send Referrer-Policy: strict-origin-when-cross-origin", at_home(_tells_all), of_site=True,
    ),
)  # fmt: skip
