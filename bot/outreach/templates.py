"""The generated e-mails: which facts of an audit a letter may use, and the sandbox its texts are rendered in."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.exceptions import SecurityError
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
# How many versions the texts have of each part; templates ask for one by its number, as text.
VERSIONS: Mapping[str, int] = {"opening": 4, "closing": 3, "heading": 3}


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail of a sequence: subject in one line, body as plain text in paragraphs, cta in one sentence."""

    subject: str
    body: str
    cta: str


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
    pieces: list[str] = []
    size = 0
    for piece in loaded.blocks[block](loaded.new_context(dict(facts))):
        size += len(piece)
        if size > LONGEST_TEXT:
            raise Invalid(f"The text of {template} grows beyond {LONGEST_TEXT:,} characters.", field=block)
        pieces.append(piece)
    return "".join(pieces)


def _paragraphs(text: str) -> str:
    """Lines joined to paragraphs, which blank lines part; empty ones, whose facts were missing, go."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.replace("\r", "").split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Refuses what could blow up a text: repetition, formatting, powers. Jinja's own sandbox allows them."""

    intercepted_binops = frozenset({"*", "%", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"{operator} is not allowed in a template")


@cache
def _environment() -> _Sandbox:
    """One for the process, made on first use. It knows no globals, no tests and one filter of ours."""
    environment = _Sandbox(
        loader=FileSystemLoader(Path(__file__).parent / "letters"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals = {}
    environment.filters = {"sentence": _sentence}
    environment.tests = {}
    return environment


def _sentence(text: str) -> str:
    """The text with a capital first letter, unless it begins with a domain, which people write small."""
    return text if "." in text.partition(" ")[0].rstrip(".:") else text[:1].upper() + text[1:]
