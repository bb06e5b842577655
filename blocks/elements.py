"""Block Kit as plain dicts, each text cut to Slack's limit for its place.

Texts given here are mrkdwn or plain text of ours: whatever is outside text in them went through `esc` before.
`verbatim` keeps Slack from turning a lead's `#general` or `acme.com` into a link.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from blocks.words import clean, cut, esc, safe_url

Block = dict[str, Any]

MOST_OPTIONS = 100
MOST_SECTION_TEXT = 3_000
MOST_FIELDS = 10


def mrkdwn(text: str, limit: int = MOST_SECTION_TEXT) -> Block:
    return {"type": "mrkdwn", "text": cut(text, limit) or "–", "verbatim": True}


def plain_text(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(text, limit) or "–"}


def header(text: str) -> Block:
    return {"type": "header", "text": plain_text(text, 150)}


def divider() -> Block:
    return {"type": "divider"}


def section(text: str, accessory: Block | None = None, *, fields: Sequence[str] = (), block_id: str = "") -> Block:
    """A line or a paragraph; `fields` stand under it in two columns, the first ten of them."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if fields:
        block["fields"] = [mrkdwn(field, 2_000) for field in fields[:MOST_FIELDS]]
    if accessory:
        block["accessory"] = accessory
    return _named(block, block_id)


def context(*texts: str, block_id: str = "") -> Block:
    return _named({"type": "context", "elements": [mrkdwn(text, 2_900) for text in texts[:10]]}, block_id)


def refused_line(refused: str) -> list[Block]:
    """Under what the reader may only look at. refused: why, naming the role and who has it; empty when they may."""
    return [context(esc(refused, 500))] if refused else []


def actions(*elements: Block | None, block_id: str = "") -> list[Block]:
    """One row of buttons and selects without the absent ones; no row at all when none is left."""
    present = [element for element in elements if element]
    return [_named({"type": "actions", "elements": present[:25]}, block_id)] if present else []


def button(
    text: str, action_id: str, value: str = "", *, style: str = "", url: str = "", confirm: Block | None = None
) -> Block:
    """`style`: primary or danger, at most one primary in a row. `url` makes it a link button."""
    element: Block = {"type": "button", "action_id": action_id, "text": plain_text(text, 75)}
    if value:
        element["value"] = value[:2_000]
    if style:
        element["style"] = style
    if address := safe_url(url):
        element["url"] = address
    if confirm:
        element["confirm"] = confirm
    return element


def confirmation(title: str, text: str, confirm: str, *, style: str = "danger", deny: str = "Cancel") -> Block:
    return {
        "title": plain_text(title, 100),
        "text": mrkdwn(text, 300),
        "confirm": plain_text(confirm, 30),
        "deny": plain_text(deny, 30),
        "style": style,
    }


def option(text: str, value: str, *, url: str = "") -> Block:
    """`url` only in an overflow menu."""
    choice: Block = {"text": plain_text(text, 75), "value": value[:150] or "-"}
    if address := safe_url(url):
        choice["url"] = address
    return choice


def select(action_id: str, placeholder: str, options: Sequence[Block], initial: str | None = None) -> Block:
    """A static select of the first hundred options. `initial`: a value; ignored unless it is among them."""
    offered = list(options[:MOST_OPTIONS])
    element: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain_text(placeholder, 150),
        "options": offered,
    }
    if initial is not None and (chosen := next((item for item in offered if item["value"] == initial), None)):
        element["initial_option"] = chosen
    return element


def field_input(
    label: str, block_id: str, element: Block, *, optional: bool = False, hint: str = "", dispatch: bool = False
) -> Block:
    """An input block. `dispatch` also sends its changes while the modal is open."""
    block: Block = {"type": "input", "block_id": block_id, "label": plain_text(label, 2_000), "element": element}
    if optional:
        block["optional"] = True
    if hint:
        block["hint"] = plain_text(hint, 2_000)
    if dispatch:
        block["dispatch_action"] = True
    return block


def text_input(action_id: str, *, value: str = "", placeholder: str = "", max_length: int = 255) -> Block:
    """A one-line text box. `value` is outside text as it is: a box shows no markup, and gives back what it shows."""
    element: Block = {"type": "plain_text_input", "action_id": action_id, "max_length": max_length}
    if value := clean(value)[:max_length]:
        element["initial_value"] = value
    if placeholder:
        element["placeholder"] = plain_text(placeholder, 150)
    return element


def lines_input(action_id: str, text: str, max_length: int) -> Block:
    """A box of several lines; each is cleaned by itself, so that paragraphs stay."""
    kept = "\n".join(clean(line) for line in text.replace("\r\n", "\n").split("\n"))[:max_length]
    box: Block = {"type": "plain_text_input", "action_id": action_id, "multiline": True, "max_length": max_length}
    return {**box, "initial_value": kept} if kept.strip() else box


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    metadata: str = "",
    submit: str = "",
    close: str = "Close",
    extra: Mapping[str, Any] | None = None,
) -> Block:
    """A modal of the first hundred blocks. `metadata` must fit 3,000 characters: nothing is cut from it here."""
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain_text(title, 24),
        "close": plain_text(close, 24),
        "blocks": list(blocks[:100]),
        "private_metadata": metadata,
    }
    if submit:
        view["submit"] = plain_text(submit, 24)
    return {**view, **extra} if extra else view


def _named(block: Block, block_id: str) -> Block:
    if block_id:
        block["block_id"] = block_id
    return block
