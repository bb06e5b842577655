"""Erasures: everything held of a person taken away, and every mention of them in other rows struck out.

While one is open, and only inside its own transaction, the database lets go of events.
"""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    String,
    Table,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.outreach.persons import Person
from bot.outreach.posts import PostKind, PostState
from storage.companies import companies
from storage.events import events
from storage.imports import import_rejects
from storage.inbox import InboxState, inbox
from storage.mail_tables import mails
from storage.notices import notices
from storage.personal import HOLDINGS, Holding, told
from storage.posts import posts
from storage.tables import among, metadata, owner_column, seq_column
from storage.tenant import Tenant
from storage.types import CleanText, KeyText, UtcDateTime
from storage.views import saved_views

erasures = Table(
    "erasures",
    metadata,
    seq_column(),
    owner_column(),
    Column("lead_id", KeyText, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("is_open", Boolean, nullable=False),
)
Index(
    "ix_erasures_open",
    erasures.c.workspace_id,
    sqlite_where=erasures.c.is_open,
    postgresql_where=erasures.c.is_open,
)
_MAILS_LAST = [holding.table for holding in HOLDINGS].index(mails) + 3  # mails, what was told of them, rests
_GONE_POST = {"text": "Erased: this told of a person whose data was taken away."}
_BATCHED = "sendgrid"  # whose deliveries are lists of events about many people


class Erasures:
    """What one workspace holds of a person."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def held(self, person: Person) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        """Every row about them, as its table's name and what it says."""
        for holding in HOLDINGS:
            columns = told(holding)
            for row in await self._tenant.all(select(*columns).where(holding.rows(self._tenant, person))):
                yield holding.table.name, dict(row._mapping)

    async def ids(self, person: Person) -> set[str]:
        """The ids of what is theirs: conversations, drafts, mails, runs and the like."""
        found: set[str] = set()
        for holding in HOLDINGS:
            if "id" in holding.table.c:
                mine = select(holding.table.c.id).where(holding.rows(self._tenant, person))
                found |= set(await self._tenant.values(mine))
        return found - set(person.lead_ids)

    async def told_in(self, person: Person) -> set[str]:
        """The keys of the posts that told news of them, alone or together with others'."""
        about = (self._tenant.owns(notices), among(notices.c.lead_id, person.lead_ids))
        return {key for key in await self._tenant.values(select(notices.c.post_key).where(*about)) if key}

    async def open(self, person: Person, actor: str, at: datetime) -> None:
        """Begin. `close` ends it before the transaction does."""
        rows = [self._tenant.row(lead_id=lead_id, actor=actor, at=at, is_open=True) for lead_id in person.lead_ids]
        await self._tenant.many(insert(erasures), rows)

    async def take_mails(self, person: Person) -> None:
        """The texts and addresses of their mails; that so many were sent stays."""
        await self._take(person, HOLDINGS[:_MAILS_LAST])

    async def take_rest(self, person: Person) -> None:
        """Everything else."""
        await self._take(person, HOLDINGS[_MAILS_LAST:])

    async def strike(self, person: Person, ids: Collection[str], told_in: Collection[str], at: datetime) -> None:
        """Mentions in what is about others, too. ids: of what was theirs; a post about one of these is emptied.

        told_in: the keys of posts that told news of them, which are emptied, too: others' words cannot be told apart.
        """
        if person.keys:
            await self._strike_events(person)
            await self._strike_rejects(person)
            await self._strike_views(person)
            await self._strike_companies(person)
            await self._strike_inbox(person)
        await self._strike_posts(person, ids, told_in, at)

    async def close(self) -> None:
        """End: events are append-only again."""
        mine = (self._tenant.owns(erasures), erasures.c.is_open)
        await self._tenant.change(update(erasures).where(*mine).values(is_open=False))

    async def _take(self, person: Person, holdings: Sequence[Holding]) -> None:
        for holding in holdings:
            rows = holding.rows(self._tenant, person)
            if holding.blank is None:
                await self._tenant.change(delete(holding.table).where(rows))
            else:
                await self._tenant.change(update(holding.table).where(rows).values(holding.blank))

    async def _strike_events(self, person: Person) -> None:
        on_nobody = (self._tenant.owns(events), events.c.lead_id.is_(None))
        await self._tenant.change(delete(events).where(*on_nobody, _mentions(events.c.facts, person.spellings)))

    async def _strike_rejects(self, person: Person) -> None:
        mine = (self._tenant.owns(import_rejects), _mentions(import_rejects.c.cells, person.spellings))
        await self._tenant.change(update(import_rejects).where(*mine).values(cells=[], said=""))

    async def _strike_views(self, person: Person) -> None:
        """What somebody searched for and kept."""
        mine = (self._tenant.owns(saved_views), _mentions(saved_views.c.text, person.spellings))
        await self._tenant.change(update(saved_views).where(*mine).values(text=""))

    async def _strike_companies(self, person: Person) -> None:
        """Entries of the directory with their address: its name and telephone are theirs as well."""
        written = _mentions(companies.c.emails, person.spellings)
        await self._tenant.change(delete(companies).where(self._tenant.owns(companies), written))

    async def _strike_inbox(self, person: Person) -> None:
        """A delivery about them alone counts as applied; of a batch only their events go."""
        body: Any = cast(inbox.c.body, String) if self._tenant.is_sqlite else func.encode(inbox.c.body, "escape")
        mine = (self._tenant.owns(inbox), _mentions(body, person.spellings))
        for row in await self._tenant.all(select(inbox.c.seq, inbox.c.vendor, inbox.c.body).where(*mine)):
            kept = _others(row.body, person) if row.vendor == _BATCHED else None
            values: dict[str, Any] = {"body": b"{}", "state": InboxState.APPLIED, "error": ""}
            values = values if kept is None else {"body": kept}
            one = update(inbox).where(self._tenant.owns(inbox), inbox.c.seq == row.seq)
            await self._tenant.change(one.values(values))

    async def _strike_posts(self, person: Person, ids: Collection[str], told_in: Collection[str], at: datetime) -> None:
        about = or_(_mentions(posts.c.body, (*person.spellings, *person.lead_ids)), among(posts.c.key, told_in))
        columns = (posts.c.seq, posts.c.key, posts.c.kind, posts.c.body, posts.c.ts, posts.c.revision)
        for row in await self._tenant.all(select(*columns).where(self._tenant.owns(posts), about)):
            written = json.dumps(row.body)
            is_theirs = row.key in told_in or any(each in written for each in ids)
            body = _emptied(row.body) if is_theirs else person.redacted(row.body)
            edited = row.kind is not PostKind.FILE and row.ts is not None and body != row.body
            state = PostState.DUE if edited else PostState.LOST if row.ts is None else PostState.SHOWN
            values = {"body": body, "revision": row.revision + 1, "state": state, "next_try_at": at}
            one = update(posts).where(self._tenant.owns(posts), posts.c.seq == row.seq)
            await self._tenant.change(one.values(values))


def _mentions(column: Any, words: Collection[str]) -> ColumnElement[bool]:
    """Whether one of the words stands in it, in any case of ASCII letters."""
    text = func.lower(cast(column, String))
    return or_(*(text.contains(word.lower(), autoescape=True) for word in words))


def _others(body: bytes, person: Person) -> bytes | None:
    """The events of a batch that are not theirs; None when it is no batch."""
    try:
        batch = json.loads(body)
    except ValueError:
        return None
    if not isinstance(batch, list):
        return None
    return json.dumps([event for event in batch if person.redacted(event) == event]).encode()


def _emptied(body: Mapping[str, Any]) -> dict[str, Any]:
    if "content" in body:
        return {**body, "content": ""}
    block = {"type": "section", "text": {"type": "plain_text", "text": _GONE_POST["text"]}}
    return {**body, **_GONE_POST, "blocks": [block]}
