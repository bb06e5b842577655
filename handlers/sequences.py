"""`/outreach sequences`: written, changed, deleted."""

import json
from typing import Any

from blocks import ids
from blocks.lead_card import problem_view
from blocks.sequences import CLICK, OPEN, REPLY, THREAD, sequence_form, sequence_removal, sequences_view
from bot.outreach.access import Permission, refusal
from bot.outreach.errors import Invalid, OutreachError
from bot.outreach.sequences import DELAY_HOURS, MOST_STEPS, Mode, Sequence, Step
from handlers import Table
from handlers.call import Call
from handlers.errors import noted


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
    await call.open(sequence_form(None, await call.services.templates.all(call.workspace_id, await call.actor())))


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
    kept, rows = json.loads(call.metadata), [row for row in range(MOST_STEPS) if call.picked(f"template:{row}")]
    try:
        sequence = await call.services.sequences.save(
            call.workspace_id, await call.actor(), _typed(call, rows), int(kept.get("seen") or 0)
        )
    except OutreachError as error:
        field = _box(error.field if isinstance(error, Invalid) else None, rows)
        return await call.ack(response_action="errors", errors={field: noted(error, user=call.user_id)[:300]})
    await call.ack()
    return await _redraw_list(call, f"Saved {sequence.name}.")


def _box(field: str | None, rows: list[int]) -> str:
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
    return Sequence(str(json.loads(call.metadata).get("id") or ""), call.field("name"), tuple(steps), mode)


def _hours(text: str, place: int) -> int:
    text = text.strip() or str(DELAY_HOURS)
    if not text.isascii() or not text.isdigit():
        raise Invalid("Write the delay as a number of hours.", field=f"delay:{place}")
    return int(text)


async def removed(call: Call) -> None:
    """The second look said yes."""
    sequence_id = str(json.loads(call.metadata).get("id"))
    try:
        sequence = await call.services.sequences.remove(call.workspace_id, await call.actor(), sequence_id)
    except OutreachError as error:
        said = noted(error, user=call.user_id)
        return await call.ack(response_action="update", view=problem_view("Delete sequence", said))
    await call.ack()
    return await _redraw_list(call, f"Deleted {sequence.name}.")


async def _redraw_list(call: Call, notice: str) -> None:
    under = call.under
    if under:
        await call.update(await _list(call, notice), view_id=under)


TABLE = Table(
    actions={ids.SEQUENCE_NEW: write, ids.SEQUENCE_MENU: row_menu},
    views={ids.SEQUENCE_FORM: saved, ids.SEQUENCE_REMOVE: removed},
)
