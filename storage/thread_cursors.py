"""Where a page of conversations begins, as an opaque text."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from bot.outreach.errors import Invalid
from storage.types import from_micros, to_micros

_LONGEST = 200
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Place:
    """Beside the row with this time and `seq`. back: the page lies before it, else after it."""

    at: datetime
    seq: int
    back: bool = False


def written(place: Place) -> str:
    """The place as a text."""
    text = json.dumps([to_micros(place.at), place.seq, int(place.back)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str | None) -> Place | None:
    """The place in the text; None begins at the newest. Raises `Invalid` for anything `written` did not make."""
    if not cursor:
        return None
    try:
        micros, seq, back = json.loads(base64.b64decode(cursor[:_LONGEST] + "==", altchars=b"-_"))
        if not all(type(part) is int and part in _INT64 for part in (micros, seq, back)):
            raise ValueError
        return Place(from_micros(micros), seq, back=bool(back))
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Invalid("This page link is not one of ours. Start again from the first page.", field="cursor") from error
