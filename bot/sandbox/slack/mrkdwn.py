"""Slack's mrkdwn and plain text as HTML. Whatever was typed ends up escaped; only this module's own tags come out."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from markupsafe import Markup, escape

from bot.sandbox.slack.dates import format_tokens
from bot.sandbox.slack.emoji import with_emoji
from bot.sandbox.slack.viewer import Viewer

_ANGLED = re.compile(r"<([@#!]?)([^<>\n|]*)(?:\|([^<>\n]*))?>")
_BARE_URL = re.compile(r"https?://[^\s<>|\ue000\ue001]+[^\s<>|.,;:!?'\")\]}\ue000\ue001*_~`]")
_FENCE = re.compile(r"```\n?(.+?)\n?```", re.S)
_INLINE_CODE = re.compile(r"`([^`\n]+)`")
_HELD = re.compile("\ue000(\\d+)\ue001")
_QUOTE = re.compile(r"^&gt; ?(.*)$")
_BREAK_BESIDE_BLOCK = re.compile(r"<br>(<(?:pre|blockquote)>)|(</(?:pre|blockquote)>)<br>")
_STYLES = [
    (re.compile(rf"(?<![\w{mark}]){mark}(?=[^\s{mark}])([^{mark}\n]*?[^\s{mark}]){mark}(?![\w{mark}])"), tag)
    for mark, tag in ((r"\*", "strong"), ("_", "em"), ("~", "s"))
]
_SAFE_URL = re.compile(r"^(https?://|mailto:|tel:)", re.I)


def safe_url(url: object) -> str | None:
    """`url` if it may stand in an href: never javascript: or data:."""
    return url if isinstance(url, str) and _SAFE_URL.match(url) else None


def plain(text: str) -> str:
    """A plain_text as Slack reads it: the three entities decoded, shortcodes drawn. Not HTML yet."""
    return with_emoji(decoded(text))


def decoded(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain_html(text: str) -> Markup:
    return Markup(escape(plain(text)).replace("\n", Markup("<br>")))


def mrkdwn_html(text: str, viewer: Viewer, *, verbatim: bool = False) -> Markup:
    """mrkdwn as HTML in `viewer`'s names and zone. `verbatim` leaves bare addresses unlinked."""
    held = _Held()
    text = _ANGLED.sub(lambda found: held.keep(_angled(found, viewer)), held.clean(text))
    if not verbatim:
        text = _BARE_URL.sub(lambda found: held.keep(_link(decoded(found[0]), decoded(found[0]))), text)
    text = str(escape(decoded(text)))
    text = _FENCE.sub(lambda found: held.keep(f"<pre>{found[1]}</pre>"), text)
    text = _INLINE_CODE.sub(lambda found: held.keep(f"<code>{found[1]}</code>"), text)
    return Markup(_BREAK_BESIDE_BLOCK.sub(r"\1\2", held.put_back(_lines(text, held))))


class _Held:
    """Finished HTML kept out of the way of later rules, behind a mark in the text's place."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    @staticmethod
    def clean(text: str) -> str:
        """Our marks are private-use characters: typed ones must not be able to call up a held piece."""
        return text.replace("\ue000", "\ufffd").replace("\ue001", "\ufffd")

    def keep(self, html: str) -> str:
        self._pieces.append(html)
        return f"\ue000{len(self._pieces) - 1}\ue001"

    def put_back(self, text: str) -> str:
        return _HELD.sub(lambda found: self.put_back(self._pieces[int(found[1])]), text)


def _lines(text: str, held: _Held) -> str:
    """Quotes by line (`>>>` quotes all that follows), everything else joined with breaks."""
    out: list[str] = []
    quoted: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("&gt;&gt;&gt;"):
            quoted += [line[12:].lstrip(), *lines[number + 1 :]]
            break
        if found := _QUOTE.match(line):
            quoted.append(found[1])
            continue
        if quoted:
            out.append(_quote(quoted, held))
            quoted = []
        out.append(_styled(line))
    if quoted:
        out.append(_quote(quoted, held))
    return "<br>".join(out)


def _quote(lines: list[str], held: _Held) -> str:
    return held.keep("<blockquote>" + "<br>".join(_styled(line) for line in lines) + "</blockquote>")


def _styled(line: str) -> str:
    for pattern, tag in _STYLES:
        line = pattern.sub(rf"<{tag}>\1</{tag}>", line)
    return with_emoji(line)


def _angled(found: re.Match[str], viewer: Viewer) -> str:
    """What stands in `<…>`: a link, a mention, a date. Anything else is shown as it was typed."""
    kind, body, label = found[1], found[2], found[3]
    drawn: dict[str, Callable[[], str | None]] = {
        "@": lambda: user_mention(body, viewer),
        "#": lambda: channel_mention(body, viewer, label),
        "!": lambda: _special(body, label, viewer),
        "": lambda: _link(decoded(body), decoded(label or body)) if safe_url(body) else None,
    }
    return drawn[kind]() or str(escape(decoded(found[0])))


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(with_emoji(label))}</a>'


def user_mention(user_id: str, viewer: Viewer) -> str:
    mine = " mention-me" if user_id == viewer.user.id else ""
    return f'<span class="mention{mine}" data-user-id="{escape(user_id)}">@{escape(viewer.user_name(user_id))}</span>'


def channel_mention(channel_id: str, viewer: Viewer, label: str | None = None) -> str:
    name = label or viewer.channel_name(channel_id)
    if channel_id not in viewer.workspace.channels:
        return f'<span class="mention">#{escape(name)}</span>'
    return f'<a class="mention" href="/client/{escape(channel_id)}">#{escape(name)}</a>'


def _special(body: str, label: str | None, viewer: Viewer) -> str | None:
    if body in ("channel", "here", "everyone"):
        return f'<span class="mention mention-broadcast">@{body}</span>'
    if body.startswith("subteam^"):
        group = viewer.workspace.usergroups.get(body.removeprefix("subteam^"))
        name = group.handle if group else (label or body.removeprefix("subteam^")).removeprefix("@")
        return f'<span class="mention">@{escape(name)}</span>'
    return date_html(body, label, viewer) if body.startswith("date^") else None


def date_html(body: str, fallback: str | None, viewer: Viewer) -> str:
    """`date^1392734382^{date_short} at {time}^https://…` in the viewer's zone; the fallback when it is no date."""
    _, stamp, template, link = [*body.split("^", 3), "", ""][:4]
    try:
        at = datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return str(escape(fallback or body))
    words = format_tokens(at, decoded(template), viewer.zone, viewer.now)
    if safe_url(link):
        return _link(decoded(link), words)
    return f'<time datetime="{at.isoformat()}" title="{at.astimezone(viewer.zone):%c %Z}">{escape(words)}</time>'
