"""Mails we send ourselves, and what was heard of each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, bindparam, func, or_, select, update

from bot.outreach.limits import Limit
from bot.outreach.mail_facts import MailStanding
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState, Outgoing, Traced, before
from storage.mail_tables import HELD, SENDING, TOLD, UNCLEAR, mails
from storage.tables import AnyRow, among
from storage.tenant import Tenant

_NAMES = tuple(field.name for field in fields(Outgoing))
# Made once: taking in so many columns costs more than running the statement.
_SELECT = select(*(mails.c[name] for name in _NAMES), mails.c.address_key, mails.c.seq)
_TRACED = select(*(mails.c[field.name] for field in fields(Traced)))


class Mails:
    """The mails of one workspace. touched: gathers the opportunities whose mails change."""

    def __init__(self, tenant: Tenant, touched: set[str]) -> None:
        self._tenant = tenant
        self._touched = touched

    async def add(self, mail: Outgoing, key: str, address_key: str) -> bool:
        """Store the intent. False when one with this key is stored already."""
        is_new = await self._tenant.add_once(mails, **_row(mail, key, address_key))
        if is_new and mail.opportunity_id:
            self._touched.add(mail.opportunity_id)
        return is_new

    async def add_many(self, rows: Sequence[tuple[Outgoing, str, str]]) -> set[str]:
        """Store many, given as mail, key and address key. Answers the ids of those whose key is new."""
        if not rows:
            return set()
        added = await self._tenant.add_new(mails, [self._tenant.row(**_row(*each)) for each in rows])
        self._touched.update(mail.opportunity_id for mail, _, _ in rows if mail.id in added and mail.opportunity_id)
        return added

    async def get(self, mail_id: str) -> Outgoing | None:
        """The mail with this id."""
        row = await self._tenant.first(self._select(mails.c.id == mail_id))
        return _mail(row) if row else None

    async def by_key(self, key: str) -> Outgoing | None:
        """The mail with this key."""
        row = await self._tenant.first(self._select(mails.c.key == key))
        return _mail(row) if row else None

    async def of_lead(self, lead_id: str, limit: int = 20) -> list[Outgoing]:
        """A lead's mails, newest first."""
        newest = self._select(mails.c.lead_id == lead_id).order_by(mails.c.seq.desc()).limit(limit)
        return [_mail(row) for row in await self._tenant.all(newest)]

    async def unclear(self, limit: int = 20, skip: int = 0) -> list[Outgoing]:
        """Those a person has to decide about, oldest first, after the first so many."""
        waiting = self._select(UNCLEAR).order_by(mails.c.seq).limit(limit).offset(skip)
        return [_mail(row) for row in await self._tenant.all(waiting)]

    async def count_unclear(self) -> int:
        """How many a person has to decide about."""
        mine = (self._tenant.owns(mails), UNCLEAR)
        return int(await self._tenant.value(select(func.count()).select_from(mails).where(*mine)))

    async def known(
        self, ids: Collection[str], message_ids: Collection[str], *, locked: bool = False
    ) -> list[Outgoing]:
        """The mails with these ids of ours or of the vendor's, always in one order."""
        found = self._select(_named(ids, message_ids)).order_by(mails.c.seq)
        return [_mail(row) for row in await self._tenant.all(found.with_for_update() if locked else found)]

    async def traced(self, ids: Collection[str], message_ids: Collection[str]) -> list[Traced]:
        """The same, locked, without their texts: a hundred events are about a hundred mails."""
        found = _TRACED.where(self._tenant.owns(mails), _named(ids, message_ids)).order_by(mails.c.seq)
        return [Traced(*row) for row in await self._tenant.all(found.with_for_update())]

    async def of_smtp_ids(self, smtp_ids: Collection[str]) -> list[Outgoing]:
        """The mails with these `Message-ID` headers, brackets included."""
        found = self._select(TOLD, among(mails.c.smtp_id, smtp_ids)).order_by(mails.c.seq)
        return [_mail(row) for row in await self._tenant.all(found)]

    async def hold(self, mail_ids: Collection[str]) -> None:
        """Nobody else changes these until the transaction ends, in one order for everybody; on SQLite nobody can."""
        if not self._tenant.is_sqlite:
            mine = select(mails.c.seq).where(self._tenant.owns(mails), among(mails.c.id, mail_ids))
            await self._tenant.values(mine.order_by(mails.c.seq).with_for_update())

    async def latest_to(self, address_key: str) -> Outgoing | None:
        """The mail that went to this address last."""
        sent = self._select(mails.c.address_key == address_key, mails.c.accepted_at.is_not(None))
        row = await self._tenant.first(sent.order_by(mails.c.seq.desc()).limit(1))
        return _mail(row) if row else None

    async def held(self, until: Mapping[str, datetime]) -> dict[str, int]:
        """How many mails of each site are due before the moment given for it and have not left."""
        found: dict[str, int] = {}
        for site_id, moment in until.items():
            mine = (self._tenant.owns(mails), HELD, mails.c.site_id == site_id, mails.c.due_at < moment)
            found[site_id] = await self._tenant.value(select(func.count()).select_from(mails).where(*mine))
        return found

    async def leaving_to(self, address_keys: Collection[str]) -> dict[str, datetime]:
        """When the last mail that waits for each of these addresses is due; answers rest nobody and are left out."""
        mine = (self._tenant.owns(mails), HELD, among(mails.c.address_key, address_keys))
        latest = select(mails.c.address_key, func.max(mails.c.due_at).label("due_at"))
        found = latest.where(*mine, mails.c.type != DraftType.REPLY).group_by(mails.c.address_key)
        return {row.address_key: row.due_at for row in await self._tenant.all(found)}

    async def waits_with(self, template_id: str) -> int:
        """How many mails made from this template have not left."""
        mine = (self._tenant.owns(mails), HELD, mails.c.template_id == template_id)
        return int(await self._tenant.value(select(func.count()).select_from(mails).where(*mine)))

    async def hold_due(self, now: datetime, limit: int, *, only: str = "") -> list[tuple[Outgoing, str]]:
        """Mails that may leave by their time, the longest due first, with their address keys; nobody else's until the
        transaction ends, by which time they are begun, refused or put off.

        PostgreSQL skips those another process has; on SQLite the transaction is the only writer. only: this one, if it
        is due.
        """
        due = self._select(HELD, mails.c.due_at <= now).order_by(mails.c.due_at, mails.c.seq).limit(limit)
        due = due.where(mails.c.id == only) if only else due
        rows = await self._tenant.all(due.with_for_update(skip_locked=True, key_share=True))
        return [(_mail(row), row.address_key) for row in rows]

    async def claim_lost(self, now: datetime, limit: int, lease: timedelta) -> list[Outgoing]:
        """Mails whose sender stood still or died with the call under way."""
        lost = self._select(SENDING, mails.c.lease_until <= now).order_by(mails.c.lease_until).limit(limit)
        return [_mail(row) for row in await self._tenant.claim(mails, lost, until=now + lease)]

    async def begin(self, mail_ids: Collection[str], at: datetime, lease: timedelta) -> None:
        """Committed before the calls. The caller holds them."""
        values = {"state": MailState.SENDING, "attempted_at": at, "lease_until": at + lease, "waits_for": None}
        mine = (self._tenant.owns(mails), among(mails.c.id, mail_ids), HELD)
        await self._tenant.change(update(mails).where(*mine).values(**values))

    async def put_off(self, waits: Sequence[tuple[str, datetime, Limit | None, str]]) -> None:
        """Not now: by id the next moment, the limit that says so, or the problem in words."""
        rows = [
            {"_id": mail_id, "_due_at": until, "_waits_for": limit, "_problem": problem}
            for mail_id, until, limit, problem in waits
        ]
        changed: dict[str, Any] = {name: bindparam(f"_{name}") for name in ("due_at", "waits_for", "problem")}
        mine = (self._tenant.owns(mails), mails.c.id == bindparam("_id"))
        back = update(mails).where(*mine, or_(*(mails.c.state == state for state in sorted(before(MailState.HELD)))))
        await self._tenant.many(back.values(**changed, state=MailState.HELD, lease_until=None), rows)

    async def move(self, mail_id: str, state: MailState, **values: Any) -> bool:
        """False when it may not get there from where it stands: somebody was first."""
        mine = (self._tenant.owns(mails), mails.c.id == mail_id, mails.c.state.in_(sorted(before(state))))
        return await self._settle(update(mails).where(*mine).values(state=state, lease_until=None, **values)) > 0

    async def move_many(self, state: MailState, changes: Mapping[str, Mapping[str, Any]]) -> set[str]:
        """Move many, each with its own values, by id; all mappings name the same columns. Answers those that moved."""
        if not changes:
            return set()
        stands = (among(mails.c.id, changes), mails.c.state.in_(sorted(before(state))))
        columns = (mails.c.seq, mails.c.id, mails.c.opportunity_id)
        mine = select(*columns).where(self._tenant.owns(mails), *stands).order_by(mails.c.seq)
        found = await self._tenant.all(mine.with_for_update(key_share=True))
        self._touched.update(row.opportunity_id for row in found if row.opportunity_id)
        fixed = {"state": state, "lease_until": None}
        await self._tenant.revise(mails, "seq", [{"seq": row.seq, **fixed, **changes[row.id]} for row in found])
        return {row.id for row in found}

    async def cancel_to(self, address_keys: Collection[str], why: str) -> int:
        """Nothing that waits goes to these addresses any more. Answers how many that were."""
        mine = (self._tenant.owns(mails), among(mails.c.address_key, address_keys), HELD)
        return await self._settle(update(mails).where(*mine).values(state=MailState.REFUSED, problem=why))

    async def cancel_run(self, run_id: str, why: str) -> int:
        """Nothing of this run that waits leaves any more. Answers how many that were."""
        mine = (self._tenant.owns(mails), mails.c.run_id == run_id, HELD)
        return await self._settle(update(mails).where(*mine).values(state=MailState.CANCELLED, problem=why))

    async def cancel_opportunities(self, opportunity_ids: Collection[str], why: str) -> int:
        """Nothing for these opportunities that waits leaves any more. Answers how many that were."""
        mine = (self._tenant.owns(mails), among(mails.c.opportunity_id, opportunity_ids), HELD)
        return await self._settle(update(mails).where(*mine).values(state=MailState.CANCELLED, problem=why))

    async def wake_run(self, run_id: str, at: datetime) -> None:
        """What waits of this run is looked at from now on: what it waited for is over."""
        mine = (self._tenant.owns(mails), mails.c.run_id == run_id, HELD)
        await self._tenant.change(update(mails).where(*mine).values(due_at=at, problem=""))

    async def of_runs(self, run_ids: Collection[str]) -> dict[str, list[Outgoing]]:
        """The mails of these runs, by run, oldest first."""
        found: dict[str, list[Outgoing]] = defaultdict(list)
        for row in await self._tenant.all(self._select(among(mails.c.run_id, run_ids)).order_by(mails.c.seq)):
            found[row.run_id].append(_mail(row))
        return found

    async def of_opportunity(self, opportunity_id: str, limit: int = 20) -> list[Outgoing]:
        """The mails sent for an opportunity, newest first."""
        newest = self._select(mails.c.opportunity_id == opportunity_id).order_by(mails.c.seq.desc()).limit(limit)
        return [_mail(row) for row in await self._tenant.all(newest)]

    async def stand(self, standings: Mapping[str, tuple[MailStanding, str]]) -> None:
        """What the facts say now, by mail, with the `Message-ID` header they tell (empty: not told). The caller holds
        them.
        """
        rows = [
            {
                "id": mail_id,
                "delivery": standing.delivery,
                "engagement": standing.engagement,
                "machine_opens": standing.machine_opens,
                "is_clicked": standing.clicked_at is not None,
                "smtp_id": smtp_id,
            }
            for mail_id, (standing, smtp_id) in standings.items()
        ]
        await self._tenant.revise(mails, "id", rows)

    async def _settle(self, change: Update) -> int:
        """How many mails it changed. Their opportunities follow at the end of the transaction."""
        found = await self._tenant.values(change.returning(mails.c.opportunity_id))
        self._touched.update(filter(None, found))
        return len(found)

    def _select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return _SELECT.where(self._tenant.owns(mails), *conditions)


def _named(ids: Collection[str], message_ids: Collection[str]) -> ColumnElement[bool]:
    ours = among(mails.c.id, ids)
    if not message_ids:  # one index is cheaper than two
        return ours
    return or_(ours, and_(mails.c.message_id != "", among(mails.c.message_id, message_ids)))


def _row(mail: Outgoing, key: str, address_key: str) -> dict[str, Any]:
    values = {name: getattr(mail, name) for name in _NAMES}
    return {"key": key, "address_key": address_key, "is_clicked": False, **values}


def _mail(row: AnyRow) -> Outgoing:
    return Outgoing(*row[: len(_NAMES)])
