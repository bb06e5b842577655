"""Notices: what each channel has still to hear, one row per channel and item."""

from collections.abc import Sequence
from datetime import datetime

from bot.outreach.routes import Topic
from storage.tenant import Tenant


class Notices:
    """The notices of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def add(self, topic: Topic, items: Sequence[tuple[str, str | None]], at: datetime) -> None:
        """Note these items for every channel whose route wants the topic; the same item twice is one notice.

        items: (item id, lead id).
        """
