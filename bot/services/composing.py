"""What people type as a reply, made a mail: paragraphs from blank lines, HTML cleaned."""

import re
from dataclasses import dataclass
from html import escape

import nh3

from bot.outreach.quoting import html_to_text

_TAGS = {"a", "b", "blockquote", "br", "code", "em", "i", "li", "ol", "p", "s", "strong", "u", "ul"}
_LOOKS_LIKE_HTML = re.compile(
    r"</?(?:a|b|blockquote|br|div|em|i|li|ol|p|s|span|strong|u|ul)(?:\s[^<>]*)?/?>", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Composed:
    """A body as it is sent, and as words."""

    html: str
    text: str


def composed(typed: str) -> Composed:
    """The mail's body. HTML stays where mail can show it and nothing in it can act; anything else is text."""
    given = typed.strip().replace("\r\n", "\n")
    html = given if _LOOKS_LIKE_HTML.search(given) else _paragraphs(given)
    if html is given and not re.search(r"<(?:p|br|div|li|blockquote)\b", given, re.IGNORECASE):
        html = _paragraphs(given, is_html=True)
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return Composed(cleaned, html_to_text(cleaned))


def _paragraphs(text: str, *, is_html: bool = False) -> str:
    """A paragraph for each block between blank lines, a line break for each line."""
    blocks = re.split(r"\n[ \t]*\n+", text)
    return "".join(
        "<p>" + (block if is_html else escape(block, quote=False)).strip().replace("\n", "<br>") + "</p>"
        for block in blocks
        if block.strip()
    )
