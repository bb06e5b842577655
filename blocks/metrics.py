"""The seven metrics, as a modal and as the digest's part."""

import json
from collections.abc import Mapping

from blocks import ids
from blocks.elements import Block
from blocks.message import actions, context, modal, option, plain, section, select
from bot.outreach.metrics import Metrics, Period, Rate
from bot.outreach.sites import Site

EVERY_SITE = "all"
PERIODS: Mapping[Period, str] = {
    Period.WEEK: "Last 7 days",
    Period.MONTH: "Last 30 days",
    Period.QUARTER: "Last 90 days",
    Period.EVER: "All time",
}
NOTHING_SENT = "*Nothing was sent directly in this time.* `Send email` on a lead card writes the first one."
COUNTED = "Each email counts once. Rates are over delivered emails, or over sent ones while no delivery is known."


def metrics_view(metrics: Metrics, period: Period, sites: tuple[Site, ...], site_id: str = "") -> Block:
    """Period and site above, the seven below; metadata `{"period", "site"}`."""
    periods = [option(words, each.value) for each, words in PERIODS.items()]
    senders = [option("All sites", EVERY_SITE), *(option(plain(site.name, 75), site.id) for site in sites)]
    blocks = [
        *actions(
            select(ids.METRICS_PERIOD, "Period", periods, period),
            select(ids.METRICS_SITE, "Site", senders, site_id or EVERY_SITE) if len(sites) > 1 else None,
        ),
        *(metrics_part(metrics, PERIODS[period]) if metrics.any else [section(NOTHING_SENT)]),
    ]
    return modal(ids.METRICS, "Metrics", blocks, metadata=json.dumps({"period": period, "site": site_id}))


def metrics_part(metrics: Metrics, title: str) -> list[Block]:
    """The fields under a title, and what the numbers mean."""
    return [section(f"*{title}*", fields=metrics_fields(metrics)), context(" · ".join(_notes(metrics)))]


def metrics_fields(metrics: Metrics) -> list[str]:
    """`*Open Rate*\\n41% · 480 of 1,170 delivered`."""
    fields = {
        "Total Sent": f"{metrics.sent:,}",
        "Delivered": f"{metrics.delivered:,}",
        "Open Rate": _rate(metrics.open_rate),
        "Click Rate": _rate(metrics.click_rate),
        "Reply Rate": _rate(metrics.reply_rate),
        "Bounced": f"{metrics.bounced:,}",
        "Wins": "–" if metrics.wins is None else f"{metrics.wins:,}",
    }
    return [f"*{name}*\n{said}" for name, said in fields.items()]


def _rate(rate: Rate) -> str:
    return f"{rate.percent:.0f}% · {rate.part:,} of {rate.whole:,} {rate.per}" if rate.whole else "–"


def _notes(metrics: Metrics) -> list[str]:
    notes = [COUNTED]
    if metrics.ignored_opens:
        opens = "open" if metrics.ignored_opens == 1 else "opens"
        notes.append(f"Ignored {metrics.ignored_opens:,} machine {opens}.")
    of_all = "Wins are counted for all sites together: choose them above."
    wins = "Wins are opportunities won that got at least one email."
    notes.append(of_all if metrics.wins is None else wins)
    if metrics.wins_without_email:
        notes.append(f"Won without email: {metrics.wins_without_email:,}.")
    return notes


def metrics_line(metrics: Metrics) -> str:
    """All on one line, for notifications and screen readers."""
    return ", ".join(field.replace("*", "").replace("\n", ": ") for field in metrics_fields(metrics))
