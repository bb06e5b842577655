"""The rows of a file in another order than the file's: sorted on the disk, for memory holds no million of them.

SQLite sorts here whatever database the product has: a private file of its own, which is gone with the connection.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from itertools import islice
from json.encoder import encode_basestring_ascii

from bot.outreach.csv_text import Row
from bot.outreach.errors import Unavailable

_TOGETHER, _READ_TOGETHER = 500, 100  # a row may have a hundred thousand characters
_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8000")
_NO_ROOM = "The rows could not be sorted: {error}. Is there room for temporary files?"


@asynccontextmanager
async def in_order(rows: Iterable[Row], place: Callable[[Row], str], after: int = 0) -> AsyncIterator[Iterator[Row]]:
    """The rows by their places, those of one place as they come in the file. after: how many of these to leave out.

    Raises `Unavailable` when the disk has no room for them, here or when they are read.
    """
    rest = iter(rows)
    file = sqlite3.connect("", check_same_thread=False, isolation_level=None)
    try:
        await asyncio.to_thread(_make, file)
        # Piece by piece: whoever gives up in the middle does not wait for the whole file.
        while await asyncio.to_thread(_put, file, rest, place):
            pass
        with closing(_sorted(file)) as found:
            yield islice(found, after, None)  # an OFFSET would take SQLite ten times as long
    except sqlite3.Error as error:
        raise Unavailable(_NO_ROOM.format(error=error), transient=False) from error
    finally:
        file.close()


def _make(file: sqlite3.Connection) -> None:
    for pragma in _PRAGMAS:
        file.execute(f"PRAGMA {pragma}")
    file.execute("CREATE TABLE rows (place TEXT, line INTEGER, cells TEXT, problem TEXT)")


def _put(file: sqlite3.Connection, rest: Iterator[Row], place: Callable[[Row], str]) -> bool:
    """The next rows into the file; whether there were any."""
    some = [(place(row), row.line, _as_json(row.cells), row.problem) for row in islice(rest, _TOGETHER)]
    file.execute("BEGIN")
    file.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", some)
    file.execute("COMMIT")
    return bool(some)


def _as_json(cells: Iterable[str]) -> str:
    """A JSON list of texts; the whole encoder takes three times as long for each."""
    return f"[{','.join(map(encode_basestring_ascii, cells))}]"


def _sorted(file: sqlite3.Connection) -> Generator[Row]:
    found = file.execute("SELECT line, cells, problem FROM rows ORDER BY place, line")
    try:
        while some := found.fetchmany(_READ_TOGETHER):
            lines, cells, problems = zip(*some, strict=True)
            yield from map(Row, lines, json.loads(f"[{','.join(cells)}]"), problems)
    except sqlite3.Error as error:
        raise Unavailable(_NO_ROOM.format(error=error), transient=False) from error
    finally:
        found.close()
