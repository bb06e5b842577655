"""Read-only modals over a card: the whole timeline, the whole summary, the raw payload."""

import json
import re
from collections.abc import Iterable

from blocks import ids
from blocks.elements import Block
from blocks.log import event_line
from blocks.message import bold, context, esc, modal, section
from blocks.words import clean, width
from bot.outreach.cards import LeadCard
from bot.outreach.leads import Lead

MOST_EVENTS = 80
MOST_CHUNKS = 12
_CHUNK = 2_500
_SPLIT_ENTITY = re.compile(r"&[a-z]{0,3}$")


def timeline_view(card: LeadCard) -> Block:
    """Every event handed in, newest first."""
    lines = [f"• {event_line(event, card.timezone)}" for event in card.events[:MOST_EVENTS]]
    blocks = [section(text) for text in _paragraphs(lines)] or [section("Nothing has happened yet.")]
    return _view("Timeline", card.lead, blocks)


def summary_view(card: LeadCard) -> Block:
    """The audit's summary in full, paragraph by paragraph."""
    paragraphs = [esc(line, 20_000) for line in card.lead.audit_summary.splitlines() if clean(line)]
    blocks = [section(chunk) for chunk in chunks("\n".join(paragraphs))] or [section("No summary yet.")]
    if len(blocks) > MOST_CHUNKS:
        blocks = [*blocks[:MOST_CHUNKS], context("The summary goes on; open the audit for the rest.")]
    return _view("Audit Summary", card.lead, blocks)


def raw_view(lead: Lead) -> Block:
    """The last webhook payload as PlusVibe sent it, indented; says when it is cut."""
    raw = lead.plusvibe_lead_data.get("raw")
    if not raw:
        return _view("Raw payload", lead, [section("No payload has arrived yet.")])
    text = json.dumps(raw, ensure_ascii=False, indent=2, default=str)
    lines = [esc_code(line) for line in text.split("\n")]
    parts = chunks("\n".join(lines))
    blocks = [section(f"```\n{chunk}\n```") for chunk in parts[:MOST_CHUNKS]]
    if len(parts) > MOST_CHUNKS:
        blocks.insert(0, context(f"Cut: the first {MOST_CHUNKS * _CHUNK:,} of {len(text):,} characters."))
    return _view("Raw payload", lead, blocks)


def esc_code(line: str) -> str:
    """One line of a code block: indentation stays, markup and the fence cannot come in."""
    indent = len(line) - len(line.lstrip(" "))
    return " " * indent + esc(line, 100_000).replace("```", "ˋˋˋ")


def _view(title: str, lead: Lead, blocks: list[Block]) -> Block:
    return modal(ids.LEAD_TEXT, title, [context(f"{bold(lead.title, 200) or '*Lead*'}"), *blocks])


def _paragraphs(lines: Iterable[str]) -> list[str]:
    """Whole lines gathered up to a section's length."""
    gathered: list[str] = []
    for line in lines:
        if gathered and len(gathered[-1]) + len(line) < _CHUNK:
            gathered[-1] += f"\n{line}"
        else:
            gathered.append(line)
    return gathered


def chunks(text: str) -> list[str]:
    """Escaped text in pieces that fit a section, broken at a line's end or a space, never inside an escape."""
    pieces: list[str] = []
    while width(text) > _CHUNK:
        head = text[: _CHUNK if width(text[:_CHUNK]) <= _CHUNK else _CHUNK // 2]
        at = max(head.rfind("\n"), head.rfind(" "))
        if at > len(head) // 2:
            head, text = text[:at], text[at + 1 :]
        else:
            head = _SPLIT_ENTITY.sub("", head)
            text = text[len(head) :]
        pieces.append(head)
    return [*pieces, text] if text.strip() else pieces
