"""The generated e-mails: which facts of an audit a letter may use, and the sandbox its texts are rendered in."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.outreach.audits import FinishedAudit
from bot.outreach.errors import Invalid
from bot.outreach.leads import Lead
from bot.outreach.letter_facts import letter_facts
from bot.outreach.wording import one_line
from bot.outreach.writebacks import Tone

MAX_STEPS = 10
LONGEST_SUBJECT = 69
LONGEST_TEXT = 8_000
_TAGS_ALONE = re.compile(r"(?:\s*{%[^%]*%}|\s*{#[^#]*#})+")
# How many versions the texts have of each part; templates ask for one by its number, as text.
VERSIONS: Mapping[str, int] = {"opening": 4, "closing": 3, "heading": 3}


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail of a sequence: subject in one line, body as plain text in paragraphs, cta in one sentence."""

    subject: str
    body: str
    cta: str


@dataclass(frozen=True)  # no slots: what is compiled is kept beside the fields
class Sandboxed:
    """A template that a person wrote, read but not yet run.

    tree: Jinja's nodes, for whoever decides what it may do. names: every name in it.
    """

    tree: nodes.Template
    names: frozenset[str]
    _sandbox: "_Sandbox"

    def text(self, values: Mapping[str, object], *, field: str, longest: int) -> str:
        """Its text. Raises `Invalid` beyond so many characters, and Jinja's errors for a tree nobody found harmless."""
        return _joined(self._compiled.generate(values), "The text", field=field, longest=longest)

    @cached_property
    def _compiled(self) -> Template:
        """Made when it is first wanted: compiling takes a hundred times as long as filling in."""
        return self._sandbox.from_string(self.tree)


class Unreadable(Invalid):
    """A text is no template. `str(error)` is Jinja's own sentence, line where it gave up."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


def body_variables(lead: Lead, audit: FinishedAudit, tone: Tone, steps: int = 1) -> dict[str, str]:
    """The body keys of a writeback: the bare three, or with more than one step a numbered three for each.

    No campaign gets more than `MAX_STEPS` letters; `campaigns.blank_fields` warns of a longer one.
    """
    if steps <= 1:
        return _keyed(letter(lead, audit, tone), "")
    numbered = range(1, min(steps, MAX_STEPS) + 1)
    return {key: text for step in numbered for key, text in _keyed(letter(lead, audit, tone, step), f"_{step}").items()}


def body_keys(steps: int = 1) -> tuple[str, ...]:
    """The names of what `body_variables` writes."""
    suffixes = [""] if steps <= 1 else [f"_{step}" for step in range(1, min(steps, MAX_STEPS) + 1)]
    return tuple(f"email_{part}{suffix}" for suffix in suffixes for part in ("subject", "body", "cta"))


def _keyed(written: Letter, suffix: str) -> dict[str, str]:
    return {
        f"email_subject{suffix}": written.subject,
        f"email_body{suffix}": written.body,
        f"email_cta{suffix}": written.cta,
    }


def letter(lead: Lead, audit: FinishedAudit, tone: Tone, step: int = 1) -> Letter:
    """The e-mail of this step. Lead, audit, tone and step alone decide it: the same ones give the same text."""
    step = max(step, 1)
    facts = letter_facts(lead, audit, tone, step) | _dials(lead, step)
    template = f"{tone.value}_{min(step, 3)}.j2"
    return Letter(
        subject=one_line(_rendered(template, "subject", facts), LONGEST_SUBJECT),
        body=_paragraphs(_rendered(template, "body", facts)),
        cta=" ".join(_rendered(template, "cta", facts).split()),
    )


def _dials(lead: Lead, step: int) -> dict[str, str]:
    """Which version of each part this lead gets. Neighbouring steps get different ones, neighbouring leads often."""
    seed = hashlib.sha256(lead.id.encode("utf-8", "replace")).digest()
    return {part: str((seed[place] + step) % versions) for place, (part, versions) in enumerate(VERSIONS.items())}


def _rendered(template: str, block: str, facts: Mapping[str, str]) -> str:
    """One block of a template. Raises `Invalid` when the text outgrows `LONGEST_TEXT`."""
    loaded = _environment().get_template(template)
    pieces = loaded.blocks[block](loaded.new_context(dict(facts)))
    return _joined(pieces, f"The text of {template}", field=block, longest=LONGEST_TEXT)


def _joined(pieces: Iterable[str], what: str, *, field: str, longest: int) -> str:
    """One text, given up as soon as it outgrows the longest, so that no template fills the memory."""
    kept: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > longest:
            raise Invalid(f"{what} grows beyond {longest:,} characters.", field=field)
        kept.append(piece)
    return "".join(kept)


def _paragraphs(text: str) -> str:
    """Lines joined to paragraphs, which blank lines part; empty ones, whose facts were missing, go."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.replace("\r", "").split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Refuses what could blow up a text: repetition, formatting, powers. Jinja's own sandbox allows them."""

    intercepted_binops = frozenset({"*", "%", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"{operator} is not allowed in a template")


def sandboxed(source: str, filters: Mapping[str, Callable[..., Any]]) -> Sandboxed:
    """A person's template, in the letters' sandbox but with these filters alone. Raises `Unreadable`.

    A line break after a tag goes only when the tag has its line to itself.
    """
    environment = _bare_sandbox()
    environment.filters = dict(filters)
    try:
        tree = environment.parse("\n".join(map(_break_kept, source.replace("\r\n", "\n").split("\n"))))
        return Sandboxed(tree, frozenset(name.name for name in tree.find_all(nodes.Name)), environment)
    except TemplateSyntaxError as error:
        raise Unreadable(error.message or "", line=error.lineno) from error
    except (RecursionError, ValueError) as error:  # brackets in brackets without end, a number of 5,000 digits
        raise Unreadable(str(error), line=1) from error


def _break_kept(line: str) -> str:
    """The line with Jinja's `+` in a tag at its end that other words precede: the break after it is the writer's."""
    bare = line.rstrip()
    is_tag_last = bare.endswith(("%}", "#}")) and bare[-3:-2] not in {"-", "+"}
    return f"{bare[:-2]}+{bare[-2:]}" if is_tag_last and not _TAGS_ALONE.fullmatch(bare) else bare


@cache
def _environment() -> _Sandbox:
    """One for the process, made on first use. It knows no globals, no tests and one filter of ours."""
    environment = _bare_sandbox(FileSystemLoader(Path(__file__).parent / "letters"))
    environment.filters = {"sentence": _sentence}
    return environment


def _bare_sandbox(loader: FileSystemLoader | None = None) -> _Sandbox:
    environment = _Sandbox(
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    environment.globals = {}
    environment.tests = {}
    return environment


def _sentence(text: str) -> str:
    """The text with a capital first letter, unless it begins with a domain, which people write small."""
    return text if "." in text.partition(" ")[0].rstrip(".:") else text[:1].upper() + text[1:]
