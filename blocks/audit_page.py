"""An audit to read in a browser, on a phone too: one page without scripts, everything from outside escaped."""

from html import escape

from bot.outreach.audit_changes import changes
from bot.outreach.audits import DIMENSIONS, FinishedAudit, Issue, grade_of, issues_in_order
from bot.outreach.wording import web_address

_NAMES = {
    "seo": "Search",
    "performance": "Speed",
    "security": "Security",
    "ux": "Ease of use",
    "ai_visibility": "AI visibility",
    "brand": "Brand",
}
_STYLE = """
:root{--ink:#1d1c1d;--soft:#5c6370;--line:#e3e6ea;--paper:#fff;--back:#f4f5f7;--a:#1a7f4b;--b:#5b8c1a;--c:#a86a00;
--d:#c2500a;--f:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#eceef1;--soft:#a3aab5;--line:#343a43;--paper:#1d2127;--back:#14171b;
--a:#4cc38a;--b:#9fcf4f;--c:#e6a93c;--d:#f0894a;--f:#f2766e}}
*{box-sizing:border-box}body{font:16px/1.55 system-ui,sans-serif;margin:0;background:var(--back);color:var(--ink)}
main{max-width:46rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2rem 0 .75rem}p{margin:.4rem 0}.soft{color:var(--soft);font-size:.9rem}
.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1rem 1.1rem;margin:.75rem 0}
.top{display:flex;gap:1rem;align-items:center}.grade{flex:none;width:4.2rem;height:4.2rem;border-radius:12px;display:flex;
align-items:center;justify-content:center;font-size:2.2rem;font-weight:700;color:var(--paper)}
.scores{display:grid;grid-template-columns:repeat(3,1fr);gap:.75rem}
@media(max-width:34rem){.scores{grid-template-columns:repeat(2,1fr)}}.bar{height:.45rem;
border-radius:9px;background:var(--line);overflow:hidden;margin-top:.3rem}.bar i{display:block;height:100%}
.score b{float:right}.tag{display:inline-block;border-radius:99px;padding:0 .6rem;font-size:.8rem;font-weight:600;
border:1px solid currentColor;margin-right:.35rem}.A,.info{color:var(--a)}.B{color:var(--b)}.C,.low{color:var(--c)}
.D,.medium{color:var(--d)}.F,.critical,.high{color:var(--f)}.fill{background:currentColor}.fill span{color:var(--paper)}
.info,.none{color:var(--soft)}h3{font-size:1rem;margin:.35rem 0 .2rem}ul{margin:.3rem 0;padding-left:1.2rem}
li{overflow-wrap:anywhere}details{margin-top:.4rem}summary{cursor:pointer;color:var(--soft);font-size:.9rem}
a{color:inherit}
"""


def audit_page(domain: str, audit: FinishedAudit, before: FinishedAudit | None) -> str:
    """The report as HTML."""
    issues = issues_in_order(audit)
    new = set(changes(audit, before).new) if before else set()
    findings = "".join(_finding(issue, is_new=issue in new) for issue in issues)
    body = (
        f"{_top(domain, audit)}{_scores(audit)}{_since(audit, before)}"
        f"<h2>{len(issues)} {'finding' if len(issues) == 1 else 'findings'}</h2>"
        f"{findings or '<div class=card>Nothing to repair was found.</div>'}"
    )
    return document(f"Audit of {domain}", body)


def unknown_audit_page() -> str:
    """What a link shows that leads to no report."""
    return document(
        "No report here", "<h1>No report here</h1><p>The link may have been cut, or the report removed.</p>"
    )


def visits_page(agent: str) -> str:
    """Who visits a site, for its owner: the User-Agent names this page. agent: our name in robots.txt."""
    return document(
        "Our visits to your site",
        "<h1>Our visits to your site</h1>"
        f"<p>The visitor <b>{escape(agent)}</b> reads up to 20 public pages of a site to check how it is found, "
        "how fast, safe and usable it is. It asks for two pages at a time at most, keeps to robots.txt and its crawl "
        "delay, fills in no form and stores no page.</p>"
        f"<p>To keep it out, add to robots.txt:</p><pre class=card>User-agent: {escape(agent)}\nDisallow: /</pre>",
    )


def document(title: str, body: str) -> str:
    """A whole page."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style>'
        f"<main>{body}</main></html>"
    )


def _top(domain: str, audit: FinishedAudit) -> str:
    grade = escape(audit.grade[:2])
    badge = f'<div class="grade fill {escape(audit.grade[:1])}"><span>{grade}</span></div>' if grade else ""
    told = f"{audit.score} of 100 · " if audit.score is not None else ""
    pages = f"{audit.pages} {'page' if audit.pages == 1 else 'pages'} read · " if audit.pages else ""
    day = f"{audit.completed_at.day} {audit.completed_at:%B %Y}"
    summary = f"<p>{escape(audit.summary)}</p>" if audit.summary else ""
    return (
        f'<div class="card"><div class="top">{badge}<div><h1>{escape(domain).replace(".", ".<wbr>")}</h1>'
        f'<p class="soft">{told}{pages}{day}</p></div></div>{summary}</div>'
    )


def _scores(audit: FinishedAudit) -> str:
    known = audit.scores or {}
    rows = "".join(
        f'<div class="score">{_NAMES[name]} <b class="{grade_of(known[name])}">{known[name]}</b><div class="bar">'
        f'<i class="fill {grade_of(known[name])}" style="width:{max(2, known[name])}%"></i></div></div>'
        for name in DIMENSIONS
        if name in known
    )
    return f'<div class="card scores">{rows}</div>' if rows else ""


def _since(audit: FinishedAudit, before: FinishedAudit | None) -> str:
    if before is None:
        return ""
    since = changes(audit, before)
    fixed = "".join(f"<li>{escape(issue.title)}</li>" for issue in since.fixed)
    listed = f"<details open><summary>Fixed</summary><ul>{fixed}</ul></details>" if fixed else ""
    moved = f", {before.score} → {audit.score} of 100" if audit.score is not None and before.score is not None else ""
    return (
        f'<div class="card"><b>Since the last audit</b>: {len(since.new)} new, {len(since.fixed)} fixed, '
        f"{len(since.still)} still there{moved}.{listed}</div>"
    )


def _finding(issue: Issue, *, is_new: bool) -> str:
    severity = escape(issue.severity)
    tags = f'<span class="tag {severity}">{severity.capitalize()}</span>' if severity else ""
    tags += f'<span class="soft">{_NAMES[issue.dimension]}</span> ' if issue.dimension in _NAMES else ""
    tags += (
        f'<span class="soft">· {issue.pages} {"page" if issue.pages == 1 else "pages"}</span>' if issue.pages else ""
    )
    tags += ' <span class="tag none">New</span>' if is_new else ""
    parts = [f"<h3>{escape(issue.title)}</h3>"]
    parts += [f"<p>{escape(issue.found.rstrip('.'))}.</p>"] if issue.found else []
    parts += [f'<p class="soft">{escape(issue.why)}</p>'] if issue.why else []
    parts += [f"<p><b>Fix:</b> {escape(issue.fix.rstrip('.'))}.</p>"] if issue.fix else []
    places = "".join(f"<li>{escape(url)}</li>" for url in issue.where if web_address(url))
    parts += [f"<details><summary>Where</summary><ul>{places}</ul></details>"] if places else []
    return f'<div class="card">{tags}{"".join(parts)}</div>'
