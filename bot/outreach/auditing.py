"""From what the checks find to an audit: findings in order, six scores, a summary. The same pages, the same audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.outreach.audits import DIMENSIONS, SEVERITIES, FinishedAudit, Issue
from bot.outreach.checks import CHECKS, Check
from bot.outreach.completions import MAX_PLACES, finished_audit, weighted_mean
from bot.outreach.pages import Site
from bot.outreach.wording import counted

# What a finding on every page costs its dimension, of 100. One on few pages costs at least two fifths of that.
COST: Mapping[str, int] = {"critical": 45, "high": 26, "medium": 13, "low": 5, "info": 0}
_AREAS = {
    "seo": "search visibility",
    "performance": "speed",
    "security": "security",
    "ux": "ease of use",
    "ai_visibility": "visibility in answer engines",
    "brand": "brand presence",
}
_GOOD_FROM = 75


@dataclass(frozen=True, slots=True)
class Finding:
    """A check and where it found something. hits: by a page's address, what was there."""

    check: Check
    hits: Mapping[str, str]


def findings_of(site: Site) -> tuple[Finding, ...]:
    """Whatever the checks find, the gravest first, then what most pages show, then in the table's order."""
    found = [Finding(check, hits) for check in CHECKS if (hits := check.found(site))]
    return tuple(sorted(found, key=lambda each: (SEVERITIES.index(each.check.severity), -len(each.hits))))


def scores_of(findings: tuple[Finding, ...], pages: int) -> dict[str, int]:
    """Each of the six from 0 to 100."""
    lost = dict.fromkeys(DIMENSIONS, 0)
    for each in findings:
        lost[each.check.dimension] += _cost(each, pages)
    return {name: max(0, 100 - cost) for name, cost in lost.items()}


def finished(site: Site, *, run_id: str, url: str, completed_at: datetime) -> FinishedAudit:
    """The finished audit of a site as it was visited. url: where its report stands."""
    findings = findings_of(site)
    scores = scores_of(findings, len(site.pages))
    return finished_audit(
        run_id=run_id,
        completed_at=completed_at,
        url=url,
        scores=scores,
        issues=[_issue(each) for each in findings],
        summary=_summary(site, scores, findings),
        pages=len(site.pages),
    )


def _cost(finding: Finding, pages: int) -> int:
    """Whole points; for the site as a whole always in full."""
    full = COST[finding.check.severity]
    if finding.check.of_site or not full:
        return full
    return max(1, full * (2 * pages + 3 * min(len(finding.hits), pages)) // (5 * pages))


def _issue(finding: Finding) -> Issue:
    check, places = finding.check, list(finding.hits)
    return Issue(
        title=check.title,
        severity=check.severity,
        fix=check.fix,
        pages=0 if check.of_site else len(places),
        check=check.id,
        dimension=check.dimension,
        found=finding.hits[places[0]],
        why=check.why,
        where=() if check.of_site else tuple(places[:MAX_PLACES]),
    )


def _summary(site: Site, scores: Mapping[str, int], findings: tuple[Finding, ...]) -> str:
    """How much was seen, how it does, what is good and what is not, what to begin with."""
    looked = f"We looked at {counted(len(site.pages), 'page')} of {site.domain}."
    scored = f"It scores {weighted_mean(scores)} of 100."
    weighty = [each for each in findings if each.check.severity != "info"]
    if not weighty:
        return f"{looked} {scored} We found nothing to repair."
    first = weighty[0].check
    begin = f"We found {counted(len(weighty), 'thing')} to repair. The first: {_small(first.title)}. {first.why}"
    return f"{looked} {scored} {_compared(scores)} {begin}"


def _compared(scores: Mapping[str, int]) -> str:
    best, worst = max(scores, key=lambda name: scores[name]), min(scores, key=lambda name: scores[name])
    if scores[worst] >= _GOOD_FROM:
        return f"Even its lowest part, {_AREAS[worst]}, stands at {scores[worst]}."
    if scores[best] < _GOOD_FROM:
        return f"No part of it is in good shape; the weakest, {_AREAS[worst]}, stands at {scores[worst]}."
    told = _AREAS[best][0].upper() + _AREAS[best][1:]
    return f"{told} is its strong side at {scores[best]}, while {_AREAS[worst]} holds it back at {scores[worst]}."


def _small(title: str) -> str:
    """To stand behind a colon. Our titles begin with common words only."""
    return title[0].lower() + title[1:]
