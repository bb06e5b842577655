"""A workspace's sending, lifted into another database, where it goes on without anybody else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, func, insert, or_, select

from bot.outreach.addresses import address_key
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.sequences import RunState
from storage.addresses import addresses
from storage.lead_tables import leads
from storage.mail_tables import mails
from storage.mail_templates import mail_templates
from storage.mails import Mails
from storage.opportunity_tables import opportunities
from storage.rests import rests
from storage.runs import runs
from storage.sequences import sequences
from storage.sites import site_days, sites
from storage.tables import among, stands_at
from storage.tenant import Tenant

_OPEN = runs.c.ended_at.is_(None)
_HELD = stands_at(mails.c.state, MailState.HELD)
_LEAVING = or_(_HELD, stands_at(mails.c.state, MailState.SENDING))
_ACTIVE = stands_at(runs.c.state, RunState.ACTIVE)
_AWAY = (stands_at(runs.c.state, RunState.PAUSED), runs.c.held_by == "")
_UNSENT = frozenset({MailState.HELD, MailState.SENDING})
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lifted:
    """Rows as they stand, by table in the order they are laid in. run_ids: the runs among them. size: runs and single
    mails together; left_out: those for which there was no room.
    """

    rows: Mapping[Table, Sequence[_Row]]
    run_ids: tuple[str, ...]
    size: int
    left_out: int


class Rehearsals:
    """What one workspace would send, taken along; and, where it was laid, when something is due next."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def lift(self, most: int, since: date) -> Lifted:
        """Every site, sequence and template; the oldest open runs and single mails on their way, `most` of each, with
        all that decides about them. since: the first of the sites' days that still counts.
        """
        running = await self._rows(runs, _OPEN, most=most)
        of_runs = await self._rows(mails, among(mails.c.run_id, [row["id"] for row in running]))
        single = await self._rows(mails, mails.c.run_id.is_(None), _LEAVING, most=most)
        mailed = [_unburdened(row) for row in (*of_runs, *single)]
        ids = {row["opportunity_id"] for row in (*running, *mailed) if row["opportunity_id"]}
        pages = await self._rows(opportunities, among(opportunities.c.id, ids))
        people = await self._rows(leads, among(leads.c.id, {row["lead_id"] for row in (*running, *mailed, *pages)}))
        keys = {address_key(row["email"]) for row in people if row["email"]} | {row["address_key"] for row in mailed}
        rows = {
            leads: people,
            opportunities: pages,
            sites: await self._rows(sites),
            site_days: await self._rows(site_days, site_days.c.day >= since.isoformat()),
            mail_templates: await self._rows(mail_templates),
            sequences: await self._rows(sequences),
            addresses: await self._rows(addresses, among(addresses.c.address_key, keys)),
            rests: await self._rows(rests, among(rests.c.address_key, keys)),
            runs: running,
            mails: mailed,
        }
        there = await self._count(runs, _OPEN) + await self._count(mails, mails.c.run_id.is_(None), _LEAVING)
        size = len(running) + len(single)
        return Lifted(rows, tuple(row["id"] for row in running), size, there - size)

    async def lay(self, lifted: Lifted) -> None:
        """Put the rows where there are none."""
        for table, rows in lifted.rows.items():
            await self._tenant.many(insert(table), [self._tenant.row(**row) for row in rows])

    async def next_at(self) -> datetime | None:
        """When the next held mail or active run is due, or a paused one goes on; None when nothing is to come."""
        owns = self._tenant.owns
        mail_at = await self._tenant.value(select(func.min(mails.c.due_at)).where(owns(mails), _HELD))
        run_at = await self._tenant.value(select(func.min(runs.c.next_at)).where(owns(runs), _ACTIVE))
        back_at = await self._tenant.value(select(func.min(runs.c.resume_at)).where(owns(runs), *_AWAY))
        return min((at for at in (mail_at, run_at, back_at) if at is not None), default=None)

    async def due_mails(self, now: datetime) -> list[str]:
        """The ids of the mails that may leave by their time."""
        mine = (self._tenant.owns(mails), _HELD, mails.c.due_at <= now)
        return await self._tenant.values(select(mails.c.id).where(*mine))

    async def on_their_way(self) -> list[Outgoing]:
        """The mails held or in the middle of a call."""
        ids = await self._tenant.values(select(mails.c.id).where(self._tenant.owns(mails), _LEAVING))
        return await Mails(self._tenant, set()).known(ids, [])

    async def _rows(self, table: Table, *conditions: ColumnElement[bool], most: int | None = None) -> list[_Row]:
        """The rows as they are with their order numbers, oldest first."""
        columns = [column for column in table.c if column.name != "workspace_id"]
        order = [table.c.seq] if "seq" in table.c else []
        chosen = select(*columns).where(self._tenant.owns(table), *conditions).order_by(*order).limit(most)
        return [dict(row._mapping) for row in await self._tenant.all(chosen)]

    async def _count(self, table: Table, *conditions: ColumnElement[bool]) -> int:
        counted = select(func.count()).select_from(table).where(self._tenant.owns(table), *conditions)
        return int(await self._tenant.value(counted))


def _unburdened(row: _Row) -> _Row:
    """Nobody holds it there; what has left is known without its text."""
    return {**row, "lease_until": None, "text": row["text"] if row["state"] in _UNSENT else ""}
