"""JSON that strangers sent, as a database can keep it: no NaN, no endless numbers or nesting, no NUL."""

import json
import math
from typing import Any

DEEPEST = 20
LONGEST_NUMBER = 18


def strict_json(raw: bytes) -> Any:
    """The value in a body. Raises `ValueError` or `RecursionError` for what is not JSON or could not be kept."""
    text = raw.decode(json.detect_encoding(raw), "surrogatepass")
    value = _decode(text)
    if not text.isascii() or "\\u" in text:
        return _clean(value, DEEPEST)
    if text.count("{") + text.count("[") >= DEEPEST:
        _measure(value, DEEPEST)
    return value


def _measure(value: Any, deepest: int) -> None:
    """What `_clean` would refuse of plain letters, none of them by its number, as most bodies are."""
    if deepest == 1:
        raise ValueError("too deep")
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            _measure(item, deepest - 1)


def _clean(value: Any, deepest: int) -> Any:
    if not deepest:
        raise ValueError("too deep")
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return value
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(item, deepest - 1) for item in value]
    if isinstance(value, dict):
        return {_clean(key, deepest): _clean(item, deepest - 1) for key, item in value.items()}
    return value


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _int(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("too long a number")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("too large a number")
    return number


_decode = json.JSONDecoder(parse_constant=_refuse, parse_int=_int, parse_float=_float).decode
