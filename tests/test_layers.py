"""The house's arrows: who may import whom. Imports point inward only."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "handlers", "storage", "blocks")
RULES = "bot.outreach"

# What each room may import of the house. The longest name that fits a module is its room.
ALLOWED: dict[str, set[str]] = {
    "bot.outreach": {"bot.outreach"},
    "bot.clock": set(),
    "bot.config": set(),
    "bot.keys": {"bot.config"},
    "bot.gateways": {"bot.outreach", "bot.gateways", "bot.clock"},
    "storage": {"bot.outreach", "storage"},
    "blocks": {"bot.outreach", "blocks"},
    "bot.services": {"bot.outreach", "bot.services", "bot.gateways", "bot.clock", "storage"},
    "handlers": {
        "bot.outreach",
        "bot.services",
        "bot.gateways.plusvibe_events",
        "bot.gateways.sendgrid_events",
        "bot.clock",
        "blocks",
        "handlers",
    },
    "bot.sandbox": {"bot.outreach", "bot.sandbox", "bot.clock"},
    "bot.connections": {
        "bot.config",
        "bot.keys",
        "bot.clock",
        "bot.gateways",
        "bot.outreach",
        "bot.services",
        "storage",
    },
    "bot.use_cases": {"bot", "handlers", "storage"},
    "bot.app": {"bot", "handlers", "storage", "blocks"},
    "bot.commands": {"bot", "handlers", "storage", "blocks"},
    "bot.__main__": {"bot.commands"},
    "bot": set(),
}
OUTSIDE_RULES = {"bot.outreach.templates": {"jinja2"}}


def _modules() -> list[tuple[str, Path]]:
    return [
        (".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path)
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "versions" not in path.parts
    ]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def _room(module: str) -> str:
    return max((room for room in ALLOWED if _within(module, room)), key=len)


@pytest.mark.parametrize(("module", "path"), _modules(), ids=[module for module, _ in _modules()])
def test_imports_point_inward_only(module: str, path: Path) -> None:
    allowed = ALLOWED[_room(module)] | {_room(module)}

    inside = {name for name in _imports(path) if name.split(".")[0] in ROOMS}

    assert {name for name in inside if not any(_within(name, room) for room in allowed)} == set()


@pytest.mark.parametrize(
    ("module", "path"),
    [entry for entry in _modules() if _within(entry[0], RULES)],
    ids=[module for module, _ in _modules() if _within(module, RULES)],
)
def test_the_rules_use_the_standard_library_only(module: str, path: Path) -> None:
    tops = {name.split(".")[0] for name in _imports(path)}

    outside = {top for top in tops if top not in sys.stdlib_module_names and top not in ROOMS}

    assert outside <= OUTSIDE_RULES.get(module, set())


def test_only_the_command_line_imports_the_assembled_application() -> None:
    importers = {module for module, path in _modules() if any(_within(name, "bot.app") for name in _imports(path))}

    assert {_room(module) for module in importers} <= {"bot.commands"}


def test_only_the_clock_reads_the_wall() -> None:
    readers = [
        module
        for module, path in _modules()
        if module != "bot.clock"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    ]

    assert readers == []


def test_the_top_level_is_the_clients() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"tests"}

    assert packages <= {"bot", "handlers", "storage", "blocks", "tests"}
