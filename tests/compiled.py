"""Statements compiled once a process.

SQLAlchemy keeps a compiled statement with its engine, and every test has engines of its own: a fifth of the tests'
time went into compiling the same statements again. Here all engines of one kind share a dialect and its statements.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import URL, Engine
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from storage import engines

_STATEMENTS = 10_000
_Kind = tuple[type, str | None]
_known: dict[_Kind, Engine] = {}  # by what their dialects are made of


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """For the whole run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("create_engine", "create_async_engine"):
            patch.setattr(engines, name, _sharing(getattr(engines, name)))
        yield


def _sharing(create: Callable[..., Engine | AsyncEngine]) -> Callable[..., Engine | AsyncEngine]:
    def created(url: URL, **options: Any) -> Engine | AsyncEngine:
        made = create(url, **options)
        engine = made if isinstance(made, Engine) else made.sync_engine
        kind = type(engine.dialect), options.get("isolation_level")
        first = _known.get(kind)
        if first is None or getattr(first.dialect, "server_version_info", None) is None:  # one that never connected
            _known[kind] = engine
            engine._compiled_cache = LRUCache(_STATEMENTS)
        else:
            engine.dialect = engine.pool._dialect = first.dialect
            engine._compiled_cache = first._compiled_cache
        return made

    return created
