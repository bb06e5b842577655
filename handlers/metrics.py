"""`/outreach metrics`: the seven, over a period and for a site."""

from typing import Any

from blocks import ids
from blocks.metrics import EVERY_SITE, metrics_view
from bot.outreach.metrics import Period
from handlers import Table
from handlers.call import Call


async def open_metrics(call: Call) -> None:
    """The last thirty days, in a fresh modal."""
    await call.open(await _view(call, Period.MONTH, ""))


async def choose_period(call: Call) -> None:
    """Another stretch of time."""
    await call.ack()
    await call.update(await _view(call, Period(call.value), _shown(call)[1]), racing=False)


async def choose_site(call: Call) -> None:
    """One site, or all."""
    await call.ack()
    site_id = "" if call.value == EVERY_SITE else call.value
    await call.update(await _view(call, _shown(call)[0], site_id), racing=False)


def _shown(call: Call) -> tuple[Period, str]:
    shown = call.kept
    return Period(shown["period"]), str(shown["site"])


async def _view(call: Call, period: Period, site_id: str) -> dict[str, Any]:
    found = await call.services.metrics.view(call.workspace_id, await call.actor(), period, site_id)
    return metrics_view(found.metrics, found.period, found.sites, found.site_id)


TABLE = Table(actions={ids.METRICS_PERIOD: choose_period, ids.METRICS_SITE: choose_site})
