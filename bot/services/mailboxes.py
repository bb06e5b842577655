"""The connected mailboxes, as last read from PlusVibe."""

from datetime import datetime, timedelta

from storage.unit_of_work import UnitOfWork

FRESH_FOR = timedelta(minutes=30)
_KEY = "mailboxes"


async def known_mailboxes(uow: UnitOfWork) -> list[str]:
    """The mailboxes as last read; empty when never read."""
    kept = await uow.settings.get(_KEY)
    found = kept.get("addresses") if isinstance(kept, dict) else None
    return [str(address) for address in found] if isinstance(found, list) else []


async def are_fresh(uow: UnitOfWork, now: datetime) -> bool:
    """Whether they were read within the last half hour."""
    kept = await uow.settings.get(_KEY)
    read_at = kept.get("at") if isinstance(kept, dict) else None
    return isinstance(read_at, str) and now - datetime.fromisoformat(read_at) < FRESH_FOR


async def keep_mailboxes(uow: UnitOfWork, addresses: list[str], now: datetime) -> None:
    """Remember what was read."""
    await uow.settings.put(_KEY, {"addresses": addresses, "at": now.isoformat()})
