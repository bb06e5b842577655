"""Counting leads within the time a person waits: no index knows what they have, so they are looked at in stretches."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.outreach.companies import CompanyFilter, Trait, TraitValues, folded_trait
from bot.outreach.segments import SAMPLE_LEADS, Count, Segment
from storage.unit_of_work import UnitOfWork

AT_ONCE = timedelta(milliseconds=200)  # the last stretch ends a little later
STRETCH_LEADS = 2_500  # so many are looked at by one statement anyway
_MOST_STRETCH = 160_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Leads behind one order number up to another; `ends` None for all there are. share: of all, looked at with it."""

    ends: tuple[int, int] | None = None
    share: float = 1.0

    @property
    def after(self) -> int | None:
        """Where the next one begins; None behind the last."""
        return self.ends[1] if self.ends and self.share < 1 else None


async def stretches(uow: UnitOfWork, after: int, patience: timedelta) -> AsyncGenerator[Stretch, None]:
    """Stretches of the workspace's leads behind an order number, one at least, until the last or patience ends.

    One is longer when patience is, or when the one before was quick: what an index answers needs few of them.
    """
    if sum((await uow.leads.counts()).values()) <= STRETCH_LEADS:
        yield Stretch()
        return
    first, last = await uow.lead_traits.ends()
    time: Callable[[], float] = asyncio.get_running_loop().time
    seconds, size, after = patience.total_seconds(), STRETCH_LEADS * max(1, patience // AT_ONCE), max(after, first - 1)
    ends = time() + seconds
    while True:
        began, until = time(), min(after + size, last)
        yield Stretch((after, until), (until - first + 1) / (last - first + 1))
        after = until
        if after >= last or time() >= ends:
            return
        if time() - began < seconds / 4:
            size = min(2 * size, _MOST_STRETCH)


async def counted(
    uow: UnitOfWork, segment: Segment, now: datetime, so_far: Count | None = None, *, patience: timedelta
) -> Count:
    """How many are in it, counted on from `so_far` until all leads were looked at or patience ends."""
    count = so_far or Count()
    if count.after is None:
        return count
    async with aclosing(stretches(uow, count.after, patience)) as looked:
        async for stretch in looked:
            number, newest = await uow.segments.found(segment, now, SAMPLE_LEADS, stretch.ends)
            before = count if stretch.ends else Count()
            count = Count(before.leads + number, (*before.newest, *newest), stretch.share, stretch.after)
    return count


async def trait_values(
    uow: UnitOfWork, trait: Trait, typed: str, others: CompanyFilter, limit: int, *, patience: timedelta
) -> TraitValues:
    """Which values leads have that hold what was typed, each as most of them write it.

    others: what else is asked for; what it says of the trait itself is left out.
    """
    spelled: Counter[str] = Counter()
    stretch = Stretch()
    async with aclosing(stretches(uow, 0, patience)) as looked:
        async for stretch in looked:
            spelled.update(dict(await uow.lead_traits.values(trait, typed, others, stretch.ends)))
    numbers: Counter[str] = Counter()
    names: dict[str, str] = {}
    for text, number in spelled.most_common():
        numbers[folded_trait(text)] += number
        names.setdefault(folded_trait(text), text.strip())
    found = sorted(numbers.items(), key=lambda each: (-each[1], each[0]))[:limit]
    return TraitValues(tuple((names[key], number) for key, number in found if key), is_whole=stretch.after is None)
