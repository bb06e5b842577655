"""What the sample leads and the team wrote each other in the last week, as PlusVibe's stand-in keeps it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from typing import Any

from bot.outreach.leads import LeadStatus
from bot.sandbox.plusvibe.prospects import ANSWERS, Believable
from bot.sandbox.plusvibe.rendering import rendered
from bot.sandbox.plusvibe.world import PlusVibeWorld, StoredLead
from bot.sandbox.sample import SampleLead

MAILED_BEFORE = timedelta(hours=30)
ANSWERED_AFTER = timedelta(hours=2, minutes=10)
_TALKED = frozenset({LeadStatus.REPLIED, LeadStatus.CONVERTED})
_MEETING = "Thank you. Would Thursday at ten suit you? I will bring the list of what to mend first."
# Those who replied answer in one of these ways, in turn; how somebody writes who converted is always the first.
_WAYS = (ANSWERS[0], ANSWERS[1], ANSWERS[4], ANSWERS[5], ANSWERS[0], ANSWERS[2])


def converse(world: PlusVibeWorld, leads: Iterable[SampleLead]) -> None:
    """Mails of the campaigns, the prospects' replies, and our answers to those who converted and to every third."""
    talked = [lead for lead in leads if lead.status in _TALKED and lead.campaign_provider_id and lead.draft.email]
    for turn, lead in enumerate(sorted(talked, key=lambda lead: lead.updated_at)):
        stored = world.lead(lead.campaign_provider_id or "", lead.draft.email or "")
        assert stored is not None, "whoever is enrolled is in the campaign"
        converted = lead.status is LeadStatus.CONVERTED
        way = ANSWERS[0] if converted else _WAYS[turn % len(_WAYS)]
        mail = _mail(world, stored, lead.updated_at - MAILED_BEFORE)
        reply = _reply(world, stored, way, mail, lead.updated_at)
        if converted or turn % 3 == 2:
            _answer(world, reply, lead.updated_at + ANSWERED_AFTER)
    world.messages.sort(key=lambda row: row["timestamp_created"])


def _mail(world: PlusVibeWorld, lead: StoredLead, at: datetime) -> dict[str, Any]:
    """The campaign's first e-mail to this lead."""
    campaign = world.campaigns[lead.campaign_id]
    variation = campaign.sequences[0]["variations"][0]
    lead.last_message_id = f"<{world.new_id()}@{campaign.sender.rpartition('@')[2]}>"
    row = {
        "id": world.new_id(),
        "lead": lead.email,
        "lead_id": lead.id,
        "campaign_id": campaign.id,
        "eaccount": campaign.sender,
        "subject": rendered(variation["subject"], lead, campaign),
        "body": rendered(variation["body"], lead, campaign),
        "is_text": 0,
        "sent_on": at.isoformat(),
        "current_step": 1,
        "variation": "A",
        "message_id": lead.last_message_id,
    }
    world.campaign_mails.append(row)
    return row


def _reply(
    world: PlusVibeWorld, lead: StoredLead, way: Believable, mail: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """What they wrote back, our mail quoted below."""
    sender = f"{way.colleague}@{lead.email.rpartition('@')[2]}" if way.colleague else lead.email
    quoted = way.quote(f"{at - MAILED_BEFORE:%d.%m.%Y %H:%M}", mail["eaccount"], "We looked at your website.")
    words = f"{way.words}\n\n{quoted}" if quoted else way.words
    lead.label = way.label or lead.label
    row = {
        "id": world.new_id(),
        "message_id": f"<{world.new_id()}@{sender.rpartition('@')[2]}>",
        "thread_id": f"thread-{lead.id}",
        "direction": "IN",
        "is_unread": 1,
        "lead": lead.email,
        "lead_id": lead.id,
        "campaign_id": lead.campaign_id,
        "label": way.label,
        "from_address_email": sender,
        "to_address_email_list": [mail["eaccount"]],
        "subject": f"Re: {mail['subject']}",
        "content_preview": words[:120],
        "body": {"text": words, "html": f"<p>{escape(words).replace(chr(10), '<br>')}</p>"},
        "timestamp_created": at.isoformat(),
        "eaccount": mail["eaccount"],
    }
    world.messages.append(row)
    return row


def _answer(world: PlusVibeWorld, reply: dict[str, Any], at: datetime) -> None:
    """One of us wrote back, at PlusVibe's own pages. An answer never comes from the future."""
    at = min(at, world.clock())
    reply["is_unread"] = 0
    world.messages.append(
        reply
        | {
            "id": world.new_id(),
            "message_id": f"<{world.new_id()}@{reply['eaccount'].rpartition('@')[2]}>",
            "direction": "OUT",
            "is_unread": 0,
            "from_address_email": reply["eaccount"],
            "to_address_email_list": [reply["from_address_email"]],
            "content_preview": _MEETING[:120],
            "body": {"text": _MEETING, "html": f"<p>{_MEETING}</p>"},
            "timestamp_created": at.isoformat(),
        }
    )
