"""The API's doors: key, workspace, limiter and faults once for all routes, then one function per endpoint."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.plusvibe import lead_routes, other_routes, unibox_routes
from bot.sandbox.plusvibe.asked import Asked, Refused
from bot.sandbox.plusvibe.enrolment import add_leads
from bot.sandbox.plusvibe.faults import Fault, spoilt
from bot.sandbox.plusvibe.world import Call, PlusVibeWorld

PREFIX = "/api/v1"
WORKSPACE_IN_QUERY = frozenset({"/unibox/emails/reply"})
Act = Callable[[PlusVibeWorld, Asked], Any]
ROUTES: dict[tuple[str, str], Act] = {
    ("GET", "/authenticate"): other_routes.authenticate,
    ("GET", "/campaign/list-all"): other_routes.list_campaigns,
    ("GET", "/campaign/get/name"): other_routes.campaign_name,
    ("GET", "/campaign/get/status"): other_routes.campaign_status,
    ("POST", "/campaign/launch"): other_routes.launch_campaign,
    ("POST", "/lead/add"): add_leads,
    ("GET", "/lead/get"): lead_routes.get_lead,
    ("GET", "/lead/workspace-leads"): lead_routes.workspace_leads,
    ("GET", "/lead/count/lead-status"): lead_routes.count_by_status,
    ("POST", "/lead/data/update"): lead_routes.update_data,
    ("POST", "/lead/update/status"): lead_routes.update_status,
    ("POST", "/lead/delete"): lead_routes.delete_leads,
    ("GET", "/account/list"): other_routes.list_accounts,
    ("POST", "/hook/add"): other_routes.add_hook,
    ("GET", "/hook/list"): other_routes.list_hooks,
    ("DELETE", "/hook/del"): other_routes.delete_hooks,
    ("GET", "/unibox/emails"): unibox_routes.emails,
    ("GET", "/unibox/campaign-emails"): unibox_routes.campaign_emails,
    ("GET", "/unibox/emails/count/unread"): unibox_routes.count_unread,
    ("POST", "/unibox/emails/reply"): unibox_routes.reply,
    ("POST", "/unibox/threads/{thread_id}/mark-as-read"): unibox_routes.mark_as_read,
}


def api_router(world: PlusVibeWorld) -> APIRouter:
    """All endpoints under `/api/v1`. Plain routes: FastAPI looks at each endpoint's signature for milliseconds."""
    router = APIRouter()
    for (method, path), act in ROUTES.items():
        router.add_route(PREFIX + path, _endpoint(world, path, act), methods=[method])
    return router


def _endpoint(world: PlusVibeWorld, path: str, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        at = asyncio.get_running_loop().time()
        raw = await request.body()
        fault = world.next_fault(path)
        response = await _answer(world, request, raw, path, act, fault, at)
        body = _json(raw)
        world.calls.append(Call(at, request.method, path, dict(request.query_params), body, response.status_code))
        return response

    return endpoint


async def _answer(
    world: PlusVibeWorld, request: Request, raw: bytes, path: str, act: Act, fault: Fault | None, at: float
) -> Response:
    response: Response | None = None
    if fault is None or fault.effect:
        try:
            _admit(world, request, at)
            response = JSONResponse(act(world, _asked(world, request, raw, path)))
        except Refused as refusal:
            response = _refusal(world, refusal)
    if fault is not None:
        await asyncio.sleep(fault.hang_seconds)
        response = spoilt(fault) or response
    return response or Response(status_code=504)


def _admit(world: PlusVibeWorld, request: Request, at: float) -> None:
    """The key, then the rate."""
    if request.headers.get("x-api-key") != world.api_key:
        raise Refused(world.unknowns.wrong_key_status, "Unauthorized")
    if not world.unknowns.limiter:
        return
    while world.recent_calls and world.recent_calls[0] <= at - 1:
        world.recent_calls.popleft()
    if len(world.recent_calls) >= world.unknowns.limit_per_second:
        raise Refused(429, "Too many requests")
    world.recent_calls.append(at)


def _asked(world: PlusVibeWorld, request: Request, raw: bytes, path: str) -> Asked:
    """The call, its workspace checked: in the query of a GET and of a reply, in the body of anything else."""
    if len(raw) > world.unknowns.largest_body_bytes:
        raise Refused(413, "request entity too large")
    query = dict(request.query_params)
    body = _json(raw) if request.method != "GET" else {}
    if not isinstance(body, dict):
        raise Refused(400, "Invalid JSON body")
    if path != "/authenticate":
        in_query = request.method == "GET" or path in WORKSPACE_IN_QUERY
        workspace_id = (query if in_query else body).get("workspace_id")
        if not workspace_id:
            raise Refused(400, "workspace_id is required")
        if workspace_id != world.workspace_id:
            raise Refused(world.unknowns.wrong_workspace_status, "No access to this workspace")
    return Asked({**query, **request.path_params}, body)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def _refusal(world: PlusVibeWorld, refusal: Refused) -> Response:
    words: Any = [str(refusal)] if world.unknowns.error_shape == "errors" else str(refusal)
    seconds = world.unknowns.retry_after_seconds
    headers = {"Retry-After": str(seconds)} if refusal.status == 429 and seconds is not None else None
    return JSONResponse({"status": "error", world.unknowns.error_shape: words}, refusal.status, headers)
