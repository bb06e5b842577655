"""A campaign's list over many enrolments: opened, deep in its middle, one badge, searched; against the bare keyset."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert

from blocks.campaign_leads import campaign_leads_view
from blocks.campaign_state import CampaignState
from bot.outreach.campaigns import Campaign
from bot.outreach.enrolments import PAGE_ENROLMENTS, Badge, EnrolmentState
from bot.services.all import Services
from storage.database import Database
from storage.enrolments import NAMES, enrolments
from storage.ids import new_id
from storage.thread_cursors import Place, written
from storage.types import to_micros
from tests.bench.measuring import Figure, in_turns
from tests.bench.million import EPOCH, HERE, Stock, lead_id
from tests.bench.pages import ANA, services_over

WITHIN_MS = 20
SEARCHED_MS = 200
_CHUNK = 5_000
_TYPED = ("bak", "bakery1", "northern dental", "legal 77")
_BADGES = (Badge.PENDING, Badge.CONTACTED, Badge.CONTACTED, Badge.REPLIED, Badge.COMPLETED, Badge.BOUNCED)


async def campaign_leads(stock: Stock, *, rounds: int, count: int) -> list[Figure]:
    """What a reader of the list waits for, as JSON on its way to Slack. Leaves the enrolments in the database."""
    count = min(count, stock.leads)
    campaign_id = await _stocked(stock, count)
    middle = EPOCH + timedelta(seconds=count // 2)
    raw, mark = stock.raw(), "?" if stock.file else "%s"
    names = ", ".join(f"enrolments.{name}" for name in NAMES)
    keyset = (
        f"SELECT {names} FROM enrolments WHERE workspace_id = {mark} AND campaign_id = {mark} AND badge IS NOT NULL "
        f"AND updated_at < {mark} ORDER BY updated_at DESC, seq DESC LIMIT {PAGE_ENROLMENTS + 1}"
    )
    place: Any = to_micros(middle) if stock.file else middle

    async def floor() -> None:
        assert raw.execute(keyset, (HERE.id, campaign_id, place)).fetchall()

    first = CampaignState(campaign_id)
    deep = CampaignState(campaign_id, cursor=written(Place(middle, 0)), number=99)
    one = CampaignState(campaign_id, badge=Badge.REPLIED)
    async with services_over(stock) as asked:
        opened, halfway, badged, bare = await in_turns(
            lambda: _shown(asked, first),
            lambda: _shown(asked, deep),
            lambda: _shown(asked, one),
            floor,
            rounds=rounds,
            times=5,
        )
        (typed,) = await in_turns(lambda: _searched(asked, first), rounds=rounds)
    raw.close()
    name, reach = f"{stock.kind}, {count:,} enrolments", f"≤ {WITHIN_MS} ms"
    against = {"floor": bare, "floor_name": "bare keyset query"}
    per_text = typed / len(_TYPED)
    return [
        Figure(f"campaign opened, {name}", opened, "ms", reach, opened <= WITHIN_MS, **against),
        Figure(f"its middle, {name}", halfway, "ms", reach, halfway <= WITHIN_MS, **against),
        Figure(f"one badge, {name}", badged, "ms", reach, badged <= WITHIN_MS, **against),
        Figure(
            f"campaign searched, {name}",
            per_text,
            "ms",
            f"≤ {SEARCHED_MS} ms",
            per_text <= SEARCHED_MS,
            note=f"{len(_TYPED)} texts",
        ),
    ]


async def _shown(asked: Services, state: CampaignState) -> str:
    campaign = await asked.campaign_leads.campaign(HERE.id, ANA, state.campaign_id)
    page = await asked.campaign_leads.page(HERE.id, ANA, state.query(), state.cursor or None)
    assert page.rows or state.text
    return json.dumps(campaign_leads_view(campaign, page, state, may=ANA.permissions))


async def _searched(asked: Services, state: CampaignState) -> None:
    for text in _TYPED:
        await _shown(asked, state.searched(text))


async def _stocked(stock: Stock, count: int) -> str:
    """So many leads in one campaign, a second apart, in several badges; its id."""
    database = Database(stock.url)
    async with database.begin(HERE.id) as uow:
        tenant = uow.enrolments._tenant
        await tenant.change(delete(enrolments))
        await uow.campaigns.save_many([Campaign(new_id(), "bench-leads", "Bench", steps=3)])
        campaign = await uow.campaigns.by_provider("bench-leads")
        assert campaign is not None
        for start in range(0, count, _CHUNK):
            rows = [tenant.row(**_row(number, campaign.id)) for number in range(start, min(count, start + _CHUNK))]
            await tenant.many(insert(enrolments), rows)
    await database.close()
    raw = stock.raw()
    raw.execute("ANALYZE")
    raw.close()
    return campaign.id


def _row(number: int, campaign_id: str) -> dict[str, Any]:
    at, badge = EPOCH + timedelta(seconds=number), _BADGES[number % len(_BADGES)]
    is_sent = badge is not Badge.PENDING
    return {
        "lead_id": lead_id(number),
        "campaign_id": campaign_id,
        "push_id": "bench",
        "state": EnrolmentState.ACTIVE if is_sent else EnrolmentState.QUEUED,
        "reason": "",
        "created_at": at,
        "updated_at": at,
        "step": int(is_sent),
        "badge": badge,
    }
