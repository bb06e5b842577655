"""A small real Bolt app for the tests of the local workspace: one command, one modal, a message with buttons."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.hands import LocalSlack

Block = dict[str, Any]


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": text.lower()}


def button(action_id: str, text: str = "Press", **more: Any) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: Block, block_id: str = "row") -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def asking(block_id: str, element: Block, **more: Any) -> Block:
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **more}


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def modal(*blocks: Block, **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "lead",
        "title": plain("New lead"),
        "submit": plain("Save"),
        "blocks": list(blocks),
        **more,
    }


def lead_modal(*extra: Block) -> dict[str, Any]:
    name = asking("name", {"type": "plain_text_input", "action_id": "name"})
    choices = [option("Agency"), option("Shop")]
    kind = asking("kind", {"type": "static_select", "action_id": "kind", "options": choices}, optional=True)
    company = {"type": "external_select", "action_id": "company", "min_query_length": 1}
    return modal(name, kind, asking("company", company, optional=True), actions(button("more", "More")), *extra)


@dataclass
class SmallApp:
    """The app, its web door, and what its listeners heard."""

    bolt: AsyncApp
    web: FastAPI
    heard: list[dict[str, Any]] = field(default_factory=list)
    command_wait_seconds: float = 0.0
    fail_events: int = 0
    meanwhile: Callable[[], None] = lambda: None  # what happens while it answers a submission


def small_app(slack: LocalSlack) -> SmallApp:
    client = AsyncWebClient(token=slack.workspace.bot_token, base_url=f"{slack.settings.base_url}/api/")
    bolt = AsyncApp(
        client=client,
        signing_secret=slack.workspace.signing_secret,
        logger=_quiet(),
        process_before_response=True,  # else a listener goes on after the answer, and a test may look too early
    )
    app = SmallApp(bolt, FastAPI())
    handler = AsyncSlackRequestHandler(bolt)

    @app.web.post("/slack/events")
    async def take(request: Request) -> Response:
        if app.fail_events and request.headers["content-type"].startswith("application/json"):
            app.fail_events -= 1
            app.heard.append({"retry": request.headers.get("x-slack-retry-num")})
            return Response(status_code=500)
        return await handler.handle(request)

    _listen(app)
    return app


def _quiet() -> logging.Logger:
    logger = logging.getLogger("small_app")
    logger.setLevel(logging.CRITICAL)
    return logger


def _listen(app: SmallApp) -> None:
    bolt = app.bolt

    @bolt.command("/leads")
    async def leads(ack: Any, body: dict[str, Any], client: AsyncWebClient, respond: Any) -> None:
        await asyncio.sleep(app.command_wait_seconds)
        app.heard.append(body)
        if body["text"] == "say":
            await ack("only you see this")
        elif body["text"] == "later":
            await ack()
            app.heard.append(await respond(text="from the response URL", response_type="in_channel"))
        else:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=lead_modal())

    @bolt.view("lead")
    async def save(ack: Any, body: dict[str, Any]) -> None:
        app.heard.append(body)
        app.meanwhile()
        name = body["view"]["state"]["values"]["name"]["name"]["value"]
        answers: dict[str, dict[str, Any]] = {
            "bad": {"response_action": "errors", "errors": {"name": "Already taken."}},
            "wrong": {"response_action": "errors", "errors": {"nowhere": "No such block."}},
            "next": {"response_action": "update", "view": modal(section("Saved"), callback_id="done")},
            "deeper": {"response_action": "push", "view": lead_modal()},
        }
        await ack(**answers.get(name, {}))

    @bolt.options("company")
    async def suggest(ack: Any, body: dict[str, Any]) -> None:
        await ack(options=[option(f"{body['value']} Ltd"), option(f"{body['value']} Inc")])

    async def note(ack: Any, body: dict[str, Any]) -> None:
        app.heard.append(body)
        await ack()

    for register in (bolt.action(re.compile(".*")), bolt.view_closed("lead"), bolt.shortcut("grab")):
        typed: Callable[[Callable[..., Awaitable[None]]], Any] = register
        typed(note)

    async def hear(body: dict[str, Any], request: Any) -> None:
        app.heard.append({**body, "retry": request.headers.get("x-slack-retry-num")})

    for event in ("app_home_opened", "message"):
        bolt.event(event)(hear)
