"""The letters of a draft: read from merge fields, written back into them, changed by hand."""

from collections.abc import Mapping, Sequence

from bot.outreach.errors import Invalid
from bot.outreach.templates import MAX_STEPS, Letter
from bot.outreach.writebacks import Tone

LONGEST_DRAFT_SUBJECT = 200
LONGEST_DRAFT_BODY = 3_000  # as much as Slack's box for several lines holds
LONGEST_DRAFT_CTA = 500
PARTS = ("subject", "body", "cta")
_LONGEST = {"subject": LONGEST_DRAFT_SUBJECT, "body": LONGEST_DRAFT_BODY, "cta": LONGEST_DRAFT_CTA}
_BARE = "email_subject"


def letters_in(variables: Mapping[str, str]) -> tuple[Letter, ...]:
    """The letters among merge fields: the bare three, else one for each number."""
    if _BARE in variables:
        return (_letter(variables, ""),)
    suffixes = [f"_{step}" for step in range(1, MAX_STEPS + 1)]
    return tuple(_letter(variables, suffix) for suffix in suffixes if f"{_BARE}{suffix}" in variables)


def merge_fields(letters: Sequence[Letter], steps: int) -> dict[str, str]:
    """The letters under the body keys of a campaign with so many steps; letters beyond its last step are left out."""
    if steps <= 1:
        return _keyed(letters[0], "") if letters else {}
    numbered = enumerate(letters[:steps], start=1)
    return {key: text for step, letter in numbered for key, text in _keyed(letter, f"_{step}").items()}


def template_of(tone: Tone, letters: Sequence[Letter]) -> str:
    """Which of our texts letters in this tone were made from: `direct`, or `direct:3` for a sequence."""
    return tone.value if len(letters) <= 1 else f"{tone.value}:{len(letters)}"


def edited(before: Sequence[Letter], texts: Sequence[Mapping[str, str]]) -> tuple[Letter, ...]:
    """The letters with these texts in place of theirs, each by `subject`, `body`, `cta`.

    Raises `Invalid` with the field `subject:0` for what is empty or too long. A `cta` may be empty if it was before.
    """
    if len(texts) != len(before):
        raise Invalid("The number of letters cannot be changed here.", field="subject:0")
    return tuple(_edited(letter, given, place) for place, (letter, given) in enumerate(zip(before, texts, strict=True)))


def _edited(letter: Letter, given: Mapping[str, str], place: int) -> Letter:
    told = {part: _tidied(given.get(part, getattr(letter, part)), part) for part in PARTS}
    for part, text in told.items():
        field = f"{part}:{place}"
        if not text and (part != "cta" or letter.cta):
            raise Invalid(f"The {part} cannot be empty.", field=field)
        if len(text) > _LONGEST[part]:
            raise Invalid(f"The {part} has {len(text):,} characters; {_LONGEST[part]:,} is the most.", field=field)
    return Letter(**told)


def _tidied(text: str, part: str) -> str:
    """A body keeps its lines; what stands in one line has one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip() if part == "body" else " ".join(text.split())


def _letter(variables: Mapping[str, str], suffix: str) -> Letter:
    return Letter(*(str(variables.get(f"email_{part}{suffix}") or "") for part in PARTS))


def _keyed(letter: Letter, suffix: str) -> dict[str, str]:
    return {f"email_{part}{suffix}": str(getattr(letter, part)) for part in PARTS}
