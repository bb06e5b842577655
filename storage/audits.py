"""Audits: from the request to the report."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, update

from bot.outreach.audits import Audit, AuditState, FinishedAudit, Issue
from storage.audit_tables import REQUESTED, audits
from storage.lead_tables import leads
from storage.sites_read import looked_at, take_turns, visited
from storage.tables import AnyRow, among
from storage.tenant import Tenant, is_free

_NAMES = ("id", "lead_id", "state", "run_id", "requested_at", "attempts", "completed_at", "report")
_REPORTED = tuple(each.name for each in fields(FinishedAudit) if each.name not in {"run_id", "completed_at"})
_ISSUE = tuple(each.name for each in fields(Issue))
_SEEN = ("pages_done", "pages_found")
_COLUMNS = [audits.c.seq, *(audits.c[name] for name in (*_NAMES, *_SEEN))]
_OTHER = audits.alias("other")
_OPEN = audits.c.state.in_([AuditState.REQUESTED, AuditState.RUNNING])


class Audits:
    """The audits of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, audit: Audit) -> bool:
        """False when the lead has an audit of this run already."""
        return await self._tenant.add_once(audits, **_values(audit))

    async def add_many(self, new: Sequence[Audit]) -> None:
        """Store requests, in one statement."""
        await self._tenant.many(audits.insert(), [self._tenant.row(**_values(audit)) for audit in new])

    async def open_among(self, lead_ids: Collection[str]) -> dict[str, Audit]:
        """The newest requested or running audit of each lead that has one."""
        found = await self._where(among(audits.c.lead_id, lead_ids), _OPEN)
        return {audit.lead_id: audit for audit in found}

    async def get(self, audit_id: str) -> Audit | None:
        """The audit with this id."""
        found = await self._where(audits.c.id == audit_id)
        return found[0] if found else None

    async def by_run(self, run_id: str) -> list[Audit]:
        """The audits of one run, which may serve several leads of a domain."""
        return await self._where(audits.c.run_id == run_id)

    async def open_for(self, lead_id: str, run_id: str = "") -> Audit | None:
        """The audit of the lead that is requested or running: the one of this run, else the newest."""
        found = await self._where(audits.c.lead_id == lead_id, _OPEN)
        return max(reversed(found), key=lambda audit: audit.run_id == run_id, default=None)

    async def latest_complete(self, lead_ids: Collection[str]) -> dict[str, Audit]:
        """The last finished audit of each lead that has one."""
        newest_first = (audits.c.completed_at.desc(), audits.c.seq.desc())
        place = func.row_number().over(partition_by=audits.c.lead_id, order_by=newest_first).label("place")
        complete = self._mine(among(audits.c.lead_id, lead_ids), audits.c.state == AuditState.COMPLETE)
        ranked = select(*_COLUMNS, place).where(complete).subquery()
        rows = await self._tenant.all(select(ranked).where(ranked.c.place == 1))
        return {row.lead_id: _audit(row) for row in rows}

    async def finished_of(self, lead_id: str, *, limit: int) -> list[Audit]:
        """The lead's finished audits, newest first."""
        newest_first = (audits.c.completed_at.desc(), audits.c.seq.desc())
        complete = self._mine(audits.c.lead_id == lead_id, audits.c.state == AuditState.COMPLETE)
        rows = await self._tenant.all(select(*_COLUMNS).where(complete).order_by(*newest_first).limit(limit))
        return [_audit(row) for row in rows]

    async def claim_requested(self, now: datetime, *, limit: int, lease: timedelta) -> list[Audit]:
        """Requested audits whose time has come and that nobody is starting, held for the lease."""
        due = self._mine(REQUESTED, audits.c.next_try_at <= now, is_free(audits, now))
        statement = select(*_COLUMNS).where(due).order_by(audits.c.next_try_at, audits.c.seq).limit(limit)
        return [_audit(row) for row in await self._tenant.claim(audits, statement, until=now + lease)]

    async def claim_visits(self, now: datetime, *, limit: int, lease: timedelta) -> list[tuple[Audit, str]]:
        """What `claim_requested` gives, for our own auditor: each with the lead's domain, of every domain one alone.

        No domain is held twice, whoever claims, and none whose pages are looked at for links.
        """
        await take_turns(self._tenant)
        hosts = await visited(self._tenant, now) | {*await looked_at(self._tenant, now)}
        claimed: list[AnyRow] = []
        while room := limit - len(claimed):
            due = self._due_elsewhere(hosts, now).where(~among(audits.c.seq, [row.seq for row in claimed])).limit(room)
            found = await self._tenant.all(due.with_for_update(skip_locked=True, key_share=True, of=audits))
            for row in found:
                if row.domain_key not in hosts:
                    claimed.append(row)
                    hosts |= {row.domain_key} - {""}
            if len(found) < room:
                break
        rows = [{"seq": row.seq, "lease_until": now + lease, "host": row.domain_key} for row in claimed]
        await self._tenant.revise(audits, "seq", rows)
        return [(_audit(row), row.domain) for row in claimed]

    async def hold(self, seen: Mapping[str, tuple[int, int]], *, until: datetime) -> set[str]:
        """By an audit's id, so many pages were read, of so many. Those not let go are held on; the ids still wanted."""
        rows = [{"_id": audit_id, "_done": done, "_found": found} for audit_id, (done, found) in sorted(seen.items())]
        progress = {"pages_done": bindparam("_done"), "pages_found": bindparam("_found"), "lease_until": until}
        held = audits.c.lease_until.is_not(None)
        one = update(audits).where(self._mine(audits.c.id == bindparam("_id"), REQUESTED, held))
        await self._tenant.many(one.values(progress), rows)
        wanted = self._mine(among(audits.c.id, seen), REQUESTED)
        return set(await self._tenant.values(select(audits.c.id).where(wanted)))

    async def let_go(self, audit_ids: Collection[str]) -> None:
        """Whoever held them stops here: they are free for the next."""
        held = self._mine(among(audits.c.id, audit_ids), REQUESTED)
        await self._tenant.change(update(audits).where(held).values(lease_until=None))

    async def mark_running(self, audit_id: str, run_id: str, at: datetime) -> bool:
        """The service took it. False when it is not requested any more, or the lead has an audit of this run."""
        return await self._become(audit_id, run_id, REQUESTED, state=AuditState.RUNNING, updated_at=at)

    async def complete(self, audit_id: str, finished: FinishedAudit, at: datetime) -> bool:
        """Store the report. False when it is complete already, or another audit of the lead has this run."""
        values = {"completed_at": finished.completed_at, "report": _report(finished), "error": "", "updated_at": at}
        unfinished = audits.c.state != AuditState.COMPLETE
        return await self._become(audit_id, finished.run_id, unfinished, state=AuditState.COMPLETE, **values)

    async def retry(self, audit_id: str, next_try_at: datetime, error: str) -> None:
        """The request did not get through: count it and try again then."""
        values = {"attempts": audits.c.attempts + 1, "next_try_at": next_try_at, "error": error}
        requested = self._mine(audits.c.id == audit_id, REQUESTED)
        await self._tenant.change(update(audits).where(requested).values(lease_until=None, **values))

    async def fail(self, audit_id: str, error: str, at: datetime) -> bool:
        """Give it up. False when it is not open any more."""
        values = {"state": AuditState.FAILED, "error": error, "lease_until": None, "updated_at": at}
        open_one = self._mine(audits.c.id == audit_id, _OPEN)
        return await self._tenant.change(update(audits).where(open_one).values(values)) > 0

    async def _become(self, audit_id: str, run_id: str, allowed: ColumnElement[bool], **values: Any) -> bool:
        same_run = select(_OTHER.c.seq).where(
            _OTHER.c.workspace_id == audits.c.workspace_id,
            _OTHER.c.lead_id == audits.c.lead_id,
            _OTHER.c.run_id == run_id,
            _OTHER.c.seq != audits.c.seq,
        )
        free = self._mine(audits.c.id == audit_id, allowed, ~same_run.exists())
        statement = update(audits).where(free).values(run_id=run_id, lease_until=None, **values)
        return await self._tenant.change(statement) > 0

    def _due_elsewhere(self, hosts: Collection[str], now: datetime) -> Select[Any]:
        """Requested audits that are due and free, with their lead's domain, none at these hosts."""
        lead = self._tenant.owns(leads) & (leads.c.id == audits.c.lead_id)
        due = self._mine(REQUESTED, audits.c.next_try_at <= now, is_free(audits, now))
        found = select(*_COLUMNS, leads.c.domain, leads.c.domain_key).join_from(audits, leads, lead)
        return found.where(due, ~among(leads.c.domain_key, hosts)).order_by(audits.c.next_try_at, audits.c.seq)

    async def _where(self, *conditions: ColumnElement[bool]) -> list[Audit]:
        order = (audits.c.requested_at, audits.c.seq)
        rows = await self._tenant.all(select(*_COLUMNS).where(self._mine(*conditions)).order_by(*order))
        return [_audit(row) for row in rows]

    def _mine(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        mine = self._tenant.owns(audits)
        for condition in conditions:
            mine &= condition
        return mine


def _values(audit: Audit) -> dict[str, Any]:
    at = audit.requested_at
    finished: dict[str, Any] = {"completed_at": None, "report": None}
    if audit.finished:
        finished = {"completed_at": audit.finished.completed_at, "report": _report(audit.finished)}
    values = {name: getattr(audit, name) for name in _NAMES[:6]}
    seen = {name: getattr(audit, name) for name in _SEEN}
    return {**values, **finished, **seen, "next_try_at": at, "host": "", "error": "", "updated_at": at}


def _audit(row: AnyRow) -> Audit:
    _, audit_id, lead_id, state, run_id, requested_at, attempts, completed_at, report, done, found = row[:11]
    finished = _finished(run_id, completed_at, report) if report else None
    return Audit(audit_id, lead_id, state, run_id, requested_at, attempts, finished, done, found)


def _report(finished: FinishedAudit) -> dict[str, Any]:
    report = {name: getattr(finished, name) for name in _REPORTED}
    issues = [{name: getattr(issue, name) for name in _ISSUE} for issue in finished.issues]
    return report | {"scores": finished.scores and dict(finished.scores), "issues": issues}


def _finished(run_id: str, completed_at: datetime, report: dict[str, Any]) -> FinishedAudit:
    issues: Sequence[dict[str, Any]] = report["issues"]
    told = tuple(Issue(**issue | {"where": tuple(issue.get("where", ()))}) for issue in issues)
    known = report | {"issues": told}
    return FinishedAudit(run_id=run_id, completed_at=completed_at, **known)
