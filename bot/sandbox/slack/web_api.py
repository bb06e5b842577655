"""The Web API's front door: arguments from query, form and JSON, tokens, scopes, faults, the record of calls."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from bot.sandbox.slack import methods_channels, methods_chat, methods_files, methods_people, methods_views
from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.refusals import SlackError
from bot.sandbox.slack.socket_mode import open_connection

Method = Callable[[LocalSlack, Arguments], dict[str, Any]]
Work = Callable[[], Awaitable[dict[str, Any]]]

METHODS: dict[str, Method] = {
    **methods_chat.METHODS,
    **methods_views.METHODS,
    **methods_channels.METHODS,
    **methods_people.METHODS,
    **methods_files.METHODS,
}
SCOPES: dict[str, str] = {
    **methods_chat.SCOPES,
    **methods_channels.SCOPES,
    **methods_people.SCOPES,
    **methods_files.SCOPES,
}
MOST_CALLS = 1_000
STRUCTURED = ("blocks", "attachments", "metadata", "view", "files", "unfurls", "message")


def web_api(slack: LocalSlack) -> APIRouter:
    """Serves `/api/{method}`, GET and POST alike."""
    router = APIRouter()

    async def call(method: str, request: Request) -> Response:
        arguments, token = await _arguments(request)
        work = partial(_call, slack, method, arguments, token)
        answer, status, headers = await _outcome(slack, method, arguments, work)
        return JSONResponse(answer, status_code=status, headers=headers)

    router.add_api_route("/api/{method}", call, methods=["GET", "POST"], include_in_schema=False, name="slack_web_api")
    return router


async def _outcome(
    slack: LocalSlack, method: str, arguments: dict[str, Any], work: Work
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Run one call through holds and faults and record it: its answer or refusal, the status and the headers."""
    status, headers = 200, {"x-oauth-scopes": ",".join(sorted(slack.settings.scopes))}
    try:
        answer = {"ok": True, **await _with_faults(slack, method, work)}
    except SlackError as refused:
        answer = {"ok": False, "error": refused.error, **refused.extra}
        status, headers = refused.status, headers | refused.headers
    _record(slack, method, arguments, answer, status)
    return answer, status, headers


async def _with_faults(slack: LocalSlack, method: str, work: Work) -> dict[str, Any]:
    """Do the work, unless the script of faults says otherwise."""
    await slack.faults.pass_holds(method)
    fault = slack.faults.next_for(method)
    if fault is None:
        return await work()
    if fault.after_work:
        await work()
    raise fault.refusal()


def _record(slack: LocalSlack, method: str, arguments: dict[str, Any], answer: dict[str, Any], status: int) -> None:
    """Keep the call in `workspace.calls`, the last thousand of them."""
    call = {"method": method, "arguments": dict(arguments), "answer": answer, "status": status}
    slack.workspace.calls.append(call | {"at": slack.settings.clock()})
    del slack.workspace.calls[:-MOST_CALLS]


async def _arguments(request: Request) -> tuple[Arguments, str]:
    """Query, form and JSON body together, and the token from its header or from among them."""
    found: dict[str, Any] = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        body = await request.body()
        found |= _object(body) if body else {}
    elif request.method == "POST":
        found |= {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    token = request.headers.get("authorization", "").removeprefix("Bearer ").strip() or str(found.get("token", ""))
    found.pop("token", None)
    for name in STRUCTURED:
        if isinstance(found.get(name), str):
            found[name] = _parsed(found[name])
    return Arguments(found), token


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _parsed(text: str) -> Any:
    """JSON when it is JSON; else the text itself, which the checks refuse as the wrong type."""
    try:
        return json.loads(text)
    except ValueError:
        return text


async def _call(slack: LocalSlack, method: str, arguments: Arguments, token: str) -> dict[str, Any]:
    if method == "api.test":
        return {"args": dict(arguments)}
    if not token:
        raise SlackError("not_authed")
    if token not in {slack.workspace.bot_token, slack.workspace.app_token}:
        raise SlackError("invalid_auth")
    if method == "apps.connections.open":
        return await open_connection(slack.sockets, slack.workspace.app_token, token)
    if method not in METHODS:
        raise SlackError("unknown_method", req_method=method)
    if token == slack.workspace.app_token:
        raise SlackError("not_allowed_token_type")
    needed = SCOPES.get(method)
    if needed and needed not in slack.settings.scopes:
        raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(slack.settings.scopes)))
    return METHODS[method](slack, arguments)


def response_urls(slack: LocalSlack) -> APIRouter:
    """Serves the addresses handed out as `response_url`."""
    router = APIRouter()

    async def respond(token: str, request: Request) -> Response:
        payload = _object(await request.body())

        async def work() -> dict[str, Any]:
            slack.use_response_url(token, payload)
            return {}

        answer, status, headers = await _outcome(slack, "response_url", payload, work)
        if answer["ok"]:
            return PlainTextResponse("ok")
        return JSONResponse(answer, status_code=status if status != 200 else 400, headers=headers)

    router.add_api_route("/response/{token}", respond, methods=["POST"], include_in_schema=False)
    return router
