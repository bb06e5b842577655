"""The workspace's page in the browser: where one reads, clicks and types as in Slack. Mounted on 127.0.0.1 only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from bot.sandbox.slack.file_preview import INLINE_IMAGES
from bot.sandbox.slack.guard import only_from_here
from bot.sandbox.slack.hands import LocalSlack
from bot.sandbox.slack.page_hands import hands_router
from bot.sandbox.slack.rendering import HOME, Place, render_page, render_parts
from bot.sandbox.slack.state import Channel, Workspace
from bot.sandbox.slack.timeline import thread_of
from bot.sandbox.slack.viewer import Viewer, people

_STATIC = Path(__file__).with_name("static")
_STATIC_TYPES = {".css": "text/css", ".js": "text/javascript"}
_POLL_SECONDS = 0.8  # less than the second a stopping server waits, which an open tab must not hold up
_LOCAL_IMAGES = "http://localhost:* http://127.0.0.1:*"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; "
        f"base-uri 'none'; frame-ancestors 'none'; img-src 'self' data: {_LOCAL_IMAGES}"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class PageTool:
    """An extra of the top bar: a link (GET) opened in a new tab, or a button (POST) whose answer is shown as a toast.

    A POST may answer JSON with `message`, which is then what the toast says.
    """

    label: str
    url: str
    method: Literal["GET", "POST"] = "GET"


def page_router(slack: LocalSlack, *, tools: Sequence[PageTool] = ()) -> APIRouter:
    """The page, its live parts, its hands, its files. Answers only under this machine's names (`guard.py`)."""
    router = APIRouter(dependencies=[Depends(only_from_here)], include_in_schema=False)
    page = _Page(slack, tools)
    router.add_api_route("/", page.front)
    router.add_api_route("/archives/{channel}/p{digits}", page.permalink)
    router.add_api_route("/client/{place}", page.show)
    router.add_api_route("/client/live/{place}", page.live, response_model=None)
    router.add_api_route("/client/static/{name}", page.static)
    router.add_api_route("/client/file/{file_id}", page.file)
    router.include_router(hands_router(slack))
    return router


@dataclass
class _Page:
    slack: LocalSlack
    tools: Sequence[PageTool]
    read: dict[tuple[str, str], str] = field(default_factory=dict)  # (user, channel) -> newest ts they saw

    @property
    def workspace(self) -> Workspace:
        return self.slack.workspace

    @property
    def shortcuts(self) -> list[dict[str, str]]:
        """Those that stand in a message's menu."""
        return [each for each in self.slack.settings.shortcuts if each["type"] == "message"]

    async def front(self, user: str | None = None) -> Response:
        viewer = self._viewer(user)
        first = next((channel.id for channel in viewer.channels if viewer.app.id in channel.members), HOME)
        return RedirectResponse(f"/client/{first}?user={viewer.user.id}", 302)

    async def permalink(self, channel: str, digits: str) -> Response:
        """Slack's own form of a permalink, `…/archives/C1/p1732223456000100`."""
        return RedirectResponse(f"/client/{channel}?ts={digits[:-6]}.{digits[-6:]}", 302)

    async def show(
        self, place: str, user: str | None = None, thread: str | None = None, ts: str | None = None
    ) -> Response:
        here = self._place(place, user, thread, ts)
        return HTMLResponse(render_page(here, self.slack.commands, self.tools), headers=_HEADERS)

    async def live(
        self, place: str, user: str, thread: str | None = None, ts: str | None = None, since: int = -1
    ) -> dict[str, Any]:
        """The parts as soon as the workspace is past version `since`; no parts when nothing happens for a moment."""
        version = await self.workspace.wait_for_change(since, _POLL_SECONDS)
        if version == since:
            return {"version": version, "parts": {}}
        here = self._place(place, user, thread, ts)
        title = f"{here.title} · {self.workspace.team_name}"
        return {"version": version, "title": title, "place": here.name, "parts": render_parts(here)}

    async def static(self, name: str) -> Response:
        path = _STATIC / name
        if path.parent != _STATIC or path.suffix not in _STATIC_TYPES or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type=_STATIC_TYPES[path.suffix], headers={"Cache-Control": "no-cache"})

    async def file(self, file_id: str, *, download: bool = False) -> Response:
        """A file's bytes: shown when it is a picture, otherwise only ever saved, so that none runs as a page."""
        file = self.workspace.files.get(file_id)
        if file is None or file.deleted:
            raise HTTPException(404, "There is no such file.")
        if file.mimetype in INLINE_IMAGES and not download:
            return Response(file.content, media_type=file.mimetype, headers=_HEADERS)
        disposition = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        return Response(
            file.content, media_type="application/octet-stream", headers=_HEADERS | {"Content-Disposition": disposition}
        )

    def _viewer(self, user_id: str | None) -> Viewer:
        humans = people(self.workspace)
        if not humans:
            raise HTTPException(404, "The workspace has no people.")
        user = next((user for user in humans if user.id == user_id), humans[0])
        return Viewer(self.workspace, user, self.slack.settings.clock())

    def _place(self, name: str, user_id: str | None, thread: str | None, ts: str | None) -> Place:
        viewer = self._viewer(user_id)
        channel = _channel(viewer, name)
        if channel and ts and not thread:
            thread = thread_of(viewer, channel.id, ts)
        return Place(viewer, channel, thread, ts, self._unread(viewer, channel), self.slack.commands, self.shortcuts)

    def _unread(self, viewer: Viewer, standing_in: Channel | None) -> dict[str, int]:
        """New messages by channel. Whoever comes for the first time has read everything; where one stands, too."""
        unread: dict[str, int] = {}
        for channel in self.workspace.channels.values():
            seen = [m for m in self.workspace.messages.get(channel.id, []) if viewer.sees(m) and m.thread_ts is None]
            newest = seen[-1].ts if seen else ""
            key = (viewer.user.id, channel.id)
            if channel is standing_in or key not in self.read:
                self.read[key] = newest
            count = sum(m.ts > self.read[key] and m.user != viewer.user.id for m in seen)
            if count:
                unread[channel.id] = count
        return unread


def _channel(viewer: Viewer, name: str) -> Channel | None:
    """By id or by name; None is Home. Somebody else's direct message becomes one's own, for the user switch."""
    channels = viewer.workspace.channels
    found = channels.get(name) or next((it for it in channels.values() if it.name == name and not it.is_im), None)
    if found is None and name != HOME:
        raise HTTPException(404, f"There is no channel {name!r} here.")
    return viewer.direct_message if found and found.is_im else found
