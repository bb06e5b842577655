"""`POST /lead/add`: refused as a whole for one bad item, else counted, never told which."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.sandbox.plusvibe.asked import Asked, Refused
from bot.sandbox.plusvibe.world import NATIVE, Campaign, PlusVibeWorld, StoredLead

PATTERN = r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?@[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.[a-z]{1,}$"
_ADDRESS = re.compile(PATTERN.removesuffix("$") + r"\Z", re.IGNORECASE)
_RUNNING = ("ACTIVE", "PAUSED")


@dataclass
class Counters:
    """The answer's figures."""

    total_sent: int = 0
    leads_uploaded: int = 0
    already_in_campaign: int = 0
    duplicate_email_count: int = 0
    invalid_email_count: int = 0
    skipped: int = 0
    overwritten: int = 0
    overflowed_lead_count: int = 0
    remaining_in_plan: int = 0


def add_leads(world: PlusVibeWorld, asked: Asked) -> Any:
    """Enrol, overwrite or skip each lead of the batch."""
    campaign = asked.campaign(world)
    items = _checked(world, asked.body.get("leads"))
    counters = Counters(total_sent=len(items))
    seen: set[str] = set()
    for item in items:
        address = item["email"].lower()
        counter = "duplicate_email_count" if address in seen else _place(world, campaign, item, asked.body)
        seen.add(address)
        setattr(counters, counter, getattr(counters, counter) + 1)
    if campaign.status == "COMPLETED" and asked.body.get("resume_camp_if_completed") is True:
        campaign.status = "ACTIVE"
    counters.remaining_in_plan = world.unknowns.plan_leads - len(world.leads)
    figures = asdict(counters)
    if world.unknowns.counters_as_text:
        figures = {name: str(figure) for name, figure in figures.items()}
    return {"status": "success", **figures}


def _checked(world: PlusVibeWorld, items: Any) -> list[dict[str, Any]]:
    if not isinstance(items, list) or not items:
        raise Refused(400, '"leads" must be an array with at least 1 item')
    most = world.unknowns.max_leads_per_add
    if len(items) > most:
        raise Refused(world.unknowns.too_many_status, f'"leads" is too large: at most {most} items')
    for index, item in enumerate(items):
        if not isinstance(item, dict) or not isinstance(item.get("email"), str):
            raise Refused(400, f'leads>{index}>email: "leads[{index}].email" is required')
        if not _ADDRESS.match(item["email"]):
            raise Refused(
                400,
                f'leads>{index}>email: "leads[{index}].email" with value "{item["email"]}" fails to match the '
                f"required pattern: /{PATTERN}/i",
            )
    return items


def _place(world: PlusVibeWorld, campaign: Campaign, item: dict[str, Any], flags: Mapping[str, Any]) -> str:
    """Do what the flags say with one lead; returns the counter it falls under."""
    existing = world.lead(campaign.id, item["email"])
    if existing is not None:
        if flags.get("is_overwrite", world.unknowns.default_is_overwrite) is not True:
            return "already_in_campaign"
        _fill(world, existing, item)
        return "overwritten"
    if _is_skipped(world, item["email"], flags):
        return "skipped"
    if len(world.leads) >= world.unknowns.plan_leads:
        return "overflowed_lead_count"
    _fill(world, world.enrol(campaign.id, item["email"]), item)
    return "leads_uploaded"


def _is_skipped(world: PlusVibeWorld, email: str, flags: Mapping[str, Any]) -> bool:
    default = world.unknowns.default_skip
    statuses = [world.campaigns[lead.campaign_id].status for lead in world.leads_of(email)]
    return (
        (flags.get("skip_if_in_workspace", default) is True and bool(statuses))
        or (flags.get("skip_lead_in_active_pause_camp", default) is True and any(s in _RUNNING for s in statuses))
        or (flags.get("skip_lead_for_active_only_camp", default) is True and "ACTIVE" in statuses)
    )


def _fill(world: PlusVibeWorld, lead: StoredLead, item: Mapping[str, Any]) -> None:
    """Native fields by name; `custom_variables` and every other key become custom variables."""
    lead.native |= {key: str(value) for key, value in item.items() if key in NATIVE and value is not None}
    others = {key: value for key, value in item.items() if key not in (*NATIVE, "email", "custom_variables")}
    own = item.get("custom_variables")
    world.write(lead, {**others, **(own if isinstance(own, dict) else {})})
