"""A vendor's event as it came in: stored raw, answered, applied later by the clock."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """One stored delivery. `key` is unique per vendor: the same delivery twice is one row."""

    id: str
    vendor: str
    key: str
    body: bytes
    received_at: datetime
    attempts: int = 0
