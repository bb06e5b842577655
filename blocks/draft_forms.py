"""Forms about drafts: edit, reject, approve several alike, and what came of that."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from blocks import ids
from blocks.draft_card import name_in
from blocks.draft_direct import budget_lines, site_select
from blocks.draft_preview import difference
from blocks.draft_state import DraftPlace
from blocks.elements import MOST_OPTIONS, Block, lines_input
from blocks.message import bold, context, count, esc, field_input, modal, plain, section, text_input
from blocks.push_results import grouped
from blocks.statuses import company, contact
from bot.outreach.approvals import Change
from bot.outreach.drafting import LONGEST_DRAFT_BODY, LONGEST_DRAFT_CTA, LONGEST_DRAFT_SUBJECT, PARTS
from bot.outreach.drafts import Draft, DraftCard
from bot.outreach.pushes import Envelope

FIELD = "value"
COMMENT = "comment"
CHOSEN_BLOCK = "chosen"
SITE_BLOCK = "site"
_LONGEST = {"subject": LONGEST_DRAFT_SUBJECT, "body": LONGEST_DRAFT_BODY, "cta": LONGEST_DRAFT_CTA}
_LABELS = {"subject": "Subject", "body": "Body", "cta": "Call to action"}
Texts = Sequence[Mapping[str, str]]


def edit_view(
    card: DraftCard,
    place: DraftPlace,
    *,
    typed: Texts = (),
    changes: Sequence[Change] = (),
    notice: str = "",
) -> Block:
    """Every letter's parts in boxes, bound to the revision shown.

    typed: what stands in the boxes instead of the draft. changes, notice: what somebody else did meanwhile.
    """
    draft = card.draft
    blocks = [section(f"⚠️ {esc(notice, 2_500)}")] if notice else []
    blocks += difference([(change.step, change.part, change.old, change.new) for change in changes])
    if notice:
        blocks.append(context("Your own text is below, as you typed it. Save puts it in place of the other."))
    blocks.append(context(f"To {contact(card.lead)} at {company(card.lead)} · revision {draft.revision}"))
    for step in range(len(draft.letters)):
        blocks += _letter(draft, step, typed)
    return modal(ids.DRAFT_EDIT, "Edit email", blocks, metadata=place.packed(), submit="Save", close="Cancel")


def field_id(part: str, step: int, revision: int) -> str:
    """The block of one part. Another revision is another block: Slack keeps what an old one holds."""
    return f"{part}:{step}:{revision}"


def _letter(draft: Draft, step: int, typed: Texts) -> list[Block]:
    given = typed[step] if step < len(typed) else {}
    named = f" of step {step + 1}" if len(draft.letters) > 1 else ""
    boxes = []
    for part in PARTS:
        text = given.get(part, getattr(draft.letters[step], part))
        box = (
            lines_input(FIELD, text, LONGEST_DRAFT_BODY)
            if part == "body"
            else text_input(FIELD, value=text, max_length=_LONGEST[part])
        )
        boxes.append(
            field_input(f"{_LABELS[part]}{named}", field_id(part, step, draft.revision), box, optional=part == "cta")
        )
    return boxes


def reject_view(card: DraftCard, place: DraftPlace) -> Block:
    """Why not. The author is told, unless the clock made it."""
    author = name_in(card, card.draft.author)
    told = f"{author} is told." if card.draft.author != "clock" else "It was made by an audit, so nobody is told."
    box: dict[str, Any] = {"type": "plain_text_input", "action_id": FIELD, "multiline": True, "max_length": 1_000}
    blocks = [
        section(f"{bold(card.draft.subject, 200) or '*This draft*'} for {company(card.lead)} is not sent. {told}"),
        field_input("Why", COMMENT, box),
    ]
    return modal(ids.DRAFT_REJECT, "Reject draft", blocks, metadata=place.packed(), submit="Reject", close="Cancel")


def batch_view(cards: Sequence[DraftCard], template: str, metadata: str) -> Block:
    """Drafts made from one text that nobody edited, all chosen; whoever looks takes out what should wait."""
    options = [_option(card) for card in cards[:MOST_OPTIONS]]
    if not options:
        return modal(ids.NOTICE, "Approve alike", [section("None of these drafts waits unedited any more.")])
    tone, _, steps = template.partition(":")
    letters = f", {steps} letters each" if steps else ""
    element: Block = {
        "type": "multi_static_select",
        "action_id": ids.ALIKE_CHOSEN,
        "placeholder": {"type": "plain_text", "text": "Choose drafts"},
        "options": options,
        "initial_options": options,
    }
    sample = cards[0].draft
    direct = next((site_select(card) for card in cards if site_select(card)), None)
    blocks = [
        section(
            f"{count(len(options), 'draft')} made from one text ({esc(tone, 40)} tone{letters}) that nobody edited. "
            "Take out those that should wait; the rest are approved and handed over or sent one by one."
        ),
        field_input("Approve", CHOSEN_BLOCK, element),
        *([field_input("Send from", SITE_BLOCK, direct, hint="Those whose lead is in no campaign.")] if direct else []),
        *(context(line) for line in budget_lines(cards)),
        context(f"For example {bold(sample.subject, 150)} to {company(cards[0].lead)}:"),
        section(f"“{esc(sample.letters[0].body, 600)}”" if sample.letters else "–"),
    ]
    kept = json.dumps({"t": template[:80], "q": metadata[:500]}, ensure_ascii=False)
    return modal(ids.DRAFT_BATCH, "Approve alike", blocks, metadata=kept, submit="Approve & send", close="Cancel")


def _option(card: DraftCard) -> Block:
    return {
        "text": {"type": "plain_text", "text": plain(card.draft.subject, 70) or "No subject"},
        "description": {"type": "plain_text", "text": plain(card.lead.title, 34) or contact(card.lead, 34)},
        "value": card.draft.id,
    }


def envelope_view(envelope: Envelope, names: Mapping[str, str]) -> Block:
    """What became of a batch: done, blocked, skipped, failed, each with its reasons. names: leads' titles, by id."""
    groups = (("Blocked", envelope.blocked), ("Skipped", envelope.skipped), ("Failed", envelope.failed))
    lines = [line for label, outcomes in groups for line in grouped(label, outcomes, names)]
    partial = "⚠️" if lines else "✅"
    blocks = [section(f"{partial} *{count(len(envelope.done), 'draft')} approved, handed over or queued to send*")]
    blocks += [section(line) for line in lines]
    if envelope.blocked:
        blocks.append(context("A blocked one keeps its approval; `/drafts`, filter Approved, shows what it needs."))
    return modal(ids.NOTICE, "Approve alike", blocks)
