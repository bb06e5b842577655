"""One call as the routes see it, and how a route refuses."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.plusvibe.world import Campaign, PlusVibeWorld, StoredLead


class Refused(Exception):
    """Answered with this status and these words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class Asked:
    """query: the address's parameters; body: the JSON object, empty for a GET."""

    query: dict[str, str]
    body: dict[str, Any]

    def text(self, name: str) -> str:
        """A required text, of the body or the query. Refused with 400 when it is missing."""
        value = self.body.get(name, self.query.get(name))
        if not isinstance(value, str) or not value:
            raise Refused(400, f"{name} is required")
        return value

    def optional(self, name: str) -> str:
        """A text that may be missing."""
        value = self.body.get(name, self.query.get(name))
        return value if isinstance(value, str) else ""

    def number(self, name: str, default: int) -> int:
        """A number of the query."""
        value = self.query.get(name, "")
        return int(value) if value.isdigit() else default

    def page(self, world: PlusVibeWorld, rows: list[dict[str, Any]], *, skip: int | None = None) -> Any:
        """The rows asked for by `skip` or 1-based `page`, and `limit`."""
        limit = min(self.number("limit", 100), world.unknowns.largest_page)
        start = skip if skip is not None else (max(self.number("page", 1), 1) - 1) * limit
        return rows[start : start + limit]

    def campaign(self, world: PlusVibeWorld) -> Campaign:
        """The campaign named."""
        campaign = world.campaigns.get(self.text("campaign_id"))
        if campaign is None:
            raise Refused(world.unknowns.unknown_campaign_status, "Campaign not found")
        return campaign

    def enrolments(self, world: PlusVibeWorld) -> list[StoredLead]:
        """The leads under the address, in the campaign named or in all."""
        leads = world.leads_of(self.text("email"))
        campaign_id = self.optional("campaign_id")
        return [lead for lead in leads if not campaign_id or lead.campaign_id == campaign_id]
