"""How an approved draft leaves when its lead is in no campaign: as a mail of ours, within the limits of the sites."""

from dataclasses import dataclass
from datetime import datetime

from bot.outreach.limits import Slot
from bot.outreach.quoting import shown_text
from bot.outreach.templates import Letter


@dataclass(frozen=True, slots=True)
class Ways:
    """What a draft can leave by. campaigns: PlusVibe is connected; direct: SendGrid is."""

    campaigns: bool
    direct: bool


@dataclass(frozen=True, slots=True)
class Direct:
    """A mail of ours to one prospect, not sent yet. slots: what it runs into at each site, by name. at: as of then."""

    slots: tuple[Slot, ...]
    at: datetime

    @property
    def takes_now(self) -> bool:
        """Whether some site may send it without waiting for a limit, or there is none to ask."""
        return not self.slots or any(slot.over is None for slot in self.slots)

    @property
    def may_wait(self) -> bool:
        """Whether a limit is in the way at some site."""
        return any(slot.over is not None for slot in self.slots)


def mail_text(letter: Letter) -> str:
    """A letter as the plain text of one mail: the body as words, then the call to action."""
    return "\n\n".join(part for part in (shown_text(letter.body).strip(), shown_text(letter.cta).strip()) if part)
