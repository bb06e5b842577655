"""What an import asks of the database about its rows, and what it writes: one batch, in the caller's transaction."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.outreach.errors import Conflict
from bot.outreach.import_rows import Candidate, Known, Sorted, sorted_out
from bot.outreach.importing import Breakdown, Import, Rejected
from bot.services.policies import policy_in
from storage.lead_imports import Line, lines_of
from storage.unit_of_work import UnitOfWork

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of a file that are taken together. lines: the lead each address would become, by its key."""

    rows: Sequence[Candidate | Rejected]
    lines: Mapping[str, Line]


def batch_of(rows: Sequence[Candidate | Rejected], now: datetime, *, is_sqlite: bool) -> Batch:
    """The rows with all that can be done about them before the database is asked."""
    candidates = (row for row in rows if isinstance(row, Candidate))
    return Batch(rows, lines_of(candidates, now, is_sqlite=is_sqlite))


async def take_rows(uow: UnitOfWork, seen: Import, batch: Batch, now: datetime) -> Import:
    """Add, enrol and reject what these rows say; the import as it stands then, not yet written."""
    piles = await _stored(uow, seen, batch, now)
    await uow.imports.reject(seen.id, piles.rejected)
    more = counted(len(batch.rows), piles, await unpermitted(uow, piles) if seen.campaign_id else 0)
    return replace(seen, taken=seen.taken + len(batch.rows), breakdown=seen.breakdown.plus(more), updated_at=now)


def counted(rows: int, piles: Sorted, without_consent: int) -> Breakdown:
    """The piles in numbers."""
    reasons = Counter(row.reason for row in piles.rejected)
    return Breakdown(rows, len(piles.new), len(piles.joining), reasons, without_consent)


async def unpermitted(uow: UnitOfWork, piles: Sorted) -> int:
    """How many of those who come into the campaign a push would hold back for want of consent."""
    if not (await policy_in(uow)).permission:
        return 0
    keys = {*piles.new, *piles.joining}
    return len(keys - await uow.consents.permitting(keys)) if keys else 0


async def known_of(
    uow: UnitOfWork, keys: Collection[str], campaign_id: str | None, import_id: str | None = None
) -> Known:
    """What the database knows of these addresses. import_id: whose own leads and enrolments are told apart."""
    against = await uow.addresses.standing(keys)
    here = await uow.leads.here(keys)
    taken = {key for key, (_, by) in here.items() if by is not None and by == import_id}
    leads = {key: lead_id for key, (lead_id, _) in here.items() if key not in taken}
    if campaign_id is None:
        return Known(against, leads, taken, set())
    inside = await uow.enrolments.inside(leads.values(), campaign_id)
    came = {key for key, lead_id in leads.items() if import_id is not None and inside.get(lead_id) == import_id}
    return Known(against, leads, taken | came, {key for key, lead_id in leads.items() if lead_id in inside})


async def _stored(uow: UnitOfWork, seen: Import, batch: Batch, now: datetime) -> Sorted:
    """Others may add the same people, or put them into the campaign, at this very moment."""
    into_campaign = seen.campaign_id is not None
    for _ in range(_TRIES):
        known = await known_of(uow, batch.lines.keys(), seen.campaign_id, seen.id)
        piles = sorted_out(batch.rows, known, into_campaign=into_campaign)
        new = [batch.lines[key] for key in sorted(piles.new)]  # or two rivals could wait for each other
        if new and not await uow.leads.add_imported(new, seen.id, now):
            continue
        if seen.campaign_id is None:
            return piles
        joining = {key: known.leads[key] for key in piles.joining}
        ids = [*(line.lead_id for line in new), *joining.values()]
        joined = await uow.enrolments.join(ids, seen.campaign_id, now, seen.id)
        late = {key for key, lead_id in joining.items() if lead_id not in joined}
        known = replace(known, in_campaign={*known.in_campaign, *late})
        return sorted_out(batch.rows, known, into_campaign=into_campaign)
    raise Conflict("Somebody else adds the same leads at this moment. Try again.")
