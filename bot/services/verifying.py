"""One domain's addresses looked at: form, DNS, and the mail host where it may be asked. Stores nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from disposable_email_domains import blocklist

from bot.clock import Clock
from bot.outreach.address_flags import flags_of
from bot.outreach.probing import DO_NOT_ASK, MAILBOXES_A_CALL, Asking, Gate, Pace, may_ask
from bot.outreach.smtp_replies import Heard
from bot.outreach.validation import (
    CATCH_ALL_FOR,
    AddressCheck,
    Answer,
    MailHosts,
    Reason,
    Ruling,
    Verdict,
    after,
    rule,
)
from bot.services.addresses import Form, form_of
from storage.verdicts import MailDomain

CONVERSATIONS = 20
SELF_TEST_EVERY = timedelta(hours=1)
AFTER_A_FAULT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=2)  # for room among the conversations: the lease on the domain is longer
log = structlog.get_logger()
Checked = tuple[AddressCheck, AddressCheck]


class MailDns(Protocol):
    """Where domains take their mail."""

    async def mail_hosts(self, domain: str) -> MailHosts:
        """Never raises for the network."""


class MailProbe(Protocol):
    """Asks mail hosts about mailboxes."""

    async def ask(self, hosts: Sequence[str], mailboxes: Sequence[str], *, is_honest: bool) -> list[Answer]:
        """An answer to each mailbox, in their order. Never raises for the network."""

    async def can_connect(self) -> bool:
        """Whether mail hosts can be reached from here at all."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look came to. checked: each address before and after. back_at: nobody looks at the domain until then."""

    domain: MailDomain
    checked: tuple[Checked, ...] = ()
    back_at: datetime | None = None


@dataclass(slots=True)
class Verifier:
    """probe: None asks no mail host. is_tested: first find out whether port 25 is open here, and again every hour."""

    clock: Clock
    dns: MailDns
    probe: MailProbe | None = None
    is_tested: bool = True
    pace: Pace = field(default_factory=Pace)
    do_not_ask: Sequence[str] = DO_NOT_ASK
    gate: Gate = field(init=False)
    _room: asyncio.Semaphore = field(init=False)
    _testing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _is_open: bool = False
    _tested_at: datetime | None = None

    def __post_init__(self) -> None:
        self.gate = Gate(self.pace)
        self._room = asyncio.Semaphore(CONVERSATIONS)

    async def look(self, domain: MailDomain, due: Sequence[AddressCheck]) -> Looked:
        """Look at these addresses of one domain. What breaks is tried again later."""
        try:
            return await self._look(domain, due)
        except Exception as error:  # one domain's oddity must not keep the others waiting
            log.exception("look at a domain broke", error=type(error).__name__)
            return Looked(domain, back_at=self.clock() + AFTER_A_FAULT)

    async def asking(self) -> Asking:
        """Whether mail hosts are asked now."""
        if self.probe is None:
            return Asking.OFF
        if self.gate.stopped_until is not None and self.clock() < self.gate.stopped_until:
            return Asking.STOPPED
        return Asking.ASKED if await self._port_is_open(self.probe) else Asking.PORT_CLOSED

    async def _look(self, domain: MailDomain, due: Sequence[AddressCheck]) -> Looked:
        formed = [
            (replace(check, flags=flags_of(check.address_key, blocklist)), form_of(check.address_key)) for check in due
        ]
        now = self.clock()
        malformed = tuple(
            (check, after(check, Ruling(Verdict.INVALID, Reason.SYNTAX, form.wrong), now))
            for check, form in formed
            if form.wrong
        )
        good = [(check, form) for check, form in formed if not form.wrong]
        if not good:
            return Looked(domain, malformed)
        mail = domain.mail or await self.dns.mail_hosts(good[0][1].domain)
        looked = await self._asked(replace(domain, mail=mail), mail, good)
        return replace(looked, checked=malformed + looked.checked)

    async def _asked(self, domain: MailDomain, mail: MailHosts, good: Sequence[tuple[AddressCheck, Form]]) -> Looked:
        now = self.clock()
        unasked = await self._unasked(domain, mail, now)
        if unasked is not None or self.probe is None:
            ruling = rule(mail, None, unasked=unasked or Reason.NOT_ASKED)
            return Looked(domain, tuple((check, after(check, ruling, now)) for check, _ in good))
        some = good[:MAILBOXES_A_CALL]
        turn = self.gate.turn(domain.domain, mail.hosts[0], len(some) + 1, now)
        if turn > now:
            return Looked(domain, back_at=turn)
        async with self._room:
            if self.clock() > now + LONGEST_WAIT:
                return Looked(domain)
            is_honest = domain.catch_all is Verdict.VALID
            answers = await self.probe.ask(mail.hosts, [form.mailbox for _, form in some], is_honest=is_honest)
        now = self.clock()
        self.gate.heard(mail.hosts[0], answers, now)
        checked = tuple(
            (check, after(check, rule(mail, answer), now)) for (check, _), answer in zip(some, answers, strict=True)
        )
        return Looked(_known_better(domain, answers, now), checked)

    async def _unasked(self, domain: MailDomain, mail: MailHosts, now: datetime) -> Reason | None:
        """Why this domain's mail host is not asked, or None."""
        if self.probe is None or not mail.hosts:
            return Reason.NOT_ASKED
        if domain.catch_all is Verdict.UNVERIFIED:
            return Reason.CATCH_ALL
        if not may_ask(mail.hosts, self.do_not_ask):
            return Reason.PROVIDER_NOT_ASKED
        if reason := self.gate.closed(mail.hosts[0], now):
            return reason
        return None if await self._port_is_open(self.probe) else Reason.PORT_25_CLOSED

    async def _port_is_open(self, probe: MailProbe) -> bool:
        """As found within the last hour."""
        if not self.is_tested:
            return True
        async with self._testing:
            now = self.clock()
            if self._tested_at is None or now - self._tested_at >= SELF_TEST_EVERY:
                self._is_open, self._tested_at = await probe.can_connect(), now
                log.info("self-test of port 25", is_open=self._is_open)
        return self._is_open


def _known_better(domain: MailDomain, answers: Sequence[Answer], now: datetime) -> MailDomain:
    """The domain with what the host said of a mailbox that cannot exist, when it was asked about one."""
    if domain.catch_all is not None:
        return domain
    said = next((answer.catch_all for answer in answers if answer.catch_all is not None), None)
    if said is Heard.ACCEPTED:
        return replace(domain, catch_all=Verdict.UNVERIFIED, catch_all_until=now + CATCH_ALL_FOR)
    if said in (Heard.NO_MAILBOX, Heard.REFUSED):
        return replace(domain, catch_all=Verdict.VALID, catch_all_until=now + CATCH_ALL_FOR)
    return domain
