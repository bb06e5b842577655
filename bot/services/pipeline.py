"""The pipeline: the funnel, the stages and the e-mail figures."""

from bot.clock import Clock
from bot.outreach.access import Actor, Permission, require
from bot.outreach.pipeline import Funnel, Milestone
from storage.database import Database


class PipelineService:
    """Figures from maintained counters."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def funnel(self, workspace_id: str, actor: Actor) -> Funnel:
        """How many leads ever reached each milestone."""
        require(actor, Permission.READ_LEADS)
        return Funnel(dict.fromkeys(Milestone, 0))
