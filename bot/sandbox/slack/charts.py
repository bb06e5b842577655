"""`data_visualization` blocks as plain geometry, which `chart.html.j2` draws as inline SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28  # room for the axes, in the SVG's units
COLOURS = ("#1264a3", "#2bac76", "#e8912d", "#cd2553", "#611f69", "#1d9bd1", "#5c7a29", "#b0413e")


@dataclass(frozen=True)
class Mark:
    """One drawn thing: a bar (`x, y, width, height`), or a `path`, with what it stands for as its title."""

    colour: str
    title: str
    path: str = ""
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    is_filled: bool = True


@dataclass(frozen=True)
class Label:
    text: str
    x: float
    y: float


@dataclass
class Chart:
    title: str
    kind: str
    marks: list[Mark] = field(default_factory=list)
    grid: list[Label] = field(default_factory=list)  # horizontal lines, labelled at the left
    ticks: list[Label] = field(default_factory=list)  # categories under the x axis
    legend: list[tuple[str, str]] = field(default_factory=list)  # colour, text
    x_label: str = ""
    y_label: str = ""


def chart(block: dict[str, Any]) -> Chart:
    """The drawing of one block. A kind we do not know gives a chart without marks; its title is still shown."""
    body = block.get("chart") or {}
    drawing = Chart(str(block.get("title", "")), str(body.get("type", "")))
    if drawing.kind == "pie":
        _pie(drawing, body.get("segments") or [])
    elif drawing.kind in ("bar", "line", "area"):
        _axes(drawing, body)
    return drawing


def _pie(drawing: Chart, segments: Sequence[dict[str, Any]]) -> None:
    total = sum(float(segment["value"]) for segment in segments) or 1.0
    start = 0.0
    for number, segment in enumerate(segments):
        share = float(segment["value"]) / total
        title = f"{segment['label']}: {_figure(segment['value'])} ({share:.0%})"
        colour = COLOURS[number % len(COLOURS)]
        drawing.marks.append(Mark(colour, title, _slice(start, start + share)))
        drawing.legend.append((colour, title))
        start += share


def _slice(start: float, end: float) -> str:
    cx, cy, radius = WIDTH / 2, HEIGHT / 2, HEIGHT / 2 - TOP
    if end - start > 0.9999:  # an arc from a point to itself draws nothing
        return f"M{cx - radius} {cy}a{radius} {radius} 0 1 1 {2 * radius} 0a{radius} {radius} 0 1 1 {-2 * radius} 0z"
    x1, y1 = cx + radius * math.sin(math.tau * start), cy - radius * math.cos(math.tau * start)
    x2, y2 = cx + radius * math.sin(math.tau * end), cy - radius * math.cos(math.tau * end)
    is_large = int(end - start > 0.5)
    return f"M{cx} {cy}L{x1:.1f} {y1:.1f}A{radius} {radius} 0 {is_large} 1 {x2:.1f} {y2:.1f}z"


def _axes(drawing: Chart, body: dict[str, Any]) -> None:
    series = body.get("series") or []
    axes = body.get("axis_config") or {}
    categories = axes.get("categories") or [point["label"] for point in (series[0]["data"] if series else [])]
    drawing.x_label, drawing.y_label = str(axes.get("x_label") or ""), str(axes.get("y_label") or "")
    values = [[_value(line, category) for category in categories] for line in series]
    top = _round_up(max((value for line in values for value in line), default=1.0))
    drawing.grid = [Label(_figure(top * part / 4), LEFT, _y(top * part / 4, top)) for part in range(5)]
    slot = (WIDTH - LEFT - RIGHT) / max(len(categories), 1)
    drawing.ticks = [
        Label(str(name), LEFT + slot * (n + 0.5), HEIGHT - BOTTOM + 16) for n, name in enumerate(categories)
    ]
    for number, line in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        drawing.legend.append((colour, str(line["name"])))
        if drawing.kind == "bar":
            drawing.marks += _bars(colour, line["name"], categories, values[number], top, (number, len(series)))
        else:
            drawing.marks.append(_line(drawing.kind, colour, line["name"], values[number], top))


def _bars(
    colour: str, name: str, categories: Sequence[str], values: Sequence[float], top: float, place: tuple[int, int]
) -> list[Mark]:
    """One series' bars; `place` is its number among how many, for they stand side by side."""
    slot = (WIDTH - LEFT - RIGHT) / max(len(categories), 1)
    width = slot * 0.7 / place[1]
    return [
        Mark(
            colour,
            f"{name}, {category}: {_figure(value)}",
            x=LEFT + slot * (n + 0.15) + width * place[0],
            y=_y(value, top),
            width=width * 0.92,
            height=_y(0, top) - _y(value, top),
        )
        for n, (category, value) in enumerate(zip(categories, values, strict=True))
    ]


def _line(kind: str, colour: str, name: str, values: Sequence[float], top: float) -> Mark:
    slot = (WIDTH - LEFT - RIGHT) / max(len(values), 1)
    points = [f"{LEFT + slot * (n + 0.5):.1f} {_y(value, top):.1f}" for n, value in enumerate(values)]
    path = "M" + "L".join(points)
    if kind == "area":
        floor = f"{_y(0, top):.1f}"
        path += f"L{points[-1].split()[0]} {floor}L{points[0].split()[0]} {floor}z"
    return Mark(colour, name, path, is_filled=kind == "area")


def _value(line: dict[str, Any], category: str) -> float:
    return next((float(point["value"]) for point in line["data"] if point["label"] == category), 0.0)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * max(value, 0) / top


def _round_up(value: float) -> float:
    """The next 1, 2, 4 or 8 times a power of ten: quarters of it are short to write."""
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return float(next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value))


def _figure(value: float) -> str:
    return f"{float(value):,.2f}".rstrip("0").rstrip(".")
