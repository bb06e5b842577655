"""Uploaded files as the page shows them: the first rows of a CSV, the first lines of a text."""

import csv
import io
from dataclasses import dataclass, field

from bot.sandbox.slack.state import File

ROWS_SHOWN, COLUMNS_SHOWN, LINES_SHOWN = 6, 8, 12
BYTES_READ = 20_000  # a preview needs no more of a 10 MB file
INLINE_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})  # no SVG: it can carry script


@dataclass(frozen=True)
class FilePreview:
    """`rows` for a CSV (the header first), `text` for other text, neither for the rest."""

    file: File
    kind: str
    size: str
    rows: list[list[str]] = field(default_factory=list)
    text: str = ""
    more: str = ""

    @property
    def is_image(self) -> bool:
        return self.file.mimetype in INLINE_IMAGES


def preview(file: File) -> FilePreview:
    size = _readable(len(file.content))
    extension = file.name.rpartition(".")[2].lower()
    kind = (extension if "." in file.name else file.mimetype).upper()
    if extension == "csv" or file.mimetype == "text/csv":
        text = _beginning(file)
        header = text.partition("\n")[0]
        rows = list(csv.reader(io.StringIO(text), delimiter=max(",;\t|", key=header.count)))
        shown = [row[:COLUMNS_SHOWN] for row in rows[: ROWS_SHOWN + 1]]
        return FilePreview(file, kind, size, rows=shown, more=_left_out(file, rows))
    if file.mimetype.startswith("text/") or file.mimetype == "application/json":
        return FilePreview(file, kind, size, text="\n".join(_beginning(file).splitlines()[:LINES_SHOWN]))
    return FilePreview(file, kind, size)


def _beginning(file: File) -> str:
    return file.content[:BYTES_READ].decode("utf-8-sig", errors="replace").replace("\0", "")


def _left_out(file: File, rows: list[list[str]]) -> str:
    columns = max((len(row) for row in rows), default=0) - COLUMNS_SHOWN
    lines = (
        max(file.content.count(b"\n") - ROWS_SHOWN, 0) if len(file.content) > BYTES_READ else len(rows) - ROWS_SHOWN - 1
    )
    parts = [f"{lines} more row{'s' * (lines != 1)}"] * (lines > 0) + [f"{columns} more columns"] * (columns > 0)
    return " · ".join(parts)


def _readable(size_bytes: int) -> str:
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1_000:.0f} kB" if size_bytes < 1_000_000 else f"{size_bytes / 1_000_000:.1f} MB"
