"""The merge fields of an audit: their names and where each one's text comes from. The only place that knows them.

Every text reads inside a sentence or after a colon. What is not known gets a word that reads well there: a score `not
measured`, a grade `not graded`, a page count `a few`, an issue `no major issue`. Only the audit's address may be
empty, because no word stands for a link; `campaigns.blank_fields` then warns of it.
Source: F068; the brief gives the number of keys, not their names.
"""

from collections.abc import Callable, Mapping
from datetime import UTC

from bot.outreach.addresses import company_domain, domain_of
from bot.outreach.audits import DIMENSIONS, FinishedAudit, Issue, grade_of, issues_in_order
from bot.outreach.leads import Lead
from bot.outreach.wording import counted, day_in_words, one_line, web_address

Source = Callable[[Lead, FinishedAudit], str]
Profile = Mapping[str, Source]

NOT_MEASURED = "not measured"
NOT_GRADED = "not graded"
NO_ISSUE = "no major issue"
LISTED_ISSUES = 5
_PREFIX = "custom_"


def audit_variables(lead: Lead, audit: FinishedAudit, profile: Profile | None = None) -> dict[str, str]:
    """Every key of the profile (slim unless told otherwise) with its text, one line each."""
    return {key: source(lead, audit) for key, source in (SLIM if profile is None else profile).items()}


def renamed(profile: Profile, names: Mapping[str, str]) -> dict[str, Source]:
    """The profile under a client's own names (ours → theirs); names not mentioned stay."""
    return {names.get(key, key): source for key, source in profile.items()}


def bare(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables as PlusVibe wants them sent: it puts `custom_` before every name itself."""
    return {key.removeprefix(_PREFIX): text for key, text in variables.items()}


def company_name(lead: Lead) -> str:
    """The company, else its domain, else `your company`."""
    return one_line(lead.company_name, 80) or _known_domain(lead) or "your company"


def domain(lead: Lead) -> str:
    """The lead's domain, else the one in its website or work address, else `your website`."""
    return _known_domain(lead) or "your website"


def _known_domain(lead: Lead) -> str:
    told = "" if lead.domain.strip().lower() == "unknown" else lead.domain
    return one_line(told, 80) or one_line(domain_of(lead.website), 80) or one_line(company_domain(lead.email or ""), 80)


def _audit_url(lead: Lead, audit: FinishedAudit) -> str:
    return web_address(audit.url) or web_address(lead.audit_url)


def _score(number: int | None) -> str:
    return NOT_MEASURED if number is None else str(number)


def _dimension(name: str) -> Source:
    return lambda lead, audit: _score((audit.scores or {}).get(name))


def _dimension_grade(name: str) -> Source:
    def grade(lead: Lead, audit: FinishedAudit) -> str:
        score = (audit.scores or {}).get(name)
        return NOT_GRADED if score is None else grade_of(score)

    return grade


def _audited_at(lead: Lead, audit: FinishedAudit) -> str:
    day = audit.completed_at.astimezone(UTC)
    return day_in_words(day.day, day.month, day.year)


def _issue(audit: FinishedAudit, place: int = 0) -> Issue | None:
    ranked = issues_in_order(audit)
    return ranked[place] if place < len(ranked) else None


def _issue_title(issue: Issue | None) -> str:
    return one_line(issue.title, 160) if issue else NO_ISSUE


def _issue_severity(issue: Issue | None) -> str:
    return (one_line(issue.severity, 40) or "notable") if issue else "none"


def _issue_fix(issue: Issue | None) -> str:
    return (one_line(issue.fix, 400) or "worth a closer look") if issue else "nothing to fix at the moment"


def _issue_pages(issue: Issue | None) -> str:
    return (str(issue.pages) if issue.pages else "a few") if issue else "0"


def _issue_count(lead: Lead, audit: FinishedAudit) -> str:
    return str(len(issues_in_order(audit)))


def _summary(lead: Lead, audit: FinishedAudit) -> str:
    """The audit's own summary, else one made of what it measured."""
    if told := one_line(audit.summary, 1000):
        return told
    looked = (
        f"We looked at {counted(audit.pages, 'page')} of {domain(lead)}."
        if audit.pages
        else f"We looked at {domain(lead)}."
    )
    scored = f" It scored {audit.score} out of 100." if audit.score is not None else ""
    top = _issue(audit)
    found = f" What matters most: {_issue_title(top).rstrip('.')}." if top else ""
    return looked + scored + found


SLIM: Profile = {
    "custom_audit_url": _audit_url,
    "custom_audit_grade": lambda lead, audit: one_line(audit.grade, 20) or NOT_GRADED,
    "custom_audit_score": lambda lead, audit: _score(audit.score),
    "custom_audit_summary": _summary,
    "custom_audited_at": _audited_at,
    "custom_pages_audited": lambda lead, audit: str(audit.pages) if audit.pages else "a few",
    "custom_company_name": lambda lead, audit: company_name(lead),
    "custom_domain": lambda lead, audit: domain(lead),
    **{f"custom_score_{name}": _dimension(name) for name in DIMENSIONS},
    "custom_top_issue": lambda lead, audit: _issue_title(_issue(audit)),
    "custom_top_issue_severity": lambda lead, audit: _issue_severity(_issue(audit)),
    "custom_top_issue_fix": lambda lead, audit: _issue_fix(_issue(audit)),
    "custom_issue_count": _issue_count,
}


def _per_issue(place: int) -> dict[str, Source]:
    stem = f"custom_issue_{place + 1}"
    return {
        stem: lambda lead, audit: _issue_title(_issue(audit, place)),
        f"{stem}_severity": lambda lead, audit: _issue_severity(_issue(audit, place)),
        f"{stem}_fix": lambda lead, audit: _issue_fix(_issue(audit, place)),
        f"{stem}_pages": lambda lead, audit: _issue_pages(_issue(audit, place)),
    }


FULL: Profile = {
    **SLIM,
    **{f"custom_grade_{name}": _dimension_grade(name) for name in DIMENSIONS},
    **{key: source for place in range(LISTED_ISSUES) for key, source in _per_issue(place).items()},
}
PROFILES: Mapping[str, Profile] = {"slim": SLIM, "full": FULL}
