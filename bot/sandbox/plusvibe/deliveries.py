"""Webhooks out: flat JSON, signed over its raw bytes when the hook has a secret, tried again until a 2xx."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from bot.sandbox.plusvibe.world import Hook, PlusVibeWorld, StoredLead


@dataclass(frozen=True)
class Delivery:
    """One try to deliver an event. status None: nobody answered."""

    hook_id: str
    event: str
    body: bytes
    status: int | None


async def deliver_event(world: "PlusVibeWorld", event: str, lead: "StoredLead", facts: dict[str, Any]) -> None:
    """To every hook that wants this event of this campaign."""
    body = json.dumps(payload_of(world, event, lead, facts)).encode()
    for hook in list(world.hooks.values()):
        is_wanted = not hook.evt_types or event in hook.evt_types
        if is_wanted and ("ALL" in hook.camp_ids or lead.campaign_id in hook.camp_ids):
            await deliver(world, hook, event, body)


async def deliver_sample(world: "PlusVibeWorld", hook: "Hook") -> None:
    """What PlusVibe sends to a fresh hook: nobody's reply, to be ignored."""
    payload = {
        "webhook_event": "ALL_EMAIL_REPLIES",
        "workspace_id": "000000000000000000000000",
        "workspace_name": "John Doe Workspace",
        "campaign_name": "Sample campaign",
        "email": "jane.roe@nonexistent-domain.com",
        "from_email": "jane.roe@nonexistent-domain.com",
        "to_email": "john.doe@yourcompany.com",
        "email_account_name": "john.doe@yourcompany.com",
        "subject": "Re: Sample subject",
        "text_body": "Sample reply",
    }
    await deliver(world, hook, "ALL_EMAIL_REPLIES", json.dumps(payload).encode())


async def deliver(world: "PlusVibeWorld", hook: "Hook", event: str, body: bytes) -> None:
    """One delivery with its retries, each on record."""
    headers = {"Content-Type": "application/json", "User-Agent": "PlusVibe-Webhook"}
    if hook.secret:
        headers["signature"] = signature(hook.secret, body)
    for attempt in range(world.unknowns.webhook_attempts):
        if attempt:
            await asyncio.sleep(world.unknowns.webhook_retry_seconds)
        try:
            hook.last_status = (await world.client.post(hook.url, content=body, headers=headers)).status_code
        except httpx.HTTPError:
            hook.last_status = None
        world.deliveries.append(Delivery(hook.id, event, body, hook.last_status))
        if hook.last_status is not None and 200 <= hook.last_status < 300:
            return


def signature(secret: str, body: bytes) -> str:
    """Hex HMAC-SHA256 of the raw bytes."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def payload_of(world: "PlusVibeWorld", event: str, lead: "StoredLead", facts: dict[str, Any]) -> dict[str, Any]:
    """The event's flat object. facts: message_id, subject, text, at, sentiment …, whatever the event tells."""
    campaign = world.campaigns[lead.campaign_id]
    common: dict[str, Any] = {
        "webhook_event": event,
        "workspace_id": world.workspace_id,
        "workspace_name": world.workspace_name,
        "campaign_name": campaign.name,
    }
    if event == "BOUNCED_EMAIL":
        return common | _bounce(lead, campaign.sender, facts.get("at") or world.clock())
    at = facts.get("at") or world.clock()
    common |= {"lead_id": lead.id, "email": lead.email, "email_account_name": campaign.sender, "step": lead.step,
               "variation": "A", "message_id": facts.get("message_id", lead.last_message_id),
               "subject": facts.get("subject", "")}  # fmt: skip
    if event == "EMAIL_SENT":
        return common | {"campaign_id": lead.campaign_id, "sent_on": _utc(at), "body": facts.get("body", "")}
    return (
        common
        | _reply(lead, campaign.sender, at, facts)
        | dict.fromkeys(world.unknowns.reply_campaign_keys, lead.campaign_id)
    )


def _reply(lead: "StoredLead", sender: str, at: datetime, facts: dict[str, Any]) -> dict[str, Any]:
    """The family of replies and labels."""
    words = facts.get("text", "")
    return {
        "from_email": facts.get("sender") or lead.email,
        "to_email": sender,
        "text_body": words,
        "body": facts.get("html") or f"<p>{escape(words)}</p>",
        "snippet": words[:80],
        "last_lead_reply": facts.get("html") or f"<p>{escape(words)}</p>",
        "last_lead_reply_subject": facts.get("subject", ""),
        "last_email_id": facts.get("unibox_id", ""),
        "last_thread_id": facts.get("thread_id", ""),
        "replied_date": at.isoformat(),
        "created_at": _utc(lead.created_at),
        "modified_at": _utc(at),
        "label": lead.label,
        "sentiment": facts.get("sentiment", ""),
        "status": lead.status,
        **lead.native,
        **lead.custom,
    }


def _bounce(lead: "StoredLead", sender: str, at: datetime) -> dict[str, Any]:
    """As captured live: both names of the campaign, no lead id, the address under a name of its own."""
    return {
        "camp_id": lead.campaign_id,
        "campaign_id": lead.campaign_id,
        "is_camp_paused": 0,
        "date": _utc(at),
        "sender_email": sender,
        "sender_mx": "GOOGLE_WORKSPACE",
        "lead_email": lead.email,
        "lead_mx": "MICROSOFT365",
        "is_verified": 0,
        "msg": lead.bounce_msg,
        "bounce_type": "hard",
    }


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
