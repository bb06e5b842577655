"""Limits of the everyday blocks, the surfaces each may appear on, and ids that must be unique."""

from collections.abc import Callable, Iterator
from typing import Any

from bot.sandbox.slack.limits_elements import check_element, check_image
from bot.sandbox.slack.limits_richer import check_alert, check_card, check_carousel, check_container, check_task_card
from bot.sandbox.slack.limits_tables import check_chart, check_data_table, check_table
from bot.sandbox.slack.limits_text import Check

Block = dict[str, Any]

EVERYWHERE = frozenset({"message", "modal", "home"})
MESSAGE = frozenset({"message"})
SURFACES: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("actions", "card", "context", "divider", "header", "image", "input", "rich_text", "section", "video"),
        EVERYWHERE,
    ),
    **dict.fromkeys(("carousel", "data_table", "table"), frozenset({"message", "home"})),
    **dict.fromkeys(
        ("container", "context_actions", "data_visualization", "file", "markdown", "plan", "task_card"), MESSAGE
    ),
    "alert": frozenset({"modal"}),
}


def check_blocks(check: Check, blocks: object, pointer: str, *, surface: str, most: int) -> None:
    """Check a whole list of blocks for one surface: "message", "modal" or "home"."""
    for index, block in enumerate(check.items(blocks, pointer, most, least=0)):
        here = f"{pointer}/{index}"
        if check.is_object(block, here):
            _check_block(check, block, here, surface)
    _check_ids(check, blocks, pointer)


def _check_block(check: Check, block: Block, pointer: str, surface: str) -> None:
    kind = str(block.get("type"))
    if kind not in SURFACES:
        check.refuse(f"{pointer}/type", f"unsupported type: {kind}")
        return
    if surface not in SURFACES[kind]:
        check.refuse(f"{pointer}/type", f"{kind} is not supported in a {surface}")
    check.string(block.get("block_id"), f"{pointer}/block_id", 255)
    CHECKS[kind](check, block, pointer)


def _check_ids(check: Check, blocks: object, pointer: str) -> None:
    """block_id is unique in the payload, action_id in its block."""
    seen: set[str] = set()
    for index, block in enumerate(blocks if isinstance(blocks, list) else []):
        if not isinstance(block, dict):
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            check.refuse(f"{pointer}/{index}/block_id", f"block_id `{block_id}` already exists")
        seen.add(str(block_id))
        _check_action_ids(check, block, f"{pointer}/{index}")


def _check_action_ids(check: Check, block: Block, pointer: str) -> None:
    seen: set[str] = set()
    for element in elements_of(block):
        action_id = element.get("action_id")
        if isinstance(action_id, str) and action_id in seen:
            check.refuse(f"{pointer}/elements", f"action_id `{action_id}` already exists")
        seen.add(str(action_id))


def children_of(block: Block) -> list[Block]:
    """The blocks inside a carousel or a container."""
    inside = block.get("elements") if block.get("type") == "carousel" else block.get("child_blocks")
    return [child for child in inside if isinstance(child, dict)] if isinstance(inside, list) else []


def elements_of(block: Block) -> Iterator[Block]:
    """The elements of a block that may carry an action_id: of actions, a section's accessory, an input's element."""
    listed = block.get("actions" if block.get("type") == "card" else "elements")
    for element in [*(listed if isinstance(listed, list) else ()), block.get("accessory"), block.get("element")]:
        if isinstance(element, dict) and str(block.get("type")) not in {"context", "rich_text", "carousel"}:
            yield element


def _section(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type",), allowed=("block_id", "text", "fields", "accessory", "expand"))
    if block.get("text") is None and block.get("fields") is None:
        check.refuse(pointer, "missing required field: text")
    check.text(block.get("text"), f"{pointer}/text", 3_000)
    for index, text in enumerate(check.items(block.get("fields"), f"{pointer}/fields", 10)):
        check.text(text, f"{pointer}/fields/{index}", 2_000)
    if block.get("accessory") is not None:
        check_element(check, block["accessory"], f"{pointer}/accessory", within="section")


def _header(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type", "text"), allowed=("block_id",))
    check.text(block.get("text"), f"{pointer}/text", 150, plain=True)


def _divider(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type",), allowed=("block_id",))


def _elements(most: int) -> Callable[[Check, Block, str], None]:
    def check_row(check: Check, block: Block, pointer: str) -> None:
        check.keys(block, pointer, needed=("type", "elements"), allowed=("block_id",))
        for index, element in enumerate(check.items(block.get("elements"), f"{pointer}/elements", most)):
            check_element(check, element, f"{pointer}/elements/{index}", within=block["type"])

    return check_row


def _image(check: Check, block: Block, pointer: str) -> None:
    allowed = ("block_id", "image_url", "slack_file", "title")
    check.keys(block, pointer, needed=("type", "alt_text"), allowed=allowed)
    check_image(check, block, pointer)
    check.text(block.get("title"), f"{pointer}/title", 2_000, plain=True)


def _input(check: Check, block: Block, pointer: str) -> None:
    allowed = ("block_id", "hint", "dispatch_action", "optional")
    check.keys(block, pointer, needed=("type", "label", "element"), allowed=allowed)
    check.text(block.get("label"), f"{pointer}/label", 2_000, plain=True)
    check.text(block.get("hint"), f"{pointer}/hint", 2_000, plain=True)
    if block.get("element") is not None:
        check_element(check, block["element"], f"{pointer}/element", within="input")


def _rich_text(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type", "elements"), allowed=("block_id",))
    kinds = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
    for index, part in enumerate(check.items(block.get("elements"), f"{pointer}/elements", 100)):
        if check.is_object(part, f"{pointer}/elements/{index}"):
            check.one_of(part.get("type", ""), f"{pointer}/elements/{index}/type", *kinds)


def _video(check: Check, block: Block, pointer: str) -> None:
    needed = ("type", "title", "alt_text", "video_url", "thumbnail_url")
    allowed = ("block_id", "title_url", "description", "provider_icon_url", "provider_name", "author_name")
    check.keys(block, pointer, needed=needed, allowed=allowed)
    check.text(block.get("title"), f"{pointer}/title", 200, plain=True)
    check.strings(block, pointer, author_name=50)


def _markdown(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type", "text"), allowed=("block_id",))
    check.string(block.get("text"), f"{pointer}/text", 12_000)


def _file(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type", "external_id", "source"), allowed=("block_id",))


def _plan(check: Check, block: Block, pointer: str) -> None:
    check.keys(block, pointer, needed=("type", "title"), allowed=("block_id", "tasks"))
    for index, task in enumerate(check.items(block.get("tasks"), f"{pointer}/tasks", 50, least=0)):
        if check.is_object(task, f"{pointer}/tasks/{index}"):
            check_task_card(check, task, f"{pointer}/tasks/{index}")


def _container(check: Check, block: Block, pointer: str) -> None:
    check_container(check, block, pointer)
    for index, child in enumerate(check.items(block.get("child_blocks"), f"{pointer}/child_blocks", 10)):
        here = f"{pointer}/child_blocks/{index}"
        if not check.is_object(child, here):
            continue
        if str(child.get("type")) in {"container", "card", "carousel", "markdown"}:
            check.refuse(f"{here}/type", f"{child['type']} is not supported in a container")
        else:
            _check_block(check, child, here, "message")


CHECKS: dict[str, Callable[[Check, Block, str], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "actions": _elements(25),
    "context": _elements(10),
    "context_actions": _elements(5),
    "image": _image,
    "input": _input,
    "rich_text": _rich_text,
    "video": _video,
    "markdown": _markdown,
    "file": _file,
    "plan": _plan,
    "task_card": check_task_card,
    "alert": check_alert,
    "card": check_card,
    "carousel": check_carousel,
    "container": _container,
    "table": check_table,
    "data_table": check_data_table,
    "data_visualization": check_chart,
}
