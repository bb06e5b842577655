"""Reading a file that was shared in Slack: the token goes to Slack alone, and nothing but the file comes back."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.gateways.http import Patience
from bot.gateways.slack_files import LARGEST_FILE_BYTES, SlackFiles
from bot.outreach.errors import Invalid, NotFound, Unavailable
from bot.sandbox.serving import serving
from bot.sandbox.slack.server import ANA, GENERAL, OUTREACH, new_local_slack, served

QUICK = Patience(attempts=2, first_wait=timedelta(0), longest_wait=timedelta(0))


@pytest.fixture
async def slack():
    local = new_local_slack(app_url="http://app/slack/events", base_url="http://not-served-yet")
    async with served(local) as running:
        yield running


@pytest.fixture
async def files(slack):
    gateway = SlackFiles(f"{slack.settings.base_url}/api/", slack.workspace.bot_token, patience=QUICK)
    yield gateway
    await gateway.aclose()


class OddSlack:
    """Answers what a test says, and counts whom the token reached."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.asked: list[str] = []
        self.answer: Response = Response(b"email\n", media_type="text/csv")
        self.web = FastAPI(openapi_url=None)
        self.web.add_api_route("/api/files.info", self.info)
        self.web.add_api_route("/{path:path}", self.file, response_model=None)

    async def info(self) -> dict[str, Any]:
        return self.told

    async def file(self, path: str, request: Request) -> Response:
        self.asked.append(request.headers.get("authorization", ""))
        return self.answer


@pytest.fixture
async def odd():
    stands_in = OddSlack()
    async with serving(stands_in.web) as address:
        stands_in.told = {"ok": True, "file": {"id": "F1", "name": "a.csv", "size": 6, "url_private": f"{address}/a"}}
        gateway = SlackFiles(f"{address}/api/", "xoxb-1", patience=QUICK)
        yield stands_in, gateway
        await gateway.aclose()


async def test_a_file_is_read_byte_for_byte(slack, files):
    file = await slack.attach(ANA, "leads žluté.csv", "email\nžaneta@acme.cz\n".encode("cp1250"))

    about = await files.about(file.id)

    assert (about.name, about.size) == (file.name, len(file.content))
    assert await files.read(about) == file.content


async def test_a_file_that_is_gone_or_out_of_sight_is_said_so(slack, files):
    far = await slack.attach(ANA, "far.csv", b"email\n")
    await slack.type_message(ANA, GENERAL, "", files=[far.id])
    gone = await slack.attach(ANA, "gone.csv", b"email\n")
    about = await files.about(gone.id)
    await slack.delete_file(ANA, gone.id)

    for file_id, said in ((far.id, "Invite me"), (gone.id, "not in Slack any more"), ("F404", "cannot see")):
        with pytest.raises(NotFound, match=said):
            await files.about(file_id)
    with pytest.raises(NotFound, match="not in Slack any more"):
        await files.read(about)


async def test_more_than_ten_megabytes_are_never_read(slack, files):
    file = await slack.upload(ANA, "large.csv", b"x" * (LARGEST_FILE_BYTES + 1))
    await slack.type_message(ANA, OUTREACH, "", files=[file.id])

    with pytest.raises(Invalid, match=r"over 10 MB.*from the shell"):
        await files.read(await files.about(file.id))


async def test_a_missing_scope_names_the_remedy(slack, files):
    file = await slack.attach(ANA, "leads.csv", b"email\n")
    about = await files.about(file.id)

    slack.settings.scopes -= {"files:read"}

    for asking in (files.about(file.id), files.read(about)):
        with pytest.raises(Unavailable, match="files:read") as refused:
            await asking
        assert not refused.value.transient


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a.csv",
        "https://slack.com.evil.example/a.csv",
        "http://files.slack.com/a.csv",
        "https://files.slack.com:8443/a.csv",
        "https://files.slack.com@evil.example/a.csv",
        "http://127.0.0.1:1/a.csv",
        "file:///etc/passwd",
        "https://[::1/a.csv",
    ],
)
async def test_the_token_goes_nowhere_else(odd, url):
    stands_in, gateway = odd
    stands_in.told["file"]["url_private"] = url

    with pytest.raises(Unavailable, match="outside Slack"):
        await gateway.read(await gateway.about("F1"))


async def test_a_redirect_is_not_followed_and_a_page_is_no_file(odd):
    stands_in, gateway = odd
    about = await gateway.about("F1")

    stands_in.answer = RedirectResponse("/elsewhere")
    with pytest.raises(Unavailable):
        await gateway.read(about)
    assert stands_in.asked == ["Bearer xoxb-1"]
    stands_in.answer = HTMLResponse("<title>Sign in</title>")
    with pytest.raises(Unavailable, match="files:read"):
        await gateway.read(about)


async def test_a_file_larger_than_slack_said_is_cut_off(odd):
    stands_in, gateway = odd
    stands_in.answer = Response(b"x" * (LARGEST_FILE_BYTES + 1))

    with pytest.raises(Unavailable, match="larger"):
        await gateway.read(await gateway.about("F1"))


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"ok": False, "error": "invalid_auth"}, Unavailable),
        ({"ok": False, "error": "internal_error"}, Unavailable),
        ({"ok": False}, Unavailable),
        ({"ok": True, "file": {"id": "F1", "mode": "tombstone"}}, NotFound),
        ({"ok": True, "file": {"id": "F1", "name": "a.csv"}}, Unavailable),
        ({"ok": True, "file": None}, NotFound),
    ],
    ids=["bad token", "fault", "nothing said", "tombstone", "no address", "no file"],
)
async def test_odd_answers_become_words(odd, told, kind):
    stands_in, gateway = odd
    stands_in.told = told

    with pytest.raises(kind):
        await gateway.about("F1")
