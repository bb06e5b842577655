"""What an import is measured against: the file into a stage as the database likes it best, then one merge."""

import csv
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path

import psycopg

from bot.outreach.leads import LeadStatus
from storage.lead_tables import leads
from storage.types import to_micros
from tests.bench.million import HERE, Stock

_AT = datetime(2026, 3, 1, tzinfo=UTC)
_STAGE = ("email", "first_name", "last_name", "company_name", "website", "city", "country")
_CHUNK = 5_000


class Load(StrEnum):
    """Into a table of the file's columns with an index over the address, or into the product's own tables."""

    PLAIN = "one load and merge into a table with one index"
    SAME_TABLES = "one load and merge into the same tables"


def load_of(stock: Stock, file: Path, load: Load) -> float:
    """The seconds it takes. No row is given back, nothing is checked but that there is an address once."""
    started = time.perf_counter()
    if stock.file is not None:
        with closing(sqlite3.connect(stock.file, isolation_level=None)) as raw:
            raw.execute("BEGIN IMMEDIATE")
            raw.execute(f"CREATE TEMP TABLE stage ({', '.join(_STAGE)})")
            for rows in _chunks(file):
                raw.executemany(f"INSERT INTO stage VALUES ({', '.join('?' * len(_STAGE))})", rows)
            for statement in _merge(load, to_micros(_AT), "lower(hex(randomblob(16)))"):
                raw.execute(statement)
            raw.execute("COMMIT")
        return time.perf_counter() - started
    with psycopg.connect(stock.url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE stage ({', '.join(f'{name} text' for name in _STAGE)})")
        with cursor.copy("COPY stage FROM STDIN (FORMAT csv, HEADER)") as copy, file.open("rb") as stream:
            while part := stream.read(1 << 16):
                copy.write(part)
        for statement in _merge(load, f"'{_AT.isoformat()}'::timestamptz", "gen_random_uuid()::text"):
            cursor.execute(statement)
    return time.perf_counter() - started


def _chunks(file: Path) -> Iterator[list[list[str]]]:
    with file.open(encoding="utf-8", newline="") as sheet:
        rows = csv.reader(sheet)
        next(rows)
        while some := list(islice(rows, _CHUNK)):
            yield some


def _merge(load: Load, moment: object, new_id: str) -> Sequence[str]:
    """Each address once, in the order of the addresses."""
    once = f"SELECT lower(email) AS key, {', '.join(f'min({name}) AS {name}' for name in _STAGE)} FROM stage"
    once += " WHERE email LIKE '%@%' GROUP BY lower(email) ORDER BY 1"
    if load is Load.PLAIN:
        columns = ", ".join(f"{name} text" for name in ("address", *_STAGE))
        return (
            f"CREATE TABLE plain ({columns})",
            "CREATE UNIQUE INDEX plain_address ON plain (address)",
            f"INSERT INTO plain {once}",
        )
    told = {name: name for name in _STAGE} | {
        "workspace_id": f"'{HERE.id}'",
        "status": f"'{LeadStatus.NEW.value}'",
        "opens": "0",
        "status_by_hand": "false",
        "plusvibe_lead_data": "'{}'",
        "created_at": str(moment),
        "updated_at": str(moment),
        "furthest": "0",
        "import_id": "'floor'",
        "id": new_id,
        "email_key": "key",
        "domain": "substr(website, 9)",
        "domain_key": "substr(website, 9)",
        "company_sort": "lower(company_name)",
        "contact_sort": "lower(first_name || ' ' || last_name)",
        "status_rank": "0",
        "grade_sort": "'\U0010ffff'",
        "search_text": "lower(company_name || ' ' || substr(website, 9) || ' ' || first_name || last_name || email)",
    }
    filled = [
        column.name for column in leads.c if column.name in told or not (column.nullable or column.server_default)
    ]
    columns, values = ", ".join(filled), ", ".join(told.get(name, "''") for name in filled)
    queue = "(workspace_id, address_key, domain, next_at, evidence, flags, attempts)"
    return (
        f"INSERT INTO leads ({columns}) SELECT {values} FROM ({once}) AS people",
        f"INSERT INTO verdicts {queue} SELECT workspace_id, email_key, domain, created_at, '', '', 0 FROM leads",
    )
