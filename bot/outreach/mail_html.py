"""Plain text as a mail: an HTML part that looks well in every mail program, and the text part beside it.

Mail programs drop style sheets, so every style is inline. Colours of the text and its ground are left to the reader's
program, which has its own for the dark; the two greys read on white and on black.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import groupby
from operator import not_

from bot.outreach.errors import Invalid
from bot.outreach.wording import web_address

_FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
_PAGE = "margin:0;padding:0;-webkit-text-size-adjust:100%;"
_COLUMN = f"max-width:600px;margin:0 auto;padding:24px;{_FONT}font-size:16px;line-height:1.6;overflow-wrap:anywhere;"
_PARAGRAPH = "margin:0 0 16px;"
_LIST = "margin:0 0 16px;padding:0 0 0 24px;"
_ITEM = "margin:0 0 4px;"
_LINK = "color:inherit;text-decoration:underline;"
_FOOTER = "margin:32px 0 0;padding:16px 0 0;border-top:1px solid #999999;font-size:13px;line-height:1.5;color:#767676;"
_BULLET = "- "
_ADDRESS = re.compile(r"https?://[^\W_][^\s<>{}\"'\\^`|]*", re.IGNORECASE)
_PUNCTUATION = ".,;:!?"
_SENDERS = 100  # remembered: the same few for thousands of mails
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def html_mail(text: str, *, unsubscribe_url: str, sender_line: str, body: str = "") -> str:
    """A whole HTML document: the text, below it who sent it and how to hear no more. Nothing in the text is mark-up.

    Blank lines part paragraphs, lines that begin with `- ` make a list, bare http and https addresses become links.
    sender_line: name and postal address, on one line or several. body: cleaned HTML to stand for the text. Raises
    `Invalid` unless unsubscribe_url is a web address.
    """
    address = escape(_checked(unsubscribe_url))
    sender = "".join([f"{escape(line)}<br>\n" for line in _sender(sender_line)])
    body = body.replace("<p>", f'<p style="{_PARAGRAPH}">') or "\n".join(
        part for block in _blocks(_clean(text)) for part in _parts(block)
    )
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n'
        f'</head>\n<body style="{_PAGE}">\n<div dir="auto" style="{_COLUMN}">\n{body}\n'
        f'<div style="{_FOOTER}">\n{sender}'
        f'<a clicktracking="off" href="{address}" style="{_LINK}">Unsubscribe</a>\n</div>\n'
        "</div>\n</body>\n</html>\n"
    )


def text_mail(text: str, *, unsubscribe_url: str, sender_line: str) -> str:
    """The text part: the same words, then the footer below the mark that mail programs know as a signature's.

    Raises `Invalid` unless unsubscribe_url is a web address.
    """
    footer = "\n".join([*map(str.strip, _sender(sender_line)), f"Unsubscribe: {_checked(unsubscribe_url)}"])
    return f"{_clean(text).strip()}\n\n-- \n{footer}\n"


@lru_cache(maxsize=_SENDERS)
def _sender(sender_line: str) -> list[str]:
    """The lines of it that say something."""
    return [line for line in _clean(sender_line).split("\n") if line.strip()]


def _checked(unsubscribe_url: str) -> str:
    address = web_address(unsubscribe_url)
    if not address:
        raise Invalid("A mail needs a web address to unsubscribe at.", field="unsubscribe_url")
    return address


def _clean(text: str) -> str:
    """One kind of line break, and nothing that no mail may hold."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _blocks(text: str) -> Iterator[list[str]]:
    """The lines between blank ones."""
    for is_blank, lines in groupby(map(str.strip, text.split("\n")), key=not_):
        if not is_blank:
            yield list(lines)


def _parts(block: list[str]) -> Iterator[str]:
    """Lists and paragraphs in the order they were written."""
    for is_list, lines in groupby(block, key=lambda line: line.startswith(_BULLET)):
        if is_list:
            items = "\n".join(f'<li style="{_ITEM}">{_line(line.removeprefix(_BULLET))}</li>' for line in lines)
            yield f'<ul style="{_LIST}">\n{items}\n</ul>'
        else:
            words = "<br>\n".join(map(_line, lines))
            yield f'<p style="{_PARAGRAPH}">{words}</p>'


def _line(text: str) -> str:
    """The words escaped, the addresses in them as links."""
    if "://" not in text:
        return escape(text)
    written, at = "", 0
    for found in _ADDRESS.finditer(text):
        address = _without_punctuation(found.group())
        written += escape(text[at : found.start()]) + _link(address)
        at = found.start() + len(address)
    return written + escape(text[at:])


def _link(address: str) -> str:
    shown = escape(address)
    return f'<a href="{shown}" style="{_LINK}">{shown}</a>'


def _without_punctuation(address: str) -> str:
    """The address without what ends the sentence around it; a bracket that was opened in it stays."""
    while True:
        kept = address.rstrip(_PUNCTUATION)
        for opening, closing in ("()", "[]"):
            if kept.endswith(closing) and kept.count(closing) > kept.count(opening):
                kept = kept[:-1]
        if kept == address:
            return address
        address = kept
