"""`python -m bot …` as a person at a shell meets it: clear words, honest exit codes, no tracebacks."""

import json
import os
import re
import signal
import subprocess
import sys

import httpx
import pytest

from bot.app import TABLES
from bot.config import WHERE_TO_GET
from bot.sandbox.slack.web_api import METHODS
from bot.sandbox.slack.web_api import SCOPES as SCOPE_OF
from handlers import merged
from handlers.manifest import manifest
from tests.scenarios.processes import ROOT, free_port, outside

pytestmark = pytest.mark.slow


@pytest.fixture
async def world(sqlite_url, tmp_path):
    async with outside(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def shell(tmp_path):
    """Run a command to its end in an empty folder, with these settings and no others."""

    def run(*command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *command],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def said(world):
    """Run a command to its end against the stand-ins: its exit code and all it wrote."""

    async def run(*command: str, **settings: str) -> tuple[int, str]:
        bot = world.start(*command, **settings)
        code = await bot.ended(30)
        assert "Traceback" not in bot.output
        return code, bot.output

    return run


def test_help_names_every_command_and_a_missing_token_is_said_in_words(shell):
    helped = shell("--help")
    refused = shell("run")

    assert helped.returncode == 0
    names = ("demo", "run", "web", "worker", "migrate", "doctor", "manifest", "token")
    assert all(name in helped.stdout for name in names)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert all(words in refused.stderr for words in ("SLACK_BOT_TOKEN", "xoxb", "SLACK_SIGNING_SECRET", "bot demo"))
    assert "Traceback" not in refused.stderr


def test_help_and_refusals_wait_for_no_heavy_part():
    """What takes seconds to import stays out until a command needs it."""
    heavy = (
        "{'sqlalchemy', 'alembic', 'slack_bolt', 'slack_sdk', 'fastapi', 'uvicorn', 'aiohttp', 'httpx', 'apscheduler'}"
    )
    asked = "import sys, bot.commands, bot.commands.logs; print(*sorted(" + heavy + " & set(sys.modules)))"

    loaded = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert (loaded.returncode, loaded.stdout.strip(), loaded.stderr) == (0, "", "")


@pytest.mark.parametrize("command", ["run", "web", "worker"])
async def test_without_tokens_each_process_says_what_is_missing(said, command):
    code, output = await said(command, SLACK_BOT_TOKEN="", SLACK_SIGNING_SECRET="")

    assert code == 2
    assert WHERE_TO_GET["SLACK_BOT_TOKEN"] in squeezed(output)
    assert "python -m bot demo" in squeezed(output)
    assert ("SLACK_SIGNING_SECRET" in output) == (command != "worker")


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("PORT", "eighty", "integer"),
        ("PORT", "70000", "65535"),
        ("TIMEZONE", "Mars/Olympus", "Europe/Prague"),
        ("DIGEST_AT", "nine", "DIGEST_AT"),
        ("LOG_LEVEL", "loud", "warning"),
        ("LOG_FORMAT", "xml", "json"),
        ("DATABASE_URL", "mysql://localhost/leads", "postgresql://"),
        ("DATABASE_URL", "postgresql://me:secret@localhost:fifty/leads", "DATABASE_URL"),
        ("REPLIES_IMAP_URL", "imap.ours.com:secret", "imaps://user:password@host"),
    ],
)
async def test_a_setting_that_cannot_be_used_is_named(said, name, text, word):
    code, output = await said("run", **{name: text})

    assert code == 2
    assert name in output
    assert word in squeezed(output)
    assert "secret" not in output


async def test_every_setting_that_cannot_be_used_is_named_in_one_go(said):
    code, output = await said("run", PORT="x", TIMEZONE="y")

    assert code == 2
    assert "PORT" in output
    assert "TIMEZONE" in output


async def test_migrate_makes_the_schema_from_nothing_and_a_second_time_changes_nothing(said, tmp_path):
    url = f"sqlite:///{tmp_path / 'fresh.db'}"

    first = await said("migrate", DATABASE_URL=url)
    second = await said("migrate", DATABASE_URL=url)

    assert first[0] == second[0] == 0
    assert re.search(r"The schema is at \w+\.", first[1])


async def test_migrate_speaks_to_postgresql(said, postgres_url):
    assert (await said("migrate", DATABASE_URL=postgres_url))[0] == 0


@pytest.mark.parametrize("command", ["web", "worker"])
async def test_an_unmigrated_database_is_sent_to_migrate(said, tmp_path, command):
    code, output = await said(command, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")

    assert code == 2
    assert "python -m bot migrate" in squeezed(output)


@pytest.mark.parametrize("command", ["run", "web", "worker", "migrate", "token"])
@pytest.mark.parametrize("url", ["postgresql://nobody:hush@127.0.0.1:1/none", "sqlite:////nowhere/at/all.db"])
async def test_a_database_that_cannot_be_reached_is_said_in_words(said, command, url):
    words = {"token": ("token", "create", "--scope", "leads:read")}.get(command, (command,))

    code, output = await said(*words, DATABASE_URL=url)

    assert code == 2
    assert "DATABASE_URL" in output
    assert "hush" not in output


async def test_a_refused_token_or_a_silent_slack_is_said_in_words(said):
    refused = await said("run", SLACK_BOT_TOKEN="xoxb-of-somebody-else")
    silent = await said("worker", SLACK_API_URL=f"http://127.0.0.1:{free_port()}/api/")
    app_token = await said("run", SLACK_APP_TOKEN="xapp-of-somebody-else")

    assert [code for code, _ in (refused, silent, app_token)] == [2, 2, 2]
    assert "SLACK_BOT_TOKEN (invalid_auth)" in squeezed(refused[1])
    assert "Slack cannot be reached" in squeezed(silent[1])
    assert "SLACK_APP_TOKEN (invalid_auth)" in squeezed(app_token[1])


async def test_a_taken_port_is_said_in_words(world, said):
    await world.start("run").ready()

    code, output = await said("web")

    assert code == 2
    assert "in use" in output
    assert "PORT" in output


@pytest.mark.parametrize("command", ["run", "web"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_a_server_in_order(world, command, number):
    bot = await world.start(command).ready()

    bot.send(number)

    assert await bot.ended(20) == 0
    assert "Traceback" not in bot.output


async def test_the_manifest_is_complete_json_with_and_without_an_address(said):
    by_http = await said("manifest", "--url", "https://outreach.example.com/")
    by_socket = await said("manifest", "--socket")

    assert by_http[0] == by_socket[0] == 0
    assert json.loads(by_http[1]) == manifest("https://outreach.example.com")
    assert "https://outreach.example.com/slack/events" in by_http[1]
    assert json.loads(by_socket[1])["settings"]["socket_mode_enabled"] is True
    assert "/slack/events" not in by_socket[1]


@pytest.mark.parametrize("words", [(), ("--url", "outreach.example.com"), ("--url", "http://outreach.example.com")])
async def test_a_manifest_without_an_https_address_is_refused(said, words):
    code, output = await said("manifest", *words)

    assert code == 2
    assert "--url https://" in squeezed(output)


def test_the_manifest_names_what_the_doors_listen_to():
    table, app = merged(*TABLES), manifest("https://outreach.example.com")

    assert {each["command"] for each in app["features"]["slash_commands"]} == set(table.commands)
    assert set(app["settings"]["event_subscriptions"]["bot_events"]) == set(table.events)
    assert {each["callback_id"] for each in app["features"]["shortcuts"]} == set(table.shortcuts)


def test_the_manifest_asks_for_the_scope_of_every_method_called_and_of_every_event():
    calls = r"slack\.([a-z]+_\w+)"
    named = {name for path in (ROOT / "handlers").rglob("*.py") for name in re.findall(calls, path.read_text())}
    methods = {method for name in named for method in as_methods(name)}
    methods |= set(re.findall(r'"(files\.\w+)"', (ROOT / "bot/gateways/slack_files.py").read_text()))
    by_event = {"link_shared": "links:read"}
    for_private_channels = {"channels:history": {"groups:history", "im:history"}, "channels:read": {"groups:read"}}

    app = manifest("https://outreach.example.com")
    asked = set(app["oauth_config"]["scopes"]["bot"])

    needed = {SCOPE_OF[method] for method in methods if method in SCOPE_OF}
    needed |= {by_event[event] for event in app["settings"]["event_subscriptions"]["bot_events"] if event in by_event}
    assert {"chat.postMessage", "views.open", "users.info", "conversations.history"} <= methods
    assert needed <= asked
    related = set().union(*(for_private_channels.get(scope, set()) for scope in needed))
    assert asked - needed - related == {"commands", "chat:write.public"}


async def test_a_token_is_shown_once_and_opens_its_doors_only(world, said):
    code, output = await said("token", "create", "--scope", "leads:read", "--name", "a robot")
    token = output.strip()
    await world.start("web").ready()
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=world.address, headers=headers, trust_env=False) as client:
        reading = await client.get("/api/leads")
        pushing = await client.post("/api/plusvibe/leads/push", json={"campaignId": "x", "leadIds": ["y"]})

    assert code == 0
    assert (reading.status_code, pushing.status_code) == (200, 403)
    assert not any(token.encode() in path.read_bytes() for path in world.folder.glob("outreach.db*"))


async def test_an_unknown_scope_is_refused_with_those_there_are(said):
    code, output = await said("token", "create", "--scope", "everything")

    assert code == 2
    assert "leads:read" in squeezed(output)


async def test_doctor_finds_a_healthy_house_healthy(said):
    code, output = await said("doctor")

    assert code == 0
    assert "wrong" not in output


@pytest.mark.parametrize(
    ("settings", "finding", "remedy"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "invalid_auth", "Install the app again"),
        ({"SLACK_BOT_TOKEN": ""}, "not set", "OAuth & Permissions"),
        ({"SLACK_CHANNEL": "C0NOWHERE"}, "channel_not_found", "SLACK_CHANNEL"),
        ({"PLUSVIBE_API_KEY": "wrong"}, "refused our key", "PLUSVIBE_API_KEY"),
        ({"PLUSVIBE_API_KEY": ""}, "not connected", "PLUSVIBE_WORKSPACE_ID"),
        ({"PLUSVIBE_API_URL": "http://127.0.0.1:1/api/v1"}, "cannot be reached", "PLUSVIBE_API_URL"),
        ({"DATABASE_URL": "postgresql://nobody:hush@127.0.0.1:1/none"}, "cannot be reached", "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///fresh.db"}, "not up to date", "python -m bot migrate"),
        ({"REPLIES_IMAP_URL": "imap://a@b.com:hush@127.0.0.1:1/INBOX"}, "cannot be reached", "REPLIES_IMAP_URL"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
async def test_doctor_names_what_is_wrong_and_its_remedy(said, settings, finding, remedy):
    code, output = await said("doctor", **settings)

    assert code == 1
    assert finding in squeezed(output)
    assert remedy in squeezed(output)
    assert "hush" not in output


async def test_the_demo_opens_on_a_free_port_refuses_a_taken_one_and_ends_on_ctrl_c(world, said):
    port = str(free_port())
    demo = world.start("demo", "--port", port, "--no-browser")
    await world.until(lambda: "The local workspace is at" in demo.output, seconds=40)

    code, refused = await said("demo", "--port", port, "--no-browser")
    demo.send(signal.SIGINT)

    assert (code, "--port" in refused) == (2, True)
    assert await demo.ended(15) == 0
    assert "Traceback" not in demo.output


def squeezed(output: str) -> str:
    """The words, however the lines were broken."""
    return re.sub(r"\s+", " ", output)


def as_methods(name: str) -> list[str]:
    """Slack's methods behind a method of its client: `chat_postMessage` is `chat.postMessage`."""
    if name == "files_upload_v2":
        return ["files.getUploadURLExternal", "files.completeUploadExternal"]
    return [method for method in METHODS if method.replace(".", "_") == name]
