"""A real browser, and a local Slack served with its page; the app's answers are the test's own."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright

from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.page import PageTool, page_router
from bot.sandbox.slack.server import new_local_slack, served
from tests.browser.walking import PATIENCE_MS, Person, living_demo
from tests.world import World

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Payload = dict[str, Any]


class AppStub:
    """Stands where the app stands: `heard` holds what Slack told it, `answer` says what it answers."""

    def __init__(self) -> None:
        self.heard: list[Payload] = []
        self.answer: Callable[[Payload], Any] = lambda payload: ""

    def of_type(self, kind: str) -> list[Payload]:
        return [payload for payload in self.heard if payload.get("type") == kind]

    async def take(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        payload = json.loads(form["payload"]) if "payload" in form else form
        self.heard.append(payload)
        said = self.answer(payload)
        return httpx.Response(200, json=said) if said else httpx.Response(200)


@pytest.fixture
def app() -> AppStub:
    return AppStub()


@pytest.fixture
async def slack(app: AppStub) -> AsyncIterator[LocalSlack]:
    local = new_local_slack(
        app_url="http://app/slack/events",
        base_url="http://not-served-yet",
        commands=[
            {"command": "/leads", "description": "Find leads", "usage_hint": "[find]"},
            {"command": "/push", "description": "Push leads", "usage_hint": "[leads]"},
        ],
        transport=httpx.MockTransport(app.take),
    )
    async with served(local, page_router(local, tools=[PageTool("PlusVibe", "/plusvibe")])) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        await launched.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page in which any script error or refused load fails the test."""
    page = await browser.new_page(viewport={"width": 1280, "height": 820})
    page.set_default_timeout(30_000)  # a busy machine is no failure
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: message.type == "error" and troubles.append(message.text))
    yield page
    await page.unroute_all(behavior="ignoreErrors")  # what it asks every moment may be on its way
    await page.close()
    assert troubles == []


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[World]:
    """The whole demo, alive."""
    async with living_demo(f"sqlite:///{tmp_path / 'outreach.db'}") as world:
        yield world


@pytest.fixture
async def ana(demo: World, page: Page) -> Person:
    """Ana in front of the demo's page."""
    page.set_default_timeout(PATIENCE_MS)
    return Person(page, demo.address)
