"""HTML to the facts of a page (selectolax, whose parser follows the HTML standard as browsers do)."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.gateways.page_facts import Facts
from bot.gateways.tangles import is_tangled

_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
# What Python decodes beside them: slowly, or to what is no text.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf_7", "u7"})
_MOST = 2_000  # of one kind on a page
_MOST_LINKS = 20_000
_RETIRED = "font, center, marquee, blink, frameset, big, strike, applet, basefont, dir"
_FIELDS = "input, select, textarea"
_NO_LABEL = frozenset({"hidden", "submit", "button", "image", "reset"})
_LOADED = "img[src], script[src], iframe[src], link[rel~=stylesheet][href], audio[src], video[src], source[src]"
_PLACEHOLDERS = ("lorem ipsum", "just another wordpress site", "your tagline here", "your headline here")
_PLACEHOLDER_HEADINGS = frozenset({"hello world!", "sample page"})
_UNFINISHED = ("coming soon", "under construction")  # of a page with little else; builders and shops say so, too
_LITTLE_ELSE_WORDS = 100
# Each begins with what is rare in a text, so that the engine leaps from one to the next.
_PHONE = re.compile(
    r"\+(?<![\w+]\+)\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){1,4}(?!\w)"
    r"|\((?<![\w+]\()\d{3}\) ?\d{3}-\d{4}(?!\w)"
)
_YEAR = re.compile(r"(?:©|\(c\)|copyright)[^\d]{0,20}(?:\d{4}\s?[-–]\s?)?(\d{4})")
_LONGEST_TEXT = 300


def facts_of(url: str, content_type: str, body: bytes) -> Facts | None:
    """What a page says; None for one made to take for ever. Broken markup is read as a browser reads it."""
    text = _decoded(content_type, body)
    if is_tangled(text):
        return None
    tree = LexborHTMLParser(text)
    base = _first(tree, "base[href]", "href")
    reader = _Reader(tree, _joined(url, base) or url)
    has_doctype = body[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<!--", b"<?xml"))
    return {"has_doctype": has_doctype, **reader.head(), **reader.body(), **reader.text()}


def links_in(url: str, content_type: str, body: bytes, hosts: Collection[str]) -> Facts | None:
    """The page's links that may lead to one of these hosts, and its orders to search engines; None as `facts_of`.

    hosts: in lower case. Links within a site are told only of its own pages.
    """
    text = _decoded(content_type, body)
    if is_tangled(text):
        return None
    tree = LexborHTMLParser(text)
    nodes = tree.css("a[href], area[href]")
    if len(nodes) > _MOST_LINKS:
        return None
    reader = _Reader(tree, _joined(url, _first(tree, "base[href]", "href")) or url)
    is_own = reader.stands_on(hosts)
    near = [node for node in nodes if is_own or _names(_attr(node, "href").lower(), hosts)]
    orders = " ".join(_attr(node, "content") for node in tree.css("meta[name=robots i]"))
    return {"links": [reader.link(node) for node in near], "robots": orders[:1_000]}


def _names(address: str, hosts: Collection[str]) -> bool:
    """At a glance: most links of a page lead elsewhere."""
    return any(host in address for host in hosts)


def _decoded(content_type: str, body: bytes) -> str:
    """The text by the charset of header or page, else UTF-8."""
    told = re.search(r"charset=[\"']?([\w.:-]{1,40})", content_type, re.IGNORECASE)
    found = _CHARSET.search(body[:2_048])
    name = told[1] if told else found[1].decode("ascii") if found else "utf-8"
    try:
        text = body.decode("utf-8" if name.lower().replace("-", "_") in _NO_CHARSETS else name, "replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "replace")
    return text if name.lower() == "utf-8" else text.encode("utf-8", "replace").decode()  # no half characters


class _Reader:
    """One page's tree. base: what its relative addresses stand on."""

    def __init__(self, tree: LexborHTMLParser, base: str) -> None:
        self._tree = tree
        self._base = base
        self._labelled = {_attr(label, "for") for label in tree.css("label[for]")}

    def head(self) -> Facts:
        """What the page says about itself."""
        tree = self._tree
        title = tree.css_first("head > title, title")
        metas = {_attr(node, "name").lower() or _attr(node, "property").lower(): node for node in tree.css("meta")}
        told = {name: _attr(node, "content").strip()[:1_000] for name, node in metas.items() if name}
        schema, broken = self._schema()
        canonical = _first(tree, "link[rel~=canonical]", "href")
        return {
            "title": _line(title) if title else "",
            "description": told.get("description"),
            "viewport": told.get("viewport"),
            "robots": told.get("robots", ""),
            "canonical": self._absolute(canonical) if canonical else "",
            "lang": _first(tree, "html", "lang").strip(),
            "social": {name: text for name, text in told.items() if name.startswith(("og:", "twitter:")) and text},
            "has_icon": tree.css_first("link[rel~=icon], link[rel=apple-touch-icon]") is not None,
            "schema": sorted(schema),
            "broken_schema": broken,
        }

    def body(self) -> Facts:
        """What the page is made of."""
        tree = self._tree
        nodes = [node.attributes for node in tree.css("[id]")]
        ids = Counter(attributes.get("id") or "" for attributes in nodes[:_MOST])
        inline = tree.css("script:not([src]):not([type='application/ld+json']), style")
        frames = [node for node in tree.css("iframe") if not _attr(node, "title").strip()]
        return {
            "images": [_image(node) for node in tree.css("img")[:_MOST]],
            "links": [self.link(node) for node in tree.css("a[href]")[:_MOST]],
            "scripts": [_script(node) for node in tree.css("script[src]")[:_MOST]],
            "styles": [_attr(node, "href") for node in tree.css("link[rel~=stylesheet][href]")[:_MOST]],
            "inline_bytes": sum(len(node.text()) for node in inline),
            "untitled_frames": len(frames),
            "forms": [self._form(node) for node in tree.css("form")[:100]],
            "unsafe": list(self._unsafe()),
            "nodes": len(tree.css("*")),
            "repeated_ids": [name for name, times in ids.items() if name and times > 1],
            "retired_tags": sorted({str(node.tag) for node in tree.css(_RETIRED)}),
        }

    def text(self) -> Facts:
        """What a reader sees; the last to be asked, for it takes the rest out of the tree."""
        headings = [(int(str(node.tag)[1]), _line(node)) for node in self._tree.css("h1, h2, h3, h4, h5, h6")[:_MOST]]
        self._tree.strip_tags(["script", "style", "noscript", "template", "svg"])
        body = self._tree.body
        text = " ".join(body.text(separator=" ").split()) if body else ""
        small = text.lower()
        years = [int(year) for year in _YEAR.findall(small) if 1990 < int(year) < 2200]
        return {
            "headings": headings,
            "words": len(text.split()),
            "text_key": hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16],
            "placeholders": _placeholders(small, [heading for _, heading in headings]),
            "phones": list(dict.fromkeys(found[:40] for found in _PHONE.findall(text)))[:5],
            "year": max(years, default=0),
        }

    def _absolute(self, url: str) -> str:
        url = url.strip()
        if url.lower().startswith(("mailto:", "tel:", "javascript:", "sms:", "whatsapp:")):
            return url[:500]
        return _joined(self._base, url)[:2_000]

    def stands_on(self, hosts: Collection[str]) -> bool:
        """Whether its relative addresses may lead to one of these hosts."""
        return _names(self._base.lower(), hosts)

    def link(self, node: LexborNode) -> tuple[str, str, str]:
        """Address, words and rel of a link; its words are those of its pictures where it has none of its own."""
        text = _line(node) or _attr(node, "aria-label") or _attr(node, "title")
        if not text.strip():
            text = " ".join(_attr(image, "alt") or _attr(image, "aria-label") for image in node.css("img, svg"))
        rel = " ".join(dict.fromkeys(re.split(r"[\s,]+", _attr(node, "rel").lower().strip())))
        return self._absolute(_attr(node, "href")), text.strip()[:_LONGEST_TEXT], rel[:_LONGEST_TEXT]

    def _form(self, node: LexborNode) -> Any:
        fields = [field for field in node.css(_FIELDS) if _attr(field, "type").lower() not in _NO_LABEL]
        unlabelled = sum(not self._is_labelled(field) for field in fields[:200])
        has_password = node.css_first("input[type=password]") is not None
        action = self._absolute(_attr(node, "action") or self._base)
        return action, _attr(node, "method").lower() or "get", has_password, unlabelled

    def _is_labelled(self, field: LexborNode) -> bool:
        told = field.attributes
        if told.get("aria-label") or told.get("aria-labelledby") or told.get("title"):
            return True
        if (told.get("id") or "") in self._labelled:
            return True
        parent, steps = field.parent, 0
        while parent is not None and steps < 20:
            if parent.tag == "label":
                return True
            parent, steps = parent.parent, steps + 1
        return False

    def _unsafe(self) -> Iterator[str]:
        if self._base.startswith("https:"):
            for node in self._tree.css(_LOADED)[:_MOST]:
                url = (_attr(node, "src") or _attr(node, "href")).strip()
                if url.lower().startswith("http:"):
                    yield url[:_LONGEST_TEXT]

    def _schema(self) -> tuple[set[str], int]:
        """The types the structured data names, and how many pieces of it cannot be read."""
        found, broken = set[str](), 0
        for node in self._tree.css('script[type="application/ld+json"]')[:50]:
            try:
                found |= set(_types(json.loads(node.text())))
            except (ValueError, RecursionError):
                broken += 1
        for node in self._tree.css("[itemtype]")[:200]:
            found.add(_attr(node, "itemtype").rstrip("/").rpartition("/")[2])
        return {name[:60] for name in found if name}, broken


def _placeholders(text: str, headings: Sequence[str]) -> list[str]:
    """The left-over sample text on a page. text: what a reader sees, in lower case."""
    unfinished = _UNFINISHED if len(text.split()) < _LITTLE_ELSE_WORDS else ()
    left = [phrase for phrase in (*_PLACEHOLDERS, *unfinished) if phrase in text]
    return left + sorted(_PLACEHOLDER_HEADINGS & {heading.lower() for heading in headings})


def _types(told: Any) -> Iterator[str]:
    if isinstance(told, list):
        for each in told:
            yield from _types(each)
    elif isinstance(told, dict):
        named = told.get("@type", [])
        yield from (name for name in (named if isinstance(named, list) else [named]) if isinstance(name, str))
        for value in told.values():
            if isinstance(value, list | dict):
                yield from _types(value)


def _image(node: LexborNode) -> Any:
    told = node.attributes
    alt = (told.get("alt") or "") if "alt" in told else None
    is_sized = bool(told.get("width") and told.get("height")) or "aspect-ratio" in (told.get("style") or "")
    return (told.get("src") or "")[:_LONGEST_TEXT], alt, is_sized, told.get("loading") == "lazy"


def _script(node: LexborNode) -> Any:
    told = node.attributes
    waits = "async" in told or "defer" in told or told.get("type") == "module"
    parent = node.parent
    return (told.get("src") or "")[:_LONGEST_TEXT], not waits and parent is not None and parent.tag == "head"


def _joined(base: str, url: str) -> str:
    """The whole address, without a fragment; nothing where there is none."""
    try:
        return urldefrag(urljoin(base, url))[0]
    except ValueError:
        return ""


def _attr(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def _first(tree: LexborHTMLParser, selector: str, name: str) -> str:
    node = tree.css_first(selector)
    return _attr(node, name) if node is not None else ""


def _line(node: LexborNode) -> str:
    """Its text as one line, no more of it read than is kept: nested far enough, every node holds the whole page."""
    parts: list[str] = []
    length = 0
    for each in node.traverse(include_text=True):
        if each.is_text_node:
            parts.append(each.text_content or "")
            length += len(parts[-1])
            if length > 4 * _LONGEST_TEXT:
                break
    return " ".join(" ".join(parts).split())[:_LONGEST_TEXT]
