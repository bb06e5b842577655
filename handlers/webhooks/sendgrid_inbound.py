"""`POST /sendgrid/inbound` and `POST /sendgrid/inbound/{token}`: mails people wrote to our answer addresses."""

import hmac
from collections.abc import Sequence

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from handlers.house import House

log = structlog.get_logger()
LONGEST_BODY_BYTES = 30 * 1024 * 1024  # SendGrid's own limit, attachments included
NOT_SET = "Set SENDGRID_INBOUND_TOKEN, and give SendGrid the address with it."
WRONG = "This is not the token of SENDGRID_INBOUND_TOKEN."


def sendgrid_inbound(house: House, token: str) -> Sequence[Route]:
    """The door for Inbound Parse. token: empty takes nothing, for anybody could answer in a prospect's name."""

    async def receive(request: Request) -> JSONResponse:
        """Store one mail and answer. The token stands in the path, or as a bearer's in `Authorization`."""
        given = request.path_params.get("token") or request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or not hmac.compare_digest(given.encode(), token.encode()):
            log.warning("webhook refused", vendor="sendgrid_inbound", token=bool(token))
            return JSONResponse({"error": "bad_token", "message": WRONG if token else NOT_SET}, 401)
        body, kind = await request.body(), request.headers.get("content-type", "")
        new = await house.services.mail_replies.receive(house.workspace.id, kind, body)
        applying = BackgroundTask(house.services.mail_replies.apply_due, house.workspace.id)
        return JSONResponse({"status": "ok", "new": new}, background=applying)

    paths = ("/sendgrid/inbound", "/sendgrid/inbound/{token}")
    return [Route(path, receive, methods=["POST"], max_body_size=LONGEST_BODY_BYTES) for path in paths]
