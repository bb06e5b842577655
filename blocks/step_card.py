"""A step that waits for a person: its card in a channel, and what stands there once somebody has decided."""

from collections.abc import Sequence

from blocks import ids
from blocks.elements import Block
from blocks.message import Message, actions, bold, button, confirmation, context, count, cut, esc, section, when
from blocks.runs import STOP_TEXT
from blocks.sequences import sequence_name
from blocks.statuses import company, contact
from bot.outreach.sequences import BY_HAND, RunState
from bot.outreach.steps import DueStep

GROUPED_ABOVE = 5
MOST_LINES = 20
_EXCERPT = 500


def step_line(card: DueStep) -> str:
    """`Step 2 of 3 for Jana at Acme · Spring · since …`."""
    since = f" · since {when(card.run.next_at)}" if card.run.next_at else ""
    return f"{_about(card)} · {sequence_name(card.sequence)}{since}"


def step_message(card: DueStep) -> Message:
    """Buttons while it waits, what was decided in their place afterwards."""
    if not card.waits:
        said = f"{_about(card)}: {_decided(card)}"
        return Message(said, [section(f"{said}\n{sequence_name(card.sequence)}"), *actions(_lead(card))])
    said = f"{_about(card)} is due"
    return Message(
        said,
        [
            section(f"✋ *{said.replace('*', '∗')}*\n{sequence_name(card.sequence)} · {card.run.mode}"),
            *_preview(card),
            *actions(
                button("Send next step", ids.STEP_SEND, _value(card), style="primary", confirm=_sure(card)),
                button(
                    "Stop sequence",
                    ids.STEP_STOP,
                    _value(card),
                    style="danger",
                    confirm=confirmation("Stop sequence", STOP_TEXT, "Stop"),
                ),
                _lead(card),
            ),
        ],
    )


def steps_message(cards: Sequence[DueStep]) -> Message:
    """Many that fell due together: a line each."""
    said = f"{count(len(cards), 'step')} of sequences wait for a person"
    lines = [f"• {step_line(card)}" for card in cards[:MOST_LINES]]
    if len(cards) > MOST_LINES:
        lines.append(f"and {len(cards) - MOST_LINES:,} more")
    parts = [section("\n".join(lines[start : start + 5])) for start in range(0, len(lines), 5)]
    hint = context("*Send next step* stands on each lead's card; my Home tab lists those that wait longest.")
    return Message("\n".join([said, *lines]), [section(f"✋ *{said}*"), *parts, hint])


def _about(card: DueStep) -> str:
    steps = max(len(card.sequence.steps), card.step + 1)
    return f"Step {card.step + 1} of {steps} for {contact(card.lead)} at {company(card.lead)}"


def _preview(card: DueStep) -> list[Block]:
    if card.words is None:
        return [section(f"⚠️ {esc(card.run.why, 600) or 'It cannot be made as things stand.'}")]
    subject = bold(card.words.subject, 300) or "*No subject*"
    return [section(f"To {esc(card.lead.email or '', 300)}: {subject}\n&gt; {esc(card.words.text, _EXCERPT)}")]


def _sure(card: DueStep) -> Block:
    """The second look, with the mail's beginning."""
    if card.words is None:
        said = "It leaves as soon as everything it prints is known."
    else:
        said = cut(f"{bold(card.words.subject, 100)}\n{esc(card.words.text, 180)}", 300)
    return confirmation(f"Send step {card.step + 1}", said, "Send", style="primary")


def _decided(card: DueStep) -> str:
    by = f" by {esc(card.decided_by, 80)}" if card.decided_by else ""
    if card.run.step > card.step:
        return f"✅ sent on{by}"
    if card.run.state is RunState.PAUSED:
        return f"⏸️ paused{by}"
    if card.run.state is RunState.STOPPED:
        why = "" if by and card.run.why == BY_HAND else f": {esc(card.run.why, 300)}"
        return f"⏹️ stopped{by}{why}"
    return "✅ over" if card.run.state is RunState.COMPLETED else "▶️ on its way"


def _value(card: DueStep) -> str:
    return f"{card.run.id}:{card.step}"


def _lead(card: DueStep) -> Block:
    return button("Open lead", ids.OPEN_LEAD, card.lead.id)
