"""What a letter may say: the facts of an audit as short texts, each empty when it is not known."""

from collections.abc import Mapping, Sequence

from bot.outreach.audits import DIMENSIONS, FinishedAudit, Issue, issues_in_order
from bot.outreach.leads import Lead
from bot.outreach.variables import domain
from bot.outreach.wording import (
    counted,
    given_name,
    number_word,
    one_line,
    phrase,
    trade_name,
    whole_sentences,
)
from bot.outreach.writebacks import Tone

AREAS: Mapping[str, str] = {
    "seo": "SEO",
    "performance": "page speed",
    "security": "security",
    "ux": "usability",
    "ai_visibility": "AI visibility",
    "brand": "brand presence",
}
GOOD_FROM = 75  # an area worth praising scores at least this, and one worth fixing less
APART = 10  # points between best and worst below which comparing them says nothing
_LOOKED = {Tone.DIRECT: "I checked", Tone.FRIENDLY: "I looked at", Tone.FORMAL: "we reviewed"}


def letter_facts(lead: Lead, audit: FinishedAudit, tone: Tone, step: int) -> dict[str, str]:
    """Every name a template may use.

    name, full_name, company, site: who and where; `site` and `place` (the same for a subject) are never empty.
    issue, spread, fix: the top issue to stand after a colon, how many pages show it, what to do.
    next_…: the finding this follow-up brings, empty when all have been told. rest: `the other four findings`.
    score, grade, weakest(_score), best(_score), area(_score): best only when it is good and well above the weakest;
    area is the weak one this follow-up may tell instead of a finding. is_weak, is_fine: `yes` or empty.
    """
    issues = issues_in_order(audit)
    top = issues[0] if issues else None
    fresh = issues[step - 1] if 1 < step <= len(issues) else None
    return {
        **_people(lead),
        **_finding(top, audit, tone, ""),
        **_finding(fresh, audit, tone, "next_"),
        **_scores(audit, step, len(issues)),
        "rest": _rest(len(issues) - 1),
        "summary": "" if top else whole_sentences(audit.summary, 240).rstrip(" .!?,;:"),
        "step": str(step),
    }


def _people(lead: Lead) -> dict[str, str]:
    name, surname = given_name(lead.first_name), given_name(lead.last_name)
    spoken = trade_name(lead.company_name, 40)
    site = domain(lead)
    site = site if len(site) <= 50 else "your website"
    return {
        "name": name,
        "full_name": f"{name} {surname}".strip() if name else "",
        "company": "" if spoken.endswith("…") and site != "your website" else spoken,
        "site": site,
        "place": site if len(site) <= 28 else "your website",
    }


def _finding(issue: Issue | None, audit: FinishedAudit, tone: Tone, prefix: str) -> dict[str, str]:
    title = phrase(issue.title, 140) if issue else ""
    return {
        f"{prefix}issue": title,
        f"{prefix}short_issue": title if len(title) <= 30 else "",
        f"{prefix}spread": _spread(issue.pages, audit.pages or 0, _LOOKED[tone]) if issue else "",
        f"{prefix}fix": phrase(whole_sentences(issue.fix, 220), 220) if issue else "",
    }


def _spread(pages: int, checked: int, looked: str) -> str:
    """`on 14 of the 20 pages I checked`, `on every page I checked`, `on one page`, or empty when it says nothing."""
    if pages <= 0 or checked == 1:
        return ""
    if not checked:
        return f"on {counted(pages, 'page')}"
    if pages >= checked:
        return f"on every page {looked}"
    some = str(pages) if checked > 9 and pages > 1 else number_word(pages)
    return f"on {some} of the {number_word(checked)} pages {looked}"


def _rest(others: int) -> str:
    if others < 1:
        return ""
    return "the other finding" if others == 1 else f"the other {number_word(others)} findings"


def _scores(audit: FinishedAudit, step: int, issues: int) -> dict[str, str]:
    scores = audit.scores or {}
    ranked = sorted((name for name in DIMENSIONS if name in scores), key=lambda name: scores[name])
    worst, best = (ranked[0], ranked[-1]) if ranked else ("", "")
    praised = best if best and scores[best] >= max(GOOD_FROM, scores[worst] + APART) else ""
    area = _told_now(ranked, scores, step, issues)
    return {
        "score": "" if audit.score is None else str(audit.score),
        "grade": one_line(audit.grade, 4),
        "weakest": AREAS.get(worst, ""),
        "weakest_score": str(scores[worst]) if worst else "",
        "is_weak": "yes" if worst and scores[worst] < GOOD_FROM else "",
        "is_fine": "yes" if worst and scores[worst] >= GOOD_FROM and (audit.score or 0) >= GOOD_FROM else "",
        "best": AREAS.get(praised, ""),
        "best_score": str(scores[praised]) if praised else "",
        "area": AREAS.get(area, ""),
        "area_score": str(scores[area]) if area else "",
    }


def _told_now(ranked: Sequence[str], scores: Mapping[str, int], step: int, issues: int) -> str:
    """The weak area a follow-up tells once the findings are used up: the second weakest first, the weakest is told."""
    place = step - max(issues, 1)
    return ranked[place] if 1 <= place < len(ranked) and scores[ranked[place]] < GOOD_FROM else ""
