"""The lead card: opened from the list or by `/leads show`, and every act on one lead."""

import asyncio
from collections.abc import Awaitable

from blocks import ids
from blocks.lead_card import card_view, loading_view, problem_view
from blocks.lead_forms import domain_view
from blocks.lead_texts import raw_view, summary_view, timeline_view
from blocks.list_state import ListState
from blocks.words import count
from bot.outreach.access import Permission, require
from bot.outreach.addresses import domain_of
from bot.outreach.errors import Invalid, NotFound, OutreachError
from bot.outreach.leads import BADGES, LeadStatus
from bot.outreach.searching import plain_typing
from bot.outreach.writebacks import Tone, WritebackStatus
from bot.services.leads import TIMELINE_EVENTS
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.lead_list import list_of
from handlers.modals import redraw_beneath
from handlers.names import named_card
from handlers.pushing import push_one

LOOK_SECONDS = 1.5  # the auditor tells how far it is every second
MOST_LOOKS = 120


async def find_and_open(call: Call, term: str) -> None:
    """The card of the lead with this id, email or domain; several of one domain open as a filtered list."""
    found = await call.services.leads.find(call.workspace_id, await call.actor(), plain_typing(term))
    if len(found) == 1:
        await call.open(await card_of(call, found[0].id, ListState(channel=call.channel)))
        return
    state = ListState(channel=call.channel).searched(found[0].domain)
    await call.open(await list_of(call, state))


async def card_of(call: Call, lead_id: str, back: ListState | None) -> dict[str, object]:
    """The card as a view, or the page that says why there is none."""
    try:
        card = await call.services.leads.card(call.workspace_id, await call.actor(), lead_id)
        return card_view(await named_card(call.house, card), back)
    except NotFound as error:
        return problem_view("Lead", f"Failed to load lead. {error}", back)


async def show_card(call: Call, lead_id: str, back: ListState | None) -> str | None:
    """The card in place of what the modal shows, whose hash it then has; or in a modal of its own, from a message."""
    view = await card_of(call, lead_id, back)
    if call.view.get("type") == "modal":
        return await call.redraw(view, str(call.view.get("id")))
    await call.open(view)
    return None


def where(call: Call) -> tuple[str, ListState | None]:
    """The card's lead and the list behind it."""
    back = call.kept.get("back")
    return str(call.kept.get("lead") or call.value), ListState.unpacked(back) if back is not None else None


async def open_lead(call: Call) -> None:
    """A button in a message that opens a lead."""
    await call.ack()
    await show_card(call, call.value, ListState(channel=call.channel))


async def reload(call: Call) -> None:
    """Draw the card again."""
    await call.ack()
    await show_card(call, *where(call))


async def back_to_list(call: Call) -> None:
    """The list again, on the page, sort and filter it had."""
    await call.ack()
    _, back = where(call)
    await call.update(await list_of(call, back or ListState()), racing=False)


async def act(call: Call, what: str, doing: Awaitable[str]) -> str | None:
    """Do one thing to the card's lead; its outcome, good or bad, becomes its last-action line. As `show_card`."""
    lead_id, back = where(call)
    try:
        said = await doing
    except OutreachError as error:
        said = f"{what}: {noted(error, user=call.user_id, lead=lead_id)}"
    if said:
        await call.services.leads.note(call.workspace_id, lead_id, said)
    return await show_card(call, lead_id, back)


async def set_status(call: Call) -> None:
    """The status select."""
    await call.ack()

    async def doing() -> str:
        status = LeadStatus(call.value)
        lead_id, _ = where(call)
        await call.services.leads.set_status(call.workspace_id, await call.actor(), lead_id, status)
        return f"Status set by hand to {BADGES[status]}."

    await act(call, "Status", doing())


async def normalise(call: Call) -> None:
    """A legacy `sent` becomes `email_sent`."""
    await call.ack()

    async def doing() -> str:
        lead_id, _ = where(call)
        await call.services.leads.normalise(call.workspace_id, await call.actor(), [lead_id])
        return "Legacy status normalised to Email Sent."

    await act(call, "Normalise", doing())


async def start_audit(call: Call) -> None:
    """`Start audit (domain)`."""
    await call.ack()
    if not await call.first_time():
        return

    async def doing() -> str:
        lead_id, _ = where(call)
        await call.services.audits.start_one(call.workspace_id, await call.actor(), lead_id)
        await call.services.audits.request_due(call.workspace_id)
        card = await call.services.leads.card(call.workspace_id, await call.actor(), lead_id)
        return card.lead.last_action or "Audit started. The writeback follows by itself when it completes."

    seen = await act(call, "Start audit", doing())
    if seen is not None:
        call.house.watching.begin(_follow_audit(call, seen))


async def _follow_audit(call: Call, seen: str) -> None:
    """Draw the card again as pages are read, until the audit is over or the modal shows something newer than `seen`."""
    lead_id, back = where(call)
    actor, known = await call.actor(), (0, 0)
    for _ in range(MOST_LOOKS):
        await asyncio.sleep(LOOK_SECONDS)
        audit = await call.services.audits.under_way(call.workspace_id, actor, lead_id)
        if audit and (audit.pages_done, audit.pages_found) == known:
            continue
        drawn = await call.redraw(await card_of(call, lead_id, back), str(call.view.get("id")), seen)
        if drawn is None or audit is None:
            return
        seen, known = drawn, (audit.pages_done, audit.pages_found)


async def write_back(call: Call) -> None:
    """`PlusVibe Writeback`, in the tone chosen beside it."""
    await call.ack()
    if not await call.first_time():
        return

    async def doing() -> str:
        lead_id, _ = where(call)
        tone = Tone(call.chosen(ids.TONE) or Tone.DIRECT)
        written = await call.services.writebacks.write_back(call.workspace_id, await call.actor(), lead_id, tone)
        number = count(len(written.variables), "variable")
        said = {
            WritebackStatus.WRITTEN: f"{number} written, {tone} tone.",
            WritebackStatus.SKIPPED: f"{number} stored here; not sent, the lead has no campaign link or email.",
            WritebackStatus.PENDING: f"{number} stored here; PlusVibe did not take them yet and is asked again.",
            WritebackStatus.FAILED: f"{number} stored here, but PlusVibe refused: {written.error}",
        }
        return f"PlusVibe writeback: {said[written.status]}"

    await act(call, "PlusVibe writeback", doing())


async def choose(call: Call) -> None:
    """A select of the card whose value is read later, with the button beside it."""
    await call.ack()


async def push_lead(call: Call) -> None:
    """`Push to PlusVibe` for one lead, under the same guard; a refusal shows its reason on the card as well."""
    await call.ack()
    if not await call.first_time():
        return
    lead_id, back = where(call)

    async def doing() -> str:
        return await push_one(call, call.chosen(ids.CARD_CAMPAIGN), lead_id, back.channel if back else "")

    await act(call, "Push", doing())


async def mark_completed(call: Call) -> None:
    """`Mark completed in PlusVibe`."""
    await call.ack()

    if not await call.first_time():
        return

    async def doing() -> str:
        lead_id, _ = where(call)
        await call.services.campaigns.complete_one(call.workspace_id, await call.actor(), lead_id)
        return "Mark completed: closed at provider."

    await act(call, "Mark completed", doing())


async def remove(call: Call) -> None:
    """`Remove from PlusVibe`, confirmed in Slack's own dialog."""
    await call.ack()

    if not await call.first_time():
        return

    async def doing() -> str:
        lead_id, _ = where(call)
        return (await call.services.campaigns.remove(call.workspace_id, await call.actor(), lead_id)).last_action

    await act(call, "Remove from PlusVibe", doing())


async def dismiss(call: Call) -> None:
    """The last-action line goes."""
    await call.ack()
    lead_id, back = where(call)
    await call.services.leads.note(call.workspace_id, lead_id, "")
    await show_card(call, lead_id, back)


async def edit_domain(call: Call) -> None:
    """The form for a missing domain."""
    await call.ack()
    lead_id, back = where(call)
    lead = await call.services.leads.get(call.workspace_id, await call.actor(), lead_id)
    await call.open(domain_view(lead, back))


async def domain_given(call: Call) -> None:
    """A domain from the form; the card beneath is drawn again."""
    lead_id, back = where(call)
    domain = call.field("domain")
    try:
        if "." not in domain_of(domain):
            raise Invalid("Write a domain such as acme.com.", field="domain")
        await call.services.leads.edit(call.workspace_id, await call.actor(), lead_id, {"domain": domain})
    except Invalid as error:
        return await call.ack(response_action="errors", errors={"domain": str(error)})
    await call.ack()
    return await redraw_beneath(call, card_of, lead_id, back)


async def show_raw(call: Call) -> None:
    """The raw webhook payload, for admins."""
    await call.ack()
    actor = await call.actor()
    require(actor, Permission.READ_RAW)
    lead_id, _ = where(call)
    await call.open(raw_view(await call.services.leads.get(call.workspace_id, actor, lead_id)))


async def show_timeline(call: Call) -> None:
    """Everything that happened to the lead, newest first."""
    await call.ack()
    lead_id, _ = where(call)
    view_id = await call.open(loading_view("Timeline"))
    card = await call.services.leads.card(call.workspace_id, await call.actor(), lead_id, events=TIMELINE_EVENTS)
    await call.update(timeline_view(await named_card(call.house, card)), view_id=view_id)


async def show_summary(call: Call) -> None:
    """The whole audit summary."""
    await call.ack()
    lead_id, _ = where(call)
    await call.open(summary_view(await call.services.leads.card(call.workspace_id, await call.actor(), lead_id)))


TABLE = Table(
    actions={
        ids.OPEN_LEAD: open_lead,
        ids.RELOAD_CARD: reload,
        ids.BACK_TO_LIST: back_to_list,
        ids.SET_STATUS: set_status,
        ids.NORMALISE: normalise,
        ids.START_AUDIT: start_audit,
        ids.VIEW_AUDIT: choose,
        ids.TONE: choose,
        ids.CARD_CAMPAIGN: choose,
        ids.WRITE_BACK: write_back,
        ids.PUSH_LEAD: push_lead,
        ids.MARK_COMPLETED: mark_completed,
        ids.REMOVE_LEAD: remove,
        ids.EDIT_DOMAIN: edit_domain,
        ids.DISMISS: dismiss,
        ids.RAW_PAYLOAD: show_raw,
        ids.TIMELINE: show_timeline,
        ids.FULL_SUMMARY: show_summary,
    },
    views={ids.LEAD_DOMAIN: domain_given},
)
