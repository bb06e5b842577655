"""`/outreach digest`: what is posted where and when; the digest now, to look at or to post; the leads behind it."""

from datetime import time

from blocks import ids
from blocks.digest import digest_message, leads_view
from blocks.message import Message, context
from blocks.routes import TIME_BLOCK, WEEKDAYS_BLOCK, cannot_post_here, routes_saved, routes_view
from bot.outreach.access import Permission, refusal
from bot.outreach.digests import DigestView, Figure
from bot.outreach.errors import Conflict, Invalid
from bot.outreach.posts import WantedPost
from bot.outreach.routes import Cadence, Topic
from handlers import Table
from handlers.announcing import takes_posts
from handlers.call import Call
from handlers.posting import wanted

IN_A_DM = "A digest goes to a channel: type `/outreach digest` in the one that should have it."
NOT_IN_IT = "I am not in this channel, so I cannot post here. Invite me with `/invite`, then type it again."
PREVIEW = "Preview, only for you: nothing is posted or kept."


def digest_post(view: DigestView) -> WantedPost:
    """The post that shows a digest."""
    return wanted(str(view.digest.post_key), view.digest.channel, digest_message(view))


async def routes(call: Call) -> None:
    """What goes into the channel it was typed in."""
    if call.channel.startswith("D"):
        await call.tell(cannot_post_here(IN_A_DM))
        return
    actor = await call.actor()
    board = await call.services.routes.board(call.workspace_id, actor, call.channel)
    if not await takes_posts(call.house.slack, call.channel):
        await call.tell(cannot_post_here(NOT_IN_IT))
        return
    await call.open(routes_view(board, refused=refusal(actor, Permission.SET_ROUTES)))


async def save(call: Call) -> None:
    """Post it so from now on; mistakes stay in the modal."""
    actor = await call.actor()
    try:
        cadences = {topic: Cadence(call.chosen(f"{ids.CADENCE}|{topic}")) for topic in Topic}
        at = time.fromisoformat(call.chosen(ids.ROUTE_TIME))
        weekdays = frozenset(int(day) for day in call.chosen_many(ids.ROUTE_WEEKDAYS))
        board = await call.services.routes.set(call.workspace_id, actor, call.metadata, cadences, at, weekdays)
    except Invalid as error:
        block = WEEKDAYS_BLOCK if error.field == "weekdays" else TIME_BLOCK
        await call.ack(response_action="errors", errors={block: str(error)})
        return
    await call.ack()
    said = routes_saved(board).body()
    await call.house.slack.chat_postEphemeral(channel=board.channel, user=call.user_id, **said)


async def preview(call: Call) -> None:
    """The digest as it would be posted now, only for whoever asked."""
    await call.ack()
    view = await call.services.digests.preview(call.workspace_id, await call.actor(), call.value)
    shown = digest_message(view, is_preview=True)
    body = Message(f"{PREVIEW}\n{shown.text}", [context(PREVIEW), *shown.blocks]).body()
    await call.house.slack.chat_postEphemeral(channel=call.value, user=call.user_id, **body)
    await _redraw(call, call.value, "The preview stands in the channel, seen only by you.")


async def send_now(call: Call) -> None:
    """Today's digest now; the clock posts no second one."""
    await call.ack()
    if not await call.first_time():
        return
    channel, _, seen = call.value.partition(":")
    number = int(seen) if seen.isdigit() else 0
    try:
        view = await call.services.digests.send_now(call.workspace_id, await call.actor(), channel, number)
    except Conflict as error:
        await _redraw(call, channel, str(error))
        return
    await call.house.poster.put_up(call.workspace_id, [str(view.digest.post_key)])
    await _redraw(call, channel, "Posted: today's digest stands in the channel.")


async def _redraw(call: Call, channel: str, note: str) -> None:
    """The modal with what just happened; what was chosen in it meanwhile stays."""
    board = await call.services.routes.board(call.workspace_id, await call.actor(), channel)
    await call.update(routes_view(board, note=note))


async def show_leads(call: Call) -> None:
    """A figure of a digest: exactly the leads that stood behind it."""
    await call.ack()
    await call.open(await _leads(call))


async def turn_page(call: Call) -> None:
    """Another page of them."""
    await call.ack()
    await call.update(await _leads(call))


async def _leads(call: Call) -> dict[str, object]:
    digest_id, figure, page = [*call.value.split(":"), "0"][:3]
    member = await call.member()
    if figure not in set(Figure):
        raise Invalid("This button is of an older version; the next digest has new ones.")
    frozen = await call.services.digests.leads(
        call.workspace_id, member.actor, digest_id, Figure(figure), int(page) if page.isdigit() else 0
    )
    return leads_view(frozen, member.timezone)


TABLE = Table(
    actions={
        ids.DIGEST_LEADS: show_leads,
        ids.DIGEST_PAGE: turn_page,
        ids.PREVIEW_DIGEST: preview,
        ids.SEND_DIGEST: send_now,
    },
    views={ids.ROUTES: save},
)
