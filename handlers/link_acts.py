"""What one does with a card of the link board: add, move, note, delete, look back; writing goes by the mail's forms."""

from typing import Any

from blocks import link_ids
from blocks.link_card import page_words
from blocks.link_forms import add_form, move_form, notes_form, removal_form
from bot.outreach.errors import OutreachError
from bot.outreach.link_checks import LinkMatch
from bot.outreach.opportunities import COLUMN_NAMES, BoardColumn, Opportunity, Wanted
from handlers import Table, mails, runs
from handlers.call import Call
from handlers.link_board import board_in, history_of, redraw_board
from handlers.modals import agreed, refuse, submitted
from handlers.names import name_of

_BOXES = ("source_url", "anchor_text", "target_url", "email", "notes")


async def menu(call: Call) -> None:
    """A card's menu."""
    await call.ack()
    verb, _, opportunity_id = call.value.partition(":")
    opportunity = await call.services.opportunities.get(call.workspace_id, await call.actor(), opportunity_id)
    if verb == "send":
        await mails.write_for(call, opportunity)
    elif verb == "sequence":
        await runs.start_for(call, opportunity)
    elif verb == "move":
        await call.open(move_form(opportunity, board_in(call)))
    elif verb == "history":
        await call.open(await history_of(call, opportunity_id))
    elif verb == "delete":
        await call.open(removal_form(opportunity, board_in(call)))


async def write(call: Call) -> None:
    """`Add Opportunity`."""
    await call.ack()
    await call.open(add_form(board_in(call)))


async def added(call: Call) -> None:
    """The form: an error stands beside its box, what was typed stays."""
    if not await call.first_time():
        return await call.ack()
    wanted = Wanted(*(call.field(name) for name in _BOXES), match=match_in(call))
    adding = call.services.opportunities.add(call.workspace_id, await call.actor(), wanted)
    if opportunity := await submitted(call, adding, lambda named: named if named in _BOXES else "source_url"):
        await redraw_board(call, f"Added {page_words(opportunity)}.")
    return None


async def moved(call: Call) -> None:
    """`Move Status`: from where it stood when the form was opened."""
    kept, column = call.kept, BoardColumn(call.picked("column"))
    moving = call.services.opportunities.move(
        call.workspace_id, await call.actor(), str(kept.get("opportunity")), BoardColumn(kept["seen"]), column
    )
    if opportunity := await submitted(call, moving, "column"):
        await redraw_board(call, f"{page_words(opportunity)} stands in {COLUMN_NAMES[column]} now.")


async def open_notes(call: Call) -> None:
    """`Notes`, in place of the history."""
    await call.ack()
    opportunity = await call.services.opportunities.get(call.workspace_id, await call.actor(), call.value)
    await call.update(await _notes(call, opportunity), racing=False)


async def noted_down(call: Call) -> None:
    """Saved where they are read; the board beneath follows."""
    try:
        opportunity = await call.services.opportunities.note(
            call.workspace_id, await call.actor(), str(call.kept.get("opportunity")), call.field("notes")
        )
    except OutreachError as error:
        return await refuse(call, error, "notes")
    await call.ack(response_action="update", view=await _notes(call, opportunity, done="Saved."))
    return await redraw_board(call)


async def _notes(call: Call, opportunity: Opportunity, done: str = "") -> dict[str, Any]:
    author = await name_of(call.house, opportunity.noted_by) if opportunity.noted_by else ""
    return notes_form(opportunity, board_in(call), author, done=done)


async def back_to_history(call: Call) -> None:
    """From the notes."""
    await call.ack()
    await call.update(await history_of(call, call.value), racing=False)


async def removed(call: Call) -> None:
    """The second look said yes."""
    opportunity_id = str(call.kept.get("opportunity"))
    removing = call.services.opportunities.remove(call.workspace_id, await call.actor(), opportunity_id)
    if opportunity := await agreed(call, removing, "Delete opportunity"):
        await redraw_board(call, f"Deleted {page_words(opportunity)}.")


def match_in(call: Call) -> LinkMatch:
    """What counts as the link, by the form's select."""
    return LinkMatch(call.picked("match") or LinkMatch.EXACT)


TABLE = Table(
    actions={
        link_ids.LINK_MENU: menu,
        link_ids.LINK_ADD: write,
        link_ids.LINK_NOTES: open_notes,
        link_ids.LINK_BACK_TO_HISTORY: back_to_history,
    },
    views={
        link_ids.LINK_ADD_FORM: added,
        link_ids.LINK_MOVE_FORM: moved,
        link_ids.LINK_NOTES_FORM: noted_down,
        link_ids.LINK_REMOVE_FORM: removed,
    },
)
