"""Every limit of a message or a view, checked without a network: what Slack would refuse, and under which name."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.limits_blocks import check_blocks, children_of, elements_of
from bot.sandbox.slack.limits_tables import MOST_TABLE_CHARACTERS, cell_characters
from bot.sandbox.slack.limits_text import Check, Problem

__all__ = ["Problem", "blocks_errors", "message_errors", "view_errors", "with_ids"]

Block = dict[str, Any]

MOST_TEXT = 40_000
MOST_UPDATED_TEXT = 4_000
MOST_MARKDOWN = 12_000
MOST_BLOCKS_TEXT = 13_200
MOST_MESSAGE_BLOCKS = 50
MOST_VIEW_BLOCKS = 100
MOST_VIEW_BYTES = 250_000
_TABLES = frozenset({"table", "data_table"})


def message_errors(payload: dict[str, Any], *, update: bool = False) -> list[Problem]:
    """Everything Slack would refuse about a message, worst first; empty when it would be posted as it is.

    payload: the arguments of chat.postMessage or of a response URL; `update` applies chat.update's shorter text.
    """
    check = Check("invalid_blocks")
    _message_text(check, payload, update=update)
    _markdown_text(check, payload)
    blocks = payload.get("blocks")
    if blocks is not None:
        check_blocks(check, blocks, "/blocks", surface="message", most=MOST_MESSAGE_BLOCKS)
        _whole_message(check, [block for block in blocks if isinstance(block, dict)] if _listed(blocks) else [])
    _attachments(check, payload.get("attachments"))
    _metadata(check, payload.get("metadata"))
    return check.problems


def blocks_errors(blocks: object) -> list[Problem]:
    """What Slack would refuse about blocks of a message, apart from the message's own text."""
    return message_errors({"text": "-", "blocks": blocks})


def _listed(value: object) -> bool:
    return isinstance(value, list)


def _message_text(check: Check, payload: dict[str, Any], *, update: bool) -> None:
    text = payload.get("text")
    if text is not None and not isinstance(text, str):
        check.refuse("/text", "must be a string", error="invalid_arguments")
        return
    most = MOST_UPDATED_TEXT if update else MOST_TEXT
    if text and len(text) > most:
        check.refuse("/text", f"must be less than {most + 1} characters", error="msg_too_long")
    has_more = any(payload.get(name) for name in ("blocks", "attachments", "markdown_text"))
    if not has_more and not (text or "").strip():
        check.refuse("/text", "no message text provided", error="no_text")


def _markdown_text(check: Check, payload: dict[str, Any]) -> None:
    text = payload.get("markdown_text")
    if not text:
        return
    if payload.get("text") or payload.get("blocks"):
        message = "cannot be used together with text or blocks"
        check.refuse("/markdown_text", message, error="markdown_text_conflict")
    if len(str(text)) > MOST_MARKDOWN:
        check.refuse("/markdown_text", f"must be less than {MOST_MARKDOWN + 1} characters", error="msg_too_long")


def _whole_message(check: Check, blocks: list[Block]) -> None:
    """What holds for all blocks of a message together."""
    kinds = [str(block.get("type")) for block in blocks]
    if kinds.count("table") > 1:
        check.refuse("/blocks", "only_one_table_allowed", error="invalid_attachments")
    if kinds.count("data_visualization") > 2:
        check.refuse("/blocks", "no more than 2 data_visualization blocks allowed")
    if sum(cell_characters(block) for block in blocks if str(block.get("type")) in _TABLES) > MOST_TABLE_CHARACTERS:
        check.refuse("/blocks", f"all table cells together must be at most {MOST_TABLE_CHARACTERS} characters")
    if sum(len(str(block.get("text"))) for block in blocks if block.get("type") == "markdown") > MOST_MARKDOWN:
        check.refuse("/blocks", f"all markdown blocks together must be at most {MOST_MARKDOWN} characters")
    if sum(map(len, _texts([block for block in blocks if str(block.get("type")) not in _TABLES]))) > MOST_BLOCKS_TEXT:
        message = f"all text of the blocks together must be at most {MOST_BLOCKS_TEXT} characters"
        check.refuse("/blocks", message, error="msg_blocks_too_long")


def _texts(value: object) -> Iterator[str]:
    """Every string under a key `text`, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "text" and isinstance(item, str):
                yield item
            else:
                yield from _texts(item)


def _attachments(check: Check, attachments: object) -> None:
    if isinstance(attachments, list) and len(attachments) > 100:
        check.refuse("/attachments", "no more than 100 items allowed", error="too_many_attachments")
    elif attachments is not None and not isinstance(attachments, list):
        check.refuse("/attachments", "must be an array", error="invalid_attachments")


def _metadata(check: Check, metadata: object) -> None:
    """`{"event_type": str, "event_payload": object}`, or `{}` to clear it in an update."""
    if metadata is None or metadata == {}:
        return
    shaped = isinstance(metadata, dict) and set(metadata) <= {"event_type", "event_payload", "entities"}
    if not shaped or not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        check.refuse("/metadata", "needs event_type and event_payload", error="invalid_metadata_format")
    elif not isinstance(metadata.get("event_payload"), dict):
        check.refuse("/metadata/event_payload", "must be an object", error="invalid_metadata_format")


def view_errors(view: dict[str, Any]) -> list[Problem]:
    """Everything Slack would refuse about a modal or a Home tab; empty when it would open as it is."""
    check = Check("invalid_arguments")
    kind = str(view.get("type"))
    if len(json.dumps(view, ensure_ascii=False).encode()) > MOST_VIEW_BYTES:
        check.refuse("/view", f"must be at most {MOST_VIEW_BYTES} bytes", error="view_too_large")
    if kind not in {"modal", "home"}:
        check.refuse("/view/type", f"unsupported type: {kind}")
        return check.problems
    _view_keys(check, view, modal=kind == "modal")
    check.strings(view, "/view", private_metadata=3_000, callback_id=255, external_id=255)
    for name in ("title", "submit", "close"):
        check.text(view.get(name), f"/view/{name}", 24, plain=True)
    check_blocks(check, view.get("blocks"), "/view/blocks", surface=str(kind), most=MOST_VIEW_BLOCKS)
    _view_inputs(check, view)
    return check.problems


def _view_keys(check: Check, view: dict[str, Any], *, modal: bool) -> None:
    both = ("private_metadata", "callback_id", "external_id")
    only_modal = ("submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")
    needed = ("type", "title", "blocks") if modal else ("type", "blocks")
    check.keys(view, "/view", needed=needed, allowed=(*both, *only_modal) if modal else both)
    if modal and _listed(view.get("blocks")) and not view["blocks"]:
        check.refuse("/view/blocks", "no fewer than 1 items required")


def _view_inputs(check: Check, view: dict[str, Any]) -> None:
    listed = view["blocks"] if _listed(view.get("blocks")) else []
    blocks = [block for block in listed if isinstance(block, dict)]
    if view["type"] == "modal" and any(block.get("type") == "input" for block in blocks) and not view.get("submit"):
        check.refuse("/view/submit", "a modal with an input block needs a submit button")
    focused = [element for block in blocks for element in elements_of(block) if element.get("focus_on_load")]
    if len(focused) > 1:
        check.refuse("/view/blocks", "only one element may have focus_on_load")


def with_ids(blocks: list[Block]) -> list[Block]:
    """Copies of the blocks with every missing block_id and action_id filled, as Slack fills them: at random."""
    filled: list[Block] = json.loads(json.dumps(blocks))
    _fill_ids(filled)
    return filled


def _fill_ids(blocks: list[Block]) -> None:
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        for element in elements_of(block):
            if element.get("type") != "image":
                element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
        _fill_ids(children_of(block))
