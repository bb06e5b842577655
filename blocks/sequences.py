"""Sequences: all of them, the form behind each, and the second look before one is gone."""

import json
from collections.abc import Sequence as Many

from blocks import ids
from blocks.elements import MOST_OPTIONS, Block, refused_line
from blocks.message import (
    actions,
    bold,
    button,
    context,
    count,
    esc,
    field_input,
    modal,
    option,
    plain,
    section,
    select,
    text_input,
    when,
)
from bot.outreach.mail_templates import MailTemplate
from bot.outreach.sequences import DELAY_HOURS, LEAST_DELAY_HOURS, LONGEST_NAME, MOST_STEPS, Mode, Sequence, Step

FIELD = "value"
FORM_STEPS = 5
MOST_SEQUENCES = 45
REPLY, CLICK, OPEN, THREAD = "reply", "click", "open", "thread"
NO_SEQUENCES = "*No sequences yet.* A sequence is a row of templates, each sent some days after the one before it."
NO_TEMPLATES = "A sequence is made of templates, and there is none yet: `/outreach templates` makes one."
ALWAYS = "Hard bounces, complaints and unsubscribes always stop it. Opens and clicks by machines never do."
MODES = {Mode.AUTO: "auto: later steps leave when due", Mode.MANUAL: "manual: a person sends each later step"}
_CONDITIONS = ((REPLY, "Stop on reply"), (CLICK, "Stop on click"), (OPEN, "Stop on open"))
_THREAD = option("In the same thread as the step before", THREAD)


def sequences_view(sequences: Many[Sequence], *, refused: str = "", notice: str = "") -> Block:
    """Every sequence with what can be done. refused: why they are only shown. notice: what the last act came to."""
    may_edit = not refused
    blocks = [section(esc(notice, 2_500))] if notice.strip() else []
    blocks += actions(button("New sequence", ids.SEQUENCE_NEW) if may_edit else None)
    blocks += [_row(each, may_edit=may_edit) for each in sequences[:MOST_SEQUENCES]] or [section(NO_SEQUENCES)]
    if len(sequences) > MOST_SEQUENCES:
        blocks.append(context(f"and {len(sequences) - MOST_SEQUENCES:,} more, later in the alphabet"))
    return modal(ids.SEQUENCES, "Sequences", [*blocks, context(ALWAYS), *refused_line(refused)])


def _row(sequence: Sequence, *, may_edit: bool) -> Block:
    delays = ", ".join(f"{step.delay_hours:,} h" for step in sequence.steps[1:])
    after = f", then after {delays}" if delays else ""
    changed = f" · changed {when(sequence.updated_at)}" if sequence.updated_at else ""
    said = f"{sequence_name(sequence)}\n{count(len(sequence.steps), 'step')}: at once{after} · {sequence.mode}{changed}"
    options = [option("Edit", f"edit:{sequence.id}"), option("Delete…", f"delete:{sequence.id}")]
    menu: Block = {"type": "overflow", "action_id": ids.SEQUENCE_MENU, "options": options}
    return section(said, menu if may_edit else None)


def sequence_name(sequence: Sequence) -> str:
    """Its name in bold, never empty."""
    return bold(sequence.name, 100) or "*Unnamed sequence*"


def sequence_form(sequence: Sequence | None, templates: Many[MailTemplate], *, mode: Mode = Mode.AUTO) -> Block:
    """A new sequence, or one to change; metadata `{"id", "seen"}`. mode: a new one's, to begin with.

    Blocks `name`, `mode`, and for each step, from 0, `template:0`, `delay:1` (not of the first) and `conditions:0`.
    """
    if not templates:
        return modal(ids.NOTICE, "New sequence", [section(NO_TEMPLATES)])
    steps = sequence.steps if sequence else ()
    mode = sequence.mode if sequence else mode
    modes = [option(text, each.value) for each, text in MODES.items()]
    name = text_input(FIELD, value=sequence.name if sequence else "", max_length=LONGEST_NAME)
    blocks = [
        field_input("Name", "name", name),
        field_input("Mode", "mode", select(FIELD, "auto", modes, mode.value)),
    ]
    for number in range(min(max(FORM_STEPS, len(steps)), MOST_STEPS)):
        blocks += _step(number, steps[number] if number < len(steps) else None, templates)
    kept = {"id": sequence.id if sequence else "", "seen": sequence.revision if sequence else 0}
    title = "Edit sequence" if sequence else "New sequence"
    blocks.append(context(ALWAYS))
    return modal(ids.SEQUENCE_FORM, title, blocks, metadata=json.dumps(kept), submit="Save", close="Cancel")


def _step(number: int, step: Step | None, templates: Many[MailTemplate]) -> list[Block]:
    """A step's boxes; without a template it is none."""
    # Ten steps with a hundred templates each: longer names would outgrow the 250,000 bytes of a view.
    offered = [option(plain(each.name, 30) or "Unnamed template", each.id) for each in templates[:MOST_OPTIONS]]
    chosen = select(FIELD, "No step", offered, step.template_id if step else None)
    blocks = [field_input(f"Step {number + 1}", f"template:{number}", chosen, optional=number > 0)]
    if number:
        delay = text_input(FIELD, value=str(step.delay_hours if step else DELAY_HOURS), max_length=6)
        hint = f"After the step before it has left; at least {LEAST_DELAY_HOURS}."
        blocks.append(field_input("Delay in hours", f"delay:{number}", delay, optional=True, hint=hint))
    said = f"Once step {number + 1} has left"
    return [*blocks, field_input(said, f"conditions:{number}", _conditions(number, step), optional=True)]


def _conditions(number: int, step: Step | None) -> Block:
    given = step or Step("")
    ticked = {REPLY: given.stop_on_reply, CLICK: given.stop_on_click, OPEN: given.stop_on_open}
    options = [option(text, value) for value, text in _CONDITIONS]
    initial = [each for each in options if ticked[each["value"]]]
    if number:
        options.append(_THREAD)
        initial += [_THREAD] if given.in_thread else []
    boxes: Block = {"type": "checkboxes", "action_id": FIELD, "options": options}
    return {**boxes, "initial_options": initial} if initial else boxes


def sequence_removal(sequence: Sequence) -> Block:
    """The second look before a sequence is gone; metadata `{"id"}`."""
    said = f"{sequence_name(sequence)} is deleted for everybody. Emails sent from it stay where they are."
    kept = json.dumps({"id": sequence.id})
    return modal(
        ids.SEQUENCE_REMOVE, "Delete sequence", [section(said)], metadata=kept, submit="Delete", close="Cancel"
    )
