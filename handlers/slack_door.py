"""`POST /slack/events`: commands, interactivity, options and events. Nothing is parsed before its signature holds."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

log = structlog.get_logger()
LONGEST_BODY_BYTES = 1024 * 1024
SIGNED_BY = ("x-slack-request-timestamp", "x-slack-signature")
SSL_CHECK = b"ssl_check=1"
UNHANDLED = 404


def slack_events(bolt: AsyncApp, signing_secret: str) -> APIRouter:
    """The door. Bolt parses before it verifies and logs what it refuses, so the signature is checked here.

    signing_secret: empty in Socket Mode; then nothing is taken by HTTP.
    """
    router = APIRouter(include_in_schema=False)
    verifier = SignatureVerifier(signing_secret) if signing_secret.strip() else None

    async def receive(request: Request) -> Response:
        body = await request.body()
        if len(body) > LONGEST_BODY_BYTES:
            return Response(status_code=413)
        if SSL_CHECK in body.split(b"&"):  # Slack asks now and then whether our certificate holds; it signs nothing
            return Response()
        if verifier is None or not is_signed(verifier, request, body):
            log.warning("slack request refused", bytes=len(body))
            return Response(status_code=401)
        asked = _read(request, body)
        if asked is None or not is_whole(asked.body):  # signed, and yet no payload of Slack's
            log.warning("slack request unreadable", bytes=len(body))
            return Response(status_code=400)
        answer = await bolt.async_dispatch(asked)
        if answer.status == UNHANDLED:  # an event or interaction we never asked for, or one that is new at Slack
            log.warning("nobody listens", type=str(asked.body.get("type"))[:40])
            return Response()
        return to_starlette_response(answer)

    # Not a FastAPI route: a click has three seconds, and there are no parameters to solve.
    router.add_route("/slack/events", receive, methods=["POST"])
    return router


def _read(request: Request, body: bytes) -> AsyncBoltRequest | None:
    try:
        return to_async_bolt_request(request, body)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def is_whole(payload: Mapping[str, Any]) -> bool:
    """Whether the parts are there that Bolt and our tables take for granted in payloads of this type."""
    match payload.get("type"):
        case "block_actions":
            actions = payload.get("actions")
            return isinstance(actions, list) and bool(actions) and "action_id" in actions[0]
        case "view_submission" | "view_closed":
            view = payload.get("view")
            return isinstance(view, dict) and {"type", "callback_id"} <= view.keys()
        case "shortcut" | "message_action":
            return isinstance(payload.get("callback_id"), str)
        case "event_callback":
            return isinstance(payload.get("event"), dict)
    return True


def is_signed(verifier: SignatureVerifier, request: Request, body: bytes) -> bool:
    """Whether one timestamp of the last five minutes and one signature of exactly these bytes are there."""
    given = {name: request.headers.getlist(name) for name in SIGNED_BY}
    if any(len(values) != 1 for values in given.values()):
        return False
    try:
        return verifier.is_valid_request(body, {name: values[0] for name, values in given.items()})
    except (ValueError, TypeError):  # a time that is no number, a signature or body that is no text
        return False
