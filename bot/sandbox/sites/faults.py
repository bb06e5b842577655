"""What is wrong with a sample site: drawn by its domain's name."""

import random
from enum import StrEnum

RARE = 0.12


class Fault(StrEnum):
    """One thing to find. Those of `GRAVE` are rare, as on real sites."""

    FORM_OPEN = "the form goes to http"
    HIDDEN = "the home page says noindex"
    NO_TITLES = "the services have no title"
    BROKEN_LINK = "a link leads nowhere"
    NO_VIEWPORT = "nothing for phones"
    PLACEHOLDERS = "sample text is left"
    BY_HTTP = "http is answered as it is"
    SAME_TITLES = "all services share a title"
    NO_DESCRIPTIONS = "no descriptions"
    NO_HEADINGS = "the services have no h1"
    NO_SITEMAP = "no sitemap"
    NO_ALT = "pictures without alt"
    UNPACKED = "sent as it is"
    BLOCKING = "scripts in the head"
    NO_HSTS = "no HSTS"
    NO_POLICY = "no content policy"
    VERSION = "the server tells its version"
    NO_ZOOM = "no zooming"
    NO_LABELS = "a form without labels"
    NO_LANG = "no lang"
    PHONE_AS_TEXT = "a phone number as text"
    NO_SCHEMA = "no structured data"
    ENGINES_OUT = "answer engines shut out"
    NO_PICTURE = "no og:image"
    OLD_YEAR = "an old year"
    NO_ICON = "no icon"
    UNSIZED = "pictures without a size"


GRAVE = frozenset({Fault.FORM_OPEN, Fault.HIDDEN})


def faults_of(domain: str) -> frozenset[Fault]:
    """Three to nine; a re-audit of the same domain finds the same."""
    dice = random.Random(f"site of {domain.lower()}")
    pool = [fault for fault in Fault if fault not in GRAVE or dice.random() < RARE]
    return frozenset(dice.sample(pool, dice.randint(3, 9)))


def services_of(domain: str) -> list[str]:
    """What this company offers: four to nine pages."""
    dice = random.Random(f"services of {domain.lower()}")
    return dice.sample(_SERVICES, dice.randint(4, 9))


_SERVICES = [
    "Planning", "Repairs", "Maintenance", "Deliveries", "Training", "Inspections", "Rentals", "Restoration",
    "Consulting", "Installation", "Spare parts", "Night shifts", "Workshops", "Fittings",
]  # fmt: skip
