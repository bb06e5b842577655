"""What stands in the way of writing to an address, as every path to a send asks it."""

from collections.abc import Collection

from bot.outreach.consents import permits, standing_consent
from bot.outreach.reachability import AddressFact
from bot.services.policies import policy_in
from storage.unit_of_work import UnitOfWork


async def standing_in(uow: UnitOfWork, keys: Collection[str]) -> dict[str, AddressFact]:
    """What stands against each of these addresses; those with nothing against them are absent.

    Where only permission counts, an address without form or express consent has that against it.
    """
    standing = await uow.addresses.standing(keys)
    if (await policy_in(uow)).permission:
        free = set(keys) - standing.keys()
        standing |= dict.fromkeys(free - await _permitting(uow, free), AddressFact.UNPERMITTED)
    return standing


async def _permitting(uow: UnitOfWork, keys: Collection[str]) -> set[str]:
    entries = await uow.consents.of_keys(keys)
    records = await uow.addresses.of_keys(entries)
    return {key for key, theirs in entries.items() if permits(standing_consent(theirs, records.get(key, ())))}
