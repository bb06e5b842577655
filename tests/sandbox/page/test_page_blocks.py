"""Every block and every element as HTML, with whatever was typed escaped."""

import pytest
from page_given import ESCAPED, EVIL, asking, option, plain, says, seen, text_of

from bot.sandbox.slack.server import ANA, BEN, OUTREACH

BLOCKS = {
    "header": ({"type": "header", "text": plain(EVIL)}, [f"<h3>{ESCAPED}</h3>"]),
    "section": ({"type": "section", "text": text_of("*a*")}, ["<strong>a</strong>"]),
    "fields": ({"type": "section", "fields": [text_of("*a*"), plain("b")]}, ['class="fields"', "<strong>a</strong>"]),
    "divider": ({"type": "divider"}, ["<hr>"]),
    "context": ({"type": "context", "elements": [text_of("_a_")]}, ["<em>a</em>"]),
    "button": (
        {"type": "actions", "elements": [{"type": "button", "text": plain("Go"), "action_id": "go", "value": EVIL}]},
        ['data-action-id="go"', f'data-value="{ESCAPED}"', ">Go</button>"],
    ),
    "danger": (
        {"type": "actions", "elements": [{"type": "button", "text": plain("Go"), "action_id": "g", "style": "danger"}]},
        ['class="button danger"'],
    ),
    "link button": (
        {
            "type": "actions",
            "elements": [{"type": "button", "text": plain("Go"), "action_id": "g", "url": "https://a.b"}],
        },
        ['href="https://a.b"', ">Go</a>"],
    ),
    "script button": (
        {
            "type": "actions",
            "elements": [{"type": "button", "text": plain("G"), "action_id": "g", "url": "javascript:1"}],
        },
        [">G</button>"],
    ),
    "confirm": (
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": plain("Go"),
                    "action_id": "g",
                    "confirm": {
                        "title": plain("Sure?"),
                        "text": text_of("*Gone*"),
                        "confirm": plain("Yes"),
                        "deny": plain("No"),
                    },
                }
            ],
        },
        ["<template data-confirm>", "Sure?", "<strong>Gone</strong>", ">No</button>"],
    ),
    "overflow": (
        {
            "type": "section",
            "text": plain("x"),
            "accessory": {"type": "overflow", "action_id": "o", "options": [option("Open"), option("Drop")]},
        },
        ['aria-label="More actions"', 'role="menuitem"', 'data-value="drop"'],
    ),
    "outside image": (
        {"type": "image", "image_url": "https://a.b/c.png", "alt_text": EVIL},
        [ESCAPED, "Not loaded"],
    ),
    "image of this machine": (
        {"type": "image", "image_url": "http://127.0.0.1:1/c.png", "alt_text": "c"},
        ['<img src="http://127.0.0.1:1/c.png" alt="c">'],
    ),
    "rich text": (
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": EVIL, "style": {"bold": True}}]},
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": BEN}]}],
                },
                {"type": "rich_text_quote", "elements": [{"type": "emoji", "name": "tada"}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "pre"}]},
                {"type": "rich_text_section", "elements": [{"type": "link", "url": "javascript:1", "text": "bad"}]},
            ],
        },
        [f"<strong>{ESCAPED}</strong>", "<ol", "@Ben Carter", "<blockquote>🎉</blockquote>", "<pre>pre</pre>"],
    ),
    "table": (
        {
            "type": "table",
            "rows": [[{"type": "raw_text", "text": EVIL}, {"type": "raw_number", "value": 3, "text": "three"}]],
            "column_settings": [None, {"align": "right", "is_wrapped": True}],
        },
        [f'<td class="align-left">{ESCAPED}</td>', '<td class="align-right wrapped">three</td>'],
    ),
    "data table": (
        {
            "type": "data_table",
            "caption": "Leads",
            "page_size": 2,
            "rows": [[{"type": "raw_text", "text": "Opens"}], [{"type": "raw_number", "value": 7, "text": "7"}]],
        },
        ["<caption>Leads</caption>", 'data-page-size="2"', 'data-act="sort"', 'data-sort="7"'],
    ),
    "chart": (
        {
            "type": "data_visualization",
            "title": "By stage",
            "chart": {"type": "pie", "segments": [{"label": "New", "value": 3}, {"label": "Old", "value": 1}]},
        },
        ['aria-label="By stage, pie chart"', "New: 3 (75%)", "<path"],
    ),
    "markdown": (
        {"type": "markdown", "text": "## Hi\n- *a*\n\n<script>x</script> [b](javascript:1)"},
        ["<h2>Hi</h2>", "<em>a</em>", "&lt;script&gt;"],
    ),
    "alert": ({"type": "alert", "text": text_of("*a*"), "level": "warning"}, ["alert-warning", "<strong>a</strong>"]),
    "card": (
        {"type": "card", "title": text_of("T"), "actions": [{"type": "button", "text": plain("B"), "action_id": "b"}]},
        ['class="card"', ">B</button>"],
    ),
    "feedback": (
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "f",
                    "positive_button": {"text": plain("Good"), "value": "1"},
                    "negative_button": {"text": plain("Bad"), "value": "0"},
                }
            ],
        },
        ['aria-label="Good"', 'aria-label="Bad"'],
    ),
    "video": ({"type": "video", "title": plain("Tour"), "title_url": "https://a.b", "video_url": "https://a.b"}, ["▶"]),
    "unknown": ({"type": "hologram"}, ["<code>hologram</code> is not drawn"]),
    "unknown element": ({"type": "actions", "elements": [{"type": "dial", "action_id": "d"}]}, ["<code>dial</code>"]),
}


@pytest.mark.parametrize(("block", "parts"), BLOCKS.values(), ids=BLOCKS)
async def test_every_block_is_drawn_and_escaped(local, page, block, parts):
    says(local, block)

    html = await seen(page)

    assert [part for part in parts if part not in html] == []
    assert "<img src=x" not in html
    assert "<script>" not in html
    assert 'href="javascript' not in html


ELEMENTS = {
    "text": ({"type": "plain_text_input", "initial_value": EVIL}, ['type="text"', f'value="{ESCAPED}"']),
    "text, many lines": ({"type": "plain_text_input", "multiline": True, "initial_value": "\na"}, ["\n\na</textarea>"]),
    "e-mail": ({"type": "email_text_input"}, ['type="email"']),
    "address": ({"type": "url_text_input"}, ['type="url"']),
    "number": ({"type": "number_input", "is_decimal_allowed": False, "min_value": "0"}, ['type="number"', 'min="0"']),
    "select": (
        {"type": "static_select", "options": [option("A"), option("B")], "initial_option": option("B")},
        ['<option value="b" selected>B</option>'],
    ),
    "select in groups": (
        {"type": "static_select", "option_groups": [{"label": plain("G"), "options": [option("A")]}]},
        ['<optgroup label="G">', '<option value="a">A</option>'],
    ),
    "external select": ({"type": "external_select", "min_query_length": 0}, ['role="combobox"', 'data-min-query="0"']),
    "external select, as it is by default": ({"type": "external_select"}, ['data-min-query="3"']),
    "multi select": (
        {
            "type": "multi_static_select",
            "options": [option("A")],
            "initial_options": [option("A")],
            "max_selected_items": 1,
        },
        ['class="chip" data-value="a"', 'aria-label="Remove A"', 'data-max="1"', "data-options="],
    ),
    "multi external select": ({"type": "multi_external_select"}, ["data-many"]),
    "checkboxes": (
        {"type": "checkboxes", "options": [option("A"), option("B")], "initial_options": [option("A")]},
        ['type="checkbox"', 'value="a" autocomplete="off" checked'],
    ),
    "radio buttons": ({"type": "radio_buttons", "options": [option("A")]}, ['type="radio"', 'role="radiogroup"']),
    "date": ({"type": "datepicker", "initial_date": "2026-01-05"}, ['type="date"', 'value="2026-01-05"']),
    "time": ({"type": "timepicker", "initial_time": "09:30"}, ['type="time"', 'value="09:30"']),
    "instant": ({"type": "datetimepicker", "initial_date_time": 1767225600}, ['data-epoch="1767225600"']),
    "people": ({"type": "users_select", "initial_user": BEN}, [f'<option value="{BEN}" selected>Ben Carter</option>']),
    "channels": ({"type": "channels_select"}, [f'<option value="{OUTREACH}">#outreach</option>']),
    "conversations": (
        {"type": "conversations_select", "default_to_current_conversation": True},
        [f'<option value="{OUTREACH}" selected>#outreach</option>'],
    ),
    "files": ({"type": "file_input", "filetypes": ["csv"], "max_files": 1}, ['accept=".csv"', 'data-max="1"']),
}


@pytest.mark.parametrize(("element", "parts"), ELEMENTS.values(), ids=ELEMENTS)
async def test_every_input_is_drawn_under_its_label(local, page, element, parts):
    view = {"type": "modal", "title": plain("Form"), "submit": plain("Save"), "blocks": [asking(element)]}
    local.modals.push_onto(ANA, view)

    html = await seen(page)

    assert [part for part in parts if part not in html] == []
    assert 'data-action-id="v" data-block-id="asked"' in html
    assert "<img src=x" not in html
