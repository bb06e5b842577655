"""The page `/plusvibe`: campaigns, their leads as stored, the e-mail each would get, and buttons for the other side."""

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fastapi import APIRouter, HTTPException, Request
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.sandbox.plusvibe import happenings
from bot.sandbox.plusvibe.rendering import blanks_in, rendered
from bot.sandbox.plusvibe.world import Campaign, PlusVibeWorld, StoredLead

PAGE_LEADS = 50
Thing = TypeVar("Thing")
_MARK = re.compile("\ue000(\\w+)\ue001")
_RED = "background:#fdd;color:#b00;border:1px solid #b00;padding:0 4px;font:12px monospace"
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
    """One e-mail as a lead would receive it now, every blank shown in red."""

    step: int
    subject: Markup
    html: Markup
    blanks: list[str]


class _Page:
    """The routes. For a local address only: they ask nobody who they are."""

    def __init__(self, world: PlusVibeWorld) -> None:
        self._world = world

    async def campaigns(self) -> Response:
        return _page("campaigns.html", world=self._world, counts=_counts(self._world))

    async def campaign(self, campaign_id: str, page: int = 1) -> Response:
        campaign = _known(self._world.campaigns.get(campaign_id))
        leads = [lead for lead in self._world.leads.values() if lead.campaign_id == campaign_id]
        leads.sort(key=lambda lead: lead.modified_at, reverse=True)
        page = max(page, 1)
        shown = leads[(page - 1) * PAGE_LEADS : page * PAGE_LEADS]
        return _page(
            "campaign.html",
            world=self._world,
            campaign=campaign,
            leads=shown,
            blanks={lead.id: next_letter(lead, campaign).blanks for lead in shown},
            total=len(leads),
            page=page,
            more=page * PAGE_LEADS < len(leads),
        )

    async def lead(self, lead_id: str) -> Response:
        lead = _known(_lead(self._world, lead_id))
        campaign = self._world.campaigns[lead.campaign_id]
        letter = next_letter(lead, campaign)
        return _page("lead.html", world=self._world, campaign=campaign, lead=lead, letter=letter)

    async def happen(self, request: Request, lead_id: str, happening: str) -> Response:
        _same_site(request)
        lead, act = _known(_lead(self._world, lead_id)), _known(_HAPPENINGS.get(happening))
        await act(self._world, lead)
        return RedirectResponse(f"/plusvibe/leads/{lead_id}", status_code=303)

    async def switch(self, request: Request) -> Response:
        _same_site(request)
        self._world.down = not self._world.down
        return RedirectResponse("/plusvibe", status_code=303)


def page_router(world: PlusVibeWorld) -> APIRouter:
    """The page and its buttons."""
    router, page = APIRouter(prefix="/plusvibe", include_in_schema=False), _Page(world)
    for method, path, answer in (
        ("GET", "", page.campaigns),
        ("GET", "/campaigns/{campaign_id}", page.campaign),
        ("GET", "/leads/{lead_id}", page.lead),
        ("POST", "/leads/{lead_id}/{happening}", page.happen),
        ("POST", "/down", page.switch),
    ):
        router.add_api_route(path, answer, methods=[method], response_model=None)
    return router


def next_letter(lead: StoredLead, campaign: Campaign) -> Letter:
    """The first e-mail not yet sent, else the last one."""
    if not campaign.sequences:
        return Letter(1, Markup(""), Markup(""), [])
    step = min(lead.step, len(campaign.sequences) - 1)
    variation = campaign.sequences[step]["variations"][0]
    subject = rendered(variation["subject"], lead, campaign, blank=_marked)
    html = rendered(variation["body"], lead, campaign, blank=_marked)
    blanks = blanks_in(variation["subject"] + variation["body"], lead, campaign)
    return Letter(step + 1, _reddened(escape(subject)), _reddened(html), blanks)


def _marked(name: str) -> str:
    return f"\ue000{name}\ue001"


def _reddened(html: str) -> Markup:
    """Marks become red boxes, but nothing inside a tag, where a box would break the letter."""
    outside = re.sub(r"<[^>]*>", lambda tag: _MARK.sub("", tag[0]), html)
    return Markup(_MARK.sub(rf'<span style="{_RED}">\1 is empty</span>', outside))


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
