"""Limits of the blocks that show figures: `table`, `data_table`, `data_visualization`."""

from typing import Any

from bot.sandbox.slack.limits_text import Check

Block = dict[str, Any]

MOST_COLUMNS = 20
MOST_TABLE_CHARACTERS = 10_000  # of one table, and of all tables of a message together
MOST_SERIES = 6  # the reference page says 6, an early announcement said 12


def check_table(check: Check, table: Block, pointer: str) -> None:
    check.keys(table, pointer, needed=("type", "rows"), allowed=("block_id", "column_settings"))
    for number, row in enumerate(check.items(table.get("rows"), f"{pointer}/rows", 100)):
        _row(check, row, f"{pointer}/rows/{number}", ("raw_text", "raw_number", "rich_text"))
    for index, column in enumerate(
        check.items(table.get("column_settings"), f"{pointer}/column_settings", MOST_COLUMNS, least=0)
    ):
        _column(check, column, f"{pointer}/column_settings/{index}")
    _whole(check, table, pointer)


def check_data_table(check: Check, table: Block, pointer: str) -> None:
    allowed = ("block_id", "page_size", "row_header_column_index")
    check.keys(table, pointer, needed=("type", "caption", "rows"), allowed=allowed)
    check.string(table.get("caption"), f"{pointer}/caption", 2_000)
    check.number(table.get("page_size"), f"{pointer}/page_size", 1, 100)
    check.number(table.get("row_header_column_index"), f"{pointer}/row_header_column_index", 0, MOST_COLUMNS - 1)
    rows = check.items(table.get("rows"), f"{pointer}/rows", 101, least=2)
    widths = {len(row) for row in rows if isinstance(row, list)}
    if len(widths) > 1:
        check.refuse(f"{pointer}/rows", "all rows must have the same number of cells")
    for number, row in enumerate(rows):
        kinds = ("raw_text", "raw_number", "rich_text") if number else ("raw_text", "raw_number")
        _row(check, row, f"{pointer}/rows/{number}", kinds)
    _whole(check, table, pointer)


def _row(check: Check, row: object, pointer: str, kinds: tuple[str, ...]) -> None:
    for index, cell in enumerate(check.items(row, pointer, MOST_COLUMNS)):
        here = f"{pointer}/{index}"
        if not check.is_object(cell, here) or not check.one_of(cell.get("type", ""), f"{here}/type", *kinds):
            continue
        if cell["type"] == "raw_text":
            check.keys(cell, here, needed=("type", "text"), allowed=())
            check.string(cell.get("text"), f"{here}/text", MOST_TABLE_CHARACTERS)
        elif cell["type"] == "raw_number":
            check.keys(cell, here, needed=("type", "value"), allowed=("text",))
            check.number(cell.get("value"), f"{here}/value", float("-inf"), float("inf"))
        else:
            check.keys(cell, here, needed=("type", "elements"), allowed=("block_id",))


def _column(check: Check, column: object, pointer: str) -> None:
    if column is not None and check.is_object(column, pointer):
        check.keys(column, pointer, allowed=("align", "is_wrapped"))
        check.one_of(column.get("align"), f"{pointer}/align", "left", "center", "right")


def _whole(check: Check, table: Block, pointer: str) -> None:
    if cell_characters(table) > MOST_TABLE_CHARACTERS:
        check.refuse(f"{pointer}/rows", f"all cells together must be at most {MOST_TABLE_CHARACTERS} characters")


def cell_characters(table: Block) -> int:
    """Characters of all cells of one table; a number counts as it is written."""
    rows = table.get("rows")
    cells = [cell for row in rows if isinstance(row, list) for cell in row] if isinstance(rows, list) else []
    return sum(len(_cell_text(cell)) for cell in cells if isinstance(cell, dict))


def _cell_text(cell: dict[str, Any]) -> str:
    if isinstance(cell.get("elements"), list):
        return "".join(_cell_text(part) for part in cell["elements"] if isinstance(part, dict))
    return str(cell.get("text") or cell.get("value") or "")


def check_chart(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type", "title", "chart"), allowed=("block_id",))
    title = block.get("title")
    if isinstance(title, dict):
        check.text(title, f"{pointer}/title", 50, plain=True)
    else:
        check.string(title, f"{pointer}/title", 50)
    chart = block.get("chart")
    if chart is None or not check.is_object(chart, f"{pointer}/chart"):
        return
    if not check.one_of(chart.get("type", ""), f"{pointer}/chart/type", "pie", "bar", "line", "area"):
        return
    if chart["type"] == "pie":
        _pie(check, chart, f"{pointer}/chart")
    else:
        _series(check, chart, f"{pointer}/chart")


def _pie(check: Check, chart: Block, pointer: str) -> None:
    check.keys(chart, pointer, needed=("type", "segments"), allowed=())
    for index, segment in enumerate(check.items(chart.get("segments"), f"{pointer}/segments", MOST_SERIES)):
        here = f"{pointer}/segments/{index}"
        if check.is_object(segment, here):
            check.keys(segment, here, needed=("label", "value"), allowed=())
            check.string(segment.get("label"), f"{here}/label", 20)
            if check.number(segment.get("value"), f"{here}/value", 0, float("inf")) and segment["value"] == 0:
                check.refuse(f"{here}/value", "must be more than 0")


def _series(check: Check, chart: Block, pointer: str) -> None:
    check.keys(chart, pointer, needed=("type", "series", "axis_config"), allowed=())
    if not check.is_object(axis := chart.get("axis_config"), f"{pointer}/axis_config"):
        return
    categories = check.items(axis.get("categories"), f"{pointer}/axis_config/categories", 20)
    for index, category in enumerate(categories):
        check.string(category, f"{pointer}/axis_config/categories/{index}", 20)
    check.strings(axis, f"{pointer}/axis_config", x_label=50, y_label=50)
    all_series = check.items(chart.get("series"), f"{pointer}/series", MOST_SERIES)
    names = [series.get("name") for series in all_series if isinstance(series, dict)]
    if len(set(map(str, names))) < len(names):
        check.refuse(f"{pointer}/series", "names must be unique")
    for index, series in enumerate(all_series):
        _one_series(check, series, f"{pointer}/series/{index}", categories)


def _one_series(check: Check, series: object, pointer: str, categories: list[Any]) -> None:
    if not check.is_object(series, pointer):
        return
    check.keys(series, pointer, needed=("name", "data"), allowed=())
    check.string(series.get("name"), f"{pointer}/name", 20)
    points = check.items(series.get("data"), f"{pointer}/data", 20)
    labels = [point.get("label") for point in points if isinstance(point, dict)]
    if sorted(map(str, labels)) != sorted(map(str, categories)):
        check.refuse(f"{pointer}/data", "needs exactly one point per category of axis_config")
    for index, point in enumerate(points):
        if check.is_object(point, f"{pointer}/data/{index}"):
            check.keys(point, f"{pointer}/data/{index}", needed=("label", "value"), allowed=())
            check.number(point.get("value"), f"{pointer}/data/{index}/value", float("-inf"), float("inf"))
