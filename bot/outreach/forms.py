"""Web forms: what one asks for, from where it may be sent, and what a visitor typed into it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.outreach.addresses import is_host
from bot.outreach.errors import Invalid, LimitReached

EMAIL = "email"
HONEYPOT = "fax_number"  # no visitor sees it; whoever fills it in is a program
CONSENT = "consent"
PAGE = "page"
LEAD_FIELDS: Mapping[str, tuple[str, int]] = {  # a box's name to its label and its longest text
    "first_name": ("First name", 100),
    "last_name": ("Last name", 100),
    "company_name": ("Company", 255),
    "phone": ("Phone", 50),
    "website": ("Website", 2_000),
    "city": ("City", 100),
    "country": ("Country", 100),
}
MESSAGE = "message"
BOXES: Mapping[str, tuple[str, int]] = {**LEAD_FIELDS, MESSAGE: ("Message", 4_000)}
WORDING = "I agree to receive emails from you. I can unsubscribe at any time."
LONGEST_NAME = 80
LONGEST_WORDING = 500
LONGEST_PAGE = 1_000
MOST_ORIGINS = 20
SAME_FOR = timedelta(minutes=10)
CONFIRM_FOR = timedelta(days=30)
CONFIRM_AGAIN = timedelta(hours=1)  # between two confirmation mails to one address
_ORIGIN = re.compile(r"https?://[^\s/?#@]+")


@dataclass(frozen=True, slots=True)
class WebForm:
    """A form on somebody's page. key: what the page knows it by, no secret. fields: of `BOXES`, besides the address.

    wording: what a visitor agrees to. double_opt_in: consent counts once they confirm it by a mail from the site.
    origins: the pages' origins that may send it; none is any. thank_you_url: where a plain form goes; empty: our page.
    """

    id: str
    key: str
    name: str
    fields: tuple[str, ...]
    wording: str = WORDING
    double_opt_in: bool = True
    site_id: str = ""
    origins: tuple[str, ...] = ()
    thank_you_url: str = ""
    author: str = ""
    created_at: datetime | None = None
    retired_at: datetime | None = None

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may send it; a request without one is no page's."""
        return not origin or not self.origins or origin.lower() in self.origins


@dataclass(frozen=True, slots=True)
class Typed:
    """What a visitor typed, checked. fields: by box, blank ones left out; the address is not among them."""

    email: str
    fields: Mapping[str, str]
    agreed: bool
    page: str

    @property
    def digest(self) -> str:
        """The same for the same texts: a second click is no second submission."""
        texts = json.dumps([self.email, sorted(self.fields.items()), self.agreed], ensure_ascii=False)
        return hashlib.sha256(texts.encode("utf-8", "replace")).hexdigest()


class BadSubmission(Invalid):
    """What a visitor sent cannot be used; `problems` by box."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()), field=next(iter(problems), ""))
        self.problems = problems


class TooOften(LimitReached):
    """Too many submissions from one place or for one address; `retry_after` until the next may come."""

    def __init__(self, retry_after: timedelta) -> None:
        minutes = -(-int(retry_after.total_seconds()) // 60)
        super().__init__(f"Too many submissions. Try again in {minutes} minute{'' if minutes == 1 else 's'}.")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many in such a time."""

    most: int
    within: timedelta

    def wait(self, newest: list[datetime], now: datetime) -> timedelta | None:
        """How long until one more may come, or None at once. newest: the latest `most` moments, the latest first."""
        if len(newest) < self.most:
            return None
        free_at = newest[self.most - 1] + self.within
        return free_at - now if free_at > now else None


PER_PLACE = Pace(10, timedelta(minutes=10))
PER_ADDRESS = Pace(3, timedelta(hours=1))


def checked_form(form: WebForm) -> WebForm:
    """The form as it may be stored. Raises `Invalid` with the field that is wrong."""
    if not form.name.strip() or len(form.name) > LONGEST_NAME:
        raise Invalid(f"Give the form a name of up to {LONGEST_NAME} characters.", field="name")
    if not form.wording.strip() or len(form.wording) > LONGEST_WORDING:
        raise Invalid(f"Say in up to {LONGEST_WORDING} characters what a visitor agrees to.", field="wording")
    if len(form.origins) > MOST_ORIGINS:
        raise Invalid(f"A form takes up to {MOST_ORIGINS} origins.", field="origins")
    wrong = next((origin for origin in form.origins if not _is_origin(origin)), None)
    if wrong is not None:
        raise Invalid(f"{wrong[:80]} is no origin. Write them as https://www.acme.com.", field="origins")
    if form.thank_you_url and not _is_page(form.thank_you_url):
        raise Invalid("Write a whole address such as https://www.acme.com/thanks.", field="thank_you_url")
    if form.double_opt_in and not form.site_id:
        raise Invalid("Choose the site that the confirmation mail comes from.", field="site")
    return form


def typed_of(form: WebForm, given: Mapping[str, str]) -> Typed:
    """What a visitor sent to this form. Raises `BadSubmission` with every box that is wrong; unknown boxes are ignored.

    The address is only looked at for being there: its form is the caller's to check.
    """
    fields = {name: _text(given.get(name, ""), lines=name == MESSAGE) for name in form.fields}
    problems = {} if given.get(EMAIL, "").strip() else {EMAIL: "Write your email address."}
    for name, text in fields.items():
        label, longest = BOXES[name]
        if len(text) > longest:
            problems[name] = f"{label} takes up to {longest:,} characters."
    if problems:
        raise BadSubmission(problems)
    page = _text(given.get(PAGE, ""))[:LONGEST_PAGE]
    agreed = given.get(CONSENT, "").strip().lower() in {"yes", "on", "true", "1"}
    return Typed(given[EMAIL].strip(), {name: text for name, text in fields.items() if text}, agreed, page)


def _text(text: str, *, lines: bool = False) -> str:
    kept = text.replace("\r\n", "\n").split("\n") if lines else [text]
    return "\n".join(" ".join(line.split()) for line in kept).strip()


def _is_origin(origin: str) -> bool:
    if _ORIGIN.fullmatch(origin) is None:
        return False
    host = urlsplit(origin).hostname or ""
    return is_host(host) or host in {"localhost", "127.0.0.1"}


def _is_page(url: str) -> bool:
    parts = urlsplit(url) if len(url) <= LONGEST_PAGE and url.isprintable() and " " not in url else None
    return parts is not None and parts.scheme in {"http", "https"} and is_host(parts.hostname or "")
