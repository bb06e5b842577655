"""Column types that stop what a database would refuse or silently change, at the boundary where it is written."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from math import isfinite
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, LargeBinary, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeEngine

from bot.outreach.errors import Invalid

# PostgreSQL refuses an index entry over 2,704 bytes; a character is at most four.
LONGEST_KEY = 600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_scan = json.JSONDecoder().raw_decode
to_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_INT64 = range(-(2**63), 2**63)


class Refused(Invalid, DontWrapMixin):
    """A value no column takes. `DontWrapMixin`: it reaches the caller as it is, not inside SQLAlchemy's error."""


def clean_text(text: str) -> str:
    """The text without NUL and with lone surrogates replaced: PostgreSQL refuses the one, UTF-8 the other."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def clean_json(value: Any) -> Any:
    """Plain dicts, lists and cleaned texts all the way down. Raises `Invalid` for what JSON cannot say."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {clean_text(str(key)): clean_json(member) for key, member in value.items()}
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        return [clean_json(member) for member in value]
    raise Refused(f"{type(value).__name__} {value!r} cannot be stored as JSON.")


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly. A naive time is a mistake in the caller and raises `TypeError`."""
    if moment.tzinfo is None:
        raise TypeError("a stored time must be aware")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The aware UTC time, exactly. Raises `OverflowError` outside the calendar."""
    return _EPOCH + timedelta(0, 0, micros)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite, where they sort and stay small."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        micros = to_micros(value)
        return value if dialect.name == "postgresql" else micros

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """The bare function, because 10,000 leads have 20,000 times."""
        return _in_utc if dialect.name == "postgresql" else _from_stored_micros


class CleanText(TypeDecorator[str]):
    """Any text, cleaned."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean_text(value)


class KeyText(TypeDecorator[str]):
    """A cleaned text that is indexed: bounded, and ordered by its bytes on both databases."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and len(value) > LONGEST_KEY:
            raise Refused(f"“{clean_text(value[:40])}…” is longer than {LONGEST_KEY} characters.")
        return None if value is None else clean_text(value)


class Json(TypeDecorator[Any]):
    """JSON text, cleaned. Not JSONB: that sorts keys, and the order of merge fields is the sender's."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return JSON(none_as_null=True) if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        cleaned = clean_json(value)
        return cleaned if cleaned is None or dialect.name == "postgresql" else to_json(cleaned)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """PostgreSQL's driver has read it already."""
        return None if dialect.name == "postgresql" else _read_json


class Int64(TypeDecorator[int]):
    """A whole number both databases can hold."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        if value is not None and not _INT64.start <= value < _INT64.stop:  # `in` walks the range for an IntEnum
            raise Refused("The number is too large to be stored.")
        return value


class Choice(TypeDecorator[Any]):
    """A member of a `StrEnum`, stored as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members
        self._by_value: dict[str | None, StrEnum | None] = {None: None, **{member.value: member for member in members}}

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.members(value).value

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """The bare look-up."""
        return self._by_value.__getitem__


class Ids(TypeDecorator[Any]):
    """A whole list as one parameter: an array on PostgreSQL, JSON text on SQLite. See `tables.among`."""

    impl = Text
    cache_ok = True

    def __init__(self, *, whole_numbers: bool = False) -> None:
        super().__init__()
        self.whole_numbers = whole_numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return ARRAY(BigInteger() if self.whole_numbers else Text())
        return Text()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return [clean_json(member) for member in value]
        # Already JSON when SQLite itself gathered the list.
        return value if isinstance(value, str) else _json_list(value)


class Bytes(TypeDecorator[bytes]):
    """A raw body, byte for byte."""

    impl = LargeBinary
    cache_ok = True


def _from_stored_micros(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(0, 0, micros)


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo is UTC else moment.astimezone(UTC)


def _read_json(text: str | None) -> Any:
    """Only what `to_json` wrote, so there is nothing around the value to skip."""
    return None if text is None else _scan(text)[0]


def _json_list(members: Iterable[Any]) -> str:
    return to_json([clean_json(member) for member in members])
