"""The smallest checks of a payload: lengths, counts, text objects, options and confirm dialogs.

Wording and JSON pointers follow what Slack puts in `response_metadata.messages`.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeGuard

MOST_OPTIONS = 100
OPTION_KEYS = frozenset({"text", "value", "description"})


@dataclass(frozen=True)
class Problem:
    """One thing Slack would refuse. `error` is the answer's `error`, `pointer` a JSON pointer into the payload."""

    error: str
    pointer: str
    message: str

    def __str__(self) -> str:
        return f"[ERROR] {self.message} [json-pointer:{self.pointer}]"


@dataclass
class Check:
    """Collects problems under one error name; each check answers whether the value can be looked into further."""

    error: str
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, pointer: str, message: str, *, error: str | None = None) -> bool:
        self.problems.append(Problem(error or self.error, pointer, message))
        return False

    def is_object(self, value: object, pointer: str) -> TypeGuard[dict[str, Any]]:
        return isinstance(value, dict) or self.refuse(pointer, "must be an object")

    def keys(self, value: dict[str, Any], pointer: str, *, needed: Iterable[str] = (), allowed: Container[str]) -> None:
        """Refuse missing keys, unknown keys, and keys whose value is None, which JSON would send as null."""
        for name in sorted(set(needed)):
            if value.get(name) is None:
                self.refuse(pointer, f"missing required field: {name}")
        for name in sorted(set(value) - set(needed)):
            if name not in allowed:
                self.refuse(pointer, f"invalid additional property: {name}")
            elif value[name] is None:
                self.refuse(f"{pointer}/{name}", "must not be null")

    def string(self, value: object, pointer: str, most: int, *, least: int = 1) -> bool:
        if value is None:
            return False
        if not isinstance(value, str):
            return self.refuse(pointer, "must be a string")
        if len(value) < least:
            return self.refuse(pointer, f"must be more than {least - 1} characters")
        if len(value) > most:
            return self.refuse(pointer, f"must be less than {most + 1} characters")
        return True

    def strings(self, of: dict[str, Any], pointer: str, /, **most: int) -> None:
        """Check several optional string keys at once, each with its own cap."""
        for name, cap in most.items():
            self.string(of.get(name), f"{pointer}/{name}", cap, least=0)

    def items(self, value: object, pointer: str, most: int, *, least: int = 1) -> list[Any]:
        """The list to look into, capped at `most` so that one long list gives one problem; empty when it is none."""
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(pointer, "must be an array")
            return []
        if len(value) < least:
            self.refuse(pointer, f"no fewer than {least} items required")
        if len(value) > most:
            self.refuse(pointer, f"no more than {most} items allowed")
        return value[:most]

    def number(self, value: object, pointer: str, least: float, most: float) -> bool:
        if value is None:
            return False
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.refuse(pointer, "must be a number")
        return least <= value <= most or self.refuse(pointer, f"must be between {least:g} and {most:g}")

    def one_of(self, value: object, pointer: str, *choices: str) -> bool:
        if value is None:
            return False
        return value in choices or self.refuse(pointer, f"must be one of: {', '.join(choices)}")

    def text(self, value: object, pointer: str, most: int, *, plain: bool = False) -> bool:
        """Check a text object; `plain` refuses mrkdwn. None passes, as the caller says which keys are needed."""
        if value is None or not self.is_object(value, pointer):
            return False
        kind = str(value.get("type"))
        if kind not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
            return self.refuse(f"{pointer}/type", f"unsupported text type: {kind}")
        self.keys(value, pointer, needed=("type", "text"), allowed=("emoji" if kind == "plain_text" else "verbatim",))
        return self.string(value.get("text"), f"{pointer}/text", most)

    def option(self, value: object, pointer: str, *, rich: bool = False, url: bool = False) -> None:
        """Check one option. `rich`: radio and checkbox options may use mrkdwn; `url`: overflow options may link."""
        if not self.is_object(value, pointer):
            return
        self.keys(value, pointer, needed=("text", "value"), allowed=OPTION_KEYS | ({"url"} if url else set()))
        self.text(value.get("text"), f"{pointer}/text", 75, plain=not rich)
        self.string(value.get("value"), f"{pointer}/value", 150)
        self.text(value.get("description"), f"{pointer}/description", 75, plain=not rich)
        self.strings(value, pointer, url=3_000)

    def options(self, value: object, pointer: str, most: int = MOST_OPTIONS, *, least: int = 1, **kinds: bool) -> None:
        for index, option in enumerate(self.items(value, pointer, most, least=least)):
            self.option(option, f"{pointer}/{index}", **kinds)

    def option_groups(self, value: object, pointer: str) -> None:
        for index, group in enumerate(self.items(value, pointer, MOST_OPTIONS)):
            here = f"{pointer}/{index}"
            if self.is_object(group, here):
                self.keys(group, here, needed=("label", "options"), allowed=())
                self.text(group.get("label"), f"{here}/label", 75, plain=True)
                self.options(group.get("options"), f"{here}/options")

    def confirm(self, value: object, pointer: str) -> None:
        if value is None or not self.is_object(value, pointer):
            return
        self.keys(value, pointer, needed=("title", "text", "confirm", "deny"), allowed=("style",))
        self.text(value.get("title"), f"{pointer}/title", 100, plain=True)
        self.text(value.get("text"), f"{pointer}/text", 300)
        self.text(value.get("confirm"), f"{pointer}/confirm", 30, plain=True)
        self.text(value.get("deny"), f"{pointer}/deny", 30, plain=True)
        self.one_of(value.get("style"), f"{pointer}/style", "primary", "danger")
