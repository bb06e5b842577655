"""Who the sample leads are: companies and people of eight countries, dealt from lists, and a few hard cases by hand.

Every domain ends in `.example`, which belongs to nobody: no sample lead can be reached by mistake.
"""

import json
import random
import re
import unicodedata
from pathlib import Path
from typing import Any

from bot.outreach.leads import LeadDraft

SHARED_DOMAIN = "northwind-hotels.example"
_SIZES = (("1-10", "under $1M"), ("11-50", "$1M to $5M"), ("51-200", "$5M to $25M"), ("201-500", "$25M to $100M"))


def dealt(dice: random.Random, how_many: int) -> list[LeadDraft]:
    """So many people, no company twice, the countries in turn."""
    places: list[dict[str, Any]] = json.loads((Path(__file__).parent / "sample_places.json").read_text("utf-8"))
    drafts: list[LeadDraft] = []
    taken: set[str] = set()
    while len(drafts) < how_many:
        draft = _person(dice, places[len(drafts) % len(places)])
        if draft.domain not in taken:
            taken.add(draft.domain)
            drafts.append(draft)
    return drafts


def colleagues() -> list[LeadDraft]:
    """Six people of one company, under one domain."""
    people = (("Ingrid", "Solberg", "Oslo"), ("Mikkel", "Dahl", "Bergen"), ("Astrid", "Hagen", "Tromsø"),
              ("Jonas", "Lie", "Oslo"), ("Sunniva", "Moen", "Stavanger"), ("", "", "Oslo"))  # fmt: skip
    return [
        LeadDraft(
            email=f"{slug(first)}.{slug(last)}@{SHARED_DOMAIN}" if first else f"booking@{SHARED_DOMAIN}",
            first_name=first, last_name=last, company_name="Northwind Hotels ASA", domain=SHARED_DOMAIN,
            website=f"https://www.{SHARED_DOMAIN}", city=city, country="Norway", industry="Hospitality",
            company_size="501-1000", revenue="$25M to $100M",
        )
        for first, last, city in people
    ]  # fmt: skip


def hard_cases() -> list[LeadDraft]:
    """Names and addresses that break careless code: markup, separators, other scripts, plus signs, nothing at all."""
    named = {
        "<!channel> Cleaning": ("Ann <script>", "Lee"),
        "Smith & Sons | Joinery": ("Pipe|r", "O'Neil"),
        "🍕 Pizzeria Bella 🍕": ("Gina 🎉", "Rossi"),
        "Gesellschaft für " + "ausgesprochen langwierige " * 8 + "Verwaltung mbH & Co. KG": (
            "Maximilian-Alexander", "von und zu Hohenstein-Wallerfels"),
        "شركة النور للتجارة": ("سارة", "الحسن"),
        "Two\nLine Traders": ("New\nLine", "Smith"),
        "*Bold* _Italic_ `Code` Ltd": ("{{first_name}}", "${7*7}"),
        "=HYPERLINK(\"http://x.example\";\"Win\")": ("@here", "+1-SUM(A1)"),
        "Jürgen's Café \u202egnp.exe": ("Zoë", "Łukasiewicz"),
    }  # fmt: skip
    drafts = [
        LeadDraft(email=f"hard{place}@hard-case-{place}.example", first_name=first, last_name=last,
                  company_name=company, domain=f"hard-case-{place}.example", city="Ghent", country="Belgium",
                  industry="Retail")
        for place, (company, (first, last)) in enumerate(named.items(), start=1)
    ]  # fmt: skip
    return [
        *drafts,
        LeadDraft(email="amelie+newsletter@plus-address.example", first_name="Amélie", last_name="Petit",
                  company_name="Plus Address SARL", domain="plus-address.example", country="France"),
        LeadDraft(email="team+sales@second-plus.example", company_name="Second Plus Oy", domain="second-plus.example",
                  country="Finland"),
        LeadDraft(email=None, first_name="Paul", last_name="Nomail", company_name="Harbour Letters", city="Galway",
                  domain="harbour-letters.example", country="Ireland"),
        LeadDraft(email=None, company_name="Quiet Valley Farm", domain="quiet-valley.example", country="Ireland"),
        LeadDraft(email="rosa.keller@gmx.example", first_name="Rosa", last_name="Keller", country="Austria",
                  company_name="Keller Keramik"),
        LeadDraft(email="info@unknown-site.example", company_name="Old Mill Bakery", domain="unknown", city="Cork",
                  country="Ireland"),
    ]  # fmt: skip


def slug(text: str) -> str:
    """Plain small letters, digits and hyphens."""
    spelled = text.lower()
    for letter, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("ø", "o"), ("å", "a")):
        spelled = spelled.replace(letter, letters)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _person(dice: random.Random, place: dict[str, Any]) -> LeadDraft:
    city = dice.choice(place["cities"])
    first, last = (
        dice.choice(place["people"]) if "people" in place else map(dice.choice, (place["first"], place["last"]))
    )
    pattern, industry = dice.choice(place["trades"])
    company = pattern.format(last=dice.choice(place["last"]), city=city)
    domain = f"{slug(re.sub(r'(GmbH|s.r.o.|a.s.|BV|S.L.|AB|, Inc.)$', '', company))}.example"
    size, revenue = dice.choice(_SIZES)
    local = dice.choice((f"{slug(first)}.{slug(last)}", slug(first), f"{slug(first)[0]}.{slug(last)}", "info"))
    return LeadDraft(
        email=f"{local}@{domain}",
        first_name=first if local != "info" else "",
        last_name=last if local != "info" else "",
        company_name=company,
        domain=domain,
        phone=f"{place['phone']}{dice.randint(100, 199)}" if dice.random() < 0.7 else "",
        website=f"https://www.{domain}" if dice.random() < 0.8 else "",
        city=city,
        country=place["country"],
        industry=industry,
        company_size=size,
        revenue=revenue if dice.random() < 0.6 else "",
    )
