"""`POST /plusvibe/webhook`."""

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.gateways.plusvibe_events import verify_signature
from handlers.house import House

log = structlog.get_logger()
LONGEST_BODY_BYTES = 5 * 1024 * 1024


def plusvibe_webhook(house: House, secret: str) -> Route:
    """The door for PlusVibe's events. secret: empty takes them unsigned, as PlusVibe sends them without one.

    A plain route: events come in swarms, and FastAPI's way to a handler costs as much as storing one does.
    """

    async def receive(request: Request) -> JSONResponse:
        """Store one event and answer. Signed with HMAC-SHA256 of the raw body when a secret is set."""
        body = await request.body()
        if secret and not verify_signature(secret, body, request.headers):
            log.warning("webhook refused", vendor="plusvibe", bytes=len(body))
            return JSONResponse({"error": "bad_signature"}, 401)
        new = await house.services.webhooks.receive(house.workspace.id, body)
        applying = BackgroundTask(house.services.webhooks.apply_soon, house.workspace.id)
        return JSONResponse({"status": "ok", "new": new}, background=applying)

    return Route("/plusvibe/webhook", receive, methods=["POST"], max_body_size=LONGEST_BODY_BYTES)
