"""A workspace nobody answers for, and a browser without script at its page."""

import httpx
import pytest
from fastapi import FastAPI
from page_given import NOW

from bot.sandbox.slack.page import PageTool, page_router
from bot.sandbox.slack.server import new_local_slack


@pytest.fixture
def local():
    """A workspace nobody answers for: these tests only look."""
    commands = [{"command": "/leads", "description": "Leads", "usage_hint": "[find]"}]
    return new_local_slack(app_url="http://app", base_url="http://127.0.0.1", commands=commands, clock=lambda: NOW)


@pytest.fixture
def page(local):
    """A browser without script at the page."""
    web = FastAPI()
    web.include_router(page_router(local, tools=[PageTool("PlusVibe", "/plusvibe"), PageTool("Opens", "/x", "POST")]))
    return httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://127.0.0.1:3000")
