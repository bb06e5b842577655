"""The API's doors: the key, the faults and the checks, then the mail."""

import asyncio
import json
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.sendgrid.faults import html_refusal, refusal, spoilt
from bot.sandbox.sendgrid.mails import SentMail
from bot.sandbox.sendgrid.validation import WrongType, is_sandboxed, problems_of, recipients_of
from bot.sandbox.sendgrid.world import SendGridWorld

LARGEST_BODY_BYTES = 30 * 1024 * 1024
_WRONG_KEY = "The provided authorization grant is invalid, expired, or revoked"
_UNVERIFIED = "The from address does not match a verified Sender Identity. Mail cannot be sent until this is resolved."
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class _Api:
    """The routes."""

    def __init__(self, world: SendGridWorld) -> None:
        self._world = world

    async def send(self, request: Request) -> Response:
        raw = await request.body()
        fault = None if self._world.faults.down else self._world.faults.take()
        response: Response | None = None
        if fault is None or fault.effect:
            response = self._refused(request) or self._taken(request, raw)
        if fault is not None:
            await asyncio.sleep(fault.hang_seconds)
            response = spoilt(fault, self._world.clock()) or response
        return response or Response(status_code=504)

    async def scopes(self, request: Request) -> Response:
        return self._refused(request) or JSONResponse({"scopes": self._world.scopes})

    async def only_post(self, _: Request) -> Response:
        return refusal(405, "POST method allowed only")

    async def not_found(self, _: Request) -> Response:
        return refusal(404, "not found")

    def _refused(self, request: Request) -> Response | None:
        if self._world.faults.down:
            return html_refusal(503)
        if request.headers.get("authorization") != f"Bearer {self._world.api_key}":
            return refusal(401, _WRONG_KEY)
        return None

    def _taken(self, request: Request, raw: bytes) -> Response:
        """The mail's way in: its envelope, its rules, its sender, and it is queued."""
        if len(raw) > LARGEST_BODY_BYTES:
            return html_refusal(413)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return refusal(415, "Content-Type should be application/json")
        try:
            body = json.loads(raw.decode())
            json.dumps(body, ensure_ascii=False).encode()  # an escaped half of a character is no text
            problems = problems_of(body, self._world.clock()) if isinstance(body, dict) else None
        except UnicodeDecodeError:
            return refusal(415, "Invalid UTF8 in request")
        except (ValueError, RecursionError, WrongType):
            problems = None
        if problems is None:
            return refusal(400, "Bad Request")
        if problems:
            return JSONResponse({"errors": [problem.as_json() for problem in problems]}, 400)
        return self._queued(body)

    def _queued(self, body: Mapping[str, Any]) -> Response:
        world, domain = self._world, body["from"]["email"].rpartition("@")[2].lower()
        if "mail.send" not in world.scopes:
            return refusal(403, "access forbidden")
        if world.verified_domains and domain not in world.verified_domains:
            return JSONResponse({"errors": [{"message": _UNVERIFIED, "field": "from", "help": None}]}, 403)
        if is_sandboxed(body):
            return Response(status_code=200)
        message_id = token_urlsafe(16)
        world.accept(mails_of(body, message_id, world))
        return Response(status_code=202, headers={"X-Message-Id": message_id})


def api_router(world: SendGridWorld) -> APIRouter:
    """`POST /v3/mail/send` and `GET /v3/scopes`."""
    router, api = APIRouter(), _Api(world)
    for methods, path, answer in (
        (["POST"], "/mail/send", api.send),
        (["GET"], "/scopes", api.scopes),
        (_METHODS, "/mail/send", api.only_post),
        (_METHODS, "/{rest:path}", api.not_found),
    ):
        router.add_route(f"/v3{path}", answer, methods=methods)
    return router


def mails_of(body: Mapping[str, Any], message_id: str, world: SendGridWorld) -> list[SentMail]:
    """A checked body as one mail for each recipient."""
    blocks = [(block, person) for block in body["personalizations"] for person in recipients_of(block)]
    return [_mail(body, block, person, message_id, index, world) for index, (block, person) in enumerate(blocks)]


def _mail(
    body: Mapping[str, Any],
    block: Mapping[str, Any],
    person: Mapping[str, Any],
    message_id: str,
    index: int,
    world: SendGridWorld,
) -> SentMail:
    """One recipient's mail: headers and custom args of the personalization over the common ones, the rest instead."""
    parts = {part["type"]: part["value"] for part in reversed(body.get("content") or [])}
    sender = block.get("from") or body["from"]
    reply_to: Mapping[str, Any] = body.get("reply_to") or next(iter(body.get("reply_to_list") or []), {})
    return SentMail(
        id=f"{message_id}-{index}",
        at=world.clock(),
        sender=sender["email"],
        sender_name=sender.get("name") or "",
        to=person["email"],
        to_name=person.get("name") or "",
        reply_to=reply_to.get("email") or "",
        subject=block.get("subject") or body.get("subject") or "",
        text=parts.get("text/plain", ""),
        html=parts.get("text/html", ""),
        headers={**(body.get("headers") or {}), **(block.get("headers") or {})},
        custom_args={**(body.get("custom_args") or {}), **(block.get("custom_args") or {})},
        message_id=message_id,
        smtp_id=f"<{message_id}@ismtpd-sandbox.sendgrid.net>",
        sg_message_id=f"{message_id}.recvd-sandbox-1-{index}",
    )
