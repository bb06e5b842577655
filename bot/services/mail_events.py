"""SendGrid's events: deliveries stored as they come, applied by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.gateways.sendgrid_events import SendGridEvent, parse_batch, parse_event
from bot.outreach.webhooks import ReceivedEvent
from bot.services.inboxes import Inboxes
from bot.services.letterbox import Letter, digest
from bot.services.mail_news import tell_mails
from storage.database import Database
from storage.unit_of_work import UnitOfWork

VENDOR = "sendgrid"
MOST_EVENTS = 300  # applied in one transaction, about
_GATHER_SECONDS = 0.002  # a list is a hundred events already


class MailEventService:
    """Takes deliveries, lists of events, and applies them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._inboxes = Inboxes(database, clock, VENDOR, self._apply, apart=_apart, gather_seconds=_GATHER_SECONDS)

    async def receive(self, workspace_id: str, body: bytes) -> bool:
        """Store a delivery; False when the very same one is stored already. Nothing is refused for its content."""
        return await self._inboxes.receive(workspace_id, digest(body), body)

    async def apply_soon(self, workspace_id: str) -> None:
        """Apply what is stored once no more comes, unless somebody here is at it."""
        await self._inboxes.apply_soon(workspace_id)

    async def apply_due(self, workspace_id: str) -> int:
        """Apply stored deliveries; how many. An event that cannot be applied is set aside, alone."""
        return await self._inboxes.apply_due(workspace_id)

    async def _apply(self, uow: UnitOfWork, received: Sequence[ReceivedEvent]) -> None:
        read = [(_read(each.body), each) for each in received]
        for each_id in [each.id for found, each in read if found is None]:
            await uow.inbox.quarantine(each_id, "no list of events")
        known = [(found, each) for found, each in read if found is not None]
        now = self._clock()
        if await uow.inbox.applied([each.id for _, each in known], now) < len(known):  # another process was first
            return
        for found, each in known:
            await uow.inbox.receive_many(VENDOR, found.letters, each.received_at)
        await tell_mails(uow, [(event, each.received_at) for found, each in known for event in found.events], now)


@dataclass(frozen=True, slots=True)
class _Read:
    """What a delivery's events tell now, and what is applied on its own."""

    events: Sequence[SendGridEvent]
    letters: Sequence[Letter] = ()


def _read(body: bytes) -> _Read | None:
    """None for what is neither a list of events nor one alone.

    Only what names a mail is told at once: the mail knows what it has heard. Anything else is known again by its own
    key, so it is applied on its own, and so is what cannot be kept.
    """
    events = parse_batch(body)
    if events is None:
        alone = parse_event(body)
        return None if alone is None else _Read([alone])
    if len(events) > MOST_EVENTS:
        return _Read([], _pieces([_letter(each)[1] for each in events]))
    named: list[SendGridEvent] = []
    letters: list[Letter] = []
    for each in events:
        if isinstance(each, SendGridEvent) and (each.mail_id or each.message_id):
            named.append(each)
        else:
            letters.append(_letter(each))
    return _Read(named, letters)


def _apart(body: bytes) -> list[Letter]:
    """Each event of a list by its own key; none for what is no list."""
    return [_letter(event) for event in parse_batch(body) or []]


def _letter(event: SendGridEvent | bytes) -> Letter:
    """An event that waits on its own."""
    return (digest(event), event) if isinstance(event, bytes) else (event.key, event.body)


def _pieces(events: Sequence[bytes]) -> list[Letter]:
    """Lists of as many as are applied together."""
    cut = [events[start : start + MOST_EVENTS] for start in range(0, len(events), MOST_EVENTS)]
    bodies = [b"[%b]" % b",".join(piece) for piece in cut]
    return [(digest(body), body) for body in bodies]
