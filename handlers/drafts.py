"""`/drafts`: the approval queue, several approved together, and the e-mails of a lead's card."""

from blocks import ids
from blocks.draft_forms import CHOSEN_BLOCK, batch_view, envelope_view
from blocks.draft_state import QueueState
from blocks.help import help_message
from blocks.lead_card import loading_view, problem_view
from blocks.list_state import ListState
from bot.outreach.errors import OutreachError
from bot.outreach.writebacks import Tone
from handlers import Table, draft_acts, draft_sending, merged
from handlers.call import Call
from handlers.draft_batch import approve_together
from handlers.draft_views import draft_news, emails_of, place_of, preview_of, queue_of, show
from handlers.errors import noted
from handlers.lead_card import card_of, where
from handlers.modals import redraw_beneath

__all__ = ["TABLE", "draft_news", "open_queue"]


async def command(call: Call) -> None:
    """`/drafts`; `/drafts help` tells what they are."""
    await call.ack()
    if call.text.lower() == "help":
        await call.tell(help_message("drafts"))
    else:
        await open_queue(call)


async def open_queue(call: Call) -> None:
    """The queue in a fresh modal, at what waits."""
    await call.open(await queue_of(call, QueueState(channel=call.channel)))


async def open_from_button(call: Call) -> None:
    """A button elsewhere that leads to the queue."""
    await call.ack()
    await open_queue(call)


async def _redraw(call: Call, state: QueueState) -> None:
    if call.is_newest():
        await call.update(await queue_of(call, state), racing=False)


async def filter_state(call: Call) -> None:
    """Only one state, or all."""
    await call.ack()
    await _redraw(call, QueueState.unpacked(call.metadata).filtered(call.value))


async def turn_page(call: Call) -> None:
    """One page on or back."""
    await call.ack()
    await _redraw(call, QueueState.unpacked(call.metadata).paged(call.value))


async def row_menu(call: Call) -> None:
    """A row's menu, in the queue or in a lead's list."""
    await call.ack()
    verb, _, reference = call.value.partition(":")
    draft_id, revision = draft_sending.bound_to(reference)
    if verb == "preview":
        await show(call, await preview_of(call, place_of(call, draft_id, revision)))
    elif verb == "lead":
        card = await call.services.drafts.get(call.workspace_id, await call.actor(), draft_id)
        await call.open(await card_of(call, card.lead.id, ListState(channel=place_of(call, draft_id).channel)))
    elif verb in draft_acts.ROW_VERBS:
        await draft_acts.ROW_VERBS[verb](call, draft_id, revision)


async def open_alike(call: Call) -> None:
    """`Approve n alike`: first show which."""
    await call.ack()
    cards = await call.services.drafts.alike(call.workspace_id, await call.actor(), call.value)
    await call.open(batch_view(cards, call.value, call.metadata))


async def approve_alike(call: Call) -> None:
    """Approve those still chosen, each by itself; what became of each is told in the end."""
    chosen = call.chosen_many(ids.ALIKE_CHOSEN)
    if not chosen:
        await call.ack(response_action="errors", errors={CHOSEN_BLOCK: "Choose at least one draft, or cancel."})
        return
    await call.ack(response_action="update", view=loading_view("Approve alike", "Handing over, one by one…"))
    if not await call.first_time():
        return
    envelope = await approve_together(call.house, await call.actor(), chosen, call.chosen(ids.DRAFT_SITE))
    leads = [outcome.lead_id for outcome in (*envelope.blocked, *envelope.skipped, *envelope.failed)]
    names = await call.services.pushes.titles(call.workspace_id, leads)
    view_id = str(call.view["id"])
    await call.update(envelope_view(envelope, names), view_id=view_id)
    await redraw_beneath(call, queue_of, QueueState.unpacked(str(call.kept.get("q") or "")))


async def generate(call: Call) -> None:
    """`Generate Email` on the lead card: a draft in the tone chosen, its preview on top, the card drawn again."""
    await call.ack()
    if not await call.first_time():
        return
    lead_id, back = where(call)
    view_id = await call.open(loading_view("Email preview", "Writing the email from the latest audit…"))
    tone = Tone(call.chosen(ids.EMAIL_TONE) or Tone.DIRECT)
    try:
        card = await call.services.drafts.generate(call.workspace_id, await call.actor(), lead_id, tone)
    except OutreachError as error:
        said = noted(error, user=call.user_id, lead=lead_id)
        await call.update(problem_view("Email preview", said), view_id=view_id)
        return
    view = await preview_of(call, place_of(call, card.draft.id, card.draft.revision))
    await call.update(view, view_id=view_id)
    await call.update(await card_of(call, lead_id, back), view_id=str(call.view["id"]))


async def lead_emails(call: Call) -> None:
    """`Outreach Emails (n)` on the lead card."""
    await call.ack()
    lead_id, back = where(call)
    await call.open(await emails_of(call, lead_id, back.channel if back else ""))


async def choose(call: Call) -> None:
    """A select whose value is read later, with the button beside it."""
    await call.ack()


TABLE = merged(
    Table(
        commands={"/drafts": command},
        actions={
            ids.OPEN_DRAFTS: open_from_button,
            ids.DRAFT_STATE: filter_state,
            ids.DRAFTS_NEXT: turn_page,
            ids.DRAFTS_PREVIOUS: turn_page,
            ids.DRAFT_MENU: row_menu,
            ids.DRAFTS_ALIKE: open_alike,
            ids.ALIKE_CHOSEN: choose,
            ids.GENERATE_EMAIL: generate,
            ids.EMAIL_TONE: choose,
            ids.HAND_OVER_TO: choose,
            ids.DRAFT_SITE: choose,
            ids.LEAD_EMAILS: lead_emails,
        },
        views={ids.DRAFT_BATCH: approve_alike},
    ),
    draft_acts.TABLE,
    draft_sending.TABLE,
)
