"""Work under way at once: its results recorded together, its tasks broken off."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger()


async def together_or_alone(
    results: Sequence[T], record: Callable[[Sequence[T]], Awaitable[int]], named: Callable[[T], Mapping[str, str]]
) -> int:
    """Record them all, or each alone where one spoils it for the others; how many were, as `record` counts.

    One that cannot be recorded at all is left to whoever takes it up when its lease has run out. named: what the log
    says of it.
    """
    try:
        return await record(results)
    except Exception as error:
        log.warning("recorded one by one", error=type(error).__name__)
    return sum([await _alone(each, record, named) for each in results])


async def _alone(
    result: T, record: Callable[[Sequence[T]], Awaitable[int]], named: Callable[[T], Mapping[str, str]]
) -> int:
    try:
        return await record([result])
    except Exception as error:
        log.error("not recorded", **named(result), error=type(error).__name__)
        return 0


async def break_off(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel them, and wait until they are over."""
    stopped = list(tasks)
    for task in stopped:
        task.cancel()
    await asyncio.gather(*stopped, return_exceptions=True)
