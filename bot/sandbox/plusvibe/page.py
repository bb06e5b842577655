"""The page `/plusvibe`: campaigns, their leads as stored, the e-mail each would get, and buttons for the other side."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from fastapi import APIRouter, HTTPException, Request
from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.sandbox.plusvibe import happenings
from bot.sandbox.plusvibe.rendering import blanks_in, rendered
from bot.sandbox.plusvibe.world import Campaign, PlusVibeWorld, StoredLead

PAGE_LEADS = 50
Thing = TypeVar("Thing")
_TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
_HAPPENINGS: dict[str, Callable[[PlusVibeWorld, StoredLead], Coroutine[Any, Any, None]]] = {
    "send": happenings.send_email,
    "bounce": happenings.bounce,
    "reply": happenings.reply,
    "refuse": lambda world, lead: happenings.reply(
        world, lead, happenings.NEGATIVE_REPLY, label="NOT_INTERESTED", sentiment="NEGATIVE"
    ),
    "meeting": lambda world, lead: happenings.mark(world, lead, "MEETING_BOOKED"),
}


@dataclass(frozen=True)
class Letter:
    """One e-mail as a lead would receive it now. html: with every blank shown in red."""

    step: int
    subject: str
    html: str
    blanks: list[str]


def page_router(world: PlusVibeWorld) -> APIRouter:
    """The page and its buttons. For a local address only: it asks nobody who they are."""
    router = APIRouter(prefix="/plusvibe", include_in_schema=False)

    @router.get("", response_model=None)
    async def show_campaigns() -> Response:
        return _page("campaigns.html", world=world, counts=_counts(world))

    @router.get("/campaigns/{campaign_id}", response_model=None)
    async def show_campaign(campaign_id: str, page: int = 1) -> Response:
        campaign = _known(world.campaigns.get(campaign_id))
        leads = sorted(
            (lead for lead in world.leads.values() if lead.campaign_id == campaign_id),
            key=lambda lead: lead.modified_at,
            reverse=True,
        )
        start = (max(page, 1) - 1) * PAGE_LEADS
        shown = leads[start : start + PAGE_LEADS]
        blanks = {lead.id: next_letter(lead, campaign).blanks for lead in shown}
        return _page("campaign.html", world=world, campaign=campaign, leads=shown, blanks=blanks, total=len(leads),
                     page=max(page, 1), more=start + PAGE_LEADS < len(leads))  # fmt: skip

    @router.get("/leads/{lead_id}", response_model=None)
    async def show_lead(lead_id: str) -> Response:
        lead = _known(_lead(world, lead_id))
        campaign = world.campaigns[lead.campaign_id]
        letter = next_letter(lead, campaign)
        return _page("lead.html", world=world, campaign=campaign, lead=lead, letter=letter)

    @router.post("/leads/{lead_id}/{happening}", response_model=None)
    async def happen(request: Request, lead_id: str, happening: str) -> Response:
        _same_site(request)
        lead, act = _known(_lead(world, lead_id)), _known(_HAPPENINGS.get(happening))
        await act(world, lead)
        return RedirectResponse(f"/plusvibe/leads/{lead_id}", status_code=303)

    @router.post("/down", response_model=None)
    async def switch(request: Request) -> Response:
        _same_site(request)
        world.down = not world.down
        return RedirectResponse("/plusvibe", status_code=303)

    return router


def next_letter(lead: StoredLead, campaign: Campaign) -> Letter:
    """The first e-mail not yet sent, else the last one."""
    if not campaign.sequences:
        return Letter(1, "", "", [])
    step = min(lead.step, len(campaign.sequences) - 1)
    variation = campaign.sequences[step]["variations"][0]
    html = rendered(variation["body"], lead, campaign, blank=_red)
    blanks = blanks_in(variation["subject"] + variation["body"], lead, campaign)
    return Letter(step + 1, rendered(variation["subject"], lead, campaign), html, blanks)


def _red(name: str) -> str:
    style = "background:#fdd;color:#b00;border:1px solid #b00;padding:0 4px;font:12px monospace"
    return f'<span style="{style}">{escape(name)} is empty</span>'


def _counts(world: PlusVibeWorld) -> dict[str, int]:
    counts = dict.fromkeys(world.campaigns, 0)
    for lead in world.leads.values():
        counts[lead.campaign_id] += 1
    return counts


def _lead(world: PlusVibeWorld, lead_id: str) -> StoredLead | None:
    return next((lead for lead in world.leads.values() if lead.id == lead_id), None)


def _known(thing: Thing | None) -> Thing:
    if thing is None:
        raise HTTPException(404)
    return thing


def _same_site(request: Request) -> None:
    """Another site open in the same browser must not press our buttons."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403)


def _page(template: str, **values: object) -> Response:
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values))
