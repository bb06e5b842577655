"""Submissions of web forms, and when each address last got a confirmation mail."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, Select, Table, delete, select, update

from bot.outreach.submissions import ConfirmState, Submission
from storage.tables import AnyRow, among, metadata, owned_columns, owner_column, refers_to, stands_at
from storage.tenant import Tenant
from storage.types import Choice, CleanText, Json, KeyText, UtcDateTime

submissions = Table(
    "submissions",
    metadata,
    *owned_columns(),
    Column("form_id", KeyText, nullable=False),
    Column("lead_id", KeyText, nullable=False),
    Column("address_key", KeyText, nullable=False),
    Column("email", CleanText, nullable=False),
    Column("fields", Json, nullable=False),
    Column("page", CleanText, nullable=False),
    Column("place", KeyText, nullable=False),
    Column("digest", KeyText, nullable=False),
    Column("agreed", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("confirm", Choice(ConfirmState), nullable=False),
    Column("try_at", UtcDateTime),
    Column("confirmed_at", UtcDateTime),
    refers_to("forms", "form_id"),
    refers_to("leads", "lead_id"),
    Index(None, "workspace_id", "lead_id", "seq"),
    Index(None, "workspace_id", "place", "at"),
    Index(None, "workspace_id", "address_key", "at"),
)
_WANTED = stands_at(submissions.c.confirm, ConfirmState.WANTED)
Index(
    "ix_submissions_wanted",
    submissions.c.workspace_id,
    submissions.c.try_at,
    sqlite_where=_WANTED,
    postgresql_where=_WANTED,
)
confirm_mails = Table(
    "confirm_mails",
    metadata,
    owner_column(),
    Column("address_key", KeyText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("workspace_id", "address_key"),
)
_NAMES = tuple(field.name for field in fields(Submission))


class Submissions:
    """The submissions of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, submission: Submission) -> None:
        """Store one."""
        values = {name: getattr(submission, name) for name in _NAMES}
        await self._tenant.change(submissions.insert().values(self._tenant.row(**values)))

    async def get(self, submission_id: str) -> Submission | None:
        """The submission with this id."""
        found = await self.get_many([submission_id])
        return found[0] if found else None

    async def get_many(self, submission_ids: Collection[str]) -> list[Submission]:
        """The submissions with these ids, in the order they came."""
        these = self._select().where(among(submissions.c.id, submission_ids))
        return await self._all(these.order_by(submissions.c.seq))

    async def of_lead(self, lead_id: str, limit: int) -> list[Submission]:
        """A lead's, newest first."""
        mine = self._select().where(submissions.c.lead_id == lead_id)
        return await self._all(mine.order_by(submissions.c.seq.desc()).limit(limit))

    async def of_address(self, address_key: str, limit: int) -> list[Submission]:
        """An address's, newest first."""
        mine = self._select().where(submissions.c.address_key == address_key)
        return await self._all(mine.order_by(submissions.c.at.desc()).limit(limit))

    async def moments(self, place: str, limit: int) -> list[datetime]:
        """When the newest from one place came, the latest first."""
        mine = select(submissions.c.at).where(self._tenant.owns(submissions), submissions.c.place == place)
        return await self._tenant.values(mine.order_by(submissions.c.at.desc()).limit(limit))

    async def claim_confirmations(self, now: datetime, limit: int) -> list[Submission]:
        """Those whose confirmation mail is due; from here they stand as `sending`."""
        due = self._select().add_columns(submissions.c.seq).where(_WANTED, submissions.c.try_at <= now)
        due = due.order_by(submissions.c.try_at, submissions.c.seq).limit(limit)
        sending = {"confirm": ConfirmState.SENDING}
        rows = await self._tenant.claim(submissions, due, until=now, column="try_at", values=sending)
        return [Submission(*row[: len(_NAMES)]) for row in rows]

    async def settle(self, submission_id: str, confirm: ConfirmState, try_at: datetime | None = None) -> bool:
        """What became of the call. False when it was not under way."""
        under_way = (submissions.c.id == submission_id, submissions.c.confirm == ConfirmState.SENDING)
        one = update(submissions).where(self._tenant.owns(submissions), *under_way)
        return await self._tenant.change(one.values(confirm=confirm, try_at=try_at)) > 0

    async def may_mail(self, address_key: str, now: datetime, since: datetime) -> bool:
        """Become the one who mails this address now. False when somebody did after `since`."""
        insert = self._tenant.insert(confirm_mails).values(self._tenant.row(address_key=address_key, at=now))
        upsert = insert.on_conflict_do_update(
            index_elements=["workspace_id", "address_key"], set_={"at": now}, where=confirm_mails.c.at <= since
        )
        return await self._tenant.first(upsert.returning(confirm_mails.c.at)) is not None

    async def not_mailed(self, address_key: str) -> None:
        """The mail did not leave after all: the next one need not wait."""
        theirs = (self._tenant.owns(confirm_mails), confirm_mails.c.address_key == address_key)
        await self._tenant.change(delete(confirm_mails).where(*theirs))

    async def confirm(self, submission_id: str, at: datetime) -> bool:
        """They confirmed. False when they had, or it is gone."""
        open_one = (submissions.c.id == submission_id, submissions.c.confirmed_at.is_(None))
        one = update(submissions).where(self._tenant.owns(submissions), *open_one)
        return await self._tenant.change(one.values(confirmed_at=at)) > 0

    def _select(self) -> Select[Any]:
        return select(*(submissions.c[name] for name in _NAMES)).where(self._tenant.owns(submissions))

    async def _all(self, statement: Select[Any]) -> list[Submission]:
        rows: Sequence[AnyRow] = await self._tenant.all(statement)
        return [Submission(*row) for row in rows]
