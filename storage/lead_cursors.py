"""Where a page of leads begins, as an opaque text bound to the question it belongs to."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.outreach.criteria import Criteria
from bot.outreach.errors import Invalid
from bot.outreach.leads import LeadQuery
from storage.lead_tables import SORT_COLUMNS
from storage.types import LONGEST_KEY, KeyText, UtcDateTime, from_micros, to_micros

_LONGEST = 2_000
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two rows: beside the row with this sort value and `seq`, or at an end of the list (None).

    back: the page lies before it, else after it.
    """

    row: tuple[Any, int] | None = None
    back: bool = False


START = Position()
END = Position(back=True)


def written(query: LeadQuery, position: Position) -> str:
    """The position as a text that only this question accepts."""
    value, seq = position.row or (None, 0)
    stored = to_micros(value) if isinstance(value, datetime) else value
    text = json.dumps([_question(query), int(position.back), stored, seq], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(query: LeadQuery, cursor: str | None) -> Position:
    """The position in the text. Raises `Invalid` (field `cursor`) unless `written` made it for this question."""
    if not cursor:
        return START
    question, back, value, seq = _parts(cursor)
    if question != _question(query) or back not in (0, 1) or not _is_whole(seq):
        raise _refused()
    return Position((_sort_value(query, value), seq), back=bool(back))


def _parts(cursor: str) -> list[Any]:
    try:
        parts = json.loads(base64.b64decode(cursor[:_LONGEST] + "==", altchars=b"-_"))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _refused() from error
    if not isinstance(parts, list) or len(parts) != 4:
        raise _refused()
    return parts


def _sort_value(query: LeadQuery, value: Any) -> Any:
    kind = SORT_COLUMNS[query.sort].type
    if isinstance(kind, KeyText) and isinstance(value, str) and len(value) <= LONGEST_KEY:
        return value
    if isinstance(kind, KeyText) or not _is_whole(value):
        raise _refused()
    if not isinstance(kind, UtcDateTime):
        return value
    try:
        return from_micros(value)
    except OverflowError as error:
        raise _refused() from error


def _is_whole(value: Any) -> bool:
    return type(value) is int and value in _INT64


def _question(query: LeadQuery) -> str:
    """A short mark of everything but the page's size."""
    asked: list[Any] = [query.text, query.status, query.sort, query.is_descending]
    if query.criteria is not None or query.segment is not None:
        segment = query.segment
        asked += [_ruled(query.criteria), [segment.id, _ruled(segment.criteria)] if segment else None]
    text = json.dumps(asked)
    return hashlib.blake2s(text.encode(), digest_size=6).hexdigest()


def _ruled(criteria: Criteria | None) -> list[Any] | None:
    return [criteria.match, criteria.stored()] if criteria else None


def _refused() -> Invalid:
    return Invalid("This page link belongs to another list. Start again from the first page.", field="cursor")
