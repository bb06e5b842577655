"""Who looked at the Home tab, and what it showed them last."""

from datetime import datetime

from sqlalchemy import Column, Table, select, update

from storage.tables import among, metadata, owner_column
from storage.tenant import Tenant, is_free
from storage.types import CleanText, KeyText, UtcDateTime

homes = Table(
    "homes",
    metadata,
    owner_column(primary_key=True),
    Column("user_id", KeyText, primary_key=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("version", CleanText, nullable=False),
    Column("shown", CleanText, nullable=False),
    Column("lease_until", UtcDateTime),
)


class Homes:
    """The Home tabs of one workspace, one per person.

    version: the state of the workspace that was drawn. shown: a mark of the view that Slack has.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def opened(self, user_id: str, at: datetime, *, version: str, shown: str) -> None:
        """Somebody looks at Home now and sees this."""
        values = {"opened_at": at, "version": version, "shown": shown, "lease_until": None}
        insert = self._tenant.insert(homes).values(self._tenant.row(user_id=user_id, **values))
        await self._tenant.change(insert.on_conflict_do_update(set_=values, index_elements=_KEY))

    async def anybody(self, since: datetime) -> bool:
        """Whether anyone opened Home since then."""
        statement = select(homes.c.user_id).where(self._tenant.owns(homes), homes.c.opened_at >= since).limit(1)
        return await self._tenant.first(statement) is not None

    async def behind(self, version: str, *, since: datetime, now: datetime, limit: int) -> list[str]:
        """Who opened Home since then, sees another version and is held by nobody; the longest undrawn first."""
        statement = select(homes.c.user_id).where(
            self._tenant.owns(homes), homes.c.opened_at >= since, homes.c.version != version, is_free(homes, now)
        )
        return await self._tenant.values(
            statement.order_by(homes.c.lease_until.asc().nulls_first(), homes.c.user_id).limit(limit)
        )

    async def claim(self, user_ids: list[str], version: str, now: datetime, until: datetime) -> list[str]:
        """Hold those of them that are still free and behind; the others belong to another process."""
        late = (homes.c.version != version, is_free(homes, now))
        mine = (self._tenant.owns(homes), among(homes.c.user_id, user_ids), *late)
        statement = update(homes).where(*mine).values(lease_until=until).returning(homes.c.user_id)
        return sorted(await self._tenant.values(statement))

    async def seen(self, user_id: str) -> str:
        """The mark of the view this person has; empty when none was ever drawn."""
        statement = select(homes.c.shown).where(self._tenant.owns(homes), homes.c.user_id == user_id)
        return await self._tenant.value(statement) or ""

    async def drawn(self, user_id: str, at: datetime, *, version: str, shown: str) -> None:
        """This is what the person sees from now on; the hold ends, and keeps the time as that of the last drawing."""
        mine = (self._tenant.owns(homes), homes.c.user_id == user_id)
        values = {"version": version, "shown": shown, "lease_until": at}
        await self._tenant.change(update(homes).where(*mine).values(**values))


_KEY = ["workspace_id", "user_id"]
