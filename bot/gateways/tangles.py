"""Pages made to keep a parser busy for ever: told before it sees them."""

import re
from collections import Counter

_LONGEST_PAGE = 2_000_000  # characters
_DEEPEST = 400
_MOST_REOPENED = 4_000_000
_MOST_ATTRIBUTES = 2_000
_LONG_TAG = 4_000
_MOST_MARKS = 15_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,20})")
_ATTRIBUTE = r"""[\s/]*+[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+))?+"""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_WHOLE_TAG = re.compile(rf"<[a-zA-Z][^\s/>]*+(?:{_ATTRIBUTE})*+")
_QUOTED = re.compile(r""""[^"]*+"|'[^']*+'""")
_MARK = re.compile(r"""[\s/="]""")
_UNCLOSED = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
    | {"html", "head", "body", "p", "li", "dt", "dd", "tr", "td", "th", "option", "optgroup", "thead", "tbody"}
    | {"tfoot", "colgroup", "rp", "rt"}
)
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)


def is_tangled(text: str) -> bool:
    """Whether parsing this HTML may take for ever. A page too large is called so as well."""
    return len(text) > _LONGEST_PAGE or _nests(text) or _is_studded(text)


def _nests(text: str) -> bool:
    """Whether the tags nest too deep: the parser's time grows with the square of the depth.

    Formatting is opened again in every paragraph until it is closed, so the two multiply. Counted by name, for a
    closing tag that fits none is ignored; what needs no closing tag is left out. A count too high does little harm.
    """
    tags = _TAG.findall(text)
    if len(tags) < _DEEPEST:
        return False
    opened: Counter[str] = Counter()
    depth = formatting = most = 0
    for slash, name in tags:
        name = name.lower()
        if name in _UNCLOSED:
            continue
        step = -1 if slash else 1
        if slash and not opened[name]:
            continue
        opened[name] += step
        depth += step
        formatting += step if name in _FORMATTING else 0
        most = max(most, formatting)
        if depth > _DEEPEST:
            return True
    return most * len(tags) > _MOST_REOPENED


def _is_studded(text: str) -> bool:
    """Whether one tag has thousands of attributes, each of which is compared with all before it.

    What stands in long quotes is counted by its marks: to the parser the quotes may be none.
    """
    for tag in _WHOLE_TAG.finditer(text):
        if tag.end() - tag.start() < _LONG_TAG:
            continue
        told = tag.group()
        quoted = sum(len(_MARK.findall(each)) for each in _QUOTED.findall(told) if len(each) > _LONG_TAG)
        if quoted > _MOST_MARKS or len(_ATTRIBUTES.findall(told)) > _MOST_ATTRIBUTES:
            return True
    return False
