"""Mails sent directly from a lead's card: written, previewed, queued, taken back, decided about."""

from dataclasses import replace

from blocks import ids, link_ids
from blocks.elements import Block
from blocks.lead_card import problem_view
from blocks.link_forms import TO_BLOCK
from blocks.mail_form import digest, field_id, mail_form, obstacle_view, previewed
from blocks.mails import mails_view
from bot.outreach.access import Permission
from bot.outreach.errors import Invalid, LimitReached, OutreachError
from bot.outreach.mail_templates import has_placeholders
from bot.outreach.mails import Outgoing
from bot.outreach.opportunities import Opportunity
from bot.services.mails import Offer
from bot.services.queueing import TypedMail
from bot.services.recipients import ForLink
from handlers import Table
from handlers.call import Call
from handlers.errors import noted
from handlers.link_board import addressing, history_of, link_of, redraw_board
from handlers.unclear_mails import unclear_page


async def write(call: Call) -> None:
    """`Send email` on the lead card."""
    await call.ack()
    offer = await _offer(call, str(call.kept.get("lead") or call.value))
    if offer.obstacle:
        await call.open(obstacle_view(offer.lead, offer.obstacle))
    else:
        await call.open(await _form(call, offer, TypedMail(offer.budgets[0].site.id, "", ""), 0))


async def write_for(call: Call, opportunity: Opportunity) -> None:
    """`Send Email` on the link board; whom it goes to is typed into the form."""
    offer = await _offer(call, opportunity.lead_id, for_link=True)
    if offer.obstacle:
        await call.open(obstacle_view(offer.lead, offer.obstacle))
        return
    link = ForLink(opportunity.id, offer.lead.email or "")
    await call.open(await _form(call, offer, TypedMail(offer.budgets[0].site.id, "", "", link=link), 0))


async def _offer(call: Call, lead_id: str, *, for_link: bool = False) -> Offer:
    return await call.services.mails.offer(call.workspace_id, await call.actor(), lead_id, for_link=for_link)


async def _form(call: Call, offer: Offer, typed: TypedMail, revision: int, notice: str = "") -> Block:
    return mail_form(
        offer.lead,
        offer.budgets,
        offer.templates,
        site_id=typed.site_id,
        typed=(typed.subject, typed.body),
        template_id=typed.template_id,
        last_sent=offer.last_sent,
        notice=notice,
        revision=revision,
        link=await addressing(call, typed.link),
    )


def _typed(call: Call) -> TypedMail:
    revision = int(call.kept.get("revision") or 0)
    return TypedMail(
        call.chosen(ids.MAIL_SITE),
        call.field(field_id("subject", revision)),
        call.field(field_id("body", revision)),
        call.chosen(ids.MAIL_TEMPLATE),
        link_of(call),
    )


async def fill(call: Call) -> None:
    """Another template: its words for this lead, or why it has none; without one what was typed stays."""
    await call.ack()
    kept, typed = call.kept, _typed(call)
    offer = await _offer(call, str(kept.get("lead")), for_link=typed.link is not None)
    notice = ""
    if typed.template_id:
        try:
            words = await call.services.mails.filled(
                call.workspace_id,
                await call.actor(),
                offer.lead.id,
                typed.template_id,
                typed.site_id,
                link=typed.link,
            )
            typed = replace(typed, subject=words.subject, body=words.text)
        except Invalid as error:
            notice = str(error)
    if call.is_newest():
        await call.update(await _form(call, offer, typed, int(kept.get("revision") or 0) + 1, notice), racing=False)


async def submitted(call: Call) -> None:
    """The first time shows the mail as it will be read; `Send` under that preview queues exactly this text."""
    kept, typed = call.kept, _typed(call)
    lead_id, revision = str(kept.get("lead")), int(kept.get("revision") or 0)
    actor, service, to_email = await call.actor(), call.services.mails, typed.link.to_email if typed.link else ""
    try:
        if kept.get("seen") == digest(typed.site_id, typed.subject, typed.body, to_email):
            key = f"view:{call.view.get('id')}"
            try:
                await service.send(call.workspace_id, actor, lead_id, typed, key, queue=bool(kept.get("queue")))
                return await _sent(call, typed)
            except LimitReached:
                pass  # somebody took the slot meanwhile: the preview says what stands in the way now
        checked = await service.check(call.workspace_id, actor, lead_id, typed)
    except OutreachError as error:
        said = noted(error, user=call.user_id, lead=lead_id)
        return await call.ack(response_action="errors", errors={_box(error, typed, revision): said[:300]})
    words = (checked.typed.subject, checked.typed.body)
    if has_placeholders(f"{typed.subject}\n{typed.body}"):  # what is sent is what stands in the boxes: filled in
        typed, revision = replace(typed, subject=words[0], body=words[1]), revision + 1
    form = await _form(call, await _offer(call, lead_id, for_link=typed.link is not None), typed, revision)
    view = previewed(form, checked.lead, checked.slot, words, to_email=to_email)
    return await call.ack(response_action="update", view=view)


def _box(error: OutreachError, typed: TypedMail, revision: int) -> str:
    """The block an error stands beside."""
    field = error.field if isinstance(error, Invalid) else None
    if typed.link is not None and field == "email":
        return TO_BLOCK
    return field_id(field if field in {"subject", "body"} else "body", revision)


async def _sent(call: Call, typed: TypedMail) -> None:
    """What was sent so far, where it can be taken back; the link board beneath follows."""
    await call.ack(response_action="update", view=await _list(call))
    if typed.link is not None:
        await redraw_board(call)


async def _list(call: Call) -> Block:
    """The emails of the opportunity, or of the lead, that the view is about."""
    kept = call.kept
    if kept.get("opportunity"):
        return await history_of(call, str(kept["opportunity"]))
    lead_id = str(kept.get("lead") or call.value)
    actor = await call.actor()
    mails = await call.services.mails.of_lead(call.workspace_id, actor, lead_id)
    lead = await call.services.leads.get(call.workspace_id, actor, lead_id)
    return mails_view(lead, mails, may=Permission.SEND_MAIL in actor.permissions)


async def open_list(call: Call) -> None:
    """`Emails sent (n)` on the lead card."""
    await call.ack()
    await call.open(await _list(call))


async def undo(call: Call) -> None:
    """Take a queued one back; what has left meanwhile is shown as it stands."""
    await call.ack()
    await _decide(call, await _settled(call, "undo"))


async def it_was_sent(call: Call) -> None:
    """A person knows that an unclear one went out."""
    await call.ack()
    await _decide(call, await _settled(call, "it_was_sent"))


async def send_again(call: Call) -> None:
    """A person has an unclear one sent again."""
    await call.ack()
    await _decide(call, await _settled(call, "send_again"))


async def _settled(call: Call, act: str) -> Outgoing | str:
    """The mail after the act, or why it could not be done."""
    try:
        mail: Outgoing = await getattr(call.services.mails, act)(call.workspace_id, await call.actor(), call.value)
    except OutreachError as error:
        return noted(error, user=call.user_id)
    return mail


async def _decide(call: Call, outcome: Outgoing | str) -> None:
    if call.view.get("callback_id") == ids.UNCLEAR_MAILS:
        view = await unclear_page(call, call.metadata)
    else:
        view = await _list(call)
    await call.update(view, racing=False)
    if call.view.get("callback_id") == link_ids.LINK_HISTORY:
        await redraw_board(call)
    if isinstance(outcome, str):
        await call.open(problem_view("Emails", outcome))


TABLE = Table(
    actions={
        ids.SEND_MAIL: write,
        ids.LEAD_MAILS: open_list,
        ids.MAIL_TEMPLATE: fill,
        ids.MAIL_UNDO: undo,
        ids.MAIL_SENT_ANYWAY: it_was_sent,
        ids.MAIL_AGAIN: send_again,
    },
    views={ids.MAIL_FORM: submitted},
)
