"""A lead's run through a sequence: its piece of the lead card, and the form that begins one."""

import json
from collections.abc import Sequence as Many

from blocks import ids
from blocks.elements import Block
from blocks.link_forms import Addressing, recipient_part
from blocks.mail_templates import as_read
from blocks.mails import WAITS_FOR, badge, waiting
from blocks.message import (
    actions,
    bold,
    button,
    confirmation,
    context,
    esc,
    field_input,
    modal,
    option,
    plain,
    section,
    select,
    when,
)
from blocks.sequences import FIELD, sequence_name
from blocks.sites import left_today
from blocks.statuses import company, contact
from bot.outreach.access import Permission
from bot.outreach.cards import LeadCard
from bot.outreach.leads import Lead
from bot.outreach.limits import Budget
from bot.outreach.sequences import Run, RunPreview, RunState, Sequence

TITLE = "Start sequence"
STOP_TEXT = "No further step is sent, and what is queued to send of it is taken back."


def sequence_part(card: LeadCard) -> list[Block]:
    """The run that began last and what can be done. Nothing where mail was never sent directly."""
    if card.run is None and not card.direct:
        return []
    may = Permission.SEND_MAIL in card.may
    row = _acts(card.run, may=may, connected=card.direct, lead_id=card.lead.id)
    said = _standing(card, card.run) if card.run else "In no sequence yet"
    return [section(f"*Sequence*\n{said}"), *actions(*row, block_id="card_sequence")]


def _standing(card: LeadCard, run: Run) -> str:
    name = sequence_name(card.sequence) if card.sequence else "*A deleted sequence*"
    steps = len(card.sequence.steps) if card.sequence else run.step
    began = f"{name} · {run.mode}"
    if not run.is_open:
        ended = when(run.ended_at) if run.ended_at else ""
        over = "✅" if run.state is RunState.COMPLETED else "⏹️ Stopped:"
        return f"{began} · {over} {esc(run.why, 300)} · {ended}"
    if run.next_at is None:
        held = next((mail for mail in card.mails if mail.run_id == run.id), None)
        where = f" · {badge(held)}{_comma(waiting(held))}" if held else ""
        paused = f" · {_pause(run)}" if run.state is RunState.PAUSED else ""
        return f"{began}\nStep {run.step} of {steps}{where}{paused}"
    step = f"{began}\nStep {run.step + 1} of {steps}"
    if run.state is RunState.PAUSED:
        return f"{step} · {_pause(run)}"
    if run.state is RunState.WAITING:
        return f"{step} · ✋ waits for a person{_comma(esc(run.why, 300))}"
    return f"{step} · next {when(run.next_at)}"


def _pause(run: Run) -> str:
    """Until when, or for what."""
    if run.held_by or run.resume_at is None:
        return f"⏸️ paused{f': {esc(run.why, 200)}' if run.why else ''}"
    return f"⏸️ paused until {run.resume_at.day} {run.resume_at:%b} ({esc(run.why, 200)})"


def _comma(text: str) -> str:
    return f", {text}" if text else ""


def _acts(run: Run | None, *, may: bool, connected: bool, lead_id: str) -> list[Block | None]:
    if not may:
        return []
    if run is None or not run.is_open:
        return [button("Start sequence", ids.RUN_START, lead_id) if connected else None]
    is_paused = run.state is RunState.PAUSED
    sends = connected and not is_paused and run.next_at is not None
    send = confirmation("Send next step", f"Step {run.step + 1} is queued to send now.", "Send", style="primary")
    pause = confirmation("Pause sequence", "Nothing of it leaves until it is resumed.", "Pause", style="primary")
    resume = confirmation("Resume sequence", "What fell due meanwhile is due now.", "Resume", style="primary")
    stop = confirmation("Stop sequence", STOP_TEXT, "Stop")
    return [
        button("Send next step", ids.RUN_NEXT, f"{run.id}:{run.step}", confirm=send) if sends else None,
        button("Resume", ids.RUN_RESUME, run.id, confirm=resume) if is_paused else None,
        button("Pause", ids.RUN_PAUSE, run.id, confirm=pause) if not is_paused else None,
        button("Stop sequence", ids.RUN_STOP, run.id, style="danger", confirm=stop),
    ]


def run_form(
    lead: Lead,
    sequences: Many[Sequence],
    budgets: Many[Budget],
    *,
    back: str | None,
    chosen: tuple[str, str] = ("", ""),
    link: Addressing | None = None,
) -> Block:
    """Which sequence, from which site; metadata `{"lead", "back"}`, and for a link `{"opportunity", "board"}`.

    chosen: the ids of both. At least one of each.
    """
    offered = [option(f"{plain(each.name, 60) or 'Unnamed'} · {each.mode}", each.id) for each in sequences]
    sites = [option(plain(each.site.name, 75) or "Unnamed site", each.site.id) for each in budgets]
    blocks = [
        *(recipient_part(link) if link else [section(f"To {contact(lead)} at {company(lead)}")]),
        context("\n".join(left_today(budget) for budget in budgets[:5])),
        field_input("Sequence", "sequence", select(FIELD, "Choose", offered, chosen[0] or sequences[0].id)),
        field_input("From", "site", select(FIELD, "Choose", sites, chosen[1] or budgets[0].site.id)),
        context("Step 1 leaves at once. *auto*: later steps leave when due; *manual*: a person sends each."),
    ]
    kept = {"lead": lead.id, "back": back}
    kept |= {"opportunity": link.opportunity.id, "board": link.board} if link else {}
    title, metadata = "Assign Sequence" if link else TITLE, json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return modal(ids.RUN_FORM, title, blocks, metadata=metadata, submit="Preview", close="Cancel")


def run_previewed(form: Block, preview: RunPreview, seen: str) -> Block:
    """The form under its first step as it will be read, and when each would leave; metadata gains `seen`, what was
    chosen for this look.
    """
    kept = {**json.loads(form["private_metadata"]), "seen": seen}
    first = preview.words[0]
    look = [
        section(f"Step 1 of {len(preview.words)} goes to {bold(preview.lead.email or '', 300)}"),
        *as_read(first.subject, first.text),
        section(_times(preview)),
        context("Every step has what it needs; a full day puts one off. Choose anything else to preview once more."),
    ]
    return {
        **form,
        "blocks": [*look, *form["blocks"]],
        "submit": {"type": "plain_text", "text": "Start"},
        "private_metadata": json.dumps(kept, ensure_ascii=False, separators=(",", ":")),
    }


def _times(preview: RunPreview) -> str:
    """Each step with its earliest moment and its subject."""
    held = preview.slot.wait
    first = f"waits for {WAITS_FOR[held.limit]} until {when(preview.times[0])}" if held else "at once"
    times = [first, *(when(at) for at in preview.times[1:])]
    steps = zip(times, preview.words, strict=True)
    lines = [f"{number}. {at} · {esc(words.subject, 100)}" for number, (at, words) in enumerate(steps, start=1)]
    return "\n".join(["*When each step is due, at the earliest*", *lines])


def run_obstacle(lead: Lead, obstacle: str) -> Block:
    """Why this lead cannot be put into a sequence."""
    return modal(ids.NOTICE, TITLE, [section(f"⚠️ No sequence for {company(lead)}: {esc(obstacle, 2_500)}")])
