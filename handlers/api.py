"""The JSON API: `/api/leads…`, `/api/plusvibe/leads/…`, `/api/audits/complete`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import uuid4

from fastapi import BackgroundTasks, Header, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from bot.outreach.access import Actor, Permission
from bot.outreach.audits import FinishedAudit
from bot.outreach.completions import finished_audit
from bot.outreach.errors import Conflict, Invalid, Unavailable
from bot.outreach.leads import PAGE_LEADS, Lead, LeadDraft, LeadQuery, LeadSort, LeadStatus
from bot.outreach.pushes import Origin, Outcome, PushResult
from bot.outreach.writebacks import Tone
from handlers import errors
from handlers.api_models import (
    AuditBody,
    CompleteBody,
    IssueBody,
    LeadAnswer,
    LeadBody,
    LeadsAnswer,
    NotGivenWhenEmpty,
    OutcomeAnswer,
    PushBody,
    WritebackBody,
    tone_of,
)
from handlers.house import House
from handlers.web import Caller, InHouse, api_router

leads = api_router(prefix="/api/leads", tags=["leads"])
plusvibe = api_router(prefix="/api/plusvibe/leads", tags=["plusvibe"])  # guarded pushes, contacts marked completed
audits = api_router(prefix="/api/audits", tags=["audits"])  # where an audit service reports


@leads.get("")
async def page(
    house: InHouse,
    actor: Caller,
    q: Annotated[str, Query(max_length=200)] = "",
    status: Annotated[LeadStatus | None, NotGivenWhenEmpty] = None,
    sort: str = "",
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
    limit: Annotated[Annotated[int, Field(ge=1, le=100)] | None, NotGivenWhenEmpty] = None,
) -> LeadsAnswer:
    """One page. sort: a column, with `-` before it for the other direction."""
    question = LeadQuery(q, status, *_sort(sort or LeadSort.UPDATED), limit or PAGE_LEADS)
    found = await house.services.leads.page(house.workspace.id, actor, question, cursor)
    campaigns = await house.services.campaigns.provider_ids(house.workspace.id)
    leads = [LeadAnswer.of(lead, campaigns, raw=_sees_raw(actor)) for lead in found.leads]
    return LeadsAnswer(
        leads=leads, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor, total=found.total
    )


@leads.post("", status_code=201)
async def add(house: InHouse, actor: Caller, body: LeadBody) -> LeadAnswer:
    """A new lead; 409 `duplicate` with the id of the one that has this email already."""
    given = {name: text for name, text in body.given().items() if text is not None}
    return await _answer(house, actor, await house.services.leads.add(house.workspace.id, actor, LeadDraft(**given)))


@leads.get("/{lead_id}")
async def one(house: InHouse, actor: Caller, lead_id: str) -> LeadAnswer:
    """One lead."""
    return await _answer(house, actor, await house.services.leads.get(house.workspace.id, actor, lead_id))


@leads.patch("/{lead_id}")
async def edit(house: InHouse, actor: Caller, lead_id: str, body: LeadBody) -> LeadAnswer:
    """Change the given fields only."""
    given = body.given()
    if "status" in given and given["status"] is None:
        raise Invalid("A status cannot be taken away, only changed.", field="status")
    return await _answer(house, actor, await house.services.leads.edit(house.workspace.id, actor, lead_id, given))


async def _answer(house: House, actor: Actor, lead: Lead) -> LeadAnswer:
    campaigns = await house.services.campaigns.provider_ids(house.workspace.id)
    return LeadAnswer.of(lead, campaigns, raw=_sees_raw(actor))


@leads.post("/{lead_id}/audit", status_code=202)
async def audit(house: InHouse, actor: Caller, lead_id: str, after: BackgroundTasks) -> LeadAnswer:
    """Start an audit."""
    await house.services.leads.get(house.workspace.id, actor, lead_id)
    await house.services.audits.start_one(house.workspace.id, actor, lead_id)
    after.add_task(house.services.audits.request_due, house.workspace.id)
    return await _answer(house, actor, await house.services.leads.get(house.workspace.id, actor, lead_id))


@leads.post("/{lead_id}/writeback")
async def writeback(
    house: InHouse, actor: Caller, lead_id: str, body: WritebackBody | None = None
) -> dict[str, object]:
    """Write back again from the latest completed audit."""
    tone = tone_of(body.tone if body else Tone.DIRECT.value)
    written = await house.services.writebacks.write_back(house.workspace.id, actor, lead_id, tone)
    return {
        "leadId": lead_id,
        "writebackStatus": written.status,
        "variables": written.variables,
        "error": written.error,
    }


@plusvibe.post("/push")
async def push(
    house: InHouse, actor: Caller, body: PushBody, idempotency_key: Annotated[str, Header(max_length=200)] = ""
) -> JSONResponse:
    """Push leads into a campaign, all or nothing under the guard. An `Idempotency-Key` repeats its outcome."""
    services, here = house.services, house.workspace.id
    key = f"api:{actor.id}:{idempotency_key or uuid4()}"
    started = await services.pushes.start(here, actor, body.campaign_id, body.lead_ids, Origin(), key)
    async for _ in services.pushes.run(here, started.id):
        pass
    result = await services.pushes.result(here, started.id)
    if result.waiting and not result.push.problem:
        raise Conflict("This push is under way. Ask again with the same Idempotency-Key.")
    campaign = await services.pushes.campaign(here, body.campaign_id)
    if campaign.id != result.push.campaign_id or (set(body.lead_ids) != _named(result) and not result.waiting):
        raise Conflict("This Idempotency-Key was used for another push.")
    if not result.waiting:
        await services.pushes.reported(here, started.id)
    return _push_answer(result)


@plusvibe.post("/complete")
async def complete(house: InHouse, actor: Caller, body: CompleteBody) -> JSONResponse:
    """Mark contacts completed at PlusVibe; leads without an email are skipped."""
    envelope = await house.services.campaigns.mark_completed(house.workspace.id, actor, body.lead_ids)
    answer = {
        "completed": list(envelope.done),
        "skipped": _outcomes(envelope.skipped),
        "failed": _outcomes(envelope.failed),
    }
    if envelope.done or not envelope.problem:
        return JSONResponse(answer)
    return _failed(envelope.problem, answer, errors.reference())


@audits.post("/complete")
async def take_audit(house: InHouse, actor: Caller, body: AuditBody, after: BackgroundTasks) -> dict[str, object]:
    """Take a finished audit: the writeback is stored at once, and sent to the linked campaign after the answer.

    Idempotent by `auditRunId`.
    """
    completions = await house.services.audits.complete(
        house.workspace.id, actor, _finished(body), lead_id=body.lead_id, domain=body.domain
    )
    after.add_task(house.services.writebacks.send_due, house.workspace.id)
    leads = [
        {
            "leadId": done.lead.id,
            "status": done.lead.status,
            "repeated": done.repeated,
            "writebackStatus": done.writeback.status if done.writeback else None,
            "variables": len(done.lead.variables),
        }
        for done in completions
    ]
    return {"auditRunId": body.audit_run_id, "leads": leads}


def _sort(text: str) -> tuple[LeadSort, bool | None]:
    name = text.removeprefix("-")
    if name not in {sort.value for sort in LeadSort}:
        raise Invalid(f"Sort by one of {', '.join(LeadSort)}.", field="sort")
    sort = LeadSort(name)
    return sort, None if name == text else not LeadQuery(sort=sort).is_descending


def _sees_raw(actor: Actor) -> bool:
    return Permission.READ_RAW in actor.permissions


def _finished(body: AuditBody) -> FinishedAudit:
    top = body.top_issue.title if isinstance(body.top_issue, IssueBody) else body.top_issue or ""
    issues: list[dict[str, Any] | str] = list(body.issues)
    if isinstance(body.top_issue, IssueBody):
        issues.append(body.top_issue.model_dump())
    return finished_audit(
        run_id=body.audit_run_id,
        completed_at=body.completed_at,
        url=body.audit_url,
        score=None if body.score is None else round(body.score),
        scores={name: None if score is None else round(score) for name, score in body.scores.items()},
        grade=body.grade,
        top_issue=top,
        issues=issues,
        summary=body.summary,
        pages=body.pages_audited,
    )


def _push_answer(result: PushResult) -> JSONResponse:
    answer = {
        "pushed": list(result.pushed),
        "skipped": _outcomes(result.skipped),
        "failed": _outcomes(result.failed),
        "warnings": [*result.warnings, *([result.push.problem] if result.waiting else [])],
    }
    if not result.push.problem or result.pushed:
        return JSONResponse(answer)
    return _failed(result.push.problem, answer, result.reference)


def _failed(problem: str, answer: Mapping[str, Any], reference_id: str) -> JSONResponse:
    """PlusVibe failed, and nothing was done there."""
    errors.report(Unavailable(problem), reference_id)
    return JSONResponse({"error": "plusvibe_failed", "message": problem, "reference": reference_id, **answer}, 502)


def _named(result: PushResult) -> set[str]:
    return {*result.pushed, *(outcome.lead_id for outcome in (*result.skipped, *result.failed))}


def _outcomes(outcomes: Sequence[Outcome]) -> list[dict[str, str]]:
    return [OutcomeAnswer(id=outcome.lead_id, reason=outcome.reason).model_dump() for outcome in outcomes]
