"""Small forms about leads: add one, mend a domain, confirm a bulk close."""

import json
from collections.abc import Sequence

from blocks import ids
from blocks.campaign_choice import campaign_name
from blocks.elements import Block
from blocks.lead_card import card_metadata
from blocks.list_state import ListState
from blocks.message import bold, context, count, field_input, modal, section, strong, text_input
from bot.outreach.addresses import LONGEST_ADDRESS
from bot.outreach.campaigns import Campaign
from bot.outreach.leads import PAGE_LEADS, Lead

FIELD = "value"  # the action id of every box: a form is read by block ids, which are the lead's field names
_FIELDS: tuple[tuple[str, str, str, int], ...] = (
    ("email", "Email", "jane@acme.com", LONGEST_ADDRESS),
    ("first_name", "First name", "", 100),
    ("last_name", "Last name", "", 100),
    ("company_name", "Company", "", 255),
    ("domain", "Domain", "acme.com", 253),
    ("website", "Website", "https://acme.com", 2_000),
    ("phone", "Phone", "", 50),
    ("city", "City", "", 100),
    ("country", "Country", "", 100),
    ("industry", "Industry", "", 100),
)


def add_view(channel: str = "") -> Block:
    """A new lead, status New. `private_metadata` is the channel to answer in."""
    blocks = [
        field_input(label, name, text_input(FIELD, placeholder=example, max_length=longest), optional=True)
        for name, label, example, longest in _FIELDS
    ]
    blocks.insert(0, context("Starts as New. The audit needs a domain, a push needs an email."))
    return modal(ids.LEAD_ADD, "Add lead", blocks, metadata=channel[:100], submit="Add lead", close="Cancel")


def domain_view(lead: Lead, back: ListState | None = None) -> Block:
    """The one field an audit needs. `private_metadata` as on the card."""
    known = "" if lead.domain.strip().lower() == "unknown" else lead.domain
    box = text_input(FIELD, value=known, placeholder="acme.com", max_length=253)
    blocks = [
        context(f"{bold(lead.title, 200) or 'This lead'}: audits look at this site."),
        field_input("Domain", "domain", box, hint="The bare host name, without https:// and without a path."),
    ]
    return modal(
        ids.LEAD_DOMAIN,
        "Edit domain",
        blocks,
        metadata=card_metadata(lead.id, back),
        submit="Save domain",
        close="Cancel",
    )


def complete_confirm_view(
    campaign: Campaign, chosen: int, without_email: int, neither: int, channel: str, lead_ids: Sequence[str]
) -> Block:
    """What closing a selection will do, and to whom it will not.

    `private_metadata`: `{"campaign": id, "channel": id, "leads": [ids]}` of at most a page of leads.
    """
    closing = max(0, chosen - without_email)
    lines = [
        f"Marks {count(closing, 'contact')} in {strong(campaign_name(campaign))} completed "
        "(closed at provider): no further step reaches them."
    ]
    if without_email:
        lines.append(
            f"⏭️ {count(without_email, 'lead has', 'leads have')} no email and "
            f"{'is' if without_email == 1 else 'are'} skipped."
        )
    if neither:
        lines.append(f"⚠️ {count(neither, 'lead has', 'leads have')} neither replied nor converted.")
    if not closing:
        lines[0] = "Nothing to close: none of the chosen leads has an email."
    metadata = json.dumps(
        {
            "campaign": campaign.id[:64],
            "channel": channel[:64],
            "leads": [lead_id[:64] for lead_id in lead_ids[:PAGE_LEADS]],
        },
        separators=(",", ":"),
    )
    return modal(
        ids.COMPLETE_CONFIRM,
        "Mark completed",
        [section(line) for line in lines],
        metadata=metadata,
        submit="Mark completed" if closing else "",
        close="Cancel" if closing else "Close",
    )
