"""A finished audit taken for a lead: its report stored, the lead's facts and writeback with it, each run once."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from bot.outreach.access import Actor
from bot.outreach.audits import Audit, AuditState, FinishedAudit, is_overtaken
from bot.outreach.errors import Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.writebacks import Tone, Writeback
from bot.services.writebacks import land
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Completion:
    """What a reported audit did to one lead. `repeated`: this run was known already, nothing changed."""

    lead: Lead
    writeback: Writeback | None
    repeated: bool = False


async def addressed(uow: UnitOfWork, lead_id: str | None, domain: str | None) -> list[Lead]:
    """The leads a report is about. Raises `NotFound` when there is none, `Invalid` when neither is named."""
    if lead_id:
        lead = await uow.leads.get(lead_id)
        leads = [lead] if lead else []
    elif domain:
        leads = list(await uow.leads.by_domain(domain))
    else:
        raise Invalid("Name the lead by leadId or domain.", field="leadId")
    if not leads:
        raise NotFound("No lead with that id or domain.")
    return leads


async def complete_one(uow: UnitOfWork, actor: Actor, lead: Lead, finished: FinishedAudit, now: datetime) -> Completion:
    """Store the report; the lead follows it and its writeback lands, unless a newer audit of the lead was reported."""
    if not await uow.ledger.claim(f"audit:{finished.run_id}:{lead.id}", actor.id, now):
        return Completion(lead, await uow.writebacks.latest(lead.id), repeated=True)
    newest = (await uow.audits.latest_complete([lead.id])).get(lead.id)
    audit = await uow.audits.open_for(lead.id, finished.run_id)
    is_late = newest is not None and is_overtaken(finished, audit, newest)
    if audit is None:
        audit = Audit(str(uuid4()), lead.id, AuditState.RUNNING, finished.run_id, now)
        await uow.audits.add(audit)
    await uow.audits.complete(audit.id, finished, now)
    facts = {"grade": finished.grade, "score": finished.score, "run": finished.run_id}
    await uow.events.add(by(actor, EventKind.AUDIT_COMPLETED, now, lead.id, facts))
    if is_late:
        return Completion(lead, await uow.writebacks.latest(lead.id))
    columns = _audit_columns(finished) | _told(lead, finished)
    audited = replace(lead, **columns)
    return Completion(*await land(uow, audited, audit.id, finished, Tone.DIRECT, actor, now, columns=columns))


def _audit_columns(finished: FinishedAudit) -> dict[str, Any]:
    return {
        "grade": finished.grade,
        "score": finished.score,
        "top_issue": finished.top_issue,
        "audit_summary": finished.summary,
        "audit_url": finished.url,
        "audit_run_id": finished.run_id,
    }


def _told(lead: Lead, finished: FinishedAudit) -> dict[str, Any]:
    """The card's line on the audit that was started, now that it is over; any other line stays."""
    if not lead.last_action.startswith(("Audit started", "Start audit")):
        return {}
    facts = [f"grade {finished.grade}"] if finished.grade else []
    facts += [f"{finished.score} of 100"] if finished.score is not None else []
    return {"last_action": f"Audit finished: {', '.join(facts)}." if facts else "Audit finished."}
