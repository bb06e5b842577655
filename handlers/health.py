"""`/healthz`, `/readyz`, `/metrics`, and the page a lead's address leads to."""

from html import escape

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from handlers.web import InHouse

doors = APIRouter(tags=["health"])  # for whoever watches the process


@doors.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@doors.get("/readyz")
async def ready(house: InHouse) -> JSONResponse:
    """The database answers and its schema is current."""
    findings = await house.services.doctor.rows()
    return JSONResponse(
        {"status": "ok" if findings.ok else "not ready", "database": findings.said}, 200 if findings.ok else 503
    )


@doors.get("/metrics")
async def figures() -> Response:
    """Figures for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@doors.get("/leads/{lead_id}", include_in_schema=False)
async def lead_page(house: InHouse, lead_id: str) -> HTMLResponse:
    """A lead's bookmark: how to open it in Slack. It tells nothing about the lead, for it asks for no sign-in."""
    command = escape(f"/leads show {lead_id}"[:80])
    team = escape(house.workspace.team_id)
    return HTMLResponse(
        "<!doctype html><meta charset=utf-8><title>Lead</title>"
        "<body style='font:16px system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem'>"
        f"<h1 style='font-size:1.3rem'>This lead lives in Slack</h1><p>Type <code>{command}</code> in any channel, "
        f"or <a href='slack://open?team={team}'>open Slack</a>.</p>"
    )
