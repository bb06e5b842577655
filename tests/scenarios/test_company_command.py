"""`python -m bot import companies FILE`: columns guessed, rows counted, the same file again, and what it refuses."""

import asyncio
import csv
import sqlite3

import pytest

from bot.commands import companies
from bot.commands.companies import company_lines, company_sheet, import_directory
from bot.config import Settings, SettingsError
from bot.outreach.access import CLOCK
from bot.outreach.companies import CompanyReject
from bot.outreach.csv_text import Row
from bot.outreach.errors import Conflict
from bot.services.companies import CompanyService
from tests.databases import WORKSPACE
from tests.storage.given import AT

HEADER = ["Firma", "E-Mail", "Webseite", "Stadt", "Land", "Branche", "Mitarbeiter", "Umsatz"]


@pytest.fixture
def written(tmp_path):
    """Writes a sheet as Excel does."""

    def write(rows, header=HEADER):
        file = tmp_path / "companies.csv"
        with file.open("w", encoding="cp1250", newline="") as sheet:
            csv.writer(sheet, delimiter=";").writerows([header, *rows])
        return file

    return write


async def imported(url, file):
    settings = Settings(_env_file=None, database_url=url)
    back = file.with_name("back.csv")
    return await import_directory(settings, company_sheet(file, []), back, lambda rows, share: None), back


async def test_a_file_fills_the_directory_once(sqlite_url, written, tmp_path):
    rows = [
        [f"Třešť {n}", f"info@firm{n}.cz", f"https://firm{n}.cz", "Brno", "CZ", "Hotel", "11-50", "1M"]
        for n in range(1_200)
    ]
    rows += [["", "", "", "Brno", "CZ", "", "", ""], rows[0], ["=cmd", "", "", "", "", "", "", "x" * 600]]
    file = written(rows)

    first, back = await imported(sqlite_url, file)
    again, _ = await imported(sqlite_url, file)

    assert (first.rows, first.added, sum(first.reasons.values())) == (1_203, 1_200, 3)
    assert (again.added, sum(again.reasons.values())) == (0, 1_203)
    with sqlite3.connect(tmp_path / "outreach.db") as rows_of:
        found = rows_of.execute(
            "SELECT company_name, domain, city, company_size FROM companies ORDER BY seq"
        ).fetchone()
    assert found == ("Třešť 0", "firm0.cz", "Brno", "11-50")
    with back.open(encoding="utf-8") as sheet:
        given_back = list(csv.reader(sheet))
    assert given_back[0][-2:] == ["reason", "line"]
    assert len(given_back) == 1 + 1_203
    assert company_lines(first)[:2] == [(1_203, "rows read"), (1_200, "companies added")]


class Ended(Exception):
    """The process ends here."""


@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
async def test_an_import_that_was_ended_goes_on_where_it_stood(sqlite_url, written, monkeypatch, when):
    monkeypatch.setattr(companies, "BATCH_ROWS", 2)
    file = written([[f"Firm {n % 5}", "", "", "Brno", "CZ", "", "", ""] for n in range(8)])
    settings, back = Settings(_env_file=None, database_url=sqlite_url), file.with_name("back.csv")
    write, taken = companies._Rejects.write, []

    def ends_before_the_commit(rejects, rejected):
        size = write(rejects, rejected)
        if rejected and when.startswith("before"):
            raise Ended
        return size

    def ends_after_the_commit(rows, share):
        taken.append(rows)
        if rows == 6 and when.startswith("after"):
            raise Ended

    monkeypatch.setattr(companies._Rejects, "write", ends_before_the_commit)
    with pytest.raises(Ended):
        await import_directory(settings, company_sheet(file, []), back, ends_after_the_commit)
    monkeypatch.setattr(companies._Rejects, "write", write)
    done = await import_directory(settings, company_sheet(file, []), back, lambda rows, share: taken.append(rows))

    assert taken == [2, 4, 6, 8]
    assert (done.rows, done.added, done.reasons) == (8, 5, {CompanyReject.HERE: 3})
    with back.open(encoding="utf-8") as sheet:
        assert [row[-1] for row in csv.reader(sheet)] == ["line", "7", "8", "9"]
    again, _ = await imported(sqlite_url, file)
    assert (again.rows, again.added) == (8, 0)


async def test_two_at_one_file_take_no_row_twice(database):
    service = CompanyService(database, lambda: AT)
    begun = await service.begin(WORKSPACE.id, CLOCK, "d1")
    rows = [Row(1, ["Acme"])]

    outcomes = await asyncio.gather(
        *(service.take(WORKSPACE.id, CLOCK, begun, {"company_name": 0}, rows, len) for _ in range(3)),
        return_exceptions=True,
    )

    assert sorted(isinstance(each, Conflict) for each in outcomes) == [False, True, True]
    assert (await service.begin(WORKSPACE.id, CLOCK, "d1")).added == 1


def test_a_file_without_any_name_of_a_company_is_refused(written):
    with pytest.raises(SettingsError, match="--map company_name=COLUMN"):
        company_sheet(written([["Brno"]], header=["Stadt"]), [])
    with pytest.raises(SettingsError, match="no row below its column names"):
        company_sheet(written([], header=["Company"]), [])


def test_a_column_is_named_where_the_guess_is_wrong(written):
    sheet = company_sheet(written([["Acme", "Brno"]], header=["Who", "Stadt"]), ["company_name=Who"])

    assert sheet.mapping == {"city": 1, "company_name": 0}
    with pytest.raises(SettingsError, match="has no column"):
        company_sheet(sheet.path, ["company_name=Nobody"])
