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
    await world.emit(
        "EMAIL_SENT",
        lead,
        message_id=lead.last_message_id,
        subject=rendered(variation["subject"], lead, campaign),
        body=rendered(variation["body"], lead, campaign),
    )


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
) -> None:
    """One answer from the lead, told in several events that share a `message_id`."""
    events = ["ALL_EMAIL_REPLIES"]
    events += ["FIRST_EMAIL_REPLIES"] if lead.replied_count == 0 else []
    events += ["ALL_POSITIVE_REPLIES"] if sentiment == "POSITIVE" else []
    events += [f"LEAD_MARKED_AS_{label}"] if label else []
    lead.status, lead.replied_count, lead.label = "REPLIED", lead.replied_count + 1, label
    row = _received(world, lead, words)
    facts: dict[str, Any] = {"message_id": row["message_id"], "unibox_id": row["id"], "thread_id": row["thread_id"]}
    for event in events:
        await world.emit(event, lead, **facts, subject=row["subject"], text=words, sentiment=sentiment)


async def mark(world: PlusVibeWorld, lead: StoredLead, label: str) -> None:
    """Somebody labels the lead in PlusVibe's own pages."""
    lead.label = label
    await world.emit(f"LEAD_MARKED_AS_{label}", lead)


def _received(world: PlusVibeWorld, lead: StoredLead, words: str) -> dict[str, Any]:
    """The reply as a row of the Unibox."""
    campaign = world.campaigns[lead.campaign_id]
    first = campaign.sequences[0]["variations"][0]["subject"] if campaign.sequences else ""
    row = {
        "id": world.new_id(),
        "message_id": _message_id(world, lead.email),
        "thread_id": f"thread-{lead.id}",
        "direction": "IN",
        "is_unread": 1,
        "lead": lead.email,
        "lead_id": lead.id,
        "campaign_id": lead.campaign_id,
        "label": lead.label,
        "from_address_email": lead.email,
        "to_address_email_list": [campaign.sender],
        "subject": f"Re: {rendered(first, lead, campaign)}",
        "content_preview": words[:120],
        "body": {"text": words, "html": f"<p>{escape(words)}</p>"},
        "timestamp_created": world.clock().isoformat(),
        "eaccount": campaign.sender,
    }
    world.messages.append(row)
    return row


def _message_id(world: PlusVibeWorld, address: str) -> str:
    return f"<{world.new_id()}@{address.rpartition('@')[2]}>"
