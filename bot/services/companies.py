"""The company directory: filled from files, looked through by traits."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.companies import Company, CompanyFilter, CompanyReject, Trait, company_in
from bot.outreach.csv_text import Row
from bot.outreach.errors import Conflict
from storage.database import Database

MOST_VALUES = 50
GiveBack = Callable[[Sequence[tuple[Row, CompanyReject]]], int]  # keeps rejected rows; how many bytes it holds by now


@dataclass(frozen=True, slots=True)
class CompanyImport:
    """A file's way into the directory. rows: how many were taken. given_back: bytes of the file of rejected rows."""

    digest: str
    rows: int = 0
    added: int = 0
    reasons: Mapping[CompanyReject, int] = field(default_factory=dict)
    given_back: int = 0


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

    async def begin(self, workspace_id: str, actor: Actor, digest: str) -> CompanyImport:
        """Where the file with this digest stands: at its beginning, or where an import of it was ended."""
        require(actor, Permission.IMPORT_LEADS)
        async with self._database.read(workspace_id) as uow:
            stored = await uow.settings.get(_place(digest))
        if not stored:
            return CompanyImport(digest)
        reasons = {CompanyReject(reason): number for reason, number in stored["reasons"].items()}
        return CompanyImport(digest, **stored | {"reasons": reasons})

    async def take(
        self,
        workspace_id: str,
        actor: Actor,
        seen: CompanyImport,
        mapping: Mapping[str, int],
        rows: Sequence[Row],
        give_back: GiveBack,
    ) -> CompanyImport:
        """The next rows of the file. What they came to and how far it is are one transaction.

        Raises `Conflict` when somebody else is at this file.
        """
        require(actor, Permission.IMPORT_LEADS)
        found = [CompanyReject.BROKEN if row.problem else company_in(mapping, row.cells) for row in rows]
        companies = [each for each in found if isinstance(each, Company)]
        async with self._database.begin(workspace_id) as uow:
            before = await uow.settings.hold(_place(seen.digest))
            if (before["rows"] if before else 0) != seen.rows:
                raise Conflict("Somebody else imports the same file.")
            added = await uow.companies.add_many(companies, self._clock())
            rejected = _rejected(rows, found, added)
            reasons = Counter(seen.reasons) + Counter(reason for _, reason in rejected)
            taken = CompanyImport(
                seen.digest, seen.rows + len(rows), seen.added + len(added), reasons, give_back(rejected)
            )
            await uow.settings.put(_place(seen.digest), _stored(taken))
        return taken

    async def finish(self, workspace_id: str, actor: Actor, seen: CompanyImport) -> None:
        """Nothing of the file is left: when it comes again, it begins at its beginning."""
        require(actor, Permission.IMPORT_LEADS)
        async with self._database.begin(workspace_id) as uow:
            await uow.settings.put(_place(seen.digest), None)

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


def _place(digest: str) -> str:
    return f"companies:{digest}"


def _stored(one: CompanyImport) -> dict[str, Any]:
    return {"rows": one.rows, "added": one.added, "reasons": one.reasons, "given_back": one.given_back}


def _rejected(
    rows: Sequence[Row], found: Sequence[Company | CompanyReject], added: Collection[str]
) -> list[tuple[Row, CompanyReject]]:
    """The rows that became no company: of those with one key the first becomes one, unless it was here."""
    seen: set[str] = set()
    rejected: list[tuple[Row, CompanyReject]] = []
    for row, each in zip(rows, found, strict=True):
        if isinstance(each, CompanyReject):
            rejected.append((row, each))
            continue
        if each.key in seen or each.key[:200] not in added:
            rejected.append((row, CompanyReject.HERE))
        seen.add(each.key)
    return rejected
