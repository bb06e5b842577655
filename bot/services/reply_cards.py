"""Replies as cards: put together in sets, and every posted copy kept up to date with what changed."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from bot.outreach.addresses import address_key
from bot.outreach.leads import Lead
from bot.outreach.posts import WantedPost
from bot.outreach.reachability import AddressFact
from bot.outreach.reply_reading import ReplyClass
from bot.outreach.unibox import Answer, AnswerState, ReplyCard, may_mark_read
from storage.unit_of_work import UnitOfWork

Wording = Callable[[ReplyCard, str], WantedPost]
TellAuthor = Callable[[Answer, Lead], WantedPost]
_GOOD_END = frozenset({AnswerState.SENT, AnswerState.AGAIN})
_RECENT = timedelta(days=30)


async def cards_in(uow: UnitOfWork, reply_ids: Collection[str], now: datetime) -> list[ReplyCard]:
    """The cards of these replies, in their order; replies or leads that are gone are left out."""
    replies = await uow.replies.get_many(reply_ids)
    found = [replies[reply_id] for reply_id in reply_ids if reply_id in replies]
    leads = {lead.id: lead for lead in await uow.leads.get_many({reply.lead_id for reply in found})}
    threads = await uow.conversations.get_many({reply.thread_id for reply in found})
    campaigns = {campaign.provider_id: campaign.name for campaign in await uow.campaigns.all()}
    answers = await _standing(uow, threads, now)
    people = {actor for reply in found for actor in (reply.claimed_by, reply.answered_by, reply.corrected_by)}
    names = await uow.members.named({*people, *(answer.author for answer in answers.values())})
    return [
        ReplyCard(
            reply,
            leads[reply.lead_id],
            campaigns.get(reply.heard.campaign_provider_id, ""),
            answers.get(reply.thread_id) if reply.answered_at is None else None,
            names,
            may_mark_read(threads[reply.thread_id]),
            await standing_of(uow, leads[reply.lead_id]) if reply.reading.reply_class is ReplyClass.OPT_OUT else None,
        )
        for reply in found
        if reply.lead_id in leads and reply.thread_id in threads
    ]


async def show_cards(uow: UnitOfWork, reply_ids: Collection[str], wording: Wording, now: datetime) -> list[str]:
    """Want every posted copy of these cards as it should read now; their keys."""
    places = await uow.posts.under_many([f"reply:{reply_id}:" for reply_id in reply_ids])
    if not places:
        return []
    standing = {key.split(":")[1] for key in places}
    cards = {card.reply.id: card for card in await cards_in(uow, sorted(standing), now)}
    for key, channel in sorted(places.items()):
        if card := cards.get(key.split(":")[1]):
            await uow.posts.want(wording(card, channel), now)
    return sorted(places)


async def standing_of(uow: UnitOfWork, lead: Lead) -> AddressFact | None:
    """What is held against the lead's address."""
    key = address_key(lead.email or "")
    return (await uow.addresses.standing([key])).get(key)


async def tell_author(uow: UnitOfWork, answer: Answer, wording: TellAuthor, now: datetime) -> None:
    """The author hears of an unclear answer, and in the same message how it ended."""
    lead = await uow.leads.get(answer.lead_id)
    if lead is None:
        return
    post = wording(answer, lead)
    if answer.state is AnswerState.UNCLEAR or await uow.posts.by_key(post.key):
        await uow.posts.want(post, now)


async def _standing(uow: UnitOfWork, thread_ids: Collection[str], now: datetime) -> dict[str, Answer]:
    """The newest answer of each thread, where it has no good end."""
    newest: dict[str, Answer] = {}
    for answer in await uow.answers.of_threads(thread_ids, now - _RECENT):
        newest.setdefault(answer.thread_id, answer)
    return {thread_id: answer for thread_id, answer in newest.items() if answer.state not in _GOOD_END}
