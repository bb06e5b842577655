"""The lead endpoints but `/lead/add`."""

from collections import Counter
from typing import Any

from bot.sandbox.plusvibe.asked import Asked, Refused
from bot.sandbox.plusvibe.world import NATIVE, PlusVibeWorld, StoredLead

STATUSES = (
    "NOT_CONTACTED", "CONTACTED", "COMPLETED", "REPLIED", "RESCHEDULED", "UNSUBSCRIBED", "BOUNCED", "SKIPPED",
)  # fmt: skip


def get_lead(world: PlusVibeWorld, asked: Asked) -> Any:
    """One row per campaign that has the address; the only reading with all custom values."""
    found = asked.enrolments(world)
    if not found and world.unknowns.lead_not_found == "404":
        raise Refused(404, "Lead not found")
    return [_wrapped(world, lead) for lead in found]


def workspace_leads(world: PlusVibeWorld, asked: Asked) -> Any:
    """Filtered, sorted, paged; no total, no cursor. A page shorter than `limit` is the last."""
    filters = {
        name: asked.query[name]
        for name in ("campaign_id", "status", "label", "email", "first_name", "last_name")
        if asked.query.get(name)
    }
    rows = [row for row in (_row(world, lead) for lead in world.leads.values()) if filters.items() <= row.items()]
    key = asked.query.get("sort", "_id")
    rows.sort(key=lambda row: (str(row.get(key, "")), row["_id"]), reverse=asked.query.get("direction") != "asc")
    return asked.page(world, rows)


def count_by_status(world: PlusVibeWorld, asked: Asked) -> Any:
    """How many leads per status, of one campaign or all."""
    campaign_id = asked.optional("campaign_id")
    counts = Counter(lead.status for lead in world.leads.values() if not campaign_id or lead.campaign_id == campaign_id)
    listed = STATUSES if world.unknowns.zero_counts_listed else counts
    return [{"status": status, "count": counts[status]} for status in listed]


def update_data(world: PlusVibeWorld, asked: Asked) -> Any:
    """Native names go to native fields, `label` to the label, the rest to custom variables."""
    variables = asked.body.get("variables")
    if not isinstance(variables, dict):
        raise Refused(400, "variables is required")
    for lead in _known(world, asked):
        lead.native |= {key: str(value) for key, value in variables.items() if key in NATIVE}
        world.write(lead, {key: value for key, value in variables.items() if key not in (*NATIVE, "label")})
        if "label" in variables:
            lead.label = str(variables["label"])
            if world.unknowns.label_update_fires_event:
                world.spawn(world.emit(f"LEAD_MARKED_AS_{lead.label}", lead))
    return {"status": "success"}


def update_status(world: PlusVibeWorld, asked: Asked) -> Any:
    """COMPLETED is the only status there is to set."""
    asked.campaign(world)
    if asked.text("new_status") != "COMPLETED":
        raise Refused(400, '"new_status" must be [COMPLETED]')
    for lead in _known(world, asked):
        lead.status = "COMPLETED"
        lead.modified_at = world.clock()
    return {"status": "success"}


def delete_leads(world: PlusVibeWorld, asked: Asked) -> Any:
    """From one campaign, or from all of them when none is named."""
    addresses = asked.body.get("delete_list")
    if not isinstance(addresses, list) or not addresses:
        raise Refused(400, '"delete_list" must be an array with at least 1 item')
    doomed = {str(address).lower() for address in addresses}
    domains = {address.rpartition("@")[2] for address in doomed} if asked.body.get("delete_all_from_company") else set()
    campaign_id = asked.optional("campaign_id")
    for key, lead in list(world.leads.items()):
        address = lead.email.lower()
        is_meant = address in doomed or address.rpartition("@")[2] in domains
        if is_meant and (not campaign_id or lead.campaign_id == campaign_id):
            del world.leads[key]
    return {"status": "success"}


def _known(world: PlusVibeWorld, asked: Asked) -> list[StoredLead]:
    found = asked.enrolments(world)
    if not found and world.unknowns.unknown_lead_status >= 400:
        raise Refused(world.unknowns.unknown_lead_status, "Lead not found")
    return found


def _wrapped(world: PlusVibeWorld, lead: StoredLead) -> dict[str, Any]:
    return {
        "id": lead.id,
        "timestamp_created": stamp(lead.created_at),
        "contact": lead.email,
        "campaign": lead.campaign_id,
        "campaign_name": world.campaigns[lead.campaign_id].name,
        "status": lead.status,
        "email_opened": lead.opened_count > 0,
        "email_replied": lead.replied_count > 0,
        "lead_data": {"_id": lead.id, "email": lead.email, "label": lead.label, **lead.native, **lead.custom},
    }


def _row(world: PlusVibeWorld, lead: StoredLead) -> dict[str, Any]:
    campaign = world.campaigns[lead.campaign_id]
    return {
        "_id": lead.id,
        "workspace_id": world.workspace_id,
        "campaign_id": lead.campaign_id,
        "camp_name": campaign.name,
        "status": lead.status,
        "label": lead.label,
        "is_completed": int(lead.status == "COMPLETED"),
        "current_step": lead.step,
        "sent_step": lead.step,
        "total_steps": len(campaign.sequences),
        "email_acc_name": campaign.sender,
        "created_at": stamp(lead.created_at),
        "modified_at": stamp(lead.modified_at),
        "opened_count": lead.opened_count,
        "replied_count": lead.replied_count,
        "bounce_msg": lead.bounce_msg,
        "email": lead.email,
        **{name: lead.native.get(name, "") for name in NATIVE},
        **(lead.custom if world.unknowns.custom_in_workspace_leads else {}),
    }


def stamp(at: Any) -> str:
    """A time as the API writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z" if at else ""
