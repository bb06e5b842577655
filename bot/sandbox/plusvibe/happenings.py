"""What happens to a lead at PlusVibe without anybody calling: mails go out, bounce, are answered, get a label."""

from html import escape
from typing import Any

from bot.sandbox.plusvibe.rendering import rendered
from bot.sandbox.plusvibe.world import PlusVibeWorld, StoredLead

POSITIVE_REPLY = "Thanks, this is useful. Could you send me the full report and a time for a call next week?"
NEGATIVE_REPLY = "Please take us off your list."
BOUNCE = "550 5.1.1 The email account that you tried to reach does not exist."


async def send_email(world: PlusVibeWorld, lead: StoredLead) -> None:
    """The sequence's next e-mail, as rendered now, blanks and all; nothing after the last step."""
    campaign = world.campaigns[lead.campaign_id]
    if lead.step >= len(campaign.sequences):
        return
    variation = campaign.sequences[lead.step]["variations"][0]
    lead.step += 1
    lead.status = "COMPLETED" if lead.step == len(campaign.sequences) else "CONTACTED"
    lead.last_message_id = _message_id(world, campaign.sender)
    subject, body = rendered(variation["subject"], lead, campaign), rendered(variation["body"], lead, campaign)
    world.campaign_mails.append(_campaign_mail(world, lead, subject, body))
    await world.emit("EMAIL_SENT", lead, message_id=lead.last_message_id, subject=subject, body=body)
    world.written_to(lead)


async def bounce(world: PlusVibeWorld, lead: StoredLead) -> None:
    """The address does not exist."""
    lead.status, lead.bounce_msg = "BOUNCED", BOUNCE
    await world.emit("BOUNCED_EMAIL", lead)


async def reply(
    world: PlusVibeWorld,
    lead: StoredLead,
    words: str = POSITIVE_REPLY,
    *,
    label: str = "INTERESTED",
    sentiment: str = "POSITIVE",
    html: str = "",
    sender: str = "",
) -> None:
    """One answer from the lead, told in several events that share a `message_id`.

    html: where the mail has more than its words. sender: somebody else who answers, the lead passed it on.
    """
    events = ["ALL_EMAIL_REPLIES"]
    events += ["FIRST_EMAIL_REPLIES"] if lead.replied_count == 0 else []
    events += ["ALL_POSITIVE_REPLIES"] if sentiment == "POSITIVE" else []
    events += [f"LEAD_MARKED_AS_{label}"] if label else []
    lead.status, lead.replied_count, lead.label = "REPLIED", lead.replied_count + 1, label
    row = _received(world, lead, words, html, sender or lead.email)
    facts: dict[str, Any] = {"message_id": row["message_id"], "unibox_id": row["id"], "thread_id": row["thread_id"]}
    for event in events:
        told = {"subject": row["subject"], "text": words, "html": row["body"]["html"], "sentiment": sentiment}
        await world.emit(event, lead, **facts, **told, sender=row["from_address_email"])


async def mark(world: PlusVibeWorld, lead: StoredLead, label: str) -> None:
    """Somebody labels the lead in PlusVibe's own pages."""
    lead.label = label
    await world.emit(f"LEAD_MARKED_AS_{label}", lead)


def _received(world: PlusVibeWorld, lead: StoredLead, words: str, html: str, sender: str) -> dict[str, Any]:
    """The reply as a row of the Unibox."""
    campaign = world.campaigns[lead.campaign_id]
    first = campaign.sequences[0]["variations"][0]["subject"] if campaign.sequences else ""
    row = {
        "id": world.new_id(),
        "message_id": _message_id(world, sender),
        "thread_id": f"thread-{lead.id}",
        "direction": "IN",
        "is_unread": 1,
        "lead": lead.email,
        "lead_id": lead.id,
        "campaign_id": lead.campaign_id,
        "label": lead.label,
        "from_address_email": sender,
        "to_address_email_list": [campaign.sender],
        "subject": f"Re: {rendered(first, lead, campaign)}",
        "content_preview": words[:120],
        "body": {"text": words, "html": html or f"<p>{escape(words)}</p>"},
        "timestamp_created": world.clock().isoformat(),
        "eaccount": campaign.sender,
    }
    world.messages.append(row)
    return row


def _campaign_mail(world: PlusVibeWorld, lead: StoredLead, subject: str, body: str) -> dict[str, Any]:
    """What a sequence sent, as `/unibox/campaign-emails` tells it."""
    return {
        "id": world.new_id(),
        "lead": lead.email,
        "lead_id": lead.id,
        "campaign_id": lead.campaign_id,
        "eaccount": world.campaigns[lead.campaign_id].sender,
        "subject": subject,
        "body": body,
        "is_text": 0,
        "sent_on": world.clock().isoformat(),
        "current_step": lead.step,
        "variation": "A",
        "message_id": lead.last_message_id,
    }


def _message_id(world: PlusVibeWorld, address: str) -> str:
    return f"<{world.new_id()}@{address.rpartition('@')[2]}>"
