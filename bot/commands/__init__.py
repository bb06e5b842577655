"""Every command of `python -m bot`. Imports of the house stay inside the commands, so that `--help` is quick."""

import asyncio
import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.commands.import_lines import import_commands
from bot.config import WHERE_TO_GET, Settings, SettingsError
from bot.outreach.access import SCOPES

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The outreach bot: leads, audits and guarded pushes, in Slack.",
)
token_commands = typer.Typer(no_args_is_help=True, help="Tokens of the JSON API.")
cli.add_typer(token_commands, name="token")
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


@token_commands.command()
def create(
    scope: Annotated[list[str], typer.Option(help=f"One of {', '.join(SCOPES)}; may be repeated")],
    name: Annotated[str, typer.Option(help="What it is for")] = "command line",
) -> None:
    """Make a token. It is shown once and kept as a hash."""
    from bot.commands.checkup import create_token

    sys.stdout.write(asyncio.run(create_token(_settings(), name, scope)) + "\n")


def _settings() -> Settings:
    from bot.commands.logs import settings_read

    return settings_read()


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
