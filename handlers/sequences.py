"""`/outreach sequences`: written, changed, deleted."""

from functools import partial
from typing import Any

from blocks import ids
from blocks.sequences import CLICK, OPEN, REPLY, THREAD, sequence_form, sequence_removal, sequences_view
from bot.outreach.access import Permission, refusal
from bot.outreach.errors import Invalid
from bot.outreach.sequences import DELAY_HOURS, MOST_STEPS, Mode, Sequence, Step, usual_mode
from handlers import Table
from handlers.call import Call
from handlers.modals import agreed, redraw_beneath, submitted


async def open_sequences(call: Call) -> None:
    """The list in a fresh modal."""
    await call.open(await _list(call))


async def _list(call: Call, notice: str = "") -> dict[str, Any]:
    actor = await call.actor()
    sequences = await call.services.sequences.all(call.workspace_id, actor)
    return sequences_view(sequences, refused=refusal(actor, Permission.EDIT_SEQUENCES), notice=notice)


async def write(call: Call) -> None:
    """`New sequence`."""
    await call.ack()
    templates = await call.services.templates.all(call.workspace_id, await call.actor())
    policy = await call.services.policies.get(call.workspace_id)
    await call.open(sequence_form(None, templates, mode=usual_mode(policy)))


async def row_menu(call: Call) -> None:
    """A row's menu."""
    await call.ack()
    verb, _, sequence_id = call.value.partition(":")
    actor = await call.actor()
    sequence = await call.services.sequences.get(call.workspace_id, actor, sequence_id)
    if verb == "edit":
        await call.open(sequence_form(sequence, await call.services.templates.all(call.workspace_id, actor)))
    elif verb == "delete":
        await call.open(sequence_removal(sequence))


async def saved(call: Call) -> None:
    """The form: an error stands beside its box, what was typed stays."""
    rows = [row for row in range(MOST_STEPS) if call.picked(f"template:{row}")]
    if sequence := await submitted(call, _save(call, rows), partial(_box, rows)):
        await redraw_beneath(call, _list, f"Saved {sequence.name}.")


async def _save(call: Call, rows: list[int]) -> Sequence:
    seen = int(call.kept.get("seen") or 0)
    return await call.services.sequences.save(call.workspace_id, await call.actor(), _typed(call, rows), seen)


def _box(rows: list[int], field: str) -> str:
    """The block of what is wrong: rows that hold no step are not counted by the rules."""
    name, _, number = (field or "name").partition(":")
    if name == "steps":
        return "template:0"
    return f"{name}:{rows[int(number)]}" if number else name


def _typed(call: Call, rows: list[int]) -> Sequence:
    """The sequence as typed; its id is empty for a new one. Raises `Invalid` for a delay that is no number."""
    steps = []
    for place, row in enumerate(rows):
        ticked = set(call.ticked(f"conditions:{row}"))
        steps.append(
            Step(
                call.picked(f"template:{row}"),
                _hours(call.field(f"delay:{row}"), place),
                stop_on_reply=REPLY in ticked,
                stop_on_click=CLICK in ticked,
                stop_on_open=OPEN in ticked,
                in_thread=THREAD in ticked,
            )
        )
    mode = Mode(call.picked("mode") or Mode.AUTO)
    return Sequence(str(call.kept.get("id") or ""), call.field("name"), tuple(steps), mode)


def _hours(text: str, place: int) -> int:
    text = text.strip() or str(DELAY_HOURS)
    if not text.isascii() or not text.isdigit():
        raise Invalid("Write the delay as a number of hours.", field=f"delay:{place}")
    return int(text)


async def removed(call: Call) -> None:
    """The second look said yes."""
    sequence_id = str(call.kept.get("id"))
    removing = call.services.sequences.remove(call.workspace_id, await call.actor(), sequence_id)
    if sequence := await agreed(call, removing, "Delete sequence"):
        await redraw_beneath(call, _list, f"Deleted {sequence.name}.")


TABLE = Table(
    actions={ids.SEQUENCE_NEW: write, ids.SEQUENCE_MENU: row_menu},
    views={ids.SEQUENCE_FORM: saved, ids.SEQUENCE_REMOVE: removed},
)
