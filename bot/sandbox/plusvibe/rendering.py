"""How a campaign's text becomes an e-mail, at send time: a token without a value renders empty. Hence the guard."""

import re
from collections.abc import Callable

from bot.sandbox.plusvibe.world import Campaign, StoredLead

_FALLBACK = re.compile(r"\{\{\s*fallback\s*\|\s*\{\{\s*(\w+)\s*\}\}\s*\|([^{}]*)\}\}")
_RANDOM = re.compile(r"\{\{\s*random\s*\|([^{}|]*)[^{}]*\}\}")
_TOKEN = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def rendered(text: str, lead: StoredLead, campaign: Campaign, blank: Callable[[str], str] = lambda name: "") -> str:
    """The text as this lead would receive it. blank: what stands where a token has no value."""
    values = values_of(lead, campaign)
    text = _FALLBACK.sub(lambda match: values.get(match[1], "").strip() or match[2], text)
    text = _RANDOM.sub(lambda match: match[1], text)
    return _TOKEN.sub(lambda match: values.get(match[1], "") if values.get(match[1], "").strip() else blank(match[1]),
                      text)  # fmt: skip


def values_of(lead: StoredLead, campaign: Campaign) -> dict[str, str]:
    """What tokens stand for."""
    own = {"email": lead.email, "sender_first_name": "Lena", "sender_signature": "Lena Brandt, Sunny Audits"}
    return {**lead.native, **lead.custom, **own}


def blanks_in(text: str, lead: StoredLead, campaign: Campaign) -> list[str]:
    """The tokens that would render empty."""
    found: dict[str, str] = {}
    rendered(text, lead, campaign, blank=lambda name: found.setdefault(name, ""))
    return list(found)
