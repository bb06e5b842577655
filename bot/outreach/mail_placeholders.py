"""The placeholders of mail templates: what a template may name, where each text comes from, and what is missing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.outreach.errors import Invalid
from bot.outreach.leads import Lead
from bot.outreach.variables import domain
from bot.outreach.wording import given_name, one_line, web_address


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What a template may name. says: one short phrase for the editor's list."""

    name: str
    says: str
    example: str


OF_LEAD = (
    Placeholder("first_name", "first name", "Jana"),
    Placeholder("last_name", "last name", "Novak"),
    Placeholder("company_name", "company", "Acme"),
    Placeholder("domain", "domain of the website", "acme.com"),
    Placeholder("city", "city", "Brno"),
    Placeholder("country", "country", "Czechia"),
    Placeholder("industry", "industry", "Retail"),
    Placeholder("company_size", "number of employees", "11-50"),
    Placeholder("website", "address of the website", "https://acme.com"),
    Placeholder("email", "e-mail address", "jana@acme.com"),
)
OF_AUDIT = (
    Placeholder("grade", "grade of the audit", "D"),
    Placeholder("score", "score of the audit, out of 100", "61"),
    Placeholder("top_issue", "what matters most to fix", "Missing meta descriptions"),
    Placeholder("audit_summary", "summary of the audit", "Good bones, few descriptions."),
    Placeholder("audit_url", "link to the audit", "https://audits.example/run-1"),
)
OF_OPPORTUNITY = (
    Placeholder("url", "page that should link to us", "https://blog.example/best-tools"),
    Placeholder("anchor_text", "words of the link", "website audits"),
    Placeholder("target_url", "page of ours it should lead to", "https://ours.example/audits"),
)
OF_SENDER = (Placeholder("sender_name", "name of the sender", "Lena Brandt"),)
PLACEHOLDERS: tuple[Placeholder, ...] = (*OF_LEAD, *OF_AUDIT, *OF_OPPORTUNITY, *OF_SENDER)
NAMES = tuple(placeholder.name for placeholder in PLACEHOLDERS)
_MENDED: Mapping[str, str] = {
    **{placeholder.name: "Fill it in on the lead" for placeholder in OF_LEAD},
    **{placeholder.name: "Audit the lead first" for placeholder in OF_AUDIT},
    **{placeholder.name: "Fill it in on the opportunity" for placeholder in OF_OPPORTUNITY},
    **{placeholder.name: "Name the sender in the settings" for placeholder in OF_SENDER},
}
_AS_WRITTEN = ("company_name", "city", "country", "industry", "company_size", "grade", "top_issue")
_Text = Callable[[Lead, str, Mapping[str, str]], str]  # of the lead, the sender's name and the opportunity
_STAND_INS = {"first_name": "there", "company_name": "your company", "domain": "your website"}


class MissingValue(Invalid):
    """The template prints what nobody knows of this lead and gives no default. missing: the names, in our order."""

    def __init__(self, lead_title: str, missing: tuple[str, ...]) -> None:
        first, listed = missing[0], " and no ".join(missing)
        stand_in = f"{{{{ {first} | default('{_STAND_INS.get(first, '…')}') }}}}"
        super().__init__(f"{lead_title} has no {listed}. {_MENDED[first]}, or give a default: {stand_in}.")
        self.lead_title = lead_title
        self.missing = missing


def values_of(
    lead: Lead, *, sender_name: str = "", opportunity: Mapping[str, str] | None = None, only: Iterable[str] = NAMES
) -> dict[str, str]:
    """The placeholders, each with its text on one line, free of mark-up; empty when it is not known.

    A first or last name that is none (`info`, digits) is not known, as in the letters. opportunity: its `url`,
    `anchor_text` and `target_url`, any of them. only: these placeholders, for whoever makes thousands of mails.
    """
    wanted = opportunity or {}
    return {name: _TEXTS[name](lead, sender_name, wanted) for name in only}


def _domain(lead: Lead) -> str:
    site = domain(lead)
    return "" if site == "your website" else site


def _address(text: str) -> str:
    return web_address(text) or one_line(text, 2000)


def _as_written(name: str) -> _Text:
    return lambda lead, sender, link: one_line(getattr(lead, name), 160)


def _of_link(name: str) -> _Text:
    return lambda lead, sender, link: _address(link.get(name, ""))


_TEXTS: Mapping[str, _Text] = {
    "first_name": lambda lead, sender, link: given_name(lead.first_name),
    "last_name": lambda lead, sender, link: given_name(lead.last_name),
    "domain": lambda lead, sender, link: _domain(lead),
    "website": lambda lead, sender, link: _address(lead.website),
    "email": lambda lead, sender, link: one_line(lead.email or "", 254),
    "score": lambda lead, sender, link: "" if lead.score is None else str(lead.score),
    "audit_summary": lambda lead, sender, link: one_line(lead.audit_summary, 1000),
    "audit_url": lambda lead, sender, link: _address(lead.audit_url),
    "url": _of_link("url"),
    "anchor_text": lambda lead, sender, link: one_line(link.get("anchor_text", ""), 200),
    "target_url": _of_link("target_url"),
    "sender_name": lambda lead, sender, link: one_line(sender, 80),
    **{name: _as_written(name) for name in _AS_WRITTEN},
}
