"""The commands of `python -m bot import`."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from bot.commands.collecting import settle
from bot.outreach.importing import Import, ImportState, breakdown_lines, undo_lines

import_commands = typer.Typer(no_args_is_help=True, help="Leads and companies out of files.")
err = Console(stderr=True)
_SHOWN_ROWS = 5
T = TypeVar("T")


@import_commands.command("companies")
def import_companies(
    file: Annotated[Path, typer.Argument(help="CSV: any delimiter, UTF-8, UTF-16 or Windows")],
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN where the guess is wrong; may be repeated")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go; FILE.rejects.csv otherwise")] = None,
) -> None:
    """Companies out of a file, for the directory; started again after an interruption it goes on where it stood."""
    from bot.commands.companies import company_lines, company_sheet, import_directory
    from bot.commands.logs import settings_read

    sheet = company_sheet(file, columns or [])
    for target, at in sheet.mapping.items():
        err.print(f"{target.replace('_', ' ')} ← {sheet.header.names[at]}", highlight=False, markup=False)
    back = rejects or file.with_name(f"{file.name}.rejects.csv")
    with _bar() as bar:
        task = bar.add_task("0 rows", total=1.0)

        def show(rows: int, share: float) -> None:
            bar.update(task, completed=share, description=f"{rows:,} rows")

        done = _done(import_directory(settings_read(), sheet, back, show))
        bar.update(task, completed=1.0)
    _tell(company_lines(done))
    if done.reasons:
        sys.stdout.write(f"Rejected rows with their reasons: {back}\n")


@import_commands.command("leads")
def import_leads(
    file: Annotated[Path, typer.Argument(help="CSV: any delimiter, UTF-8, UTF-16 or Windows")],
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN where the guess is wrong; may be repeated")
    ] = None,
    campaign: Annotated[str, typer.Option(help="The campaign they join, by its name")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would come of it")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go; FILE.rejects.csv otherwise")] = None,
) -> None:
    """Leads out of a file; started again after an interruption it goes on where it stood."""
    from bot.commands.importing import forecast_file, import_file, wanted_of
    from bot.commands.logs import settings_read

    wanted = wanted_of(file, columns or [], campaign)
    for target, at in wanted.sheet.mapping.items():
        err.print(f"{target.replace('_', ' ')} ← {wanted.sheet.header.names[at]}", highlight=False, markup=False)
    if dry_run:
        for cells in wanted.sheet.samples[:_SHOWN_ROWS]:
            told = (f"{target}: {_shown(cells[at])}" for target, at in wanted.sheet.mapping.items() if at < len(cells))
            sys.stdout.write(f"  {' · '.join(told)}\n")
        _tell(breakdown_lines(asyncio.run(forecast_file(settings_read(), wanted))))
        sys.stdout.write("Nothing was imported.\n")
        return
    back = rejects or file.with_name(f"{file.name}.rejects.csv")
    with _bar() as bar:
        task = bar.add_task("0 rows", total=1.0)

        def show(so_far: str, share: float) -> None:
            bar.update(task, completed=share, description=so_far)

        done = _done(import_file(settings_read(), wanted, back, show))
        if done.state is ImportState.DONE:
            bar.update(task, completed=1.0)
    _tell(breakdown_lines(done.breakdown))
    if done.breakdown.rejects:
        sys.stdout.write(f"Rejected rows with their reasons: {back}\n")
    if done.state is ImportState.CANCELLED:
        sys.stdout.write("The import was cancelled.\n")
    if done.breakdown.added or done.breakdown.joined:
        sys.stdout.write(f"To take it back within 24 hours: python -m bot import undo {done.id}\n")


@import_commands.command("list")
def list_imports() -> None:
    """The last imports, newest first, with their ids."""
    from bot.commands.importing import newest_imports
    from bot.commands.logs import settings_read

    found = asyncio.run(newest_imports(settings_read()))
    for one in found:
        sums = ", ".join(f"{number:,} {what}" for number, what in breakdown_lines(one.breakdown)[:2])
        sys.stdout.write(f"{one.id}  {one.created_at:%Y-%m-%d %H:%M} UTC  {one.state:<9}  {_shown(one.name)}: {sums}\n")
    if not found:
        sys.stdout.write("Nothing was imported yet. Begin with: python -m bot import leads FILE\n")


@import_commands.command("cancel")
def cancel(import_id: Annotated[str, typer.Argument(help="As `import list` shows it")]) -> None:
    """Take no further row of a running import; what came in stays."""
    from bot.commands.importing import cancel_import
    from bot.commands.logs import settings_read

    _tell(breakdown_lines(asyncio.run(cancel_import(settings_read(), import_id)).breakdown))


@import_commands.command("undo")
def undo(import_id: Annotated[str, typer.Argument(help="As `import list` shows it")]) -> None:
    """Remove the leads an import of the last 24 hours added, except those to which something happened since."""
    from bot.commands.importing import undo_import
    from bot.commands.logs import settings_read

    with _bar() as bar:
        task = bar.add_task("0 leads removed", total=1.0)

        def show(so_far: Import) -> None:
            added = so_far.breakdown.added + so_far.breakdown.joined
            seen = so_far.removed + so_far.withdrawn + sum(so_far.kept.values())
            share = 1.0 if so_far.state is ImportState.UNDONE else seen / max(1, added)
            bar.update(task, completed=share, description=f"{so_far.removed:,} leads removed")

        done = asyncio.run(undo_import(settings_read(), import_id, show))
    _tell(undo_lines(done))


def _tell(lines: list[tuple[int, str]]) -> None:
    for number, what in lines:
        sys.stdout.write(f"{number:>12,}  {what}\n")


def _shown(cell: str) -> str:
    """A cell on one line; what would steer the terminal is left out."""
    return "".join(sign for sign in cell[:60] if sign.isprintable())


def _done(work: Coroutine[Any, Any, T]) -> T:
    """Of work that may take minutes."""
    settle()
    return asyncio.run(work)


def _bar() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=err)
