"""Ids of rows: UUIDs of version 7 (RFC 9562, 5.7). They begin with the time, so that new ones go to the end of an index
and not all over it.
"""

import os
import time
from collections.abc import Sequence

_AT_ONCE = 256
_DIGITS = 20  # what an id has beside the time
_random: list[str] = []
os.register_at_fork(after_in_child=_random.clear)  # or two processes would give the same


def new_id() -> str:
    """A fresh id for any row."""
    while True:
        try:
            return _written(_beginning(time.time_ns() // 1_000_000), _random.pop())
        except IndexError:  # or another thread took the last
            _random.extend(_random_digits(_AT_ONCE))


def ids_at(seconds: float, count: int) -> list[str]:
    """Many that begin with the same moment, in seconds since 1970."""
    beginning = _beginning(int(seconds * 1000))
    return [_written(beginning, digits) for digits in _random_digits(count)]


def _beginning(milliseconds: int) -> str:
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}-7"


def _written(beginning: str, digits: str) -> str:
    """As text; `uuid.UUID` takes five times as long."""
    variant = "89ab"[int(digits[3], 16) & 3]
    return f"{beginning}{digits[:3]}-{variant}{digits[4:7]}-{digits[7:19]}"


def _random_digits(count: int) -> Sequence[str]:
    """For many ids by one question to the system: at each such question another thread takes the interpreter."""
    digits = os.urandom(_DIGITS // 2 * count).hex()
    return [digits[at : at + _DIGITS] for at in range(0, _DIGITS * count, _DIGITS)]
