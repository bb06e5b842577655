"""Audits to read: `GET /audits/{run}?token=…` for whoever has the link, and the report on top of the lead card."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from blocks import ids
from blocks.audit_page import audit_page, unknown_audit_page, visits_page
from blocks.audit_report import audit_report_view
from blocks.lead_card import loading_view, problem_view
from bot.outreach.errors import NotFound
from bot.outreach.robots import OUR_NAME
from handlers import Table
from handlers.call import Call
from handlers.web import InHouse

doors = APIRouter(tags=["audits"])  # for whoever got a report's link: no sign-in, the token is hard to guess

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


@doors.get("/audits", response_class=HTMLResponse)
async def visits() -> HTMLResponse:
    """Who visits a site; the built-in auditor's requests name this address."""
    return HTMLResponse(visits_page(OUR_NAME), headers=_HEADERS)


@doors.get("/audits/{run_id:path}", response_class=HTMLResponse)
async def report(house: InHouse, run_id: str, token: str = "") -> HTMLResponse:
    """A finished audit. Runs of outside services may have any name, with a slash too."""
    found = await house.services.audits.shared_report(house.workspace.id, run_id, token)
    if found is None:
        return HTMLResponse(unknown_audit_page(), 404, headers=_HEADERS)
    return HTMLResponse(audit_page(found.lead.domain, found.audit, found.before), headers=_HEADERS)


async def show_report(call: Call) -> None:
    """`Findings` on the card: the last audit in full, on top of it."""
    await call.ack()
    view_id = await call.open(loading_view("Audit"))
    try:
        report = await call.services.audits.report(call.workspace_id, await call.actor(), call.value)
    except NotFound as error:
        await call.update(problem_view("Audit", str(error)), view_id=view_id)
        return
    member = await call.member()
    view = audit_report_view(report.lead, report.audit, report.before, member.timezone)
    await call.update(view, view_id=view_id)


TABLE = Table(actions={ids.AUDIT_REPORT: show_report})
