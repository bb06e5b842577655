"""The doors. This file merges the topics' tables and registers one Bolt listener per kind of payload.

Bolt tries its listeners one after another and polls for an answer every 10 ms; one listener with a dictionary behind
it, run with `process_before_response`, does neither (docs/decisions/0006-one-listener-per-kind.md).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from blocks import errors as words
from handlers.call import Call, Handler
from handlers.errors import reference, report
from handlers.errors import words as wording
from handlers.house import House

log = structlog.get_logger()
ANYTHING = re.compile(".*", re.DOTALL)
ANSWER_WITHIN_SECONDS = 2.8


@dataclass(frozen=True, slots=True)
class Table:
    """What one topic listens to, by command, action id, callback id or event type."""

    commands: Mapping[str, Handler] = field(default_factory=dict)
    actions: Mapping[str, Handler] = field(default_factory=dict)
    views: Mapping[str, Handler] = field(default_factory=dict)
    shortcuts: Mapping[str, Handler] = field(default_factory=dict)
    options: Mapping[str, Handler] = field(default_factory=dict)
    events: Mapping[str, Handler] = field(default_factory=dict)


def merged(*tables: Table) -> Table:
    """One table of all topics. Raises `ValueError` when two topics claim the same id."""
    whole: dict[str, dict[str, Handler]] = {each.name: {} for each in fields(Table)}
    for table in tables:
        for kind, known in whole.items():
            entries: Mapping[str, Handler] = getattr(table, kind)
            if twice := known.keys() & entries.keys():
                raise ValueError(f"{kind} claimed twice: {sorted(twice)}")
            known.update(entries)
    return Table(**whole)


class Runner:
    """Runs handlers as tasks: the answer goes back the moment it is given, the work goes on, nothing is dropped."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(
        self, handler: Handler | None, body: Mapping[str, Any], answer: Callable[..., Awaitable[Any]]
    ) -> None:
        """Start the handler and return as soon as it has answered Slack, or is about to be too late."""
        call = Call(self._house, body, answer)
        if handler is None:
            log.warning("nobody listens", type=body.get("type") or body.get("command"))
            await call.ack()
            return
        task = asyncio.create_task(self._guarded(handler, call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                await call.acked.wait()
        await call.ack()

    async def _guarded(self, handler: Handler, call: Call) -> None:
        try:
            await handler(call)
            await call.ack()
        except Exception as error:  # the edge of the door: everything becomes words and a log line
            await self._explain(call, error)

    async def _explain(self, call: Call, error: Exception) -> None:
        reference_id = reference()
        report(error, reference_id, user=call.user_id, door=call.body.get("command") or call.body.get("type"))
        await call.ack()
        if not call.user_id:
            return
        try:
            await call.tell(words.problem(wording(error, reference_id), reference_id))
        except Exception as unsaid:
            log.error("could not tell", reference=reference_id, error=type(unsaid).__name__)

    async def drain(self, seconds: float = 10) -> None:
        """Let work in flight finish before the process ends; what takes longer is cut off, as when a process dies."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            log.warning("work cut off", tasks=len(late))
            await asyncio.wait(late, timeout=seconds)


def register(app: AsyncApp, table: Table, runner: Runner) -> None:
    """One listener per kind of payload."""

    async def command(body: dict[str, Any], ack: Callable[..., Awaitable[Any]]) -> None:
        await runner.run(table.commands.get(body["command"]), body, ack)

    async def action(body: dict[str, Any], ack: Callable[..., Awaitable[Any]]) -> None:
        await runner.run(table.actions.get(_action_id(body)), body, ack)

    async def view(body: dict[str, Any], ack: Callable[..., Awaitable[Any]]) -> None:
        await runner.run(table.views.get(body["view"]["callback_id"]), body, ack)

    async def shortcut(body: dict[str, Any], ack: Callable[..., Awaitable[Any]]) -> None:
        await runner.run(table.shortcuts.get(body["callback_id"]), body, ack)

    async def options(body: dict[str, Any], ack: Callable[..., Awaitable[Any]]) -> None:
        await runner.run(table.options.get(body["action_id"]), body, ack)

    async def event(body: dict[str, Any], ack: Callable[..., Awaitable[Any]]) -> None:
        await runner.run(table.events.get(body["event"]["type"], _ignore), body, ack)

    app.command(ANYTHING)(command)
    app.action(ANYTHING)(action)
    app.view_submission(ANYTHING)(view)
    app.view_closed(ANYTHING)(_closed)
    app.shortcut(ANYTHING)(shortcut)
    app.options(ANYTHING)(options)
    app.event(ANYTHING)(event)


def _action_id(body: Mapping[str, Any]) -> str:
    """The id without what follows a `|`: buttons of one message need ids of their own, the handler is the same."""
    actions: list[Mapping[str, Any]] = body.get("actions") or [{}]  # old dialogs and menus have none of ours
    return str(actions[0].get("action_id")).partition("|")[0]


async def _ignore(call: Call) -> None:
    await call.ack()


async def _closed(ack: Callable[..., Awaitable[Any]]) -> None:
    await ack()
