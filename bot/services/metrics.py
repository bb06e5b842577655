"""The metrics of direct outreach, over a period and for one site or all."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.metrics import Metrics, Period, metrics_of, since
from bot.outreach.sites import Site
from storage.database import Database


@dataclass(frozen=True, slots=True)
class MetricsView:
    """What was asked for and what it comes to. site_id: empty for all sites."""

    metrics: Metrics
    period: Period
    sites: tuple[Site, ...]
    site_id: str = ""


class MetricsService:
    """Counts when it is asked."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def view(
        self, workspace_id: str, actor: Actor, period: Period = Period.MONTH, site_id: str = ""
    ) -> MetricsView:
        """The seven, of mails that left in the period; wins of all sites alone. A site that is gone counts as all."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            sites = await uow.sites.all()
            site_id = site_id if any(site.id == site_id for site in sites) else ""
            begins = since(period, self._clock())
            standings = await uow.mail_figures.standings(begins, site_id=site_id)
            wins = None if site_id else await uow.mail_figures.wins(begins)
        return MetricsView(metrics_of(standings, wins), period, tuple(sites), site_id)
