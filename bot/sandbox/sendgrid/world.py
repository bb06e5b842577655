"""What the stand-in remembers, and what happens in it: mails taken, their events and replies delivered. Memory only."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from secrets import token_urlsafe
from typing import Any

from bot.sandbox.sendgrid import life
from bot.sandbox.sendgrid.courier import Courier, Delivery, Parcel
from bot.sandbox.sendgrid.events import drop_reason_after, event_of
from bot.sandbox.sendgrid.faults import Faults
from bot.sandbox.sendgrid.inbound import AWAY, AWAY_HEADERS, FORM_HEADERS, INTERESTED, answer_to, form_of, quoting
from bot.sandbox.sendgrid.mails import ONE_CLICK, Act, ActKind, SentMail, first_link, one_click_url
from bot.sandbox.sendgrid.signing import new_key, pack, printed, signature

KEEP_EVENTS = timedelta(hours=24)
KEEP_REPLIES = timedelta(days=3)
BATCH_EVENTS = 1000


class SendGridWorld:
    """One SendGrid account.

    api_key, public_key: made at construction; the public key as the settings page prints it. webhook_url, inbound_url:
    our doors for events and for replies, empty: none. scopes: what the key may do. verified_domains: who may send,
    empty: everybody. suppressed: address in lower case -> drop reason; such mail is taken and then dropped.
    mails: the accepted ones, oldest first. changed: called whenever a page that shows this is out of date.
    """

    def __init__(self, *, clock: Callable[[], datetime], seed: int = 1) -> None:
        self.api_key = f"SG.{token_urlsafe(16)}.{token_urlsafe(32)}"
        self.webhook_url = ""
        self.inbound_url = ""
        self.scopes = ["mail.send"]
        self.verified_domains: set[str] = set()
        self.suppressed: dict[str, str] = {}
        self.mails: list[SentMail] = []
        self.faults = Faults()
        self.changed: Callable[[], None] = lambda: None
        self.clock = clock
        self._seed = seed
        self._random = Random(seed)
        self._key = new_key()
        self.public_key = printed(self._key)
        self._courier = Courier(clock)
        self._ahead: dict[str, tuple[SentMail, deque[life.Due]]] = {}

    @property
    def deliveries(self) -> Sequence[Delivery]:
        """Every try to deliver events or a reply, oldest first."""
        return self._courier.deliveries

    def mail(self, mail_id: str) -> SentMail | None:
        """The accepted mail with this id."""
        return next((mail for mail in self.mails if mail.id == mail_id), None)

    def accept(self, mails: Sequence[SentMail]) -> None:
        """Take checked mails. What becomes of each is settled here, from its time and what is suppressed by now."""
        for mail in mails:
            reason = self.suppressed.get(mail.to.lower(), "")
            self._ahead[mail.id] = (mail, deque(life.life_of(mail.to, seed=self._seed, drop_reason=reason)))
        self.mails.extend(mails)
        self.changed()

    async def emit(self, mail: SentMail, event: str, **fields: Any) -> dict[str, Any]:
        """Make an event of a mail, now, and deliver it alone; returns it. fields: as `events.event_of` takes them."""
        made = self._happened(mail, event, self.clock(), fields)
        await self.deliver([made])
        return made

    async def deliver(
        self, events: Sequence[Mapping[str, Any]], *, duplicate: bool = False, shuffle: bool = False
    ) -> int:
        """One signed POST to the webhook; its status, 0 when nobody answered. `live` repeats it until it is taken.

        duplicate: every event stands in it twice. shuffle: in a drawn order.
        """
        batch = [*events, *events] if duplicate else [*events]
        if shuffle:
            self._random.shuffle(batch)
        now = self.clock()
        return await self._courier.carry(Parcel(self.webhook_url, pack(batch), self._signed, now, now + KEEP_EVENTS))

    async def reply(
        self, mail: SentMail, text: str, *, subject: str = "", headers: Mapping[str, str] | None = None
    ) -> int:
        """The prospect answers the mail; our inbound door's status, 0 when nobody answered.

        subject: empty for `Re: …`. headers: further ones, or others than usual, such as the `Message-ID` of an answer
        that was posted before.
        """
        now = self.clock()
        message = answer_to(mail, text, now, subject=subject, headers=headers or {})
        form = form_of(mail, message)
        parcel = Parcel(self.inbound_url, form, lambda _body, _at: FORM_HEADERS, now, now + KEEP_REPLIES)
        status = await self._courier.carry(parcel)
        mail.acts.append(Act(now, ActKind.REPLY, status, text))
        self.changed()
        return status

    async def unsubscribe(self, mail: SentMail) -> int:
        """The one-click POST a mailbox provider makes; the status of its address, 0 when there is none."""
        url, now = one_click_url(mail), self.clock()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status = await self._courier.post(url, ONE_CLICK.encode(), form) if url else 0
        mail.acts.append(Act(now, ActKind.UNSUBSCRIBE, status))
        self.changed()
        return status

    async def live(self) -> int:
        """Let happen what is due by the clock, each thing once, and repeat deliveries; how many things happened."""
        await self._courier.retry()
        due = sorted(self._due(self.clock()), key=lambda each: each[1])
        events = [
            self._happened(mail, step.what, at, _fields(mail, step))
            for mail, at, step in due
            if step.what not in life.ACTS
        ]
        for start in range(0, len(events), BATCH_EVENTS):
            await self.deliver(events[start : start + BATCH_EVENTS])
        for mail, _, step in due:
            await self._act(mail, step.what)
        return len(due)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._courier.aclose()

    def _due(self, now: datetime) -> list[tuple[SentMail, datetime, life.Due]]:
        """What falls due by now, taken off what lies ahead. A mail's life ends when it bounced or was complained of."""
        due = []
        for mail, ahead in list(self._ahead.values()):
            if any(event["event"] in life.ENDS for event in mail.events):
                ahead.clear()
            while ahead and mail.at + ahead[0].after <= now:
                step = ahead.popleft()
                if step.what != "click" or first_link(mail):
                    due.append((mail, mail.at + step.after, step))
            if not ahead:
                del self._ahead[mail.id]
        return due

    async def _act(self, mail: SentMail, what: str) -> None:
        if what == life.REPLY:
            await self.reply(mail, quoting(mail, INTERESTED, self.clock()))
        elif what == life.OUT_OF_OFFICE:
            await self.reply(mail, AWAY, subject=f"Automatic reply: {mail.subject}", headers=AWAY_HEADERS)
        elif what == life.UNSUBSCRIBE and one_click_url(mail):
            await self.unsubscribe(mail)
        elif what == life.UNSUBSCRIBE:
            await self.emit(mail, "unsubscribe")

    def _happened(self, mail: SentMail, event: str, at: datetime, fields: Mapping[str, Any]) -> dict[str, Any]:
        made = event_of(mail, event, at, fields)
        mail.events.append(made)
        reason = drop_reason_after(made)
        if reason:
            self.suppressed.setdefault(mail.to.lower(), reason)
        self.changed()
        return made

    def _signed(self, body: bytes, at: datetime) -> dict[str, str]:
        timestamp = str(int(at.timestamp()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Signature": signature(self._key, body, timestamp=timestamp),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }


def _fields(mail: SentMail, step: life.Due) -> Mapping[str, Any]:
    return {"url": first_link(mail), **step.fields} if step.what == "click" else step.fields
