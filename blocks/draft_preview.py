"""A draft as the prospect will see it, with what was filled in marked and what is missing named."""

from collections.abc import Collection, Sequence

from blocks import ids
from blocks.campaign_choice import campaign_select
from blocks.draft_card import APPROVE, name_in, row_text, stamp
from blocks.draft_direct import direct_lines, mail_buttons, reference, send_buttons
from blocks.draft_state import DraftPlace
from blocks.elements import Block
from blocks.lead_texts import chunks
from blocks.message import actions, bold, button, code, context, divider, esc, listed, modal, section, when
from bot.outreach.access import Permission
from bot.outreach.drafts import DraftPreview
from bot.outreach.marking import filled_in, not_known, pieces
from bot.outreach.quoting import shown_text
from bot.outreach.templates import Letter

MOST_SECTIONS = 80
MOST_CHANGES = 6
_MOST_BLANKS = 8


def preview_view(
    preview: DraftPreview, place: DraftPlace, may: frozenset[Permission], *, notice: str = "", is_problem: bool = False
) -> Block:
    """Every letter, then the acts this person may take. notice: what just came of one."""
    draft = preview.card.draft
    blocks = [section(f"{'⚠️' if is_problem else 'ℹ️'} {esc(notice, 2_500)}")] if notice else []
    blocks.append(section(row_text(preview.card)))
    if said := stamp(preview.card):
        blocks.append(section(said))
    if draft.edited_at:
        blocks.append(context(f"Last edited by {name_in(preview.card, draft.edited_by)} · {when(draft.edited_at)}"))
    letters: list[Block] = []
    for step, letter in enumerate(draft.letters):
        letters += _letter(letter, step, len(draft.letters), _values(preview, step))
    blocks += [divider(), *letters[:MOST_SECTIONS], divider(), context(_told(preview))]
    blocks += [context(line) for line in direct_lines(preview.card)] + _acts(preview, may)
    return modal(ids.DRAFT_PREVIEW, "Email preview", blocks, metadata=place.packed())


def _letter(letter: Letter, step: int, steps: int, values: Collection[str]) -> list[Block]:
    subject = f"*Subject:* {_marked(letter.subject, values)}"
    title = [section(f"*Step {step + 1} of {steps}*")] if steps > 1 else []
    lines = [_marked(line, values) for line in shown_text(letter.body).split("\n")]
    body = [section(chunk) for chunk in chunks("\n".join(lines))] or [section("_The body is empty._")]
    cta = [section(_marked(shown_text(letter.cta), values))] if letter.cta.strip() else []
    return [*title, section(subject), *body, *cta]


def _marked(text: str, values: Collection[str]) -> str:
    """One line with what was filled in in bold; blanks between the pieces stay."""
    words = ""
    for piece, is_value in pieces(text, values):
        inside = bold(piece, 2_000) if is_value else esc(piece, 8_000)
        words += f"{_blank(piece[:1])}{inside}{_blank(piece[-1:]) if inside else ''}"
    return words.strip()


def _blank(edge: str) -> str:
    return " " if edge.isspace() else ""


def _values(preview: DraftPreview, step: int) -> set[str]:
    if preview.audit is None:
        return set()
    return filled_in(preview.card.lead, preview.audit, preview.card.draft.tone, step + 1)


def _told(preview: DraftPreview) -> str:
    """What the marks mean, what is not known, and what the campaign adds."""
    draft, campaign = preview.card.draft, preview.campaign
    said = ["Bold: taken from the lead or its audit."]
    missing = not_known(preview.card.lead, preview.audit, draft.tone) if preview.audit else ()
    if missing:
        said.append(f"Blank, so the text does without: {', '.join(missing)}.")
    if preview.blank:
        shown = ", ".join(code(name, 60) for name in preview.blank[:_MOST_BLANKS])
        said.append(f"The campaign's own texts would leave blank: {shown}.")
    if campaign and campaign.steps > len(draft.letters):
        said.append(
            f"The campaign has {campaign.steps} steps: the others are written from the audit when it is handed over."
        )
    return " ".join(said)


def _acts(preview: DraftPreview, may: frozenset[Permission]) -> list[Block]:
    card, draft = preview.card, preview.card.draft
    approves, edits = Permission.APPROVE_DRAFTS in may, Permission.EDIT_DRAFTS in may
    lead = button("Open lead", ids.OPEN_LEAD, draft.lead_id)
    if draft.is_waiting:
        return actions(
            *(send_buttons(card, APPROVE, ids.APPROVE_DRAFT, reference(draft)) if approves else ()),
            button("Edit", ids.EDIT_DRAFT, reference(draft)) if edits else None,
            button("Reject…", ids.REJECT_DRAFT, reference(draft)) if approves else None,
            button("Ask for approval", ids.ASK_APPROVAL, draft.id) if edits else None,
            block_id="draft_acts",
        )
    if not approves:
        return []
    if not draft.may_hand_over:
        return actions(*mail_buttons(card))
    homeless = card.lead.campaign_id is None and preview.campaigns
    hands = card.connected or card.direct is not None
    return actions(
        campaign_select(ids.HAND_OVER_TO, preview.campaigns, None) if homeless else None,
        *(send_buttons(card, "Hand over", ids.HAND_OVER, draft.id) if hands else ()),
        lead,
        block_id="draft_hand_over",
    )


def difference(before: Sequence[tuple[int, str, str, str]]) -> list[Block]:
    """What somebody changed, old above new. before: step from 0, part, old, new."""
    blocks = []
    for step, part, old, new in before[:MOST_CHANGES]:
        where = f"{part.capitalize()} of step {step + 1}" if step else part.capitalize()
        blocks.append(section(f"*{where}*\n~{_struck(old)}~\n{esc(new, 1_200) or '_empty_'}"))
    if len(before) > MOST_CHANGES:
        blocks.append(context(listed([part for _, part, _, _ in before[MOST_CHANGES:]], 5)))
    return blocks


def _struck(text: str) -> str:
    return (esc(text, 1_200) or "empty").replace("~", "∼")
