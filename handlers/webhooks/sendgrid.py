"""`POST /sendgrid/webhook`."""

import structlog
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.clock import Clock
from bot.gateways.sendgrid_events import is_fresh, is_signed
from handlers.house import House

log = structlog.get_logger()
LONGEST_BODY_BYTES = 5 * 1024 * 1024  # SendGrid's batches end at 768 KB
SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


def sendgrid_webhook(house: House, key: EllipticCurvePublicKey | None, clock: Clock) -> Route:
    """The door for SendGrid's events. key: None takes nothing, for anybody could say that mail bounced."""

    async def receive(request: Request) -> JSONResponse:
        """Store a batch and answer. Signed with ECDSA over timestamp and raw body."""
        body = await request.body()
        signature, timestamp = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
        if key is None or not is_signed(key, body, signature=signature, timestamp=timestamp):
            log.warning("webhook refused", vendor="sendgrid", bytes=len(body), key=key is not None)
            return JSONResponse({"error": "bad_signature"}, 403)
        if not is_fresh(timestamp, clock()):
            log.warning("webhook refused", vendor="sendgrid", bytes=len(body), reason="stale")
            return JSONResponse({"error": "stale"}, 403)
        new = await house.services.mail_events.receive(house.workspace.id, body)
        applying = BackgroundTask(house.services.mail_events.apply_soon, house.workspace.id)
        return JSONResponse({"status": "ok", "new": new}, background=applying)

    return Route("/sendgrid/webhook", receive, methods=["POST"], max_body_size=LONGEST_BODY_BYTES)
