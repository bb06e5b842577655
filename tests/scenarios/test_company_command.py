"""`python -m bot import companies FILE`: columns guessed, rows counted, the same file again, and what it refuses."""

import csv
import sqlite3

import pytest

from bot.commands.companies import company_sheet, import_directory
from bot.config import Settings, SettingsError

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

    assert (first.rows, first.added, first.rejected) == (1_203, 1_200, 3)
    assert (again.added, again.rejected) == (0, 1_203)
    with sqlite3.connect(tmp_path / "outreach.db") as rows_of:
        found = rows_of.execute(
            "SELECT company_name, domain, city, company_size FROM companies ORDER BY seq"
        ).fetchone()
    assert found == ("Třešť 0", "firm0.cz", "Brno", "11-50")
    with back.open(encoding="utf-8") as sheet:
        given_back = list(csv.reader(sheet))
    assert given_back[0][-2:] == ["reason", "line"]
    assert len(given_back) == 1 + again.rejected
    assert first.lines[:2] == [(1_203, "rows read"), (1_200, "companies added")]


def test_a_file_without_any_name_of_a_company_is_refused(written):
    with pytest.raises(SettingsError, match="--map company_name=COLUMN"):
        company_sheet(written([["Brno"]], header=["Stadt"]), [])


def test_a_column_is_named_where_the_guess_is_wrong(written):
    sheet = company_sheet(written([["Acme", "Brno"]], header=["Who", "Stadt"]), ["company_name=Who"])

    assert sheet.mapping == {"city": 1, "company_name": 0}
    with pytest.raises(SettingsError, match="has no column"):
        company_sheet(sheet.path, ["company_name=Nobody"])
