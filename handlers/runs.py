"""A lead's sequence, on its card: started after a preview, sent on by hand, paused, resumed, stopped."""

from typing import Any

from blocks import ids
from blocks.link_forms import TO_BLOCK
from blocks.list_state import ListState
from blocks.runs import run_form, run_obstacle, run_previewed
from bot.outreach.errors import Invalid, OutreachError
from bot.outreach.opportunities import Opportunity
from bot.outreach.sequences import Run
from bot.services.recipients import ForLink
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.lead_card import act, card_of
from handlers.link_board import addressing, link_of, redraw_board
from handlers.modals import redraw_beneath
from handlers.steps import show_steps


async def start(call: Call) -> None:
    """`Start sequence` on the lead card."""
    await call.ack()
    kept = call.kept
    lead_id = str(kept.get("lead") or call.value)
    offer = await call.services.runs.offer(call.workspace_id, await call.actor(), lead_id)
    if offer.obstacle:
        await call.open(run_obstacle(offer.lead, offer.obstacle))
    else:
        await call.open(run_form(offer.lead, offer.sequences, offer.budgets, back=kept.get("back")))


async def start_for(call: Call, opportunity: Opportunity) -> None:
    """`Start Sequence` on the link board; whom it goes to is typed into the form."""
    actor = await call.actor()
    offer = await call.services.runs.offer(call.workspace_id, actor, opportunity.lead_id, for_link=True)
    if offer.obstacle:
        await call.open(run_obstacle(offer.lead, offer.obstacle))
        return
    link = await addressing(call, ForLink(opportunity.id, offer.lead.email or ""))
    await call.open(run_form(offer.lead, offer.sequences, offer.budgets, back=None, link=link))


async def submitted(call: Call) -> None:
    """The first time shows step 1 as it will be read; `Start` under that preview begins the run."""
    kept = call.kept
    lead_id, chosen, link = str(kept["lead"]), (call.picked("sequence"), call.picked("site")), link_of(call)
    actor, service = await call.actor(), call.services.runs
    seen = ":".join((*chosen, link.to_email if link else ""))
    try:
        if kept.get("seen") == seen:
            if await call.first_time():
                await service.assign(call.workspace_id, actor, lead_id, *chosen, link=link)
            await call.ack()
            if link is not None:
                return await redraw_board(call, "The sequence has begun; its first step is queued to send.")
            return await _redraw_card(call, lead_id, kept.get("back"))
        preview = await service.preview(call.workspace_id, actor, lead_id, *chosen, link=link)
    except OutreachError as error:
        said = noted(error, user=call.user_id, lead=lead_id)
        field = TO_BLOCK if link and isinstance(error, Invalid) and error.field == "email" else "sequence"
        return await call.ack(response_action="errors", errors={field: said[:300]})
    offer = await service.offer(call.workspace_id, actor, lead_id, for_link=link is not None)
    back, shown = kept.get("back"), await addressing(call, link)
    form = run_form(offer.lead, offer.sequences, offer.budgets, back=back, chosen=chosen, link=shown)
    view = run_previewed(form, preview, seen)
    return await call.ack(response_action="update", view=view)


async def _redraw_card(call: Call, lead_id: str, back: str | None) -> None:
    state = ListState.unpacked(back) if back is not None else None
    await redraw_beneath(call, card_of, lead_id, state)


async def send_next(call: Call) -> None:
    """`Send next step`: the one the card showed."""
    run_id, _, step = call.value.partition(":")

    async def doing() -> str:
        actor = await call.actor()
        run = await call.services.runs.send_next(call.workspace_id, actor, run_id, int(step or 0))
        await show_steps(call.house, run_id)
        return f"Step {run.step} is queued to send." if run.is_open else f"The sequence is over: {run.why}."

    await _act(call, "Send next step", doing)


async def stop(call: Call) -> None:
    """`Stop sequence`."""
    await _turn(call, "stop", "Sequence stopped")


async def pause(call: Call) -> None:
    """`Pause`."""
    await _turn(call, "pause", "Sequence paused")


async def resume(call: Call) -> None:
    """`Resume`."""
    await _turn(call, "resume", "Sequence resumed")


async def _turn(call: Call, verb: str, said: str) -> None:
    async def doing() -> str:
        run: Run = await getattr(call.services.runs, verb)(call.workspace_id, await call.actor(), call.value)
        await show_steps(call.house, call.value)
        return f"{said}." if run.is_open or verb == "stop" else f"The sequence is over: {run.why}."

    await _act(call, said, doing)


async def _act(call: Call, what: str, doing: Any) -> None:
    await call.ack()
    if await call.first_time():
        await act(call, what, doing())


TABLE = Table(
    actions={
        ids.RUN_START: start,
        ids.RUN_NEXT: send_next,
        ids.RUN_STOP: stop,
        ids.RUN_PAUSE: pause,
        ids.RUN_RESUME: resume,
    },
    views={ids.RUN_FORM: submitted},
)
