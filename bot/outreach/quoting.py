"""Mail as text: HTML read to words, and the quoted history below an answer told from what is fresh."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

LONGEST_READ = 100_000
MOST_LINES = 3_000
_HTML = re.compile(r"</?[a-z][a-z0-9]*(\s[^<>]*)?/?>", re.IGNORECASE)
_MONTHS = (
    r"(?:jan|feb|mar|mär|mai|may|apr|jun|jul|aug|sep|okt|oct|nov|de[cz]|led|úno|bře|dub|kvě|čer|srp|zář|říj|lis|pro)"
)
_WHEN = rf"(?:\d{{1,2}}[./:]\s?\d|\d{{4}}|{_MONTHS})"
# A mail program's line above the history, in the languages the workspace's prospects write. It may be broken in two.
_INTRO = re.compile(
    rf"""^\s*(?:
        on\b.{{0,200}}?{_WHEN}.{{0,200}}?\bwrote\s*:
      | am\b.{{0,200}}?{_WHEN}.{{0,200}}?\bschrieb\b.{{0,120}}?:
      | le\b.{{0,200}}?{_WHEN}.{{0,200}}?\ba\s+écrit\s*:
      | (?:dne\s|(?:po|út|st|čt|pá|so|ne)\b|\d).{{0,200}}?\b(?:napsal(?:\(a\)|a)?|odesílatel)\b.{{0,120}}?:
      | \d{{4}}-\d\d-\d\d\b.{{0,120}}?<[^<>\s]+@[^<>\s]+>\s*:
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_NAMED_INTRO = re.compile(r"^\s*[^.!?]{0,80}<[^<>\s]+@[^<>\s]+>\s+schrieb\b.{0,120}:\s*$", re.IGNORECASE)
_RULE = re.compile(
    r"^\s*(?:-{2,}|_{2,})\s*(?:original message|ursprüngliche nachricht|originalnachricht|původní zpráva|"
    r"message d'origine|message transféré|forwarded message|weitergeleitete nachricht|přeposlaná zpráva)"
    r"\s*(?:-{2,}|_{2,})\s*$",
    re.IGNORECASE,
)
_UNDERLINE = re.compile(r"^\s*_{10,}\s*$")
_FROM = re.compile(r"^\s*\*?(?:from|von|od|de)\s?\*?:\*?\s*\S", re.IGNORECASE)
_SENT = re.compile(
    r"^\s*\*?(?:sent|date|gesendet|datum|odesláno|envoyé|to|an|komu|à|subject|betreff|předmět|objet)\s?(?:\s?le)?\*?:",
    re.IGNORECASE,
)
_LOOSE = re.compile(r"<(?=[^<>]*(?:<|\Z))")  # opens no tag; the parser would look for its end again and again
_BREAKS = frozenset(
    {"p", "div", "br", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "pre"}
)
_PARAGRAPHS = frozenset({"p", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})
_UNREAD = frozenset({"style", "script", "head", "title", "template", "noscript"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr"})


@dataclass(frozen=True, slots=True)
class Folded:
    """A mail in two: what was written, and the history below it (empty when there is none)."""

    fresh: str
    quoted: str = ""


def folded(text: str) -> Folded:
    """The text cut where the quoted history begins. Nothing fresh at all: nothing is folded, so nothing is lost."""
    lines = text[:LONGEST_READ].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    last_plain = max((at for at, line in enumerate(lines) if line.strip() and not _is_quoted(line)), default=-1)
    for index in range(min(len(lines), MOST_LINES)):
        if _begins_history(lines, index, last_plain):
            fresh = "\n".join(lines[:index]).strip()
            return Folded(fresh, "\n".join(lines[index:]).strip()) if fresh else _folded_inside(lines)
    return Folded("\n".join(lines).strip())


def _folded_inside(lines: list[str]) -> Folded:
    """History on top, the answer below it, as some people write: the quoted lines are folded, the rest is fresh."""
    near = lines[:MOST_LINES]
    is_old = [_is_quoted(line) or _intro_lines(near, index) for index, line in enumerate(lines)]
    quoted = [line for line, old in zip(lines, is_old, strict=True) if old]
    fresh = [line for line, old in zip(lines, is_old, strict=True) if not old]
    kept = "\n".join(fresh).strip()
    is_bottom = bool(quoted) and any(_is_quoted(line) for line in quoted) and bool(kept)
    return Folded(kept, "\n".join(quoted).strip()) if is_bottom else Folded("\n".join(lines).strip())


def _begins_history(lines: list[str], index: int, last_plain: int) -> bool:
    """last_plain: the last line that is neither quoted nor blank."""
    line = lines[index]
    if _is_quoted(line) and index > last_plain:
        return True
    if _RULE.match(line) or _intro_lines(lines, index):
        return True
    if _UNDERLINE.match(line):
        rest = [each for each in lines[index + 1 : index + 5] if each.strip()]
        return bool(rest) and _FROM.match(rest[0]) is not None
    return _is_header(lines, index)


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _intro_lines(lines: list[str], index: int) -> bool:
    """Whether `On … wrote:` begins here, on one line or broken over two or three."""
    if index >= len(lines):
        return False
    if _NAMED_INTRO.match(lines[index]):
        return True
    for span in (1, 2, 3):
        broken = lines[index : index + span]
        if len(broken) < span or not broken[-1].strip():
            return False
        if _INTRO.match(" ".join(broken)):
            return True
    return False


def _is_header(lines: list[str], index: int) -> bool:
    """Outlook's `From: … Sent: …`, two such lines at least."""
    if not _FROM.match(lines[index]):
        return False
    return any(_SENT.match(each) for each in lines[index + 1 : index + 4])


def fresh_text(text: str, html: str = "") -> str:
    """What somebody wrote, without the history. text: empty reads the HTML."""
    return folded(text if text.strip() else html_to_text(html)).fresh


def squeezed(text: str) -> str:
    """The words alone, for comparing: no case, one blank between."""
    return " ".join(text.casefold().split())


def shown_text(body: str) -> str:
    """The body as words: HTML is read the way a mail program shows it."""
    return html_to_text(body) if _HTML.search(body) else body


def html_to_text(html: str) -> str:
    """The words of an HTML mail, a line for each block, links with their address behind them, quotes marked `>`."""
    reader = _Reader()
    reader.feed(_LOOSE.sub("&lt;", _without_comments(html[:LONGEST_READ])))
    reader.close()
    return reader.text()


def _without_comments(html: str) -> str:
    kept: list[str] = []
    at = 0
    while (begin := html.find("<!--", at)) >= 0:
        kept.append(html[at:begin])
        end = html.find("-->", begin)
        if end < 0:
            return "".join(kept)
        at = end + 3
    return "".join([*kept, html[at:]])


class _Reader(HTMLParser):
    """Gathers lines. `depth`: how many quotes we are in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._depth = 0
        self._unread = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread += 1
        elif tag in _BREAKS:
            self._break(paragraph=tag in _PARAGRAPHS)
            self._depth = min(self._depth + (tag == "blockquote"), 5)
            self._line += "• " if tag == "li" else ""
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self._line)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag in _BREAKS and tag not in _VOID:
            self._break(paragraph=tag in _PARAGRAPHS)
            self._depth = max(0, self._depth - (tag == "blockquote"))
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())

    def _end_link(self, address: str, start: int) -> None:
        shown = self._line[start:].strip()
        if address.startswith(("http://", "https://")) and address.rstrip("/") != shown.rstrip("/") and shown:
            self._line += f" ({address})"

    def handle_data(self, data: str) -> None:
        if self._unread:
            return
        words = " ".join(data.split())
        if data[:1].isspace() and self._line and not self._line.endswith(" "):
            self._line += " "
        self._line += words
        if words and data[-1:].isspace():
            self._line += " "

    def _break(self, *, paragraph: bool) -> None:
        if line := self._line.strip():
            self._lines.append("> " * self._depth + line)
        if paragraph and self._lines and self._lines[-1]:
            self._lines.append("")
        self._line, self._links = "", []

    def text(self) -> str:
        """The lines, blank ones never doubled."""
        self._break(paragraph=False)
        return "\n".join(self._lines).strip()
