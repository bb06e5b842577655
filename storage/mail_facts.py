"""What vendors told of our mails: append-only, each event once."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Table, UniqueConstraint, select

from bot.outreach.mail_facts import FactKind, MailFact
from storage.ids import new_id
from storage.tables import among, metadata, owned_columns, refers_to
from storage.tenant import Tenant
from storage.types import Choice, CleanText, KeyText, UtcDateTime

mail_facts = Table(
    "mail_facts",
    metadata,
    *owned_columns(),
    Column("mail_id", KeyText, nullable=False),
    Column("key", KeyText, nullable=False),
    Column("kind", Choice(FactKind), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("is_machine", Boolean, nullable=False),
    Column("url", CleanText, nullable=False),
    Column("useragent", CleanText, nullable=False),
    Column("why", CleanText, nullable=False),
    refers_to("mails", "mail_id"),
    UniqueConstraint("workspace_id", "mail_id", "key"),
)
_NAMES = ("kind", "at", "is_machine", "url", "useragent", "why")


class MailFacts:
    """The facts of one workspace's mails."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add_many(self, facts: Sequence[tuple[str, str, MailFact]], *, are_new: bool = False) -> None:
        """Given as mail, key and fact; a key that the mail has is nothing new. are_new: the caller holds the mails, and
        none has any of these keys.
        """
        rows: list[dict[str, Any]] = [
            self._tenant.row(id=new_id(), mail_id=mail_id, key=key, **{name: getattr(fact, name) for name in _NAMES})
            for mail_id, key, fact in facts
        ]
        await self._tenant.fill(mail_facts, rows, once=not are_new)

    async def by_key(self, mail_ids: Collection[str]) -> dict[str, dict[str, MailFact]]:
        """Everything heard of these mails, by mail and the fact's key."""
        columns = [mail_facts.c.mail_id, mail_facts.c.key, *(mail_facts.c[name] for name in _NAMES)]
        mine = select(*columns).where(self._tenant.owns(mail_facts), among(mail_facts.c.mail_id, mail_ids))
        heard: dict[str, dict[str, MailFact]] = defaultdict(dict)
        for row in await self._tenant.all(mine):
            heard[row.mail_id][row.key] = MailFact(*row[2:])
        return heard

    async def of_mails(self, mail_ids: Collection[str]) -> dict[str, list[MailFact]]:
        """Everything heard of these mails, by mail, in the order of their times."""
        columns = [mail_facts.c.mail_id, *(mail_facts.c[name] for name in _NAMES)]
        mine = select(*columns).where(self._tenant.owns(mail_facts), among(mail_facts.c.mail_id, mail_ids))
        heard: dict[str, list[MailFact]] = defaultdict(list)
        for row in await self._tenant.all(mine.order_by(mail_facts.c.at, mail_facts.c.seq)):
            heard[row.mail_id].append(MailFact(*row[1:]))
        return heard
