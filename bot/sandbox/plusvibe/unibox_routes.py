"""The Unibox: tiny pages, what campaigns sent, replying, marking read."""

from typing import Any

from bot.sandbox.plusvibe.asked import Asked, Refused
from bot.sandbox.plusvibe.world import PlusVibeWorld


def emails(world: PlusVibeWorld, asked: Asked) -> Any:
    """Newest first, in tiny pages with an opaque `page_trail`, empty at the end."""
    rows = list(reversed(world.messages))
    for name, key in (("campaign_id", "campaign_id"), ("label", "label")):
        if wanted := asked.query.get(name):
            rows = [row for row in rows if row[key] == wanted]
    if direction := {"received": "IN", "sent": "OUT"}.get(asked.query.get("email_type", "all")):
        rows = [row for row in rows if row["direction"] == direction]
    if lead := asked.query.get("lead"):
        matching = [row for row in rows if row["lead"] == lead]
        known = any(row["lead"] == lead for row in world.messages)
        rows = matching if known or not world.unknowns.unmatched_unibox_filter_ignored else rows
    rows, trail = _page(world, asked, rows)
    page = [{**row, "body": None} if asked.query.get("preview_only") == "true" else row for row in rows]
    return {"page_trail": trail, "data": page}


def campaign_emails(world: PlusVibeWorld, asked: Asked) -> Any:
    """What sequences sent to a lead; sequence sends are in no other list."""
    lead = asked.text("lead")
    rows = [row for row in reversed(world.campaign_mails) if row["lead"] == lead]
    if campaign := asked.optional("campaign_id"):
        rows = [row for row in rows if row["campaign_id"] == campaign]
    return {"page_trail": "", "data": rows}


def count_unread(world: PlusVibeWorld, asked: Asked) -> Any:
    """How many received messages nobody read."""
    return {"count": sum(row["direction"] == "IN" and row.get("is_unread") == 1 for row in world.messages)}


def reply(world: PlusVibeWorld, asked: Asked) -> Any:
    """Send a reply, which becomes a row of its own. Sent twice it goes out twice: there is no idempotency key."""
    answered = next((row for row in world.messages if row["id"] == asked.text("reply_to_id")), None)
    if answered is None:
        raise Refused(world.unknowns.unknown_email_status, "Email not found")
    sender, subject, body = asked.text("from"), asked.text("subject"), asked.text("body")
    if sender not in world.mailboxes:
        raise Refused(400, "Email Account has been deleted.")
    row = {
        "id": world.new_id(),
        "message_id": f"<{world.new_id()}@{sender.rpartition('@')[2]}>",
        "thread_id": answered["thread_id"],
        "direction": "OUT",
        "is_unread": 0,
        "lead": answered["lead"],
        "lead_id": answered["lead_id"],
        "campaign_id": answered["campaign_id"],
        "label": answered["label"],
        "from_address_email": sender,
        "to_address_email_list": asked.text("to"),
        "subject": subject,
        "content_preview": body[:120],
        "body": {"text": "", "html": body},
        "timestamp_created": world.clock().isoformat(),
        "eaccount": sender,
    }
    world.messages.append(row)
    lead = next((each for each in world.leads.values() if each.id == answered["lead_id"]), None)
    if lead is not None:
        world.written_to(lead)
    return {"status": "success", "id": row["id"] if world.unknowns.reply_answers_unibox_id else world.new_id()}


def mark_as_read(world: PlusVibeWorld, asked: Asked) -> Any:
    """Every message of a thread."""
    rows = [row for row in world.messages if row["thread_id"] == asked.text("thread_id")]
    if not rows:
        raise Refused(404, "Thread not found")
    for row in rows:
        row["is_unread"] = 0
    return {"status": "success"}


def _page(world: PlusVibeWorld, asked: Asked, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    trail = asked.query.get("page_trail", "").removeprefix("pt_")
    start = int(trail) if trail.isdigit() else 0
    end = start + world.unknowns.unibox_page_rows
    return rows[start:end], f"pt_{end}" if end < len(rows) else ""
