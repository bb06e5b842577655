"""Link checks in Slack: a page looked at when somebody asks, another link wanted of it, news of links in channels."""

from collections.abc import Sequence

from blocks import link_ids
from blocks.link_checks import links_news, looked_words
from blocks.link_forms import aim_form
from bot.outreach.errors import Invalid, OutreachError
from bot.outreach.opportunities import Wanted
from bot.outreach.posts import WantedPost
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.house import House
from handlers.link_acts import match_in
from handlers.link_board import board_in, history_of, redraw_board
from handlers.modals import refuse
from handlers.posting import wanted

_BOXES = ("anchor_text", "target_url")


async def check_now(call: Call) -> None:
    """`Check now`: its history says meanwhile that somebody looks, and then what they found."""
    await call.ack()
    if not await call.first_time():
        return
    await call.update(await history_of(call, call.value, busy=True, said="⏳ Looking at the page…"), racing=False)
    try:
        looked = await call.services.link_checks.check_now(call.workspace_id, await call.actor(), call.value)
        said = looked_words(looked.link)
    except OutreachError as error:
        said = f"⚠️ {noted(error, user=call.user_id)}"
    await call.update(await history_of(call, call.value, said=said), racing=False)
    await redraw_board(call)


async def open_aim(call: Call) -> None:
    """`Edit link`, in place of the history."""
    await call.ack()
    opportunity = await call.services.opportunities.get(call.workspace_id, await call.actor(), call.value)
    await call.update(aim_form(opportunity, board_in(call)), racing=False)


async def aimed(call: Call) -> None:
    """Saved, and the history again; the board beneath follows."""
    opportunity_id = str(call.kept.get("opportunity"))
    given = Wanted("", *(call.field(name) for name in _BOXES), match=match_in(call))
    try:
        await call.services.opportunities.aim(call.workspace_id, await call.actor(), opportunity_id, given)
    except OutreachError as error:
        field = error.field if isinstance(error, Invalid) and error.field in _BOXES else "target_url"
        return await refuse(call, error, field)
    await call.ack(response_action="update", view=await history_of(call, opportunity_id, said="✅ Saved."))
    return await redraw_board(call)


async def link_news(house: House, channel: str, check_ids: Sequence[str]) -> list[WantedPost]:
    """One message for all of them; none when their opportunities are gone."""
    found = await house.services.link_checks.news(house.workspace.id, check_ids)
    return [wanted(f"links:{channel}:{found[0][0].id}", channel, links_news(found))] if found else []


TABLE = Table(
    actions={link_ids.LINK_CHECK: check_now, link_ids.LINK_AIM: open_aim},
    views={link_ids.LINK_AIM_FORM: aimed},
)
