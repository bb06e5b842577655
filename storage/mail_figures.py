"""How mails stand, counted for the metrics."""

from datetime import datetime

from sqlalchemy import func, select

from bot.outreach.mail_types import DraftType
from bot.outreach.metrics import Standing, Wins
from bot.outreach.opportunities import BoardColumn
from storage.mail_tables import mails
from storage.opportunity_tables import LIVE, opportunities
from storage.tenant import Tenant


class MailFigures:
    """The counts of one workspace's mails."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def standings(self, since: datetime | None = None, *, site_id: str = "") -> list[Standing]:
        """What left since then but answers, from all sites or one, as one scan of that stretch of an index."""
        alike = (mails.c.delivery, mails.c.engagement, mails.c.is_clicked)
        left = [self._tenant.owns(mails), mails.c.accepted_at.is_not(None), mails.c.type != DraftType.REPLY]
        if since is not None:
            left.append(mails.c.accepted_at >= since)
        if site_id:
            left.append(mails.c.site_id == site_id)
        counted = select(*alike, func.count(), func.coalesce(func.sum(mails.c.machine_opens), 0))
        rows = await self._tenant.all(counted.where(*left).group_by(*alike))
        return [
            Standing(delivery, engagement, number, is_clicked=is_clicked, machine_opens=machine_opens)
            for delivery, engagement, is_clicked, number, machine_opens in rows
        ]

    async def wins(self, since: datetime | None = None) -> Wins:
        """The links won since then."""
        won = [self._tenant.owns(opportunities), LIVE, opportunities.c.column == BoardColumn.WON]
        if since is not None:
            won.append(opportunities.c.moved_at >= since)
        mailed = opportunities.c.sent > 0
        rows = await self._tenant.all(select(mailed, func.count()).where(*won).group_by(mailed))
        counted = {bool(row[0]): row[1] for row in rows}
        return Wins(counted.get(True, 0), counted.get(False, 0))
