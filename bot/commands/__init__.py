"""Every command of `python -m bot`. Imports of the house stay inside the commands, so that `--help` is quick."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from bot.config import WHERE_TO_GET, Settings, SettingsError, read_settings
from bot.outreach.access import SCOPES
from bot.outreach.importing import Import, breakdown_lines

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The outreach bot: leads, audits and guarded pushes, in Slack.",
)
token_commands = typer.Typer(no_args_is_help=True, help="Tokens of the JSON API.")
cli.add_typer(token_commands, name="token")
import_commands = typer.Typer(no_args_is_help=True, help="Leads and companies out of files.")
cli.add_typer(import_commands, name="import")
out = Console()
err = Console(stderr=True)


def main() -> None:
    """Run a command. What a person can mend ends with its message and exit code 2, without a traceback."""
    try:
        cli()
    except SettingsError as error:
        err.print(str(error), style="red", highlight=False, markup=False)
        sys.exit(2)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the page")] = 3000,
    reset: Annotated[bool, typer.Option(help="Start again with fresh sample data")] = False,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser")] = True,
) -> None:
    """Everything on this machine, no account anywhere: a Slack-like page with sample leads."""
    from bot.commands.demo import prepare, run_demo

    prepare(port, reset=reset)
    asyncio.run(run_demo(port, browser=browser))


@cli.command()
def run() -> None:
    """One process: Slack, JSON API, webhooks and the clock."""
    from bot.commands.serving import serve

    settings = _for_slack()
    asyncio.run(serve(settings, clock=True, migrate_first=True))


@cli.command()
def web() -> None:
    """Slack, JSON API and webhooks without the clock; any number of processes."""
    from bot.commands.serving import serve

    asyncio.run(serve(_for_slack(), clock=False))


@cli.command()
def worker() -> None:
    """The clock without the doors; any number of processes on PostgreSQL."""
    from bot.commands.serving import work

    asyncio.run(work(_for_slack(doors=False)))


@cli.command()
def migrate() -> None:
    """Bring the schema to its newest step, from nothing or from any earlier one."""
    from bot.commands.serving import bring_up
    from storage.schema import newest_step

    bring_up(_settings().database_url)
    out.print(f"The schema is at {newest_step()}.", highlight=False)


@cli.command()
def doctor() -> None:
    """Check settings, tokens, scopes, database and vendors; exit 1 when something is wrong."""
    from bot.commands.checkup import check_all

    findings = asyncio.run(check_all(_settings()))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for finding in findings:
        mark = "[green]ok[/]" if finding.ok else "[red]wrong[/]" if finding.needed else "[yellow]off[/]"
        table.add_row(mark, finding.name, finding.said + ("" if finding.ok else f"\n[dim]{finding.remedy}[/]"))
    out.print(table)
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(1)


@cli.command()
def recount(
    repair: Annotated[bool, typer.Option("--repair", help="Write what was counted where the counter is wrong")] = False,
) -> None:
    """Compare every maintained counter with a recount; exit 1 when one is wrong and was left so."""
    from bot.commands.counting import count_again

    wrong = 0
    for workspace, line in asyncio.run(count_again(_settings(), repair=repair)):
        differs = line.kept != line.counted
        wrong += differs
        said = ("repaired" if repair else "WRONG") if differs else "ok"
        sys.stdout.write(f"{said:<9} {workspace}: {line.name}: counter {line.kept:,}, recount {line.counted:,}\n")
    sys.stdout.write(f"{wrong} wrong\n" if wrong else "Every counter equals its recount.\n")
    if wrong and not repair:
        raise typer.Exit(1)


@cli.command()
def manifest(
    url: Annotated[str, typer.Option(help="Public address of this app, https://…")] = "",
    socket: Annotated[bool, typer.Option(help="For Socket Mode: no addresses")] = False,
) -> None:
    """Print the Slack app manifest to paste at api.slack.com/apps."""
    from handlers.manifest import manifest as whole

    if not socket and not url.startswith("https://"):
        raise SettingsError("Give the app's public address, such as --url https://outreach.example.com, or --socket.")
    sys.stdout.write(json.dumps(whole(url, socket=socket), indent=2) + "\n")


@import_commands.command("leads")
def import_leads(
    file: Annotated[Path, typer.Argument(help="CSV: any delimiter, UTF-8, UTF-16 or Windows")],
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN where the guess is wrong; may be repeated")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go; FILE.rejects.csv otherwise")] = None,
) -> None:
    """Leads out of a file; started again after an interruption it goes on where it stood."""
    from bot.commands.importing import import_file, sheet_of

    sheet = sheet_of(file, columns or [])
    for target, at in sheet.mapping.items():
        err.print(f"{target.replace('_', ' ')} ← {sheet.header.names[at]}", highlight=False, markup=False)
    back = rejects or file.with_name(f"{file.name}.rejects.csv")
    with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=err) as bar:
        task = bar.add_task("0 rows", total=1.0)

        def show(so_far: Import, share: float) -> None:
            bar.update(task, completed=share, description=f"{so_far.taken:,} rows")

        done = asyncio.run(import_file(_settings(), sheet, back, show))
        bar.update(task, completed=1.0)
    for number, what in breakdown_lines(done.breakdown):
        sys.stdout.write(f"{number:>12,}  {what}\n")
    if done.breakdown.rejects:
        sys.stdout.write(f"Rejected rows with their reasons: {back}\n")


@import_commands.command("companies")
def import_companies(
    file: Annotated[Path, typer.Argument(help="CSV: any delimiter, UTF-8, UTF-16 or Windows")],
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN where the guess is wrong; may be repeated")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go; FILE.rejects.csv otherwise")] = None,
) -> None:
    """Companies out of a file, for the directory; a company that is there already is left out."""
    from bot.commands.companies import company_sheet, import_directory

    sheet = company_sheet(file, columns or [])
    for target, at in sheet.mapping.items():
        err.print(f"{target.replace('_', ' ')} ← {sheet.header.names[at]}", highlight=False, markup=False)
    back = rejects or file.with_name(f"{file.name}.rejects.csv")
    with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=err) as bar:
        task = bar.add_task("0 rows", total=1.0)
        done = asyncio.run(
            import_directory(
                _settings(),
                sheet,
                back,
                lambda rows, share: bar.update(task, completed=share, description=f"{rows:,} rows"),
            )
        )
        bar.update(task, completed=1.0)
    for number, what in done.lines:
        sys.stdout.write(f"{number:>12,}  {what}\n")
    if done.rejected:
        sys.stdout.write(f"Rejected rows with their reasons: {back}\n")


@token_commands.command()
def create(
    scope: Annotated[list[str], typer.Option(help=f"One of {', '.join(SCOPES)}; may be repeated")],
    name: Annotated[str, typer.Option(help="What it is for")] = "command line",
) -> None:
    """Make a token. It is shown once and kept as a hash."""
    from bot.commands.checkup import create_token

    sys.stdout.write(asyncio.run(create_token(_settings(), name, scope)) + "\n")


def _settings() -> Settings:
    from bot.commands.logs import set_up

    settings = read_settings()
    set_up(settings.log_level, settings.log_format)
    return settings


def _for_slack(*, doors: bool = True) -> Settings:
    settings = _settings()
    missing = settings.missing_for_slack(doors=doors)
    if missing:
        lines = [f"  {name}: {WHERE_TO_GET[name]}" for name in missing]
        raise SettingsError(
            "\n".join(
                [
                    f"Missing {', '.join(missing)}. Put them into the environment or .env:",
                    *lines,
                    "No Slack app yet? `python -m bot manifest --socket` prints one to paste at api.slack.com/apps.",
                    "To look around without an account: `python -m bot demo`.",
                ]
            )
        )
    return settings
