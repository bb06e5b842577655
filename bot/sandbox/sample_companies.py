"""A directory of 300 companies worth filtering, the same on every start."""

import random
from collections.abc import Iterator

from bot.outreach.companies import Company

SEED = 20260302
NUMBER = 300
_PLACES = {
    "Czechia": ("cz", ("Praha", "Brno", "Plzeň", "Ostrava")),
    "Germany": ("de", ("Berlin", "Hamburg", "München", "Leipzig")),
    "United Kingdom": ("co.uk", ("London", "Leeds", "Bristol")),
    "Austria": ("at", ("Wien", "Graz")),
}
_TRADES = {
    "Dental clinics": ("Dental", "Smile", "Zahnwerk"),
    "Logistics": ("Freight", "Cargo", "Spedition"),
    "Bakeries": ("Bakery", "Pekárna", "Brothaus"),
    "Law firms": ("Legal", "Advokati", "Kanzlei"),
    "Hotels": ("Hotel", "Residence", "Pension"),
    "Roofing": ("Roofing", "Střechy", "Dachbau"),
}
_FIRST = ("Northern", "Bright", "Old Town", "River", "Golden", "Quiet", "Alpine", "Harbour", "Prime", "Urban", "Oak")
_SIZES = ("1-10", "11-50", "51-200", "201-500")
_REVENUES = ("< 1M", "1M-5M", "5M-20M", "> 20M")


def sample_companies() -> list[Company]:
    """All of them: most with an address, some with none, a few with one that is none."""
    return list(_companies(random.Random(SEED)))


def _companies(dice: random.Random) -> Iterator[Company]:
    for number in range(NUMBER):
        country = dice.choices(list(_PLACES), (9, 6, 4, 2))[0]
        ending, cities = _PLACES[country]
        industry = dice.choice(sorted(_TRADES))
        word = dice.choice(_TRADES[industry])
        name = f"{dice.choice(_FIRST)} {word} {number + 1}"
        slug = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
        domain = f"{slug}.example.{ending}"
        yield Company(
            company_name=name,
            emails=_addresses(dice, domain),
            domain=domain,
            website=f"https://www.{domain}",
            phone=f"+420 600 {number:03} {dice.randint(100, 999)}",
            city=dice.choice(cities),
            country=country,
            industry=industry,
            company_size=dice.choices(_SIZES, (8, 5, 3, 1))[0],
            revenue=dice.choices(_REVENUES, (6, 5, 3, 1))[0],
        )


def _addresses(dice: random.Random, domain: str) -> tuple[str, ...]:
    kind = dice.random()
    if kind < 0.12:
        return ()
    if kind < 0.15:
        return (f"info(at){domain}",)
    return (f"info@{domain}", f"sales@{domain}") if kind < 0.3 else (f"office@{domain}",)
