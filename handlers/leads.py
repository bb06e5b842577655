"""`/leads`: what is done from the list: push, complete, open and audit leads, add one, a sync on demand."""

from dataclasses import replace

from blocks import ids
from blocks.completing import completed
from blocks.lead_card import loading_view
from blocks.lead_forms import add_view, complete_confirm_view
from blocks.list_state import ListState
from blocks.outreach import help_message, sync_result, unknown_command
from bot.outreach.errors import Duplicate, Invalid, OutreachError
from bot.outreach.leads import LeadDraft, LeadSort
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.importing import open_import
from handlers.lead_card import card_of, find_and_open, show_card
from handlers.lead_list import list_of, show_list, state_of
from handlers.push import open_form
from handlers.pushing import submit_push

_DRAFT_FIELDS = (
    "email",
    "first_name",
    "last_name",
    "company_name",
    "domain",
    "website",
    "phone",
    "city",
    "country",
    "industry",
)


async def command(call: Call) -> None:
    """`/leads`, `/leads show <email, domain or id>`, `/leads add`, `/leads import`, anything else is help."""
    await call.ack()
    verb, _, rest = call.text.partition(" ")
    verb = verb.lower()
    if not verb:
        await open_list(call)
    elif verb == "show" and rest:
        await find_and_open(call, rest)
    elif verb == "add":
        await call.open(add_view(call.channel))
    elif verb == "import":
        await open_import(call)
    elif verb == "help":
        await call.tell(help_message("leads"))
    else:
        await call.tell(unknown_command("/leads", call.text))


async def open_list(call: Call) -> None:
    """The list in a fresh modal."""
    await call.open(await list_of(call, ListState(channel=call.channel)))


async def open_from_button(call: Call) -> None:
    """A button elsewhere that leads to the list."""
    await call.ack()
    await open_list(call)


async def push_selected(call: Call) -> None:
    """The list's submit: push the chosen leads."""
    state = state_of(call)
    if not call.shows(ids.CAMPAIGN):  # nothing to push: the submit button searches
        await call.ack(response_action="update", view=await list_of(call, state))
        return
    chosen = call.chosen_many(ids.SELECTION)
    if not chosen:
        await call.ack(
            response_action="errors",
            errors={_block_of(call, ids.SELECTION): "Choose at least one lead, or Select all on page."},
        )
        return
    await submit_push(
        call,
        call.chosen(ids.CAMPAIGN),
        chosen,
        state.channel,
        campaign_block=_block_of(call, ids.CAMPAIGN),
        leads_block=_block_of(call, ids.SELECTION),
    )


def _block_of(call: Call, action_id: str) -> str:
    values = (call.view.get("state") or {}).get("values") or {}
    return next((block_id for block_id, elements in values.items() if action_id in elements), "campaign")


async def complete_selected(call: Call) -> None:
    """`Mark completed`: first say what it will do."""
    await call.ack()
    state, chosen = state_of(call), call.chosen_many(ids.SELECTION)
    if not chosen or not state.campaign_id:
        await show_list(call, state, "Choose a campaign and at least one lead first.")
        return
    actor = await call.actor()
    counts = await call.services.campaigns.completing(call.workspace_id, actor, chosen)
    campaign = await call.services.pushes.campaign(call.workspace_id, state.campaign_id)
    await call.open(
        complete_confirm_view(campaign, counts.chosen, counts.without_email, counts.neither, state.channel, chosen)
    )


async def complete_confirmed(call: Call) -> None:
    """Mark completed after the confirm; what was left out is counted."""
    await call.ack()
    if not await call.first_time():
        return
    kept = call.kept
    campaign_id, lead_ids = str(kept["campaign"]), [str(lead_id) for lead_id in kept["leads"]]
    actor = await call.actor()
    envelope = await call.services.campaigns.mark_completed(call.workspace_id, actor, lead_ids, campaign_id)
    campaign = await call.services.pushes.campaign(call.workspace_id, campaign_id)
    await call.tell(completed(campaign, envelope))


async def row_menu(call: Call) -> None:
    """A row's menu: open, audit or push that lead."""
    await call.ack()
    verb, _, lead_id = call.value.partition(":")
    state = state_of(call)
    if verb == "open":
        await show_card(call, lead_id, state)
    elif verb == "audit":
        await _audit_row(call, lead_id, state)
    elif verb == "push":
        await open_form(call, [lead_id], state.channel, state.campaign_id)


async def _audit_row(call: Call, lead_id: str, state: ListState) -> None:
    actor = await call.actor()
    problem = ""
    try:
        await call.services.audits.start_one(call.workspace_id, actor, lead_id)
        await call.services.audits.request_due(call.workspace_id)
    except OutreachError as error:
        problem = noted(error, user=call.user_id, lead=lead_id)
    await show_list(call, state, problem)


async def open_add(call: Call) -> None:
    """The form for a new lead."""
    await call.ack()
    await call.open(add_view(ListState.unpacked(call.metadata).channel if call.metadata else call.channel))


async def add(call: Call) -> None:
    """A new lead from the form; mistakes stand under their field."""
    if not await call.first_time():
        return await call.ack()
    given = {name: call.field(name) for name in _DRAFT_FIELDS}
    draft = LeadDraft(**{**given, "email": given["email"] or None})  # type: ignore[arg-type]
    try:
        lead = await call.services.leads.add(call.workspace_id, await call.actor(), draft)
    except Duplicate:
        return await call.ack(response_action="errors", errors={"email": "A lead with this email is here already."})
    except Invalid as error:
        field = error.field if error.field in _DRAFT_FIELDS else "email"
        return await call.ack(response_action="errors", errors={str(field): str(error)[:300]})
    card = await card_of(call, lead.id, ListState(channel=call.metadata))
    return await call.ack(response_action="update", view=card)


async def sync_now(call: Call) -> None:
    """Read PlusVibe now, and say what came of it where it was asked for."""
    await call.ack()
    if not await call.first_time():
        return
    if call.view.get("callback_id") == ids.LEAD_LIST:
        await _sync_list(call)
    else:
        await call.tell(sync_result(await call.services.sync.run(call.workspace_id, await call.actor())))


async def _sync_list(call: Call) -> None:
    state = replace(state_of(call), cursor=None, number=1, sort=LeadSort.UPDATED, descending=None)
    await call.update(loading_view("Leads", "Reading leads and campaigns from PlusVibe…"), racing=False)
    problem = done = ""
    try:
        done = sync_result(await call.services.sync.run(call.workspace_id, await call.actor())).words
    except OutreachError as error:
        problem = f"Sync failed: {noted(error, user=call.user_id)}"
    await call.update(await list_of(call, state, problem, done), racing=False)


TABLE = Table(
    commands={"/leads": command},
    actions={
        ids.OPEN_LIST: open_from_button,
        ids.COMPLETE_SELECTED: complete_selected,
        ids.ROW_MENU: row_menu,
        ids.ADD_LEAD: open_add,
        ids.SYNC_NOW: sync_now,
    },
    views={ids.LEAD_LIST: push_selected, ids.LEAD_ADD: add, ids.COMPLETE_CONFIRM: complete_confirmed},
)
