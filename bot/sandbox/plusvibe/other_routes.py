"""Workspaces, campaigns, mailboxes and webhooks."""

from typing import Any

from bot.sandbox.plusvibe.asked import Asked, Refused
from bot.sandbox.plusvibe.deliveries import deliver_sample
from bot.sandbox.plusvibe.lead_routes import stamp
from bot.sandbox.plusvibe.world import Campaign, Hook, PlusVibeWorld


def authenticate(world: PlusVibeWorld, asked: Asked) -> Any:
    """The workspaces the key opens."""
    other = {"_id": "66a1f00000000000000000bb", "name": "Old pilot"}
    return {"status": "success", "workspaces": [other, {"_id": world.workspace_id, "name": world.workspace_name}]}


def list_campaigns(world: PlusVibeWorld, asked: Asked) -> Any:
    """Full objects in a bare array; nothing found is `{}`."""
    kind = asked.query.get("campaign_type", "all")
    wanted = {"campaign_id": asked.query.get("campaign_id"), "status": asked.query.get("status")}
    rows = [
        row for row in (_campaign_row(world, campaign) for campaign in world.campaigns.values())
        if kind in ("all", row["campaign_type"])
        and wanted["campaign_id"] in (None, row["id"])
        and wanted["status"] in (None, row["status"])
        and asked.query.get("parent_camp_id") in (None, row["parent_camp_id"])
    ]  # fmt: skip
    page = asked.page(world, rows, skip=asked.number("skip", 0))
    if world.unknowns.index_keyed_campaigns:
        return {str(index): row for index, row in enumerate(page)}
    return page or {}


def campaign_name(world: PlusVibeWorld, asked: Asked) -> Any:
    """The name of one campaign."""
    campaign = asked.campaign(world)
    return {"campaign_id": campaign.id, "campaign_name": campaign.name}


def campaign_status(world: PlusVibeWorld, asked: Asked) -> Any:
    """The status of one campaign."""
    campaign = asked.campaign(world)
    return {"campaign_id": campaign.id, "status": campaign.status}


def launch_campaign(world: PlusVibeWorld, asked: Asked) -> Any:
    """It may send from now on."""
    asked.campaign(world).status = "ACTIVE"
    return {"status": "success"}


def list_accounts(world: PlusVibeWorld, asked: Asked) -> Any:
    """The sending mailboxes, wrapped."""
    senders = world.mailboxes[asked.number("skip", 0) :][: asked.number("limit", 100)]
    return {
        "accounts": [
            {"id": f"66b2{index:020x}", "email": sender, "status": "ACTIVE", "warmup_status": "ACTIVE",
             "provider": "GOOGLE_WORKSPACE", "payload": {"daily_limit": 40, "analytics": {}}}
            for index, sender in enumerate(senders)
        ]
    }  # fmt: skip


def add_hook(world: PlusVibeWorld, asked: Asked) -> Any:
    """No upsert: the same URL twice doubles every event. A sample event is delivered at once."""
    campaigns, events = asked.body.get("camp_ids"), asked.body.get("event_types")
    if not isinstance(campaigns, list) or not isinstance(events, list) or not campaigns or not events:
        raise Refused(400, "camp_ids and event_types are required")
    hook = world.add_hook(asked.text("url"), secret=asked.optional("secret"), events=events, campaign_ids=campaigns)
    hook.name = asked.optional("name")
    world.spawn(deliver_sample(world, hook))
    return {"status": "success", "_id": hook.id}


def list_hooks(world: PlusVibeWorld, asked: Asked) -> Any:
    """Wrapped; the secret in plain text; the events under another name than they were written with."""
    return {"hooks": [_hook_row(world, hook) for hook in world.hooks.values()]}


def delete_hooks(world: PlusVibeWorld, asked: Asked) -> Any:
    """By ids."""
    ids = asked.body.get("ids")
    for hook_id in ids if isinstance(ids, list) else []:
        world.hooks.pop(str(hook_id), None)
    return {"status": "success"}


def _campaign_row(world: PlusVibeWorld, campaign: Campaign) -> dict[str, Any]:
    leads = [lead for lead in world.leads.values() if lead.campaign_id == campaign.id]
    return {
        "id": campaign.id,
        "camp_name": campaign.name,
        "parent_camp_id": campaign.parent_id or None,
        "campaign_type": "subseq" if campaign.parent_id else "parent",
        "workspace_id": world.workspace_id,
        "status": campaign.status,
        "created_at": stamp(campaign.created_at),
        "email_accounts": [campaign.sender],
        "schedule": {"days": ["Monday", "Tuesday", "Wednesday", "Thursday"], "from_time": "08:30", "to_time": "16:30",
                     "tz": "Europe/Prague"},
        "is_emailopened_tracking": 1,
        "stop_on_lead_replied": 1,
        "sequences": campaign.sequences,
        "sequence_steps": len(campaign.sequences),
        "camp_emails": [],
        "lead_count": len(leads),
        "lead_contacted_count": sum(lead.step > 0 for lead in leads),
        "completed_lead_count": sum(lead.status == "COMPLETED" for lead in leads),
        "sent_count": sum(lead.step for lead in leads),
        "unique_opened_count": sum(lead.opened_count > 0 for lead in leads),
        "replied_count": sum(lead.replied_count > 0 for lead in leads),
        "bounced_count": sum(lead.status == "BOUNCED" for lead in leads),
        "unsubscribed_count": sum(lead.status == "UNSUBSCRIBED" for lead in leads),
    }  # fmt: skip


def _hook_row(world: PlusVibeWorld, hook: Hook) -> dict[str, Any]:
    return {
        "_id": hook.id,
        "workspace_id": world.workspace_id,
        "url": hook.url,
        "name": hook.name,
        "secret": hook.secret,
        "camp_ids": hook.camp_ids,
        "evt_types": hook.evt_types,
        "status": "ACTIVE",
        "last_recv_resp": hook.last_status,
    }
