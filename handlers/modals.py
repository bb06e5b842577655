"""Forms and second looks that lie upon a list: carried out, refused in their own place, and the list drawn again."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

from blocks.lead_card import problem_view
from bot.outreach.errors import Invalid, OutreachError
from handlers.call import Call
from handlers.errors import noted

LONGEST_ERROR = 300  # beside a box
T = TypeVar("T")
P = ParamSpec("P")


async def submitted(call: Call, doing: Awaitable[T], box: str | Callable[[str], str]) -> T | None:
    """Carry out a form and close it; None when that was refused: the error stands beside its box, what was typed stays.

    box: where an error stands that names no box, or the box for the name it gives (empty: none).
    """
    try:
        done = await doing
    except OutreachError as error:
        named = error.field or "" if isinstance(error, Invalid) else ""
        await refuse(call, error, box(named) if callable(box) else named or box)
        return None
    await call.ack()
    return done


async def refuse(call: Call, error: OutreachError, box: str) -> None:
    """Keep the form open, with the error beside this box."""
    said = noted(error, user=call.user_id)
    await call.ack(response_action="errors", errors={box: said[:LONGEST_ERROR]})


async def agreed(call: Call, doing: Awaitable[T], title: str) -> T | None:
    """Carry out what a second look said yes to, and close it; None when that was refused: it says why in its place."""
    try:
        done = await doing
    except OutreachError as error:
        view = problem_view(title, noted(error, user=call.user_id))
        await call.ack(response_action="update", view=view)
        return None
    await call.ack()
    return done


async def draw_newest(
    call: Call, draw: Callable[Concatenate[Call, P], Awaitable[Mapping[str, Any]]], *given: P.args, **named: P.kwargs
) -> None:
    """Draw the modal again. Of several keystrokes and clicks under way only the newest one's answer is drawn.

    Slack refuses an answer to anything but the latest view, so the newest may find an older one's answer before it.
    """
    if not call.is_newest():
        return
    view = await draw(call, *given, **named)
    if call.is_newest() and not await call.update(view) and call.is_newest():
        await call.update(view, racing=False)


async def redraw_beneath(
    call: Call, draw: Callable[Concatenate[Call, P], Awaitable[Mapping[str, Any]]], *given: P.args, **named: P.kwargs
) -> None:
    """Draw the modal beneath this one again, if there is one."""
    if call.under:
        await call.update(await draw(call, *given, **named), view_id=call.under)
