"""What `doctor` reports, and what a sync did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One checked thing: fine, or with the remedy. `needed` False marks a part that is optional."""

    name: str
    ok: bool
    said: str
    remedy: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What one sync from PlusVibe did; `skipped` counts by reason."""

    at: datetime
    campaigns: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
