"""Figures, and how they are taken: ours and its floor in turns, medians, the ratio."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

Work = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Figure:
    """One figure. unit: `ms`, `a second`, `MB`, … reached: None where there is nothing to reach, only to know."""

    name: str
    ours: float
    unit: str
    reach: str = ""
    reached: bool | None = None
    floor: float | None = None
    floor_name: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours by the floor's."""
        return self.ours / self.floor if self.floor else None

    def told(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "ratio": self.ratio}


async def in_turns(*contestants: Work, rounds: int, times: int = 1) -> list[float]:
    """The median milliseconds of one call of each, taken in turns. times: calls in a row per turn."""
    taken: list[list[float]] = [[] for _ in contestants]
    for turn in range(rounds + 1):  # the first turn only warms up
        for contestant, own in zip(contestants, taken, strict=True):
            for _ in range(times):
                started = time.perf_counter()
                await contestant()
                if turn:
                    own.append((time.perf_counter() - started) * 1000)
    return [statistics.median(own) for own in taken]


def table(title: str, figures: Sequence[Figure]) -> Table:
    """The figures to read."""
    shown = Table(box=None, padding=(0, 2, 0, 0), title=title, title_justify="left", title_style="bold", expand=True)
    for heading in ("figure", "ours", "floor", "ratio", "reach", ""):
        shown.add_column(heading, justify="right" if heading in {"ours", "floor", "ratio"} else "left")
    for figure in figures:
        verdict = {True: "[green]reached[/]", False: "[red]missed[/]", None: ""}[figure.reached]
        floor = f"{_number(figure.floor)} {figure.unit}\n[dim]{figure.floor_name}[/]" if figure.floor else ""
        ratio = f"{figure.ratio:.2f} ×" if figure.ratio else ""
        name = f"{figure.name}\n[dim]{figure.note}[/]" if figure.note else figure.name
        shown.add_row(name, f"{_number(figure.ours)} {figure.unit}", floor, ratio, figure.reach, verdict)
    return shown


def _number(value: float | None) -> str:
    return f"{value or 0:,.0f}" if (value or 0) >= 100 else f"{value or 0:.2f}"
