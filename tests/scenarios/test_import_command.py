"""`python -m bot import leads FILE`: columns guessed, rows counted, killed and started again."""

import csv
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter

import psycopg
import pytest

from tests.scenarios.doomed import LEASE, run_bot
from tests.scenarios.processes import _FORKS, ROOT

pytestmark = pytest.mark.slow
ROWS = 6_000


@pytest.fixture(params=["sqlite", "postgres"])
def office(request):
    """The address of a database with its workspace."""
    return request.getfixturevalue(f"{request.param}_url")


def shell(folder, url, *command):
    return [sys.executable, "-m", "bot", *command], {
        "cwd": folder,
        "env": {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "DATABASE_URL": url},
        "text": True,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }


def run(folder, url, *command):
    args, how = shell(folder, url, *command)
    return subprocess.run(args, timeout=120, check=False, **how)


def written(folder, rows):
    file = folder / "leads.csv"
    with file.open("w", encoding="cp1250", newline="") as sheet:
        csv.writer(sheet, delimiter=";").writerows([["E-mail", "Jméno", "Firma"], *rows])
    return file


def shuffled_rows():
    """Some twice, some no address; what an independent count makes of them."""
    some = random.Random(5)
    rows = [[f"p{some.randrange(ROWS)}@firm{number % 70}.cz", "Jiří", f"Třešť {number}"] for number in range(ROWS)]
    for at in range(0, ROWS, 97):
        rows[at][0] = "no address here"
    return rows, Counter(row[0] for row in rows)


def quickly(folder, url, *command):
    """Its exit code and all it wrote; forked, so that it starts at once."""
    log = folder / "said.log"
    log.unlink(missing_ok=True)
    given = (command, {"PATH": "/usr/bin:/bin", "DATABASE_URL": url}, str(folder), str(log), None, LEASE)
    process = _FORKS.Process(target=run_bot, args=given)
    process.start()
    process.join(60)
    return process.exitcode, " ".join(log.read_text().split())


def test_an_import_is_told_beforehand_listed_and_taken_back(tmp_path, sqlite_url):
    (tmp_path / "x.csv").write_text("email,city\na@x.com,Brno\nb@x.com,\x1b[31mred\nnone,\n")

    code, told = quickly(tmp_path, sqlite_url, "import", "leads", "x.csv", "--dry-run")
    assert code == 0 and "email: a@x.com · city: Brno" in told and "city: [31mred" in told
    assert "2 leads added" in told and "Nothing was imported." in told and leads_in(sqlite_url) == 0

    _, done = quickly(tmp_path, sqlite_url, "import", "leads", "x.csv")
    import_id = re.search(r"import undo ([0-9a-f-]{36})", done)[1]
    _, listed = quickly(tmp_path, sqlite_url, "import", "list")
    assert import_id in listed and "2 leads added" in listed
    _, undone = quickly(tmp_path, sqlite_url, "import", "undo", import_id)
    assert "2 leads removed" in undone
    (tmp_path / "none.csv").write_text("email\nnobody\n")
    assert "take it back" not in quickly(tmp_path, sqlite_url, "import", "leads", "none.csv")[1]
    code, refused = quickly(tmp_path, sqlite_url, "import", "leads", "x.csv", "--campaign", "Nowhere")
    assert code == 2 and "No campaign is called" in refused


def test_a_killed_import_ends_with_the_same_sum(office, tmp_path):
    rows, counted = shuffled_rows()
    file = written(tmp_path, rows)
    bad = counted.pop("no address here")
    args, how = shell(tmp_path, office, "import", "leads", str(file))

    killed = subprocess.Popen(args, **how)
    deadline = time.monotonic() + 60
    while leads_in(office) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    left = leads_in(office)
    done = run(tmp_path, office, "import", "leads", str(file))

    assert 0 < left < len(counted)
    assert done.returncode == 0, done.stderr
    sums = {what: int(number.replace(",", "")) for number, what in re.findall(r"^ *([\d,]+)  (.+)$", done.stdout, re.M)}
    assert sums == {
        "rows read": ROWS,
        "leads added": len(counted),
        "bad email format": bad,
        "duplicate in the file": counted.total() - len(counted),
    }
    assert leads_in(office) == len(counted)
    with (tmp_path / "leads.csv.rejects.csv").open(encoding="utf-8") as sheet:
        back = list(csv.reader(sheet))
    assert back[0] == ["E-mail", "Jméno", "Firma", "reason", "line"]
    assert len(back) == 1 + bad + counted.total() - len(counted)
    assert "first name ← Jméno" in done.stderr


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        pytest.param("name;city\nJane;Brno\n", [], "Choose the column that holds the email address", id="no address"),
        pytest.param("email\na@x.com\n", ["--map", "city=Town"], "no column “Town”", id="no such column"),
        pytest.param("", [], "x.csv: The file has no row.", id="nothing in it"),
        pytest.param("email\n", [], "x.csv: The file has no row below its column names.", id="only a header"),
        pytest.param("\x1b[31mred\n" + "," * 99 + "x\n", [], "Columns: [31mred, Column 2,", id="no bare signs"),
        pytest.param("\x1b[31mred\n" + "," * 99 + "x\n", [], "Column 20, and 80 more.", id="a hundred columns"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(tmp_path, content, options, said):
    (tmp_path / "x.csv").write_text(content)

    refused = run(tmp_path, "sqlite:///nowhere.db", "import", "leads", "x.csv", *options)

    assert refused.returncode == 2 and said in " ".join(refused.stderr.split())
    assert refused.stderr.endswith(("COLUMN.\n", said + "\n")) and "Traceback" not in refused.stderr


def leads_in(url):
    """Counted by another hand."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as raw:
            return raw.execute("SELECT count(*) FROM leads").fetchone()[0]
    with psycopg.connect(url) as raw:
        return raw.execute("SELECT count(*) FROM leads").fetchone()[0]
