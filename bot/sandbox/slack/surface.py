"""What the block templates draw on: a message or a view, seen by one person."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.sandbox.slack.charts import Chart, chart
from bot.sandbox.slack.mrkdwn import channel_mention, date_html, mrkdwn_html, plain, plain_html, safe_url, user_mention
from bot.sandbox.slack.state import User, Values
from bot.sandbox.slack.viewer import Viewer, people

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9_-]")
_STAYS_HERE = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})

Element = dict[str, Any]


@dataclass(frozen=True)
class Surface:
    """Handed to every block macro. `scope` keeps the HTML ids of two drawings of one message apart."""

    viewer: Viewer
    scope: str
    channel: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    values: Values = field(default_factory=dict)  # what the viewer already typed and chose

    def html(self, text: Mapping[str, Any] | str | None) -> Markup:
        """A text object, mrkdwn or plain, as HTML."""
        if not text:
            return Markup("")
        if isinstance(text, str):
            return plain_html(text)
        if text.get("type") == "mrkdwn":
            return mrkdwn_html(text.get("text", ""), self.viewer, verbatim=bool(text.get("verbatim")))
        return plain_html(text.get("text", ""))

    def mrkdwn(self, text: str) -> Markup:
        return mrkdwn_html(text, self.viewer)

    def words(self, text: Mapping[str, Any] | str | None) -> str:
        """A text object as bare words, where no HTML can stand: options, labels of icons, titles."""
        return plain(text if isinstance(text, str) else (text or {}).get("text", ""))

    def markdown(self, text: str) -> Markup:
        """A `markdown` block's standard Markdown; HTML in it stays text, odd links stay unlinked."""
        return Markup(_MARKDOWN.render(text).replace("<a href", '<a target="_blank" rel="noopener noreferrer" href'))

    def html_id(self, *parts: object) -> str:
        return _NOT_IN_AN_ID.sub("_", "-".join([self.scope, *map(str, parts)]))

    def url(self, url: object) -> str | None:
        return safe_url(url)

    def image_source(self, image: Mapping[str, Any]) -> str | None:
        """Where the page may load a picture from: this machine only, for nothing here leaves it."""
        if file_id := (image.get("slack_file") or {}).get("id"):
            return f"/client/file/{file_id}"
        url = image.get("image_url")
        return url if safe_url(url) and urlsplit(str(url)).hostname in _STAYS_HERE else None

    def user_mention(self, user_id: str) -> Markup:
        return Markup(user_mention(user_id, self.viewer))

    def channel_mention(self, channel_id: str) -> Markup:
        return Markup(channel_mention(channel_id, self.viewer))

    def date(self, element: Element) -> Markup:
        body = f"date^{element['timestamp']}^{element['format']}^{element.get('url') or ''}"
        return Markup(date_html(body, element.get("fallback"), self.viewer))

    def chart(self, block: Element) -> Chart:
        return chart(block)

    def may_press(self, element: Element) -> bool:
        """`visible_to_user_ids` hides a button from the others."""
        return self.viewer.user.id in (element.get("visible_to_user_ids") or [self.viewer.user.id])

    def people(self) -> list[User]:
        return people(self.viewer.workspace)

    def choices(self, element: Element) -> list[Element]:
        """The options of any select as option dicts: its own, or people, channels, conversations."""
        kind = str(element["type"]).removeprefix("multi_")
        if kind == "users_select":
            return [_option(user.id, self.viewer.user_name(user.id)) for user in self.people()]
        channels = [
            _option(channel.id, f"#{channel.name}") for channel in self.viewer.channels if not channel.is_archived
        ]
        if kind == "channels_select":
            return channels
        if kind == "conversations_select":
            return channels + self._direct_messages(element)
        return list(element.get("options") or [])

    def groups(self, element: Element) -> list[Element]:
        """The same under their group's label; one nameless group for ungrouped options."""
        return list(element.get("option_groups") or [{"label": None, "options": self.choices(element)}])

    def typed(self, block: Element, element: Element) -> str:
        """What stands in a text, number, date or time field."""
        state = self._state(block, element)
        return str(next((value for name, value in state.items() if name != "type" and value is not None), ""))

    def chosen(self, block: Element, element: Element) -> list[Element]:
        """What is chosen in a select, in radio buttons or checkboxes, as option dicts."""
        found: list[Element] = []
        for name, value in self._state(block, element).items():
            if name != "type" and value:
                several = value if isinstance(value, list) else [value]
                found += [one if isinstance(one, dict) else _option(one, self._name(one)) for one in several]
        if not found and element.get("default_to_current_conversation") and self.channel:
            found = [_option(self.channel, self._name(self.channel))]
        return found

    def chosen_values(self, block: Element, element: Element) -> list[str]:
        return [str(option["value"]) for option in self.chosen(block, element)]

    def _state(self, block: Element, element: Element) -> dict[str, Any]:
        """The state object Slack keeps of an element; before anybody touched it, its initial value."""
        kept = self.values.get(block.get("block_id", ""), {}).get(element.get("action_id", ""))
        if kept is not None:
            return kept
        return {name: value for name, value in element.items() if name.startswith("initial_")}

    def choices_json(self, element: Element) -> str:
        """For the searching selects, whose list the script draws."""
        return json.dumps(
            [
                {"value": option["value"], "text": self.words(option["text"]), "group": self.words(group.get("label"))}
                | ({"description": self.words(option["description"])} if option.get("description") else {})
                for group in self.groups(element)
                for option in group["options"]
            ]
        )

    def _direct_messages(self, element: Element) -> list[Element]:
        included = (element.get("filter") or {}).get("include") or ["im"]
        own = self.viewer.direct_message
        return [_option(own.id, self.viewer.user_name(self.viewer.app.id))] if own and "im" in included else []

    def _name(self, key: str) -> str:
        if key in self.viewer.workspace.users:
            return self.viewer.user_name(key)
        own = self.viewer.direct_message
        return (
            self.viewer.user_name(self.viewer.app.id) if own and own.id == key else f"#{self.viewer.channel_name(key)}"
        )


def _option(value: str, text: str) -> Element:
    # Entities are decoded when an option is drawn; a name is no mrkdwn, so its ampersands are put in as one.
    return {"value": value, "text": {"type": "plain_text", "text": text.replace("&", "&amp;")}}
