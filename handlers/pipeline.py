"""`/pipeline`: the funnel, its stages, and the leads of one stage with their statuses."""

from dataclasses import replace

from blocks import ids
from blocks.help import help_message, unknown_command
from blocks.pipeline import SHOWN, pipeline_view
from blocks.stages import StagePlace, stage_view
from blocks.statuses import word
from bot.outreach.errors import Invalid, OutreachError
from bot.outreach.leads import LeadStatus, spelled
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.lead_card import card_of
from handlers.link_board import open_board


async def command(call: Call) -> None:
    """`/pipeline`, `/pipeline board`, `/pipeline help`; anything else is no command."""
    await call.ack()
    if not call.text:
        await call.open(await _pipeline(call))
    elif call.text.lower() == "board":
        await open_board(call)
    elif call.text.lower() == "help":
        await call.tell(help_message("pipeline"))
    else:
        await call.tell(unknown_command("/pipeline", call.text))


async def open_pipeline(call: Call) -> None:
    """A button elsewhere that leads to the pipeline."""
    await call.ack()
    await call.open(await _pipeline(call))


async def _pipeline(call: Call, *, emails_shown: bool = False) -> dict[str, object]:
    actor = await call.actor()
    whole = await call.services.pipeline.whole(call.workspace_id, actor)
    return pipeline_view(whole, may=actor.permissions, emails_shown=emails_shown)


async def show_emails(call: Call) -> None:
    """The e-mail stats come or go."""
    await call.ack()
    await call.update(await _pipeline(call, emails_shown=call.value == SHOWN), racing=False)


async def back(call: Call) -> None:
    """From a stage to the whole again."""
    await call.ack()
    await call.update(await _pipeline(call), racing=False)


async def open_stage(call: Call) -> None:
    """The leads of one stage, in place of the whole."""
    await call.ack()
    await _show(call, StagePlace(LeadStatus(call.value)))


async def page(call: Call) -> None:
    """One page on or back."""
    await call.ack()
    await _show(call, StagePlace.unpacked(call.value))


async def open_lead(call: Call) -> None:
    """The lead's card on top: closing it gives the stage again."""
    await call.ack()
    await call.open(await card_of(call, call.value, None))


async def set_status(call: Call) -> None:
    """A status by hand. The lead leaves this stage for another; the line above says so."""
    await call.ack()
    lead_id = str(call.action.get("action_id")).partition("|")[2]
    status, done, problem = LeadStatus(call.value), "", ""
    try:
        lead = await call.services.leads.set_status(call.workspace_id, await call.actor(), lead_id, status)
        done = f"{lead.title[:100]} is set by hand to {spelled(status)} and stands at {word(status)} now."
    except OutreachError as error:
        problem = f"Status: {noted(error, user=call.user_id, lead=lead_id)}"
    await _show(call, StagePlace.unpacked(call.metadata), done=done, problem=problem)


async def _show(call: Call, place: StagePlace, *, done: str = "", problem: str = "") -> None:
    """Draw the stage. A cursor that fits no longer gives the first page."""
    actor = await call.actor()
    try:
        leads = await call.services.pipeline.stage(call.workspace_id, actor, place.status, place.cursor)
    except Invalid:
        place = replace(place, cursor=None, number=1)
        leads = await call.services.pipeline.stage(call.workspace_id, actor, place.status)
    if leads.previous_cursor is None:
        place = replace(place, number=1)
    view = stage_view(leads, place, may=actor.permissions, done=done, problem=problem)
    await call.update(view, racing=False)


TABLE = Table(
    commands={"/pipeline": command},
    actions={
        ids.OPEN_PIPELINE: open_pipeline,
        ids.EMAIL_FIGURES: show_emails,
        ids.BACK_TO_PIPELINE: back,
        ids.OPEN_STAGE: open_stage,
        ids.STAGE_NEXT: page,
        ids.STAGE_PREVIOUS: page,
        ids.STAGE_LEAD: open_lead,
        ids.STAGE_STATUS: set_status,
    },
)
