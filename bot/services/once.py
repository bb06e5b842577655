"""Once: whether a delivery from outside is seen for the first time."""

from dataclasses import dataclass
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.errors import NotFound
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Selection:
    """Leads chosen for a campaign, and the channel that hears of it. Kept while a person takes a second look."""

    campaign_id: str
    lead_ids: tuple[str, ...]
    channel: str


class OnceService:
    """Slack repeats deliveries, and people click twice; the ledger says who was first."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def first(self, workspace_id: str, key: str, actor_id: str) -> bool:
        """True for the first caller with this key, in any process, ever."""
        async with self._database.begin(workspace_id) as uow:
            return await uow.ledger.claim(key, actor_id, self._clock())

    async def keep(self, workspace_id: str, actor_id: str, selection: Selection) -> str:
        """Keep a selection; the token to get it back by."""
        token = str(uuid4())
        facts = {"campaign": selection.campaign_id, "leads": list(selection.lead_ids), "channel": selection.channel}
        async with self._database.begin(workspace_id) as uow:
            await uow.ledger.claim(f"selection:{token}", actor_id, self._clock())
            await uow.ledger.settle(f"selection:{token}", facts)
        return token

    async def kept(self, workspace_id: str, actor_id: str, token: str) -> Selection:
        """The selection this person kept. Raises `NotFound`, also for somebody else's token."""
        async with self._database.read(workspace_id) as uow:
            known = await uow.ledger.outcome(f"selection:{token}")
        if known is None or known[0] != actor_id or known[2] is None:
            raise NotFound("This selection is no longer kept. Start the push again with `/push`.")
        facts = known[2]
        return Selection(facts["campaign"], tuple(facts["leads"]), facts["channel"])
