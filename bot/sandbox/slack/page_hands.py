"""What the page's script may do for a person: each POST is one movement of `LocalSlack`'s hands."""

import mimetypes
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.hands_files import LARGEST_FILE_BYTES, LARGEST_SHARED_BYTES
from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.state import Workspace

_COUNTED_BY_ITSELF = 2**40  # it says which file is too large, and for what

Chosen = str | list[str] | None
FormValues = dict[str, dict[str, Chosen]]


class Hand(BaseModel):
    """Who moves."""

    user: str


class Writing(Hand):
    channel: str
    text: str
    thread_ts: str | None = None
    files: list[str] = []


class Shortcut(Hand):
    """An entry of a message's menu."""

    channel: str
    ts: str
    callback_id: str


class Pressing(Hand):
    """A click, or a choice in an element that tells the app at once. In a message or in a view, never in both."""

    action_id: str
    block_id: str | None = None
    value: str | None = None
    selected: Chosen = None
    channel: str | None = None
    ts: str | None = None
    view_id: str | None = None
    state: FormValues | None = None

    @property
    def message(self) -> tuple[str, str] | None:
        return (self.channel, self.ts) if self.channel and self.ts and not self.view_id else None


class Searching(Pressing):
    """What stands in the search field of an external select."""

    value: str = ""


class FillingIn(Hand):
    view_id: str
    values: FormValues


class Closing(Hand):
    view_id: str
    cleared: bool = False


def hands_router(slack: LocalSlack) -> APIRouter:
    """Every movement answers once the app's delivery is answered, so that the page can say "working" till then.

    Each answer names the version of the workspace that shows what came of it.
    """
    router = APIRouter(prefix="/client/hands", route_class=_hand_route(slack.workspace))
    hands = _Hands(slack)
    for name in ("command", "message", "click", "options", "values", "submit", "close", "home", "shortcut"):
        router.add_api_route(f"/{name}", getattr(hands, name), methods=["POST"], response_model=None)
    router.add_api_route(
        "/upload", hands.upload, methods=["POST"], response_model=None, max_body_size=_COUNTED_BY_ITSELF
    )
    return router


def _hand_route(workspace: Workspace) -> type[APIRoute]:
    class HandRoute(APIRoute):
        """Words what a person cannot do in Slack either as a 409 the page shows them."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def refuse_in_words(request: Request) -> Response:
                try:
                    answer = await handle(request)
                except NotPossible as refusal:
                    answer = JSONResponse({"error": str(refusal)}, 409)
                answer.headers["Workspace-Version"] = str(workspace.version)
                return answer

            return refuse_in_words

    return HandRoute


class _Hands:
    """late: what the page shows is a moment old, and the app may have changed it under the person's hands."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack

    async def command(self, hand: Writing) -> None:
        await self._slack.run_command(hand.user, hand.channel, hand.text)

    async def message(self, hand: Writing) -> None:
        await self._slack.type_message(hand.user, hand.channel, hand.text, thread_ts=hand.thread_ts, files=hand.files)

    async def shortcut(self, hand: Shortcut) -> None:
        await self._slack.shortcut(hand.user, hand.callback_id, message=(hand.channel, hand.ts))

    async def click(self, hand: Pressing) -> None:
        await self._slack.click(
            hand.user,
            action_id=hand.action_id,
            value=hand.value,
            message=hand.message,
            view_id=hand.view_id,
            block_id=hand.block_id,
            selected=hand.selected,
            state=hand.state,
            late=True,
        )

    async def options(self, hand: Searching) -> list[dict[str, Any]]:
        """Nothing once the view is closed."""
        if hand.view_id and not self._slack.modals.has(hand.view_id):
            return []
        return await self._slack.options(
            hand.user,
            action_id=hand.action_id,
            block_id=hand.block_id,
            value=hand.value,
            view_id=hand.view_id,
            message=hand.message,
        )

    async def values(self, hand: FillingIn) -> None:
        """What stands in a view, told after a pause; the view may be closed by then, which is no mistake."""
        if self._slack.modals.has(hand.view_id):
            await self._slack.set_values(hand.view_id, hand.values, late=True)

    async def submit(self, hand: FillingIn) -> None:
        await self._slack.submit(hand.user, hand.view_id, hand.values, late=True)

    async def close(self, hand: Closing) -> None:
        """Closing what is closed already is no mistake either."""
        if self._slack.modals.has(hand.view_id):
            await self._slack.close_view(hand.user, hand.view_id, cleared=hand.cleared, late=True)

    async def home(self, hand: Hand) -> None:
        await self._slack.open_home(hand.user)

    async def upload(self, request: Request, user: str, name: str, *, message: bool = False) -> dict[str, str]:
        """A file as the raw body, for a file_input or for a message; it stays private until one of them uses it."""
        content, most = bytearray(), LARGEST_SHARED_BYTES if message else LARGEST_FILE_BYTES
        async for piece in request.stream():
            content += piece
            if len(content) > most:
                where = "in a message here" if message else "in a form"
                raise HTTPException(413, f"{name} is over {most // 1_000_000} MB, the most Slack takes {where}.")
        mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file = await self._slack.upload(user, name, bytes(content), mimetype)
        return {"id": file.id, "name": file.name}
