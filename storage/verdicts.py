"""What is known of addresses, which of them wait to be looked at, and what is known of their domains."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Select, Table, UniqueConstraint, bindparam, func, select, update

from bot.outreach.validation import AddressCheck, Found, MailHosts, Reason, Verdict
from storage.tables import AnyRow, among, metadata, owner_column, seq_column
from storage.tenant import Tenant, is_free
from storage.types import Choice, CleanText, Int64, KeyText, UtcDateTime

_ADDRESSES_LOOKED_AT = 20  # for one domain: those that came together often share one
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
verdicts = Table(
    "verdicts",
    metadata,
    seq_column(),
    owner_column(),
    Column("address_key", KeyText, nullable=False),
    Column("domain", KeyText, nullable=False),
    Column("verdict", Choice(Verdict)),
    Column("reason", Choice(Reason)),
    Column("evidence", CleanText, nullable=False),
    Column("flags", CleanText, nullable=False),
    Column("checked_at", UtcDateTime),
    Column("valid_until", UtcDateTime),
    Column("next_at", UtcDateTime),
    Column("attempts", Int64, nullable=False),
    UniqueConstraint("workspace_id", "address_key"),
)
_QUEUED = verdicts.c.next_at.is_not(None)
for _names in (("next_at",), ("domain", "next_at")):
    _columns = (verdicts.c[name] for name in ("workspace_id", *_names, "seq"))
    _index = f"ix_verdicts_{'_'.join(_names)}"
    Index(_index, *_columns, sqlite_where=_QUEUED, postgresql_where=_QUEUED)
mail_domains = Table(
    "mail_domains",
    metadata,
    seq_column(),
    owner_column(),
    Column("domain", KeyText, nullable=False),
    Column("held_until", UtcDateTime),
    Column("found", Choice(Found)),
    Column("hosts", CleanText, nullable=False),
    Column("hosts_until", UtcDateTime),
    Column("catch_all", Choice(Verdict)),
    Column("catch_all_until", UtcDateTime),
    UniqueConstraint("workspace_id", "domain"),
    Index("ix_mail_domains_held_until", "workspace_id", "held_until"),
)
_NAMES = (
    "address_key",
    "domain",
    "verdict",
    "reason",
    "evidence",
    "flags",
    "checked_at",
    "valid_until",
    "next_at",
    "attempts",
)
_WRITTEN = _NAMES[2:]


@dataclass(frozen=True, slots=True)
class MailDomain:
    """A domain as last seen. mail: None when nobody looked, or too long ago. catch_all: `unverified` when it takes
    anything, `valid` when it refuses mailboxes that do not exist, None when nobody knows; known until then.
    """

    domain: str
    mail: MailHosts | None = None
    catch_all: Verdict | None = None
    catch_all_until: datetime | None = None


class Verdicts:
    """The addresses of one workspace, by their keys. Whoever changes leads and addresses changes the leads first."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def enqueue(self, keys: Mapping[str, datetime]) -> None:
        """Addresses that came up, with the time. What is known of one already stays as it is."""
        rows = [
            {"address_key": key, "domain": key.rpartition("@")[2], "next_at": keys[key], **_BLANK}
            for key in sorted(keys)
        ]
        await self._tenant.fill(verdicts, [self._tenant.row(**row) for row in rows], once=True)

    async def of(self, keys: Collection[str]) -> dict[str, AddressCheck]:
        """What is known of these addresses, by key; unknown ones are absent."""
        rows = await self._tenant.all(self._select(among(verdicts.c.address_key, keys)))
        return {row.address_key: _check(row) for row in rows}

    async def unchecked(self, keys: Collection[str], now: datetime) -> set[str]:
        """Those among these addresses that have no verdict, or one that holds no more."""
        stale = verdicts.c.verdict.is_(None) | (verdicts.c.valid_until <= now)
        mine = (self._tenant.owns(verdicts), among(verdicts.c.address_key, keys), stale)
        return set(await self._tenant.values(select(verdicts.c.address_key).where(*mine)))

    async def hurry(self, keys: Collection[str]) -> None:
        """Look at these addresses before all others."""
        waiting = select(verdicts.c.seq).where(self._tenant.owns(verdicts), among(verdicts.c.address_key, keys))
        held = await self._tenant.values(waiting.order_by(verdicts.c.address_key).with_for_update())
        await self._tenant.change(update(verdicts).where(among(verdicts.c.seq, held)).values(next_at=FIRST))

    async def waiting(self, most: int = 100_000) -> int:
        """How many addresses were never looked at; counting stops at `most`."""
        mine = (self._tenant.owns(verdicts), _QUEUED, verdicts.c.verdict.is_(None))
        some = select(verdicts.c.seq).where(*mine).limit(most).subquery()
        return int(await self._tenant.value(select(func.count()).select_from(some)))

    async def claim_domains(
        self, now: datetime, limit: int, lease: timedelta, only: str | None = None
    ) -> list[MailDomain]:
        """Domains with addresses that are due, the longest waiting first, held for the lease. only: none but this."""
        names = await self._due_domains(now, limit) if only is None else [only]
        if not names:
            return []
        rows = [self._tenant.row(domain=name, hosts="") for name in sorted(names)]
        await self._tenant.many(self._tenant.insert(mail_domains).on_conflict_do_nothing(), rows)
        free = (among(mail_domains.c.domain, names), is_free(mail_domains, now, "held_until"))
        mine = select(mail_domains).where(self._tenant.owns(mail_domains), *free).order_by(mail_domains.c.domain)
        claimed = await self._tenant.claim(mail_domains, mine, until=now + lease, column="held_until")
        return [_domain(row, now) for row in claimed]

    async def due(self, domains: Collection[str], now: datetime, each: int) -> dict[str, list[AddressCheck]]:
        """The due addresses of these domains, at most so many of each, the longest waiting first.

        A statement a domain: one over all of them reads every address of the largest.
        """
        found: dict[str, list[AddressCheck]] = {}
        for name in domains:
            mine = self._select((verdicts.c.domain == name) & _QUEUED & (verdicts.c.next_at <= now))
            first = mine.order_by(verdicts.c.next_at, verdicts.c.seq).limit(each)
            found[name] = [_check(row) for row in await self._tenant.all(first)]
        return found

    async def settle(self, checks: Sequence[AddressCheck]) -> None:
        """Write down what is known of these addresses now."""
        rows = [
            {f"_{name}": getattr(check, name) for name in ("address_key", *_WRITTEN)}
            | {"_flags": " ".join(check.flags)}
            for check in sorted(checks, key=lambda check: check.address_key)
        ]
        mine = (self._tenant.owns(verdicts), verdicts.c.address_key == bindparam("_address_key"))
        values: dict[str, Any] = {name: bindparam(f"_{name}") for name in _WRITTEN}
        await self._tenant.many(update(verdicts).where(*mine).values(**values), rows)

    async def release(self, domains: Sequence[tuple[MailDomain, datetime | None]], now: datetime) -> None:
        """Keep what was found of these domains, and let go of them, or hold them until the moment given."""
        rows = [
            {
                "_domain": domain.domain,
                "_held_until": until,
                "_found": domain.mail.found if domain.mail else None,
                "_hosts": " ".join(domain.mail.hosts) if domain.mail else "",
                "_hosts_until": now + domain.mail.keep if domain.mail else None,
                "_catch_all": domain.catch_all,
                "_catch_all_until": domain.catch_all_until,
            }
            for domain, until in sorted(domains, key=lambda each: each[0].domain)
        ]
        mine = (self._tenant.owns(mail_domains), mail_domains.c.domain == bindparam("_domain"))
        names = ("held_until", "found", "hosts", "hosts_until", "catch_all", "catch_all_until")
        values: dict[str, Any] = {name: bindparam(f"_{name}") for name in names}
        await self._tenant.many(update(mail_domains).where(*mine).values(**values), rows)

    async def _due_domains(self, now: datetime, limit: int) -> list[str]:
        """The domains of the addresses that wait longest, without those somebody holds."""
        held = select(mail_domains.c.seq).where(
            mail_domains.c.workspace_id == verdicts.c.workspace_id,
            mail_domains.c.domain == verdicts.c.domain,
            mail_domains.c.held_until > now,
        )
        mine = (self._tenant.owns(verdicts), _QUEUED, verdicts.c.next_at <= now, ~held.exists())
        first = select(verdicts.c.domain).where(*mine).order_by(verdicts.c.next_at, verdicts.c.seq)
        names = await self._tenant.values(first.limit(limit * _ADDRESSES_LOOKED_AT))
        return list(dict.fromkeys(names))[:limit]

    def _select(self, condition: ColumnElement[bool]) -> Select[Any]:
        return select(*(verdicts.c[name] for name in _NAMES)).where(self._tenant.owns(verdicts), condition)


_BLANK: Mapping[str, Any] = {"evidence": "", "flags": "", "attempts": 0}


def _check(row: AnyRow) -> AddressCheck:
    told = dict(zip(_NAMES, row, strict=True))
    return AddressCheck(**told | {"flags": tuple(row.flags.split())})


def _domain(row: AnyRow, now: datetime) -> MailDomain:
    """Without what is known no longer."""
    mail = None
    if row.found is not None and row.hosts_until is not None and row.hosts_until > now:
        mail = MailHosts(tuple(row.hosts.split()), row.found, row.hosts_until - now)
    if row.catch_all_until is None or row.catch_all_until <= now:
        return MailDomain(row.domain, mail)
    return MailDomain(row.domain, mail, row.catch_all, row.catch_all_until)
