"""A database of a million leads in a minute or two: rows straight into the tables, indexes made afterwards."""

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from bot.outreach.campaigns import Campaign
from bot.outreach.leads import Lead, LeadKind, LeadStatus
from bot.outreach.members import Workspace
from bot.outreach.pipeline import reached
from bot.outreach.templates import body_variables
from bot.outreach.variables import audit_variables
from bot.outreach.writebacks import Tone
from storage.database import Database
from storage.ids import new_id
from storage.lead_tables import derived, leads, status_rank
from storage.schema import migrate
from storage.types import to_micros
from tests.bench.servers import TEAM
from tests.world import AUDIT

HERE = Workspace("6f1c7e1c-0000-4000-8000-00000000be0c", TEAM["team_id"], TEAM["team"])
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = tuple(column.name for column in leads.columns)
_GIVEN = ("Jane", "Omar", "Lucie", "Petr", "Chloe", "Dev", "Maria", "Tom", "Ines", "Karl", "Aiko", "Noah")
_FAMILY = ("Novak", "Carter", "Martin", "Patel", "Silva", "Weber", "Rossi", "Kowalski", "Haddad", "Okafor")
_FIRST = ("Northern", "Bright", "Old Town", "River", "Golden", "Quiet", "Alpine", "Harbour", "Prime", "Urban", "Oak")
_TRADE = ("Bakery", "Dental", "Logistics", "Roofing", "Optics", "Brewery", "Legal", "Plumbing", "Studio", "Motors")
_FORM = ("Ltd", "GmbH", "Inc", "s.r.o.", "LLC")
_STATUSES = (
    [LeadStatus.NEW] * 30
    + [LeadStatus.AUDIT_QUEUED] * 5
    + [LeadStatus.AUDIT_COMPLETE] * 5
    + [LeadStatus.EMAIL_GENERATED] * 30
    + [LeadStatus.EMAIL_SENT] * 15
    + [LeadStatus.OPENED] * 5
    + [LeadStatus.BOUNCED] * 3
    + [LeadStatus.REPLIED] * 4
    + [LeadStatus.CONVERTED]
    + [LeadStatus.RETARGETED] * 2
)
_SCATTER = 7_919  # so that neighbours in the list have nothing in common
_AUDITED = frozenset(LeadStatus) - {LeadStatus.NEW, LeadStatus.AUDIT_QUEUED}


@dataclass(frozen=True)
class Stock:
    """A database that holds so many leads. `file` is where SQLite keeps it."""

    kind: str
    url: str
    leads: int
    file: Path | None = None

    def by(self, processes: int) -> str:
        """The database, and how many processes are at it where there are several."""
        return f"{self.kind}, {processes} processes" if processes > 1 else self.kind

    def raw(self) -> Any:
        """The driver's own connection, for floors."""
        if self.file is None:
            return psycopg.connect(self.url, autocommit=True)
        raw = sqlite3.connect(self.file, isolation_level=None)
        raw.execute("PRAGMA mmap_size = 1073741824")
        raw.execute("PRAGMA cache_size = -32000")
        return raw

    def copied(self, folder: Path) -> "Stock":
        """Another file with the same leads, to be written to. SQLite only."""
        assert self.file is not None
        return Stock(self.kind, *_at(Path(shutil.copy(self.file, folder / f"{new_id()}.db")), self.leads))


def _at(file: Path, count: int) -> tuple[str, int, Path]:
    return f"sqlite+aiosqlite:///{file}", count, file


async def stocked_sqlite(folder: Path, count: int) -> Stock:
    """A SQLite file with so many leads."""
    stock = Stock("SQLite", *_at(folder / f"leads-{count}.db", count))
    migrate(stock.url)
    await _founded(stock)
    raw = sqlite3.connect(stock.file or "", isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
        raw.execute(f"PRAGMA {pragma}")
    made = raw.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'leads' AND type <> 'table' AND sql IS NOT NULL"
    ).fetchall()
    for kind, name, _ in made:
        raw.execute(f"DROP {kind} {name}")
    raw.execute("BEGIN")
    places = ", ".join("?" * len(NAMES))
    raw.executemany(f"INSERT INTO leads ({', '.join(NAMES)}) VALUES ({places})", _rows(count, to_micros))
    raw.execute("COMMIT")
    for _, _, sql in made:
        raw.execute(sql)
    raw.execute("INSERT INTO leads_search(leads_search) VALUES ('rebuild')")
    for counted in _COUNTED:
        raw.execute(counted)
    if count:  # of empty tables it learns that a scan is as good as an index, and keeps to that when they are full
        raw.execute("ANALYZE")
    raw.execute("PRAGMA journal_mode = WAL")
    raw.close()
    return stock


async def stocked_postgres(server: str, count: int) -> Stock:
    """A PostgreSQL database with so many leads."""
    name = f"leads_{count}_{new_id()[-8:]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    stock = Stock("PostgreSQL", server.replace("/postgres?", f"/{name}?", 1), count)
    migrate(stock.url)
    await _founded(stock)
    with psycopg.connect(stock.url, autocommit=True) as raw:
        made = raw.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'leads' AND indexname LIKE 'ix_%'"
        ).fetchall()
        for index, _ in made:
            raw.execute(f'DROP INDEX "{index}"')
        columns = ", ".join(NAMES[1:])
        with raw.cursor().copy(f"COPY leads ({columns}) FROM STDIN") as copy:
            for row in _rows(count, str):
                copy.write("\t".join([_copied(value) for value in row[1:]]) + "\n")
        for _, sql in made:
            raw.execute(sql)
        for counted in _COUNTED:
            raw.execute(counted)
        raw.execute("VACUUM ANALYZE")
    return stock


_COUNTED = (
    "INSERT INTO lead_counters (workspace_id, status, leads) "
    "SELECT workspace_id, status, count(*) FROM leads GROUP BY workspace_id, status",
    "INSERT INTO funnel_counters (workspace_id, milestone, leads) "
    "SELECT workspace_id, furthest, count(*) FROM leads GROUP BY workspace_id, furthest",
)


async def _founded(stock: Stock) -> None:
    """The workspace and two campaigns."""
    database = Database(stock.url)
    async with database.begin_unbound() as directory:
        await directory.workspaces.add(HERE)
    async with database.begin(HERE.id) as uow:
        await uow.campaigns.save_many([Campaign(new_id(), f"p-{name}", name) for name in ("Spring", "Autumn")])
    await database.close()


def _rows(count: int, moment: Any) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of `NAMES`, with addresses and times in no order. moment: a time as it is stored."""
    numbers = list(range(count))
    random.Random(11).shuffle(numbers)
    written = _written_back()
    fixed = dict.fromkeys(NAMES, "") | {
        "workspace_id": HERE.id,
        "phone": "+420 555 0100",
        "city": "Prague",
        "country": "Czechia",
        "industry": "Services",
        "audit_run_id": None,
        "campaign_id": None,
        "status_by_hand": False,
        "kind": LeadKind.SALES.value,
        "removed_at": None,
    }
    for seq, number in enumerate(numbers, start=1):
        lead = a_lead(number)
        made = _derived(lead)
        assert seq > 100 or made == derived(lead), "the product derives these columns otherwise"
        at = moment(EPOCH + timedelta(seconds=number * _SCATTER % count))
        own = {
            "seq": seq,
            "email_key": lead["email"],
            "website": f"https://{lead['domain']}",
            "created_at": at,
            "updated_at": at,
            "furthest": int(reached(lead["status"])),
            "plusvibe_lead_data": written if lead["status"] == LeadStatus.EMAIL_GENERATED else "{}",
        }
        yield tuple({**fixed, **lead, **own, **made}.values())


def _derived(lead: dict[str, Any]) -> dict[str, Any]:
    """What `derived` makes of these tame values, in a fifth of the time."""
    name = f"{lead['first_name']} {lead['last_name']}"
    company, domain = lead["company_name"].lower(), lead["domain"]
    return {
        "company_sort": company,
        "contact_sort": name.lower(),
        "grade_sort": lead["grade"] or "\U0010ffff",
        "status_rank": status_rank(lead["status"]),
        "domain_key": domain,
        "search_text": f"{company} {domain} {name.lower()} {lead['email']}",
    }


def a_lead(number: int) -> dict[str, Any]:
    """What is particular to the lead of this number."""
    status = _STATUSES[number * 37 % len(_STATUSES)]
    given, family = _GIVEN[number % 12], _FAMILY[number // 12 % 10]
    first, trade, form = _FIRST[number % 11], _TRADE[number // 11 % 10], _FORM[number % 5]
    domain = f"{trade.lower()}{number}.example.com"
    is_audited = status in _AUDITED
    return {
        "id": lead_id(number),
        "email": f"{given.lower()}.{family.lower()}@{domain}",
        "status": status,
        "first_name": given,
        "last_name": family,
        "company_name": f"{first} {trade} {number} {form}",
        "domain": domain,
        "grade": "ABCDEF"[number % 6] if is_audited else "",
        "score": number % 100 if is_audited else None,
        "top_issue": AUDIT.top_issue if is_audited else "",
        "audit_summary": AUDIT.summary if is_audited else "",
        "audit_url": AUDIT.url if is_audited else "",
        "opens": number % 4,
    }


def lead_id(number: int) -> str:
    """The id of the lead of this number: as scattered as a random one."""
    return str(UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835 + 1) % (1 << 128)))


def ready_ids(count: int, wanted: int) -> list[str]:
    """Ids of leads a push may take, from all over the table."""
    ready = [number for number in range(count) if _STATUSES[number * 37 % 100] is LeadStatus.EMAIL_GENERATED]
    step = max(1, len(ready) // wanted)
    return [lead_id(number) for number in ready[::step][:wanted]]


def _written_back() -> str:
    lead = Lead("x", "jane@acme.com", None, "Jane", "Doe", "Acme", "acme.com")
    variables = {**audit_variables(lead, AUDIT), **body_variables(lead, AUDIT, Tone.DIRECT)}
    told = {"variables": variables, "at": EPOCH.isoformat(), "campaignId": None, "tone": "direct"}
    return json.dumps({"lastOutboundWriteback": told}, ensure_ascii=False)


def _copied(value: Any) -> str:
    """A value as COPY reads it."""
    return r"\N" if value is None else str(value).replace("\\", "\\\\")
