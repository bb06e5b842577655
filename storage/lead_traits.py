"""Leads by city, industry, size and the like: read in the order they came, since no index has them."""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from bot.outreach.companies import CompanyFilter, Trait
from bot.outreach.criteria import Field, Operator, Rule
from bot.outreach.leads import Lead
from storage.criteria import in_text
from storage.lead_tables import LIVE, SELECT_LEAD, lead_of, leads, owned_by_no_index
from storage.tenant import Tenant

MOST_VALUES = 500
_COLUMNS = {trait: leads.c[trait.value] for trait in Trait}


class LeadTraits:
    """The leads of one workspace by their traits."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def ends(self) -> tuple[int, int]:
        """The first and the last place in the list; 0 and 0 when it is empty."""
        mine = select(leads.c.seq).where(owned_by_no_index(self._tenant)).limit(1)
        ends = (mine.order_by(leads.c.seq), mine.order_by(leads.c.seq.desc()))
        row = await self._tenant.first(select(*(end.scalar_subquery() for end in ends)))
        return (row[0], row[1]) if row and row[0] is not None else (0, 0)

    async def values(
        self, trait: Trait, typed: str, others: CompanyFilter, stretch: tuple[int, int] | None = None
    ) -> list[tuple[str, int]]:
        """The values of a trait that hold what was typed, however it is written, with how many leads have each; the
        most first, `MOST_VALUES` at most.

        others: what else is asked for; what it says of the trait itself is left out. stretch: looks only at leads
        behind the first of these order numbers, up to the second.
        """
        value, number = _COLUMNS[trait], func.count().label("number")
        mine = [LIVE, value != "", *_alike(others, but=trait)]
        if typed.strip():
            rule = Rule(Field(trait.value), Operator.CONTAINS, (typed.strip(),))
            mine.append(in_text(rule, value, is_sqlite=self._tenant.is_sqlite))
        if stretch is None:
            mine.append(self._tenant.owns(leads))
        else:
            mine += [owned_by_no_index(self._tenant), leads.c.seq > stretch[0], leads.c.seq <= stretch[1]]
        found = select(value, number).where(*mine).group_by(value).order_by(number.desc(), value).limit(MOST_VALUES)
        return [(row[0], row.number) for row in await self._tenant.all(found)]

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


def _alike(wanted: CompanyFilter, but: Trait | None = None) -> list[ColumnElement[Any]]:
    """Whole values in any usual way of writing them: `lower()` differs between databases."""
    return [_COLUMNS[trait].in_(spellings(text)) for trait, text in wanted.given.items() if trait is not but]


def spellings(text: str) -> list[str]:
    """What was typed, in small letters, in capitals, and with capitals at the beginning."""
    ways = (text, text.lower(), text.upper(), text.title(), text.capitalize())
    return list(dict.fromkeys(way.strip() for way in ways))
