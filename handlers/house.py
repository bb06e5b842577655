"""What every door needs, made once for each workspace."""

from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from bot.outreach.members import Workspace
from bot.services.all import Services
from handlers.posting import Poster


class Newest:
    """The newest click or keystroke in each modal, as far as this process has seen; the last thousand modals."""

    def __init__(self) -> None:
        self._at: dict[str, str] = {}

    def is_it(self, view_id: str, at: str) -> bool:
        """Whether nothing newer than this came from the modal so far. at: Slack's `action_ts`."""
        newest = max(at, self._at.pop(view_id, ""))
        self._at[view_id] = newest
        if len(self._at) > 1_000:
            del self._at[next(iter(self._at))]
        return newest == at


@dataclass(frozen=True, slots=True)
class House:
    """What every door needs: the use cases, the poster, Slack, the workspace and where messages go by default."""

    services: Services
    poster: Poster
    slack: AsyncWebClient
    workspace: Workspace
    channel: str = ""
    base_url: str = ""
    team_url: str = ""
    newest: Newest = field(default_factory=Newest)
