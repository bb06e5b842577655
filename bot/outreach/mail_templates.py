"""Mail templates people write: the placeholders they may use, what is refused at saving, and the words for one lead.

A template knows `{{ name }}`, six filters and `{% if name %}…{% else %}…{% endif %}`; everything else is refused in
words before it is ever run, and what is left runs in the letters' sandbox.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from bot.outreach.errors import Invalid
from bot.outreach.leads import Lead
from bot.outreach.mail_placeholders import NAMES, MissingValue
from bot.outreach.templates import Sandboxed, Unreadable, sandboxed
from bot.outreach.wording import tidy

LONGEST_NAME = 80
LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000
LONGEST_TEXT = 20_000
ALIKE = 0.62  # a plain `name` is like three placeholders and none in particular
DEEPEST = 5  # ifs in ifs, filters after filters: endless ones would break the compiler


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """A template as stored. subject and body are what a person wrote; author: who wrote this revision."""

    id: str
    name: str
    subject: str
    body: str
    revision: int = 1
    author: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail's words: subject on one line, text plain. used: the template's placeholders, in our order."""

    subject: str
    text: str
    used: tuple[str, ...]


_REMEMBERED = 64  # texts read: the same few make thousands of mails
_HOW = "this does not read. Write {{ first_name }} or {{ first_name | default('there') }}."
_TAGS = "only {% if … %}, {% else %} and {% endif %} are possible."
_SAID = (
    ("unexpected end of template. jinja", "an {% if … %} is not closed. Add {% endif %}."),
    ("unexpected end of template", "a bracket is opened and not closed. Write {{ first_name }}."),
    ("unexpected char", "a sign is not possible here. Quotes are straight, in pairs: {{ city | default('…') }}."),
    ("missing end of comment", "{# begins a remark and is not closed. Add #}."),
    ("missing end of raw", _TAGS),
    ("encountered unknown tag", _TAGS),
)
_FORBIDDEN = {
    "Call": "placeholders have no brackets () after them.",
    "Getattr": "a placeholder has no parts, so no dot. Write {{ first_name }}.",
    "Getitem": "a placeholder has no parts, so no []. Write {{ first_name }}.",
    "For": f"repeating is not possible; {_TAGS}",
    "If": f"no more than {DEEPEST} ifs in one another.",
    "Filter": f"no more than {DEEPEST} filters after one another.",
    "CondExpr": "inside {{ }} no if. Write {% if first_name %}…{% else %}…{% endif %}.",
}
_STRAY = re.compile(rf"{{{{|}}}}|{{%|%}}|#}}|{{\s*(?:{'|'.join(NAMES)})\s*}}")


def checked(name: str, subject: str, body: str) -> None:
    """Raises `Invalid` in words for the writer, field `name`, `subject` or `body`, unless all three can be kept."""
    _check_length("name", name, LONGEST_NAME)
    _read("subject", subject, LONGEST_SUBJECT)
    _read("body", body, LONGEST_BODY)


def _check_length(field: str, text: str, longest: int) -> None:
    if not text.strip():
        raise Invalid(f"The {field} is empty.", field=field)
    if len(text) > longest:
        raise Invalid(f"The {field} has {len(text):,} characters; {longest:,} are possible.", field=field)


@lru_cache(maxsize=_REMEMBERED)
def _read(field: str, source: str, longest: int) -> Sandboxed:
    """The template, found harmless."""
    _check_length(field, source, longest)
    try:
        template = sandboxed(source, _FILTERS)
        problem = next(_problems(template.tree.body), None)
    except Unreadable as error:
        problem = (error.line, _in_words(str(error)))
    if problem:
        line, words = problem
        raise Invalid(f"Line {line} of the {field}: {words}", field=field)
    return template


def _in_words(said: str) -> str:
    """What the template language says of a text it cannot read, for somebody who never met it."""
    return next((words for begun, words in _SAID if said.casefold().startswith(begun)), _HOW)


# Nodes are told by the names of their classes: only `templates` may import the template language.
def _kind(node: Any) -> str:
    return type(node).__name__


def _problems(nodes: Sequence[Any], depth: int = 0) -> Iterator[tuple[int, str]]:
    """Each thing that is not allowed: its line, and words for the writer."""
    for node in nodes:
        if _kind(node) == "Output":
            for part in node.nodes:
                yield from _problems_of_text(part) if _kind(part) == "TemplateData" else _problems_of_value(part)
        elif _kind(node) == "If" and depth < DEEPEST:
            yield from _problems_of_condition(node, depth)
        else:
            yield node.lineno, _FORBIDDEN.get(_kind(node), _TAGS)


def _problems_of_condition(node: Any, depth: int) -> Iterator[tuple[int, str]]:
    if _kind(node.test) == "Name":
        yield from _problems_of_name(node.test)
    else:
        yield node.lineno, "after if comes one placeholder alone: {% if first_name %}."
    if node.elif_:
        yield node.elif_[0].lineno, f"elif is not possible; {_TAGS}"
    yield from _problems([*node.body, *node.else_], depth + 1)


def _problems_of_text(part: Any) -> Iterator[tuple[int, str]]:
    """Brackets that would be sent as they stand."""
    if found := _STRAY.search(part.data):
        line = part.lineno + part.data.count("\n", 0, found.start())
        yield (
            line,
            f"{found.group()} would be sent as it stands. Write two brackets on each side: {{{{ first_name }}}}.",
        )


def _problems_of_value(part: Any) -> Iterator[tuple[int, str]]:
    filters = 0
    while _kind(part) == "Filter" and filters < DEEPEST:
        yield from _problems_of_filter(part)
        part, filters = part.node, filters + 1
    if _kind(part) == "Name":
        yield from _problems_of_name(part)
    else:
        yield part.lineno, _FORBIDDEN.get(_kind(part), _HOW)


def _problems_of_filter(node: Any) -> Iterator[tuple[int, str]]:
    given = [each for each in (*node.args, *node.kwargs, node.dyn_args, node.dyn_kwargs) if each is not None]
    is_one_text = len(given) == 1 and isinstance(getattr(given[0], "value", None), str)
    if node.name not in _FILTERS:
        yield node.lineno, f"there is no filter {tidy(node.name, 40)}. Possible are {', '.join(_FILTERS)}."
    elif node.name == "default" and not is_one_text:
        yield node.lineno, "default takes one text in quotes: {{ first_name | default('there') }}."
    elif node.name != "default" and given:
        yield node.lineno, f"{node.name} takes nothing in brackets."


def _problems_of_name(node: Any) -> Iterator[tuple[int, str]]:
    if node.name not in NAMES:
        likeness = {name: SequenceMatcher(None, name, node.name.casefold()).ratio() for name in NAMES}
        near = max(NAMES, key=likeness.__getitem__)
        meant = f" Did you mean {{{{ {near} }}}}?" if likeness[near] > ALIKE else ""
        yield node.lineno, f"there is no placeholder {tidy(node.name, 40)}.{meant}"


def has_placeholders(text: str) -> bool:
    """Whether anything in it is to be filled in, or looks so: it is not to be sent as it stands."""
    return _STRAY.search(text) is not None


@lru_cache(maxsize=_REMEMBERED)
def placeholders_in(subject: str, body: str) -> tuple[str, ...]:
    """The placeholders named, in our order. Of a text that is no template (yet), what the eye finds; never raises."""
    named = _named_in(subject) | _named_in(body)
    return tuple(name for name in NAMES if name in named)


def unknown_in(subject: str, body: str) -> tuple[str, ...]:
    """What is named like a placeholder and is none, in the order of the alphabet; never raises."""
    return tuple(sorted((_named_in(subject) | _named_in(body)) - set(NAMES)))


@lru_cache(maxsize=_REMEMBERED)
def _named_in(source: str) -> frozenset[str]:
    try:
        return sandboxed(source[:LONGEST_BODY], {}).names
    except Unreadable:
        return frozenset(re.findall(r"{[{%]-?\s*(?:if\s+)?(\w+)", source))


class _Blank:
    """A value nobody knows: false in an `if`, through every filter the same, and noted when it is printed."""

    def __init__(self, name: str, noted: list[str]) -> None:
        self._name, self._noted = name, noted

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        self._noted.append(self._name)
        return ""


def _filter(change: Callable[[str], str]) -> Callable[[str | _Blank], str | _Blank]:
    return lambda value: value if isinstance(value, _Blank) else change(value)


def _titled(text: str) -> str:
    return re.sub(r"[^\s-]+", lambda word: word.group().capitalize(), text)


_FILTERS: Mapping[str, Callable[..., Any]] = {
    "default": lambda value, text: value or text,
    "upper": _filter(str.upper),
    "lower": _filter(str.lower),
    "title": _filter(_titled),
    "capitalize": _filter(str.capitalize),
    "trim": _filter(str.strip),
}


def rendered(template: MailTemplate, lead: Lead, values: Mapping[str, str]) -> Rendered:
    """The mail for one lead; template and values alone decide it. values: as `values_of` gives them,
    at least for `placeholders_in` it.

    Raises `MissingValue` for an empty value that is printed without a default, `Invalid` for a template that `checked`
    would refuse, or whose words come out empty or beyond `LONGEST_TEXT`.
    """
    used, missing = placeholders_in(template.subject, template.body), list[str]()
    known = {name: values.get(name, "").strip() or _Blank(name, missing) for name in used}
    subject = _read("subject", template.subject, LONGEST_SUBJECT).text(known, field="subject", longest=LONGEST_TEXT)
    text = _read("body", template.body, LONGEST_BODY).text(known, field="body", longest=LONGEST_TEXT)
    if missing:
        raise MissingValue(tidy(lead.title, 60), tuple(name for name in used if name in missing))
    done = Rendered(tidy(subject, LONGEST_SUBJECT), _tidied(text), used)
    for field, words in (("subject", done.subject), ("body", done.text)):
        if not words:
            raise Invalid(f"For {tidy(lead.title, 60)} the {field} comes out empty.", field=field)
    return done


def _tidied(text: str) -> str:
    """Each line tidied, and never two blank ones."""
    lines = "\n".join([tidy(line, LONGEST_TEXT) for line in text.split("\n")])
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def filled_in(done: Rendered, values: Mapping[str, str]) -> set[str]:
    """The texts that came from the values, for `marking.pieces`. A single letter (a grade) is no word to look for."""
    return {values[name] for name in done.used if len(values.get(name, "")) > 1}
