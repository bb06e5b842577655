"""A draft in few lines, its card in a channel, and the stamp that stands there once somebody has decided."""

from collections.abc import Mapping, Sequence

from blocks import ids
from blocks.draft_direct import direct_lines, from_site, mail_buttons, mail_stamp, reference, send_buttons
from blocks.elements import Block
from blocks.message import Message, actions, bold, button, context, count, esc, section, when, who
from blocks.statuses import company, contact
from bot.outreach.drafts import Draft, DraftCard, DraftState
from bot.outreach.mail_types import DraftType
from bot.outreach.writebacks import WritebackStatus

APPROVE = "Approve & send"
MOST_LINES = 10
_EXCERPT = 280
STATES: Mapping[DraftState, str] = {
    DraftState.WAITING: "🟡 Waiting",
    DraftState.APPROVED: "✅ Approved",
    DraftState.HANDED_OVER: "📦 Handed over",
    DraftState.SENT: "📤 Sent",
    DraftState.REJECTED: "⛔ Rejected",
    DraftState.REPLACED: "🔁 Replaced",
}
TYPES: Mapping[DraftType, str] = {
    DraftType.AUDIT_OUTREACH: "Audit outreach",
    DraftType.MANUAL: "Manual",
    DraftType.SEQUENCE_STEP: "Sequence step",
    DraftType.REPLY: "Reply",
}
_WRITEBACKS: Mapping[WritebackStatus, str] = {
    WritebackStatus.PENDING: "⏳ pending",
    WritebackStatus.WRITTEN: "✅ written",
    WritebackStatus.SKIPPED: "⏭️ skipped",
    WritebackStatus.FAILED: "⚠️ failed",
}


def row_text(card: DraftCard) -> str:
    """Subject; recipient and type; state, when it was made and writeback badge. A line each."""
    draft = card.draft
    many = f" · {len(draft.letters)} letters" if len(draft.letters) > 1 else ""
    badge = f" · writeback {_WRITEBACKS[card.writeback_status]}" if card.writeback_status else ""
    return (
        f"{bold(draft.subject, 150) or '*No subject*'}{many}\n"
        f"to {contact(card.lead)} · {company(card.lead)} · {TYPES[draft.type]}\n"
        f"{STATES[draft.state]}{_since(draft)} · {when(draft.created_at)}{badge}"
    )


def _since(draft: Draft) -> str:
    return f" · revision {draft.revision}" if draft.revision > 1 else ""


def stamp(card: DraftCard) -> str:
    """Who decided, when, on which revision, and what stands in the way since; empty while nobody has."""
    draft = card.draft
    said = _decided(card)
    if not said:
        return ""
    if draft.state is not DraftState.APPROVED:
        return said
    if draft.push_id:
        return f"{said}\nBeing handed over."
    if card.mail:
        return f"{said}\n{mail_stamp(card)}"
    return f"{said}\n⚠️ Not handed over: {esc(draft.problem, 600)}" if draft.problem.strip() else said


def _decided(card: DraftCard) -> str:
    draft = card.draft
    at = f" · {when(draft.decided_at)}" if draft.decided_at else ""
    if draft.state is DraftState.REPLACED:
        return f"🔁 Replaced by a newer draft of this lead{at}"
    if draft.state is DraftState.REJECTED:
        said = f": “{esc(draft.comment, 600)}”" if draft.comment.strip() else ""
        return f"⛔ Rejected by {name_in(card, draft.decided_by)}, revision {draft.revision}{at}{said}"
    people = " and ".join(name_in(card, person) for person in draft.approved_by[:3])
    if draft.state is DraftState.WAITING:
        return f"☑️ Approved by {people}; a second approver is needed" if people else ""
    then = f" · {STATES[draft.state]}" if draft.state is not DraftState.APPROVED else ""
    campaign = f" to {bold(card.campaign, 80)}" if card.campaign.strip() else ""
    where = (from_site(card) if card.mail else campaign) if then else ""
    return f"✅ Approved by {people or name_in(card, draft.decided_by)}, revision {draft.revision}{at}{then}{where}"


def name_in(card: DraftCard, actor: str) -> str:
    """A person who had a hand in it, by name."""
    return who(card.names.get(actor, actor))


def draft_message(card: DraftCard) -> Message:
    """The card in a channel: buttons while it waits, the stamp in their place afterwards."""
    draft = card.draft
    said = stamp(card)
    first = esc(draft.letters[0].body, _EXCERPT) if draft.letters else ""
    blocks: list[Block] = [section(f"✉️ {row_text(card)}")]
    if draft.is_waiting and first:
        blocks.append(section(f"“{first}”"))
    if said:
        blocks.append(context(said))
    if card.direct and (lines := direct_lines(card)):
        as_of = f" · as of {when(card.direct.at)}"
        blocks.append(context("\n".join(lines) + as_of))
    blocks += _buttons(card)
    head = "Draft to approve" if draft.is_waiting else STATES[draft.state]
    return Message(f"{head}: {esc(draft.subject, 150) or 'no subject'}, to {company(card.lead)}", blocks)


def _buttons(card: DraftCard) -> list[Block]:
    draft = card.draft
    preview = button("Preview", ids.OPEN_DRAFT, draft.id)
    if draft.is_waiting:
        return actions(
            *send_buttons(card, APPROVE, ids.APPROVE_DRAFT, reference(draft)),
            preview,
            button("Edit", ids.EDIT_DRAFT, reference(draft)),
            button("Reject…", ids.REJECT_DRAFT, reference(draft)),
        )
    if draft.may_hand_over:
        lead = button("Open lead", ids.OPEN_LEAD, draft.lead_id)
        return actions(preview, *send_buttons(card, "Hand over", ids.HAND_OVER, draft.id), lead)
    return actions(*mail_buttons(card), preview)


def drafts_message(cards: Sequence[DraftCard]) -> Message:
    """Several new drafts in one message, with the way to the queue."""
    said = f"{count(len(cards), 'new draft')} to approve"
    lines = [
        f"• {bold(card.draft.subject, 80) or '*No subject*'} · {company(card.lead)}" for card in cards[:MOST_LINES]
    ]
    if len(cards) > MOST_LINES:
        lines.append(f"and {len(cards) - MOST_LINES:,} more")
    blocks = [section(f"✉️ *{said}*"), section("\n".join(lines))]
    return Message("\n".join([said, *lines]), [*blocks, *actions(button("Open drafts", ids.OPEN_DRAFTS))])


def rejected_message(card: DraftCard) -> Message:
    """What the author of a rejected draft is told."""
    draft = card.draft
    said = f"{name_in(card, draft.decided_by)} rejected your draft {bold(draft.subject, 150)} for {company(card.lead)}"
    comment = esc(draft.comment, 900)
    blocks = [section(f"⛔ {said}"), section(f"“{comment}”" if comment else "No reason was given.")]
    return Message(
        f"{said}: {comment}",
        [
            *blocks,
            *actions(button("Preview", ids.OPEN_DRAFT, draft.id), button("Open lead", ids.OPEN_LEAD, draft.lead_id)),
        ],
    )
