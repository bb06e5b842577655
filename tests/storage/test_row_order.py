"""Rows of a file in order: every row once, however many there are, and none on the disk afterwards."""

import random

import pytest

from bot.outreach.csv_text import Row
from bot.outreach.errors import Unavailable
from storage import row_order
from storage.row_order import in_order


def by_first_cell(row):
    return row.cells[0]


async def ordered(rows, after=0):
    async with in_order(rows, by_first_cell, after) as found:
        return list(found)


async def test_by_place_and_then_as_in_the_file():
    rows = [Row(2, ["b", "1"]), Row(3, ["a", "2"]), Row(4, ["b", "3"]), Row(5, ["a", "4"], "a problem")]

    assert await ordered(rows) == [rows[1], rows[3], rows[0], rows[2]]
    assert await ordered(rows, after=3) == [rows[2]]
    assert await ordered(rows, after=9) == await ordered([]) == []


async def test_cells_come_back_as_they_were():
    row = Row(7, ["š", "", "\udcff\0", "line\nline", '"', "😀"], "why")

    assert await ordered([row]) == [row]


async def test_more_rows_than_are_held_at_a_time(monkeypatch):
    monkeypatch.setattr(row_order, "_TOGETHER", 700)
    rows = [Row(line, [f"{random.Random(line).randrange(999):03}"]) for line in range(5_000)]

    assert await ordered(iter(rows)) == sorted(rows, key=lambda row: (row.cells[0], row.line))


async def test_without_room_it_says_so(monkeypatch):
    monkeypatch.setattr(row_order, "_PRAGMAS", (*row_order._PRAGMAS, "max_page_count = 3"))

    with pytest.raises(Unavailable, match=r"full\. Is there room for temporary files") as told:
        await ordered(Row(line, ["x" * 500]) for line in range(500))
    assert not told.value.transient
