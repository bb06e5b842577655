"""Notices: what each channel has still to hear, one row per channel and item."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Column, Index, Table, UniqueConstraint, delete, func, select, update

from bot.outreach.routes import Cadence, Notice, Topic
from storage.ids import new_id
from storage.routes import routes
from storage.tables import AnyRow, among, metadata, owned_columns
from storage.tenant import Tenant
from storage.types import Choice, KeyText, UtcDateTime

notices = Table(
    "notices",
    metadata,
    *owned_columns(),
    Column("channel", KeyText, nullable=False),
    Column("topic", Choice(Topic), nullable=False),
    Column("item_id", KeyText, nullable=False),
    Column("lead_id", KeyText),
    Column("at", UtcDateTime, nullable=False),
    Column("post_key", KeyText),
    Column("told_at", UtcDateTime),
    UniqueConstraint("workspace_id", "channel", "topic", "item_id"),
    Index(None, "workspace_id", "told_at"),
)
_WAITS = notices.c.post_key.is_(None)
Index(
    "ix_notices_waiting",
    notices.c.workspace_id,
    notices.c.channel,
    notices.c.topic,
    notices.c.at,
    sqlite_where=_WAITS,
    postgresql_where=_WAITS,
)
_NAMES = ("id", "channel", "topic", "item_id", "lead_id", "at")
_COLUMNS = [notices.c[name] for name in _NAMES]
_NO_POST = ""


class Notices:
    """The notices of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, topic: Topic, items: Sequence[tuple[str, str | None]], at: datetime) -> None:
        """Note these items for every channel whose route wants the topic; the same item twice is one notice.

        items: (item id, lead id).
        """
        wants = (routes.c.topic == topic, routes.c.cadence != Cadence.OFF, routes.c.paused == "")
        channels = await self._tenant.values(select(routes.c.channel).where(self._tenant.owns(routes), *wants))
        rows = [
            self._tenant.row(id=new_id(), channel=channel, topic=topic, item_id=item_id, lead_id=lead_id, at=at)
            for channel in channels
            for item_id, lead_id in items
        ]
        await self._tenant.many(self._tenant.insert(notices).on_conflict_do_nothing(), rows)

    async def due(self, channel: str, topic: Topic, until: datetime, limit: int) -> list[Notice]:
        """What this channel has not heard of the topic, up to that time, oldest first."""
        mine = (self._tenant.owns(notices), notices.c.channel == channel, notices.c.topic == topic)
        statement = select(*_COLUMNS).where(*mine, _WAITS, notices.c.at <= until).order_by(notices.c.at, notices.c.seq)
        return [_notice(row) for row in await self._tenant.all(statement.limit(limit))]

    async def tell(self, keys: Mapping[str, str], at: datetime) -> bool:
        """These are told by the posts with these keys. False, and nothing is changed, when one is told already.

        keys: post key by notice id; an empty key for what can no longer be told.
        """
        waiting = select(notices.c.id).where(self._tenant.owns(notices), among(notices.c.id, keys), _WAITS)
        held = await self._tenant.values(waiting.order_by(notices.c.seq).with_for_update(skip_locked=True))
        if len(held) != len(keys):
            return False
        for key in dict.fromkeys(keys.values()):
            told = among(notices.c.id, [notice_id for notice_id, by in keys.items() if by == key])
            values = {"post_key": key, "told_at": at}
            await self._tenant.change(update(notices).where(self._tenant.owns(notices), told).values(values))
        return True

    async def forget(self, channel: str, topics: Collection[Topic]) -> None:
        """What waits there is not wanted any more."""
        mine = (self._tenant.owns(notices), notices.c.channel == channel, notices.c.topic.in_(sorted(topics)))
        await self._tenant.change(delete(notices).where(*mine, _WAITS))

    async def readdress(self, channel: str, topics: Collection[Topic], to: str) -> None:
        """What waits there goes to another channel, unless that one knows of it already."""
        mine = (self._tenant.owns(notices), notices.c.topic.in_(sorted(topics)), notices.c.channel == channel, _WAITS)
        rows = await self._tenant.all(select(*_COLUMNS).where(*mine))
        moved = [self._tenant.row(**{**row._asdict(), "id": new_id(), "channel": to}) for row in rows]
        await self._tenant.many(self._tenant.insert(notices).on_conflict_do_nothing(), moved)
        await self.forget(channel, topics)

    async def spared(self, since: datetime) -> int:
        """How many messages fewer were posted since then than there was news."""
        told = (self._tenant.owns(notices), notices.c.told_at > since, notices.c.post_key != _NO_POST)
        counted = select(func.count() - func.count(notices.c.post_key.distinct())).where(*told)
        return int(await self._tenant.value(counted) or 0)


def _notice(row: AnyRow) -> Notice:
    return Notice(**row._asdict())
