"""The page and its parts as HTML: state in, strings out. `page.py` serves them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from bot.sandbox.slack.file_preview import FilePreview, preview
from bot.sandbox.slack.state import Channel, Message, Notice, View
from bot.sandbox.slack.surface import Surface
from bot.sandbox.slack.timeline import Entry, channel_entries, earlier_ts, thread_entries
from bot.sandbox.slack.viewer import Viewer, initials, people, role

HOME = "home"
TOAST = timedelta(seconds=9)  # page.js takes a toast away a little earlier

_PARTS = ("sidebar", "main", "thread", "modals", "toasts")


class Tool(Protocol):
    """A link or button of the top bar; see `page.PageTool`."""

    @property
    def label(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def method(self) -> str: ...


@dataclass(frozen=True)
class Place:
    """Where the viewer stands: a channel or Home, perhaps a thread open, perhaps a message pointed at."""

    viewer: Viewer
    channel: Channel | None  # None is the Home tab
    thread_ts: str | None = None
    pointed_ts: str | None = None
    unread: Mapping[str, int] = field(default_factory=dict)  # by channel id
    commands: Sequence[Mapping[str, Any]] = ()  # suggested where nothing has been said yet
    shortcuts: Sequence[Mapping[str, str]] = ()  # in every message's menu

    @property
    def name(self) -> str:
        return self.channel.id if self.channel else HOME

    @property
    def title(self) -> str:
        app = self.viewer.user_name(self.viewer.app.id)
        if self.channel is None or self.channel.is_im:
            return app
        return f"#{self.channel.name}"

    @property
    def entries(self) -> list[Entry]:
        return channel_entries(self.viewer, self.channel.id, reach_ts=self.pointed_ts) if self.channel else []

    def earlier(self, entries: list[Entry]) -> str | None:
        """Where the link at the top of the channel leads, None at its beginning."""
        ts = earlier_ts(self.viewer, self.channel.id, entries[0]) if self.channel and entries else None
        return f"{self.href(self.name)}&ts={ts}" if ts else None

    @property
    def thread(self) -> list[Entry]:
        if self.channel is None or self.thread_ts is None:
            return []
        return thread_entries(self.viewer, self.channel.id, self.thread_ts)

    @property
    def home(self) -> View | None:
        return self.viewer.workspace.homes.get(self.viewer.user.id)

    @property
    def modals(self) -> list[View]:
        return self.viewer.workspace.modals.get(self.viewer.user.id, [])

    @property
    def notices(self) -> list[tuple[int, Notice]]:
        """This person's fresh notices, each with a number of its own: the workspace's list drops old ones in front."""
        mine = (it for it in self.viewer.workspace.notices if it.user == self.viewer.user.id)
        return [(id(it), it) for it in mine if self.viewer.now - it.at < TOAST][-4:]

    def message_surface(self, pane: str, message: Message) -> Surface:
        values = message.values.get(self.viewer.user.id, {})
        return Surface(self.viewer, f"{pane}-{message.channel}-{message.ts}", message.channel, values=values)

    def view_surface(self, view: View) -> Surface:
        return Surface(self.viewer, view.id, self.channel.id if self.channel else None, view.errors, view.values)

    def files(self, message: Message) -> list[FilePreview]:
        files = self.viewer.workspace.files
        return [preview(files[file_id]) for file_id in message.file_ids if not files[file_id].deleted]

    def href(self, channel: str, thread_ts: str | None = None) -> str:
        return f"/client/{channel}?user={self.viewer.user.id}" + (f"&thread={thread_ts}" if thread_ts else "")


def render_page(place: Place, commands: Sequence[dict[str, Any]], tools: Sequence[Tool]) -> str:
    """The whole page, with the version it shows, from which the script then follows the changes."""
    parts = render_parts(place)
    return _template("page.html.j2")(
        place=place, parts=parts, commands=list(commands), tools=tools, people=people(place.viewer.workspace)
    )


def render_parts(place: Place) -> dict[str, str]:
    """The five parts that change, by the id of the element they fill."""
    return {name: _template(f"{name}.html.j2")(place=place) for name in _PARTS}


def _template(name: str) -> Callable[..., str]:
    return _environment().get_template(name).render


@cache
def _environment() -> Environment:
    templates = FileSystemLoader(Path(__file__).with_name("templates"))
    environment = Environment(
        loader=templates, autoescape=True, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"initials": initials, "role": role}
    return environment
