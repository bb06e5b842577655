"""Emoji shortcodes as Slack names them.

The table `emoji.json` is made from github.com/iamcal/emoji-data (MIT), the list Slack uses: short name and character.
"""

import json
import re
from functools import cache
from pathlib import Path

_SHORTCODE = re.compile(r":([a-z0-9_+'-]+):(?::(skin-tone-[2-6]):)?")


def with_emoji(text: str) -> str:
    """`text` with its known shortcodes as characters; an unknown `:name:` stays as it is, so that a typo shows."""
    return _SHORTCODE.sub(lambda found: _character(found[1], found[2]) or found[0], text)


def _character(name: str, skin_tone: str | None) -> str | None:
    base = _table().get(name)
    return base and base + (_table()[skin_tone] if skin_tone else "")


@cache
def _table() -> dict[str, str]:
    table: dict[str, str] = json.loads(Path(__file__).with_name("emoji.json").read_text("utf-8"))
    return table
