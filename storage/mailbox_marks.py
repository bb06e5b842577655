"""How far each mailbox was read."""

from dataclasses import fields
from datetime import datetime

from sqlalchemy import Column, PrimaryKeyConstraint, Table, select, update

from bot.outreach.mailbox_replies import MailboxStanding, Mark
from storage.tables import AnyRow, metadata, owner_column
from storage.tenant import Tenant
from storage.types import CleanText, Int64, KeyText, UtcDateTime

mailbox_marks = Table(
    "mailbox_marks",
    metadata,
    owner_column(),
    Column("mailbox", KeyText, nullable=False),
    Column("look_at", UtcDateTime, nullable=False),
    Column("validity", Int64),
    Column("uid", Int64),
    Column("mails_read", Int64, nullable=False),
    Column("left_out", Int64, nullable=False),
    Column("looked_at", UtcDateTime),
    Column("failures", Int64, nullable=False),
    Column("problem", CleanText, nullable=False),
    PrimaryKeyConstraint("workspace_id", "mailbox"),
)
_NAMES = tuple(field.name for field in fields(MailboxStanding) if field.name != "mark")
_COLUMNS = (*(mailbox_marks.c[name] for name in _NAMES), mailbox_marks.c.validity, mailbox_marks.c.uid)


class MailboxMarks:
    """The mailboxes one workspace reads or has read."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def get(self, mailbox: str) -> MailboxStanding | None:
        """None when it was never looked at."""
        mine = (self._tenant.owns(mailbox_marks), mailbox_marks.c.mailbox == mailbox)
        row = await self._tenant.first(select(*_COLUMNS).where(*mine))
        return _standing(row) if row else None

    async def claim(self, mailbox: str, now: datetime, until: datetime) -> MailboxStanding | None:
        """Hold it, so that nobody else looks before `until`. None while somebody does, or while it is left alone."""
        await self._tenant.add_once(mailbox_marks, **_values(MailboxStanding(mailbox, now)))
        due = (self._tenant.owns(mailbox_marks), mailbox_marks.c.mailbox == mailbox, mailbox_marks.c.look_at <= now)
        row = await self._tenant.first(update(mailbox_marks).where(*due).values(look_at=until).returning(*_COLUMNS))
        return _standing(row) if row else None

    async def keep(self, standing: MailboxStanding, held_until: datetime) -> bool:
        """Write it down; False when the hold that ended then was lost to somebody else."""
        held = (mailbox_marks.c.mailbox == standing.mailbox, mailbox_marks.c.look_at == held_until)
        one = update(mailbox_marks).where(self._tenant.owns(mailbox_marks), *held)
        return await self._tenant.change(one.values(**_values(standing))) > 0


def _values(standing: MailboxStanding) -> dict[str, object]:
    mark = standing.mark
    known = {name: getattr(standing, name) for name in _NAMES}
    return {**known, "validity": mark.validity if mark else None, "uid": mark.uid if mark else None}


def _standing(row: AnyRow) -> MailboxStanding:
    mark = None if row.validity is None else Mark(row.validity, row.uid)
    return MailboxStanding(**{name: getattr(row, name) for name in _NAMES}, mark=mark)
