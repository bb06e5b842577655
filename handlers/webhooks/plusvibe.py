"""`POST /plusvibe/webhook`."""

import structlog
from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import JSONResponse

from bot.gateways.plusvibe_events import verify_signature
from handlers.call import House

log = structlog.get_logger()
LONGEST_BODY_BYTES = 5 * 1024 * 1024


def plusvibe_webhook(house: House, secret: str) -> APIRouter:
    """The door for PlusVibe's events. secret: empty takes them unsigned, as PlusVibe sends them without one."""
    router = APIRouter(tags=["webhooks"])

    @router.post("/plusvibe/webhook", max_body_size=LONGEST_BODY_BYTES)
    async def receive(request: Request, after: BackgroundTasks) -> JSONResponse:
        """Store one event and answer. Signed with HMAC-SHA256 of the raw body when a secret is set."""
        body = await request.body()
        if secret and not verify_signature(secret, body, request.headers):
            log.warning("webhook refused", vendor="plusvibe", bytes=len(body))
            return JSONResponse({"error": "bad_signature"}, 401)
        new = await house.services.webhooks.receive(house.workspace.id, body)
        after.add_task(house.services.webhooks.apply_soon, house.workspace.id)
        return JSONResponse({"status": "ok", "new": new})

    return router
