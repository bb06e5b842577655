"""The rows that became no lead, as the file that gives them back."""

import csv
import io
from collections.abc import Iterable, Sequence

from bot.outreach.importing import Rejected
from bot.outreach.reports import neutralised


def rejects_header(columns: Sequence[str]) -> str:
    """The first line: the file's own columns, then why and where."""
    return _lines([[*map(neutralised, columns), "reason", "line"]])


def reject_lines(columns: Sequence[str], rows: Iterable[Rejected]) -> str:
    """These rows as lines, with no cell a spreadsheet would compute. A row that is short is filled up."""
    return _lines(
        [*map(neutralised, row.cells), *[""] * (len(columns) - len(row.cells)), _reason(row), str(row.line)]
        for row in rows
    )


def _reason(row: Rejected) -> str:
    return f"{row.reason}: {neutralised(row.said)}" if row.said else row.reason.value


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
