"""When each prospect was written to last, by whatever site."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Column, PrimaryKeyConstraint, Table, delete, select

from storage.mail_tables import mails
from storage.tables import among, metadata, owner_column
from storage.tenant import Tenant
from storage.types import KeyText, UtcDateTime

rests = Table(
    "rests",
    metadata,
    owner_column(),
    Column("address_key", KeyText, nullable=False),
    Column("mail_id", KeyText, nullable=False),
    Column("sent_at", UtcDateTime),
    PrimaryKeyConstraint("workspace_id", "address_key"),
)


class Rests:
    """The rests of one workspace's prospects, by address key."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def last_sent(self, address_keys: Iterable[str], *, locked: bool = False) -> dict[str, datetime]:
        """When these addresses were written to last. locked: nobody else writes to them until the transaction ends."""
        keys = sorted(set(address_keys))
        if locked and not self._tenant.is_sqlite:  # only a row can be locked; on SQLite nobody else writes anyway
            await self._tenant.add_missing(rests, self._tenant.row(mail_id="", sent_at=None), {"address_key": keys})
        mine = select(rests.c.address_key, rests.c.sent_at).where(self._tenant.owns(rests))
        mine = mine.where(among(rests.c.address_key, keys)).order_by(rests.c.address_key)
        found = await self._tenant.all(mine.with_for_update() if locked else mine)
        return {row.address_key: row.sent_at for row in found if row.sent_at is not None}

    async def begin(self, sent: Mapping[str, str], at: datetime) -> None:
        """These addresses are written to now: by address key, the mail."""
        rows = [self._tenant.row(address_key=key, mail_id=mail_id, sent_at=at) for key, mail_id in sent.items()]
        await self._tenant.renew(rests, _KEY, rows)

    async def undo(self, mail_ids: Collection[str]) -> None:
        """They did not leave after all. The ones before are over a day old, or these could not have been begun."""
        written = select(mails.c.address_key).where(self._tenant.owns(mails), among(mails.c.id, mail_ids))
        mine = (
            self._tenant.owns(rests),
            rests.c.address_key.in_(written.scalar_subquery()),
            among(rests.c.mail_id, mail_ids),
        )
        await self._tenant.values(
            select(rests.c.address_key).where(*mine).order_by(rests.c.address_key).with_for_update()
        )
        await self._tenant.change(delete(rests).where(*mine))


_KEY = ("workspace_id", "address_key")
