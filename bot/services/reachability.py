"""What stands in the way of writing to an address, as every path to a send asks it."""

from collections.abc import Collection

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
        standing |= dict.fromkeys(free - await uow.consents.permitting(free), AddressFact.UNPERMITTED)
    return standing
