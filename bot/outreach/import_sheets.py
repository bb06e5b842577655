"""A file of leads as it will be read: how it is written, its columns, and what they seem to hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import BinaryIO

from bot.outreach.csv_text import SAMPLE_BYTES, Form, Row, form_of, rows_of
from bot.outreach.errors import Invalid
from bot.outreach.importing import SAMPLE_ROWS, Header, checked_mapping, guessed, header_of


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file looked at. mapping: the columns guessed, target to column from 0. samples: its first leads' cells."""

    form: Form
    header: Header
    mapping: dict[str, int]
    samples: tuple[tuple[str, ...], ...]

    def with_columns(self, named: Sequence[str]) -> "Sheet":
        """With these columns over those guessed, each as `email=Work mail`. Raises `Invalid` for what is not there."""
        mapping = self.mapping | dict(self._named(pair) for pair in named)
        try:
            return replace(self, mapping=checked_mapping(mapping, len(self.header.names)))
        except Invalid as error:
            raise Invalid(f"{error} Columns: {self.header.told}.", field=error.field) from error

    def _named(self, pair: str) -> tuple[str, int]:
        target, _, column = pair.partition("=")
        if column not in self.header.names:
            said = f"“{pair[:100]}”: the file has no column “{column[:100]}”. It has: {self.header.told}."
            raise Invalid(said, field="map")
        return target, self.header.names.index(column)

    def rows(self, stream: BinaryIO) -> Iterator[Row]:
        """The rows of the file from the first, without the columns' names."""
        stream.seek(0)
        return islice(rows_of(stream, self.form), self.header.has_names, None)


def sheet_of(stream: BinaryIO) -> Sheet:
    """The file in a stream that can go back, such as an open file. Raises `Invalid` when no lead is in it."""
    stream.seek(0)
    form = form_of(stream.read(SAMPLE_BYTES))
    stream.seek(0)
    first = [tuple(row.cells) for row in islice(rows_of(stream, form), SAMPLE_ROWS)]
    if not first:
        raise Invalid("The file has no row.")
    header = header_of(first)
    samples = tuple(first[header.has_names :])
    if not samples:
        raise Invalid("The file has no row below its column names.")
    return Sheet(form, header, guessed(header, samples), samples)
