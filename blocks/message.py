"""A message: what stands in the channel, and the text that notifications and screen readers take instead."""

from dataclasses import dataclass, field
from typing import Any

from blocks.elements import (
    Block,
    actions,
    button,
    confirmation,
    context,
    divider,
    field_input,
    header,
    modal,
    option,
    section,
    select,
    text_input,
)
from blocks.words import (
    END_ISOLATE,
    ISOLATE,
    bold,
    clean,
    code,
    count,
    cut,
    esc,
    link,
    listed,
    plain,
    safe_url,
    strong,
    when,
    who,
)

__all__ = [
    "MOST_TEXT",
    "Block",
    "Message",
    "actions",
    "bold",
    "button",
    "clean",
    "code",
    "confirmation",
    "context",
    "count",
    "cut",
    "divider",
    "esc",
    "field_input",
    "header",
    "link",
    "listed",
    "modal",
    "option",
    "plain",
    "safe_url",
    "section",
    "select",
    "strong",
    "text_input",
    "when",
    "who",
]

MOST_TEXT = 3_900  # chat.update refuses a text over 4,000


@dataclass(frozen=True)
class Message:
    """`text` stands for the whole message where blocks are not drawn."""

    text: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def words(self) -> str:
        """`text` as plain words, for places that escape again: a card's last action, a list's problem line."""
        text = self.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return text.replace(ISOLATE, "").replace(END_ISOLATE, "")

    def body(self) -> dict[str, Any]:
        """The arguments of chat.postMessage and chat.update that say what is shown."""
        return {"text": cut(self.text, MOST_TEXT), "blocks": self.blocks}
