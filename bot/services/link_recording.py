"""What looks at pages came to, written down: the log, where each link stands since, and what follows of a turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from bot.outreach.access import Actor
from bot.outreach.events import EventKind, by
from bot.outreach.link_checks import Finding, LinkCheck, Presence
from bot.outreach.link_looks import after_look
from bot.outreach.opportunities import BoardColumn, Opportunity
from bot.outreach.routes import Topic
from bot.services.run_news import stop
from storage.unit_of_work import UnitOfWork

SEEN_ON_THE_PAGE = "The link was seen on the page"
_TOLD = {Presence.LIVE: EventKind.LINK_LIVE, Presence.LOST: EventKind.LINK_LOST}


@dataclass(frozen=True, slots=True)
class Looked:
    """An opportunity as it was when somebody looked at its page, and what they found."""

    opportunity: Opportunity
    finding: Finding


async def send_no_more(uow: UnitOfWork, opportunity_ids: Sequence[str], why: str, actor: Actor, now: datetime) -> None:
    """Take back what waits for them, and end their sequences. Mails before runs, runs before opportunities."""
    await uow.mails.cancel_opportunities(opportunity_ids, why)
    for run in await uow.runs.open_for(opportunity_ids):
        await stop(uow, run.id, run.lead_id, why, actor, now)


async def record(uow: UnitOfWork, looked: Sequence[Looked], actor: Actor, now: datetime) -> int:
    """Write them down, in as many statements for a hundred as for one; how many were.

    A look counts once, and only for what it was for: when another came first, or somebody changed or deleted the
    opportunity meanwhile, it is dropped.
    """
    known = {each.opportunity.id: each for each in looked}
    expected = [(each.opportunity, after_look(each.opportunity, each.finding, now)) for each in looked]
    winners = [after.id for before, after in expected if _is_won(before, after)]
    if winners:
        await send_no_more(uow, winners, SEEN_ON_THE_PAGE, actor, now)
    held = _after(known, await uow.opportunities.get_many(known, locked=True), now)
    pairs = [(before, after) for before, after in held if after.id in winners or not _is_won(before, after)]
    await uow.opportunities.settle_looks(pairs)
    checks = [_check(known[after.id].finding, before, after, actor, now) for before, after in pairs]
    await uow.link_checks.add_many(checks)
    await uow.link_checks.let_go(known.keys() - {after.id for _, after in pairs})
    await _tell(uow, [(each, *pair) for each, pair in zip(checks, pairs, strict=True) if each.is_turn], actor, now)
    return len(pairs)


def _after(
    looked: dict[str, Looked], stored: dict[str, Opportunity], now: datetime
) -> list[tuple[Opportunity, Opportunity]]:
    """Each as it is and as it becomes, without those that are another matter now."""
    return [
        (one, after_look(one, looked[one.id].finding, now))
        for one in stored.values()
        if _aim(one) == _aim(looked[one.id].opportunity)
    ]


def _aim(opportunity: Opportunity) -> tuple[object, ...]:
    link = opportunity.link
    return (opportunity.source_url, opportunity.target_url, opportunity.anchor_text, link.match, link.checked_at)


def _is_won(before: Opportunity, after: Opportunity) -> bool:
    return after.column is BoardColumn.WON and before.column is not BoardColumn.WON


def _check(finding: Finding, before: Opportunity, after: Opportunity, actor: Actor, now: datetime) -> LinkCheck:
    return LinkCheck(
        id=str(uuid4()),
        opportunity_id=after.id,
        at=now,
        actor=actor.id,
        sight=finding.sight,
        state=after.link.state,
        is_turn=after.link.state is not before.link.state,
        url=finding.url,
        anchor=finding.anchor,
        rel=finding.rel,
        why=finding.why,
    )


async def _tell(
    uow: UnitOfWork, turns: Sequence[tuple[LinkCheck, Opportunity, Opportunity]], actor: Actor, now: datetime
) -> None:
    """Events and news of links that came or went."""
    if not turns:
        return
    await uow.events.add_many(
        [by(actor, _TOLD[check.state], now, after.lead_id, _facts(before, after)) for check, before, after in turns]
    )
    await uow.notices.add(Topic.LINKS, [(check.id, after.lead_id) for check, _, after in turns], now)


def _facts(before: Opportunity, after: Opportunity) -> dict[str, str]:
    moved = {"before": before.column.value, "after": after.column.value} if before.column is not after.column else {}
    return {"domain": after.domain, **moved}
