"""Limits of the newer blocks: alert, card, carousel, container, task card."""

from typing import Any

from bot.sandbox.slack.limits_elements import check_element, check_image
from bot.sandbox.slack.limits_text import Check

Block = dict[str, Any]

MOST_CARD_ACTIONS = 2  # published as 2 and as 5: the smaller one holds everywhere


def check_alert(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type", "text"), allowed=("block_id", "level"))
    check.text(block.get("text"), f"{pointer}/text", 200)
    check.one_of(block.get("level"), f"{pointer}/level", "default", "info", "warning", "error", "success")


def check_card(check: Check, block: Block, pointer: str) -> None:
    shown = ("hero_image", "title", "body", "actions")
    check.keys(block, pointer, needed=("type",), allowed=("block_id", "icon", "subtitle", *shown))
    if not any(block.get(name) for name in shown):
        check.refuse(pointer, f"one of {', '.join(shown)} is required")
    check.text(block.get("title"), f"{pointer}/title", 150)
    check.text(block.get("subtitle"), f"{pointer}/subtitle", 150)
    check.text(block.get("body"), f"{pointer}/body", 200)
    if isinstance(block.get("hero_image"), dict):
        check_image(check, block["hero_image"], f"{pointer}/hero_image")
    for index, button in enumerate(check.items(block.get("actions"), f"{pointer}/actions", MOST_CARD_ACTIONS)):
        check_element(check, button, f"{pointer}/actions/{index}", within="card")


def check_carousel(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type", "elements"), allowed=("block_id",))
    for index, card in enumerate(check.items(block.get("elements"), f"{pointer}/elements", 10)):
        if check.is_object(card, f"{pointer}/elements/{index}"):
            check_card(check, card, f"{pointer}/elements/{index}")


def check_container(check: Check, block: Block, pointer: str) -> None:
    """The container itself; its child blocks are checked by the caller."""
    allowed = ("block_id", "title", "rich_text_title", "subtitle", "width", "icon", "is_collapsible")
    more = ("default_collapsed", "has_header_divider")
    check.keys(block, pointer, needed=("type", "child_blocks"), allowed=(*allowed, *more))
    if block.get("title") is None and block.get("rich_text_title") is None:
        check.refuse(pointer, "one of title and rich_text_title is required")
    check.text(block.get("title"), f"{pointer}/title", 150)
    check.text(block.get("subtitle"), f"{pointer}/subtitle", 150)
    check.one_of(block.get("width"), f"{pointer}/width", "narrow", "standard", "wide", "full")
    if block.get("is_collapsible") and block.get("has_header_divider"):
        check.refuse(f"{pointer}/has_header_divider", "cannot be set when is_collapsible is true")


def check_task_card(check: Check, block: Block, pointer: str) -> None:
    allowed = ("block_id", "details", "output", "sources", "status")
    check.keys(block, pointer, needed=("type", "task_id", "title"), allowed=allowed)
    check.string(block.get("title"), f"{pointer}/title", 150)
    check.one_of(block.get("status"), f"{pointer}/status", "pending", "in_progress", "complete", "error")
