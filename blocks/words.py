"""Text on its way to Slack: escaping, cutting, links, times, names and counts.

What people or vendors wrote never carries markup here: `&`, `<` and `>` become entities (Slack decodes the three in
mrkdwn and in plain text alike), newlines become spaces, control and direction characters go.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ELLIPSIS = "…"
ISOLATE, END_ISOLATE = "\u2068", "\u2069"
_DROPPED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_SAFE_URL = re.compile(r"https?://[^\s<>\"|\\^`{}\x00-\x20\x7f]+", re.IGNORECASE)
_PERSON_ID = re.compile(r"[UW](?=[A-Z]*[0-9])[A-Z0-9]{7,30}")
_DANGLING_ENTITY = re.compile(r"&[a-z]{0,3}$")
_NOT_PEOPLE = {
    "clock": "the clock",
    "vendor:plusvibe": "PlusVibe",
    "vendor:sendgrid": "SendGrid",
    "recipient": "the recipient",
}


def width(text: str) -> int:
    """The length as Slack may count it: in UTF-16 units, so that an emoji is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """At most `limit` long, an ellipsis where something is missing. Takes escaped text; splits no escape or token."""
    if len(text) * 2 <= limit or width(text) <= limit:
        return text
    head = text[: limit - 1]
    while (excess := width(head) - limit + 1) > 0:
        head = head[: -max(1, excess // 2)]
    head = _whole_to_the_end(head)
    if unclosed := _unclosed(head):  # each END_ISOLATE needs a place within the limit
        head = _whole_to_the_end(head[:-unclosed])
    return head.rstrip(" \u200d") + ELLIPSIS + END_ISOLATE * _unclosed(head)


def _whole_to_the_end(head: str) -> str:
    """Without an escape or a token that the cut left in two."""
    head = _DANGLING_ENTITY.sub("", head)
    token = head.rfind("<")
    return head[:token] if token > head.rfind(">") else head


def _unclosed(head: str) -> int:
    return max(0, head.count(ISOLATE) - head.count(END_ISOLATE))


def clean(text: str) -> str:
    """One line without control and direction characters; not yet escaped."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return " ".join(_DROPPED.sub("", " ".join(text.split())).split())


def esc(text: str, limit: int = 2_900) -> str:
    """Outside text as inert text on one line, at most `limit` long. Right-to-left text is isolated from its line."""
    text = clean(text[: limit * 8])
    if "&" in text or "<" in text or ">" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if not text.isascii() and _RIGHT_TO_LEFT.search(text):
        return f"{ISOLATE}{cut(text, limit - 2)}{END_ISOLATE}"
    return cut(text, limit) if len(text) * 2 > limit else text


plain = esc  # for plain_text: Slack decodes the same three entities there and sends them back encoded


def bold(text: str, limit: int = 2_900) -> str:
    """Outside text in bold."""
    return strong(esc(text, limit - 2))


def strong(escaped: str) -> str:
    """Text escaped already in bold; an asterisk of its own cannot end the bold early."""
    return f"*{escaped.replace('*', '∗')}*" if escaped else ""


def code(text: str, limit: int = 2_900) -> str:
    """Outside text in code marks; a back-tick of its own cannot end them."""
    inside = esc(text, limit - 2).replace("`", "ˋ")
    return f"`{inside}`" if inside else ""


def safe_url(url: str, limit: int = 3_000) -> str:
    """The address if it may stand behind a link or a button: http(s), whole, nothing that ends a link. Else empty."""
    return url if len(url) <= limit and _SAFE_URL.fullmatch(url) else ""


def link(url: str, text: str) -> str:
    """A mrkdwn link, or only its words when the address is not http(s). The words cannot break out."""
    address = safe_url(url)
    words = esc(text, 300).replace("|", "¦") or "link"
    return f"<{address.replace('&', '&amp;')}|{words}>" if address else words


def when(at: datetime, timezone: str = "UTC") -> str:
    """A time in each reader's own zone; where Slack cannot, in the zone named, which is then written out."""
    try:
        local = at.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OverflowError):
        local = at.astimezone(UTC)
    fallback = f"{local.isoformat(' ', 'minutes')[:16]} {local:%Z}"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def who(actor: str) -> str:
    """An actor in plain words: a person by name, the rest by what they are. Nobody is mentioned, nor shown as an id."""
    if _PERSON_ID.fullmatch(actor):
        return "somebody"
    if actor.startswith("token:"):
        return "an API token"
    return _NOT_PEOPLE.get(actor) or esc(actor, 80) or "somebody"


def count(number: int, one: str, many: str = "") -> str:
    """`1 lead`, `2 leads`, `1,234 leads`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int, limit: int = 60) -> str:
    """`Acme, Beta and 3 more`, escaped."""
    shown = ", ".join(esc(name, limit) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
