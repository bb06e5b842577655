"""The company directory: filled from files, looked through by traits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.companies import Company, CompanyFilter, CompanyReject, Trait, company_in
from bot.outreach.csv_text import Row
from storage.database import Database

MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class CompanyBatch:
    """What became of some rows of a file. rejected: with their reasons, in the order of the file."""

    rows: int = 0
    added: int = 0
    rejected: Sequence[tuple[Row, CompanyReject]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class DirectoryView:
    """How many companies there are and how many match."""

    total: int
    matching: int


class CompanyService:
    """The companies of a workspace. The same company again is the one that is here, so a file may come twice."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(
        self, workspace_id: str, actor: Actor, mapping: Mapping[str, int], rows: Sequence[Row]
    ) -> CompanyBatch:
        """Some rows of a file."""
        require(actor, Permission.IMPORT_LEADS)
        found = {row.line: CompanyReject.BROKEN if row.problem else company_in(mapping, row.cells) for row in rows}
        companies = [each for each in found.values() if isinstance(each, Company)]
        async with self._database.begin(workspace_id) as uow:
            added = set(await uow.companies.add_many(companies, self._clock()))
        seen: Counter[str] = Counter()
        rejected: list[tuple[Row, CompanyReject]] = []
        for row in rows:
            each = found[row.line]
            if isinstance(each, CompanyReject):
                rejected.append((row, each))
            elif seen[each.key] or each.key[:200] not in added:
                rejected.append((row, CompanyReject.HERE))
            if isinstance(each, Company):
                seen[each.key] += 1
        return CompanyBatch(len(rows), len(added), rejected)

    async def look(self, workspace_id: str, actor: Actor, wanted: CompanyFilter) -> DirectoryView:
        """The counts for a filter."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            total = await uow.companies.how_many(CompanyFilter())
            matching = await uow.companies.how_many(wanted) if wanted.given else total
        return DirectoryView(total, matching)

    async def values(
        self, workspace_id: str, actor: Actor, trait: Trait, typed: str, others: CompanyFilter
    ) -> list[tuple[str, int]]:
        """The values of a trait to choose from, each with its companies under the other filters."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            return await uow.companies.values(trait, typed, others, MOST_VALUES)
