"""Pages read in processes of their own: one built to be slow or hostile holds up nothing but its reader."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path

from bot.gateways.page_facts import Facts, links_of, page_of
from bot.gateways.page_process import ANSWERED, ASKED
from bot.outreach.fetching import NoFetch
from bot.outreach.pages import Fetched, Link, Page

PROCESSES = 2
LONGEST_PAGE = timedelta(seconds=10)
_ROOT = Path(__file__).parents[2]
# All a reader gets of our surroundings: nothing of our settings.
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT")
_DIED = (asyncio.IncompleteReadError, ConnectionError)


class Parsing:
    """Reads pages, a few at once. The processes begin with the first page; the caller closes them."""

    def __init__(self, *, processes: int = PROCESSES, longest: timedelta = LONGEST_PAGE) -> None:
        self._longest = longest
        self._room = asyncio.Semaphore(processes)
        self._idle: list[Process] = []

    async def page_of(self, fetched: Fetched) -> Page | NoFetch:
        """The facts of a page that was read; `TANGLED` when that took too long, or more memory than there is for it."""
        async with self._room:
            facts = await self._facts(fetched, None)
        return page_of(fetched, facts) if facts else NoFetch.TANGLED

    async def links_of(self, fetched: Fetched, hosts: Collection[str]) -> Sequence[Link] | NoFetch:
        """The page's links that may lead to one of these hosts, in lower case; `TANGLED` as `page_of`."""
        async with self._room:
            facts = await self._facts(fetched, hosts)
        return links_of(fetched, facts) if facts else NoFetch.TANGLED

    async def _facts(self, fetched: Fetched, hosts: Collection[str] | None) -> Facts | None:
        """None for a page no reader comes to the end of; one that died while it waited for pages is replaced."""
        while True:
            is_fresh = not self._idle
            reader = await _begun() if is_fresh else self._idle.pop()
            try:
                async with asyncio.timeout(self._longest.total_seconds()):
                    facts = await _asked(reader, fetched, hosts)
            except BaseException as error:  # also when whoever asked went away: the answer would be the next page's
                await _ended(reader)
                if isinstance(error, TimeoutError) or (is_fresh and isinstance(error, _DIED)):
                    return None
                if not isinstance(error, _DIED):
                    raise
            else:
                self._idle.append(reader)
                return facts

    async def aclose(self) -> None:
        """End the processes."""
        while self._idle:
            await _ended(self._idle.pop())


async def _begun() -> Process:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    module = "bot.gateways.page_process"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=PIPE, stdout=PIPE, cwd=_ROOT, env=kept
    )


async def _asked(reader: Process, fetched: Fetched, hosts: Collection[str] | None) -> Facts | None:
    assert reader.stdin is not None
    assert reader.stdout is not None
    wanted = None if hosts is None else sorted(hosts)
    about = json.dumps([fetched.url, fetched.headers.get("content-type", ""), wanted]).encode()
    reader.stdin.writelines([ASKED.pack(len(about), len(fetched.body)), about, fetched.body])
    await reader.stdin.drain()
    (size,) = ANSWERED.unpack(await reader.stdout.readexactly(ANSWERED.size))
    facts: Facts | None = json.loads(await reader.stdout.readexactly(size))
    return facts


async def _ended(reader: Process) -> None:
    if reader.returncode is None:
        reader.kill()
    await reader.communicate()
