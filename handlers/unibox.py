"""`/unibox`: conversations of the workspace and of one lead, and replies in channels."""

from collections.abc import Sequence

from blocks import ids
from blocks.lead_card import loading_view, problem_view
from blocks.outreach import help_message
from blocks.reply_card import replies_message, reply_message, unclear_message
from blocks.unibox import UniboxState, lead_unibox_view, thread_view, unibox_view
from bot.outreach.errors import Conflict, NotFound, OutreachError
from bot.outreach.leads import Lead
from bot.outreach.posts import WantedPost
from bot.outreach.searching import plain_typing
from bot.outreach.unibox import Answer, ReplyCard, Via
from handlers import Table
from handlers.brakes import brake_news, is_brake
from handlers.call import Call
from handlers.errors import noted
from handlers.house import House
from handlers.posting import wanted

GROUPED_ABOVE = 5


# What stands in channels


def reply_post(card: ReplyCard, channel: str) -> WantedPost:
    """A reply's card in one channel, as it should read now."""
    return wanted(f"reply:{card.reply.id}:{channel}", channel, reply_message(card))


def answer_post(answer: Answer, lead: Lead) -> WantedPost:
    """What an author hears directly of an answer that is unclear."""
    return wanted(f"answer:{answer.id}", answer.author, unclear_message(answer, lead))


async def reply_news(house: House, channel: str, reply_ids: Sequence[str]) -> list[WantedPost]:
    """Replies for a channel: a card each, or one message when many came at once; then what they ask to decide."""
    cards = await house.services.unibox.cards(house.workspace.id, [each for each in reply_ids if not is_brake(each)])
    posts = [reply_post(card, channel) for card in cards]
    if len(cards) > GROUPED_ABOVE:
        posts = [wanted(f"replies:{cards[0].reply.id}:{channel}", channel, replies_message(cards))]
    return [*posts, *await brake_news(house, channel, [each for each in reply_ids if is_brake(each)], posts)]


# The list


async def command(call: Call) -> None:
    """`/unibox`, or `/unibox <email>` for one lead."""
    await call.ack()
    if call.text.lower() == "help":
        await call.tell(help_message("unibox"))
        return
    if not call.text:
        await call.open(await list_of(call, UniboxState()))
        return
    found = await call.services.leads.find(call.workspace_id, await call.actor(), plain_typing(call.text))
    await call.open(await list_of(call, UniboxState(lead=found[0].id)))


async def list_of(call: Call, state: UniboxState, note: str = "") -> dict[str, object]:
    """The list as a view: the workspace's, or one lead's."""
    actor, unibox = await call.actor(), call.services.unibox
    if state.lead:
        lead, threads, replies = await unibox.of_lead(call.workspace_id, actor, state.lead)
        return lead_unibox_view(lead, threads, state, note, replies)
    page = await unibox.page(call.workspace_id, actor, state.cursor or None, waiting=state.waiting)
    return unibox_view(page, state, note)


async def open_unibox(call: Call) -> None:
    """A button elsewhere that leads here."""
    await call.ack()
    await call.open(await list_of(call, UniboxState()))


async def open_of_lead(call: Call) -> None:
    """`Unibox` on a lead's card."""
    await call.ack()
    await call.open(await list_of(call, UniboxState(lead=call.value)))


async def filtered(call: Call) -> None:
    """Waiting ones, or all."""
    await call.ack()
    await call.update(await list_of(call, UniboxState.unpacked(call.metadata).filtered(call.value)))


async def turn(call: Call) -> None:
    """The next page or the one before."""
    await call.ack()
    state = UniboxState.unpacked(call.metadata)
    await call.update(await list_of(call, UniboxState(state.waiting, call.value, state.lead)))


async def refresh(call: Call) -> None:
    """Read the Unibox at PlusVibe again, all that is new or one lead's."""
    await call.ack()
    state = UniboxState.unpacked(call.metadata)
    view_id = str(call.view.get("id"))
    await call.update(loading_view("Unibox", "Reading messages from PlusVibe…"), racing=False)
    note = await _read_again(call, state.lead)
    await call.update(await list_of(call, state, note), view_id=view_id)


async def _read_again(call: Call, lead_id: str) -> str:
    """What reading again came to, in words. Mail that came to us is not asked for: it is there."""
    sync = call.services.unibox_sync
    if not sync.connected and call.services.mails.connected:
        return ""
    try:
        if lead_id:
            new = await sync.refresh(call.workspace_id, await call.actor(), lead_id)
        else:
            new = await sync.sweep(call.workspace_id)
    except OutreachError as error:
        return f"{noted(error, user=call.user_id)} This is what was read before."
    return f"Read again: {new} new." if new else "Read again: nothing new."


# One conversation


async def thread_of(call: Call, thread_id: str, back: str, note: str = "") -> dict[str, object]:
    """The conversation as a view, or the page that says why there is none."""
    try:
        conversation = await call.services.unibox.conversation(call.workspace_id, await call.actor(), thread_id)
    except NotFound as error:
        return problem_view("Conversation", str(error))
    return thread_view(conversation, back, note)


async def open_thread(call: Call) -> None:
    """A row of the list, or a button that names a reply or a thread."""
    await call.ack()
    try:
        thread_id = await call.services.unibox.thread_of(call.workspace_id, call.value)
    except NotFound:
        thread_id = call.value
    in_list = call.view.get("callback_id") == ids.UNIBOX
    view = await thread_of(call, thread_id, call.metadata if in_list else "")
    if in_list:
        await call.update(view, racing=False)
    else:
        await call.open(view)


async def back(call: Call) -> None:
    """The list again, as it was."""
    await call.ack()
    await call.update(await list_of(call, UniboxState.unpacked(call.value)), racing=False)


async def refresh_thread(call: Call) -> None:
    """Read this lead's messages again."""
    await call.ack()
    actor = await call.actor()
    conversation = await call.services.unibox.conversation(call.workspace_id, actor, call.value)
    note = "" if conversation.thread.via is Via.MAIL else await _read_again(call, conversation.lead.id)
    await call.update(await thread_of(call, call.value, _back(call), note), racing=False)


async def take(call: Call) -> None:
    """`Take`: from now on this person takes care of it."""
    await call.ack()
    note = ""
    try:
        await call.services.unibox.take(call.workspace_id, await call.actor(), call.value)
    except Conflict as error:
        if not _in_thread(call):
            raise
        note = str(error)
    await _follow(call, note)


async def mark_read(call: Call) -> None:
    """`Read`: at PlusVibe and here."""
    await call.ack()
    note = ""
    try:
        await call.services.unibox.mark_read(call.workspace_id, await call.actor(), call.value)
    except OutreachError as error:
        if not _in_thread(call):
            raise
        note = noted(error, user=call.user_id)
    await _follow(call, note)


async def _follow(call: Call, note: str) -> None:
    """The conversation drawn again where it was asked from; a card in a channel follows its row by itself."""
    if _in_thread(call):
        await call.update(await thread_of(call, call.value, _back(call), note), racing=False)


async def redraw_thread(call: Call, note: str) -> None:
    """The conversation it was asked from, as it stands now."""
    kept = call.kept
    await call.update(await thread_of(call, str(kept.get("thread")), _back(call), note), racing=False)


def _in_thread(call: Call) -> bool:
    return call.view.get("callback_id") == ids.THREAD


def _back(call: Call) -> str:
    return str(call.kept.get("back") or "")


TABLE = Table(
    commands={"/unibox": command},
    actions={
        ids.OPEN_UNIBOX: open_unibox,
        ids.CARD_UNIBOX: open_of_lead,
        ids.UNIBOX_FILTER: filtered,
        ids.UNIBOX_NEXT: turn,
        ids.UNIBOX_PREVIOUS: turn,
        ids.UNIBOX_REFRESH: refresh,
        ids.OPEN_THREAD: open_thread,
        ids.BACK_TO_UNIBOX: back,
        ids.THREAD_REFRESH: refresh_thread,
        ids.TAKE_THREAD: take,
        ids.MARK_READ: mark_read,
    },
)
