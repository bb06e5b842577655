"""Each limit of a message or view by one payload at it and one beyond it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_app import actions, asking, button, lead_modal, modal, option, plain, section

from bot.sandbox.slack.limits import message_errors, view_errors, with_ids

Block = dict[str, Any]


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def select(**more: Any) -> Block:
    return {"type": "static_select", "action_id": "pick", **more}


def options(count: int, text_length: int = 1) -> list[Block]:
    return [{"text": plain("x" * text_length), "value": str(index)} for index in range(count)]


def table(rows: int, cells: int = 1, text: str = "x") -> Block:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells for _ in range(rows)]}


def data_table(rows: int, cells: int = 1, text: str = "x", **more: Any) -> Block:
    return {**table(rows, cells, text), "type": "data_table", "caption": "Leads", **more}


def confirm(**lengths: int) -> Block:
    texts = {"title": 1, "text": 1, "confirm": 1, "deny": 1} | lengths
    return {name: plain("x" * length) for name, length in texts.items()}


def pie(segments: int, title: int = 5) -> Block:
    chart = {"type": "pie", "segments": [{"label": f"s{n}", "value": 1} for n in range(segments)]}
    return {"type": "data_visualization", "title": "x" * title, "chart": chart}


def bar(categories: int, points: int | None = None, series: int = 1, name: str = "{}") -> Block:
    labels = [str(number) for number in range(categories)]
    data = [{"label": str(number), "value": 1} for number in range(categories if points is None else points)]
    all_series = [{"name": name.format(number), "data": data} for number in range(series)]
    chart = {"type": "bar", "series": all_series, "axis_config": {"categories": labels}}
    return {"type": "data_visualization", "title": "Bars", "chart": chart}


AT_AND_BEYOND: dict[str, tuple[Callable[[int], list[Block]], int]] = {
    "blocks in a message": (lambda n: [{"type": "divider"}] * n, 50),
    "block_id": (lambda n: [{"type": "divider", "block_id": "x" * n}], 255),
    "action_id": (lambda n: [actions(button("x" * n))], 255),
    "section text": (lambda n: [section("x" * n)], 3_000),
    "section fields": (lambda n: [{"type": "section", "fields": [mrkdwn("x")] * n}], 10),
    "field text": (lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}], 2_000),
    "header": (lambda n: [{"type": "header", "text": plain("x" * n)}], 150),
    "context elements": (lambda n: [{"type": "context", "elements": [mrkdwn("x")] * n}], 10),
    "actions elements": (lambda n: [actions(*(button(str(i)) for i in range(n)))], 25),
    "button text": (lambda n: [actions(button("a", "x" * n))], 75),
    "button value": (lambda n: [actions(button("a", value="x" * n))], 2_000),
    "button url": (lambda n: [actions(button("a", url="x" * n))], 3_000),
    "button accessibility_label": (lambda n: [actions(button("a", accessibility_label="x" * n))], 75),
    "confirm title": (lambda n: [actions(button("a", confirm=confirm(title=n)))], 100),
    "confirm text": (lambda n: [actions(button("a", confirm=confirm(text=n)))], 300),
    "confirm button": (lambda n: [actions(button("a", confirm=confirm(confirm=n)))], 30),
    "confirm deny": (lambda n: [actions(button("a", confirm=confirm(deny=n)))], 30),
    "select options": (lambda n: [actions(select(options=options(n)))], 100),
    "option text": (lambda n: [actions(select(options=options(1, n)))], 75),
    "option value": (lambda n: [actions(select(options=[{"text": plain("x"), "value": "x" * n}]))], 150),
    "option groups": (
        lambda n: [actions(select(option_groups=[{"label": plain("x"), "options": options(1)}] * n))],
        100,
    ),
    "option group label": (
        lambda n: [actions(select(option_groups=[{"label": plain("x" * n), "options": options(1)}]))],
        75,
    ),
    "placeholder": (lambda n: [actions(select(options=options(1), placeholder=plain("x" * n)))], 150),
    "overflow options": (lambda n: [actions({"type": "overflow", "action_id": "o", "options": options(n)})], 5),
    "checkboxes": (lambda n: [actions({"type": "checkboxes", "action_id": "o", "options": options(n)})], 10),
    "radio buttons": (lambda n: [actions({"type": "radio_buttons", "action_id": "o", "options": options(n)})], 10),
    "image alt text": (lambda n: [{"type": "image", "image_url": "https://a.b", "alt_text": "x" * n}], 2_000),
    "table rows": (lambda n: [table(n)], 100),
    "table cells in a row": (lambda n: [table(1, n)], 20),
    "table characters": (lambda n: [table(1, 1, "x" * n)], 10_000),
    "data_table rows": (lambda n: [data_table(n)], 101),
    "data_table columns": (lambda n: [data_table(2, n)], 20),
    "data_table page_size": (lambda n: [data_table(2, page_size=n)], 100),
    "pie segments": (lambda n: [pie(n)], 6),
    "chart title": (lambda n: [pie(1, n)], 50),
    "chart categories": (lambda n: [bar(n)], 20),
    "chart series": (lambda n: [bar(1, series=n)], 6),
    "charts in a message": (lambda n: [pie(1)] * n, 2),
    "tables in a message": (lambda n: [table(1)] * n, 1),
    "markdown text": (lambda n: [{"type": "markdown", "text": "x" * n}], 12_000),
}


@pytest.mark.parametrize("name", AT_AND_BEYOND)
def test_a_message_holds_as_much_as_its_limit_and_no_more(name):
    build, most = AT_AND_BEYOND[name]

    at_limit = message_errors({"text": "-", "blocks": build(most)})
    beyond = message_errors({"text": "-", "blocks": build(most + 1)})

    assert not at_limit
    assert beyond
    assert beyond[0].error in {"invalid_blocks", "invalid_attachments"}


REFUSED_BLOCKS: dict[str, tuple[Block, str]] = {
    "empty section text": (section(""), "/blocks/0/text/text"),
    "section with nothing": ({"type": "section"}, "/blocks/0"),
    "mrkdwn header": ({"type": "header", "text": mrkdwn("x")}, "/blocks/0/text/type"),
    "no type": ({}, "/blocks/0/type"),
    "unknown type": ({"type": "paragraph"}, "/blocks/0/type"),
    "misspelt key": ({"type": "divider", "blok_id": "x"}, "/blocks/0"),
    "alert in a message": ({"type": "alert", "text": mrkdwn("x")}, "/blocks/0/type"),
    "no actions": (actions(), "/blocks/0/elements"),
    "input in actions": (actions({"type": "plain_text_input", "action_id": "a"}), "/blocks/0/elements/0/type"),
    "button in input": (asking("a", button("b")), "/blocks/0/element/type"),
    "empty options": (actions(select(options=[])), "/blocks/0/elements/0/options"),
    "no options": (actions(select()), "/blocks/0/elements/0"),
    "options and groups": (actions(select(options=options(1), option_groups=[])), "/blocks/0/elements/0"),
    "mrkdwn in a select": (
        actions(select(options=[{"text": mrkdwn("x"), "value": "x"}])),
        "/blocks/0/elements/0/options/0/text/type",
    ),
    "foreign initial option": (
        actions(select(options=options(1), initial_option=option("Other"))),
        "/blocks/0/elements/0/initial_option",
    ),
    "repeated action_id": (actions(button("a"), button("a")), "/blocks/0/elements"),
    "disabled button": (actions(button("a", disabled=True)), "/blocks/0/elements/0"),
    "unknown style": (actions(button("a", style="green")), "/blocks/0/elements/0/style"),
    "null in place of a value": (actions(button("a", style=None)), "/blocks/0/elements/0/style"),
    "half a confirm": (actions(button("a", confirm={"title": plain("x")})), "/blocks/0/elements/0/confirm"),
    "empty table cell": (table(1, 1, ""), "/blocks/0/rows/0/0/text"),
    "ragged data_table": (
        {**data_table(2), "rows": [data_table(2)["rows"][0], data_table(2, 2)["rows"][0]]},
        "/blocks/0/rows",
    ),
    "rich header cell": (
        {**data_table(2), "rows": [[{"type": "rich_text", "elements": []}], data_table(2)["rows"][0]]},
        "/blocks/0/rows/0/0/type",
    ),
    "data_table of a header alone": (data_table(1), "/blocks/0/rows"),
    "table of too many characters": (table(100, 2, "x" * 51), "/blocks/0/rows"),
    "point without category": (bar(2, points=1), "/blocks/0/chart/series/0/data"),
    "series of one name": (bar(1, series=2, name="same"), "/blocks/0/chart/series"),
    "bad date": (
        actions({"type": "datepicker", "action_id": "d", "initial_date": "1.2.2026"}),
        "/blocks/0/elements/0/initial_date",
    ),
}


@pytest.mark.parametrize("name", REFUSED_BLOCKS)
def test_a_block_slack_would_refuse_is_named_by_its_pointer(name):
    block, pointer = REFUSED_BLOCKS[name]

    problems = message_errors({"text": "-", "blocks": [block]})

    assert [problem.error for problem in problems[:1]] == ["invalid_blocks"]
    assert pointer in [problem.pointer for problem in problems]


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        pytest.param({}, "no_text", id="nothing"),
        pytest.param({"text": "  "}, "no_text", id="blank text"),
        pytest.param({"text": "x" * 40_001}, "msg_too_long", id="40,001 characters"),
        pytest.param({"blocks": [section("x" * 2_700)] * 5}, "msg_blocks_too_long", id="13,500 in blocks"),
        pytest.param({"text": "x", "markdown_text": "x"}, "markdown_text_conflict", id="two texts"),
        pytest.param({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format", id="half metadata"),
        pytest.param({"text": "x", "blocks": {}}, "invalid_blocks", id="blocks of no list"),
        pytest.param({"text": "x", "blocks": [table(1), table(1)]}, "invalid_attachments", id="two tables"),
        pytest.param(
            {"text": "x", "blocks": [section("x") | {"block_id": "a"}] * 2}, "invalid_blocks", id="block_id twice"
        ),
    ],
)
def test_a_whole_message_is_refused_by_slacks_own_name(payload, error):
    assert error in [problem.error for problem in message_errors(payload)]


def test_an_update_takes_4000_characters_of_text_and_no_more():
    assert not message_errors({"text": "x" * 4_000}, update=True)
    assert message_errors({"text": "x" * 4_001}, update=True)[0].error == "msg_too_long"


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        pytest.param(modal(section("x"), title=plain("x" * 25)), "/view/title/text", id="title of 25"),
        pytest.param(modal(section("x"), submit=plain("x" * 25)), "/view/submit/text", id="submit of 25"),
        pytest.param(modal(section("x"), close=mrkdwn("x")), "/view/close/type", id="close in mrkdwn"),
        pytest.param(modal(section("x"), private_metadata="x" * 3_001), "/view/private_metadata", id="metadata"),
        pytest.param(modal(section("x"), callback_id="x" * 256), "/view/callback_id", id="callback_id"),
        pytest.param(modal(section("x"), hash="1.a"), "/view", id="unknown key"),
        pytest.param(modal(), "/view/blocks", id="no blocks"),
        pytest.param(modal(*[{"type": "divider"}] * 101), "/view/blocks", id="101 blocks"),
        pytest.param(modal(table(1)), "/view/blocks/0/type", id="table in a modal"),
        pytest.param(lead_modal() | {"submit": None}, "/view/submit", id="input without submit"),
        pytest.param({"type": "home", "blocks": [section("x")], "title": plain("x")}, "/view", id="title on Home"),
        pytest.param({"type": "page", "blocks": []}, "/view/type", id="unknown type"),
    ],
)
def test_a_view_slack_would_refuse_is_named_by_its_pointer(view, pointer):
    problems = view_errors(view)

    assert problems[0].error == "invalid_arguments"
    assert pointer in [problem.pointer for problem in problems]


def test_a_view_over_250_kilobytes_is_too_large():
    view = modal(*[section("x" * 2_900)] * 100)

    assert view_errors(view)[0].error == "view_too_large"


def test_a_believable_modal_and_home_pass():
    assert not view_errors(lead_modal())
    assert not view_errors({"type": "home", "blocks": [table(2, 2), actions(button("a"))]})


def test_missing_ids_are_filled_and_given_ones_kept():
    blocks = [{"type": "divider"}, actions(button("mine"), {"type": "button", "text": plain("x")}, block_id="row")]

    divider, row = with_ids(blocks)

    assert divider["block_id"]
    assert row["block_id"] == "row"
    assert row["elements"][0]["action_id"] == "mine"
    assert row["elements"][1]["action_id"]
    assert "action_id" not in blocks[1]["elements"][1]


def test_blocks_inside_a_container_get_ids_too():
    container = {"type": "container", "title": plain("x"), "child_blocks": [{"type": "divider"}]}

    (filled,) = with_ids([container])

    assert filled["child_blocks"][0]["block_id"]


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = [
    *("type", "text", "blocks", "elements", "element", "options", "option_groups"),
    *("label", "value", "fields", "rows", "chart", "axis_config"),
]
_KINDS = [
    *("section", "actions", "input", "table", "data_table", "data_visualization"),
    *("context", "card", "container", "static_select", "pie", "bar"),
]


@given(
    st.recursive(
        _ANYTHING | st.sampled_from(_KINDS),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
        max_leaves=20,
    )
)
def test_no_shape_of_payload_breaks_the_checks(anything):
    message_errors({"text": "-", "blocks": anything})
    message_errors({"text": "-", "blocks": [anything, {"type": "section", "text": anything, "accessory": anything}]})
    view_errors({"type": "modal", "blocks": anything})
