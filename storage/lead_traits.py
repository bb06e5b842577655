"""Leads by city, industry, size and the like: read in the order they came, since no index has them."""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from bot.outreach.companies import CompanyFilter, Trait
from bot.outreach.leads import Lead
from storage.lead_tables import LIVE, SELECT_LEAD, lead_of, leads
from storage.tenant import Tenant

_COLUMNS = {trait: leads.c[trait.value] for trait in Trait}


class LeadTraits:
    """The leads of one workspace by their traits."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def ends(self) -> tuple[int, int]:
        """The first and the last place in the list; 0 and 0 when it is empty."""
        places = select(func.min(leads.c.seq), func.max(leads.c.seq)).where(self._tenant.owns(leads))
        row = await self._tenant.first(places)
        return (row[0], row[1]) if row and row[0] is not None else (0, 0)

    async def matching(
        self, wanted: CompanyFilter, after: int, last: int, limit: int, *, stretch: int
    ) -> tuple[list[Lead], int]:
        """Those that match among the next `stretch` leads, and the place reached; `last` when that was the end."""
        mine = (self._tenant.owns(leads), LIVE, leads.c.seq > after, leads.c.seq <= last)
        ahead = select(leads.c.seq).where(*mine).order_by(leads.c.seq).limit(stretch).subquery()
        until = await self._tenant.value(select(func.max(ahead.c.seq)))
        if until is None:
            return [], last
        statement = SELECT_LEAD.add_columns(leads.c.seq).where(*mine, leads.c.seq <= until, *_alike(wanted))
        rows = await self._tenant.all(statement.order_by(leads.c.seq).limit(limit))
        return [lead_of(row) for row in rows], int(rows[-1].seq) if len(rows) == limit else int(until)


def _alike(wanted: CompanyFilter) -> list[ColumnElement[Any]]:
    """Whole values in any usual way of writing them: `lower()` differs between databases."""
    return [_COLUMNS[trait].in_(spellings(text)) for trait, text in wanted.given.items()]


def spellings(text: str) -> list[str]:
    """What was typed, in small letters, in capitals, and with capitals at the beginning."""
    ways = (text, text.lower(), text.upper(), text.title(), text.capitalize())
    return list(dict.fromkeys(way.strip() for way in ways))
