"""SMTP: asks a mail host whether mailboxes exist, without ever sending mail. Failures are answers, never exceptions."""

import asyncio
import secrets
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

import aiosmtplib

from bot.gateways.dns import Dns
from bot.outreach.smtp_replies import Heard, read_reply, scrubbed
from bot.outreach.validation import Answer, Reason, Stage

MOST_HOSTS = 2
_CONNECT_SECONDS, _REPLY_SECONDS, _WHOLE_SECONDS = 10.0, 30.0, 90.0
# Of unrelated providers; only connected to, to see whether port 25 is open here.
SELF_TEST_HOSTS = ("gmail-smtp-in.l.google.com", "mx1.seznam.cz", "mail.protonmail.ch")


@dataclass(frozen=True, slots=True)
class Manners:
    """How we speak. helo: this machine's name, whose A and PTR agree. sender: for hosts that refuse the empty one.

    port and reaches_private are for tests: mail hosts listen on 25, and someone else's DNS must not steer our sockets.
    """

    helo: str
    sender: str = ""
    port: int = 25
    reaches_private: bool = False
    connect_seconds: float = _CONNECT_SECONDS
    reply_seconds: float = _REPLY_SECONDS
    whole_seconds: float = _WHOLE_SECONDS


class SmtpProbe:
    """Asks about the mailboxes of one domain in one conversation, each in a transaction of its own."""

    def __init__(self, dns: Dns, manners: Manners) -> None:
        self._dns = dns
        self._manners = manners
        # Certificates prove nothing here: names of mail hosts rarely match, and nothing secret is said.
        self._anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._anyone.check_hostname, self._anyone.verify_mode = False, ssl.CERT_NONE

    async def ask(self, hosts: Sequence[str], mailboxes: Sequence[str], *, is_honest: bool) -> list[Answer]:
        """An answer to each mailbox, in their order. hosts: best first; two are tried at most.

        is_honest: this domain is known to refuse mailboxes that do not exist, and is not asked about one again.
        """
        best: list[Answer] = []
        ends = asyncio.get_running_loop().time() + self._manners.whole_seconds
        for host in hosts[:MOST_HOSTS]:
            answers = await self._ask_host(host, mailboxes, ends, is_honest=is_honest)
            if not best or any(answer.heard is not None for answer in answers):
                best = answers
            if any(answer.heard not in (None, Heard.LATER) for answer in answers):
                break
        return best

    async def can_connect(self, hosts: Sequence[str] = SELF_TEST_HOSTS) -> bool:
        """Whether any of these hosts greets us: where port 25 is closed, none does."""
        greetings = [asyncio.create_task(self._greets(host)) for host in hosts]
        try:
            for greeting in asyncio.as_completed(greetings):
                if await greeting:
                    return True
            return False
        finally:
            for task in greetings:
                task.cancel()
            await asyncio.gather(*greetings, return_exceptions=True)

    async def _greets(self, host: str) -> bool:
        for address in [each for each in await self._dns.addresses(host) if self._is_safe(each)][:1]:
            call = _Call(self._manners, None, host, address)
            try:
                await call.connect()
            except aiosmtplib.SMTPConnectResponseError:
                return True
            except (aiosmtplib.SMTPException, OSError):
                return False
            finally:
                await call.leave()
            return True
        return False

    async def _ask_host(self, host: str, mailboxes: Sequence[str], ends: float, *, is_honest: bool) -> list[Answer]:
        addresses = await self._dns.addresses(host)
        safe = [address for address in addresses if self._is_safe(address)]
        if not safe:
            failure = Reason.UNSAFE_HOST if addresses else None
            return [Answer(None, Stage.CONNECT, said=f"{host}: no address to connect to", failure=failure)] * len(
                mailboxes
            )
        call = _Call(self._manners, self._anyone, host, safe[0], is_honest=is_honest)
        answers = await call.hold(mailboxes, ends)
        if call.tls_failed:
            call = _Call(self._manners, None, host, safe[0], is_honest=is_honest)
            answers = await call.hold(mailboxes, ends)
        if call.sender_refused and self._manners.sender:
            call = _Call(self._manners, call.encrypted, host, safe[0], self._manners.sender, is_honest=is_honest)
            answers = await call.hold(mailboxes, ends)
        return answers

    def _is_safe(self, address: str) -> bool:
        return self._manners.reaches_private or ip_address(address).is_global


class _Call:
    """One conversation with one host. encrypted: how, where the host offers it; None for not at all."""

    def __init__(
        self,
        manners: Manners,
        encrypted: ssl.SSLContext | None,
        host: str,
        address: str,
        sender: str = "",
        *,
        is_honest: bool = False,
    ) -> None:
        self._manners = manners
        self._host = host
        self._sender = sender
        self._catch_all = Heard.NO_MAILBOX if is_honest else None
        self._stage = Stage.CONNECT
        self._is_used = False
        self.encrypted = encrypted
        self.tls_failed = False
        self.sender_refused = False
        self._smtp = aiosmtplib.SMTP(
            hostname=address,
            port=manners.port,
            timeout=manners.reply_seconds,
            local_hostname=manners.helo,
            start_tls=False,
        )

    async def hold(self, mailboxes: Sequence[str], ends: float) -> list[Answer]:
        """An answer to each. Once the host says yes to anything, the rest is answered; once the line is cut, too.

        ends: by the loop's time.
        """
        answers: list[Answer] = []
        rest: Answer | None = None
        try:
            async with asyncio.timeout_at(ends):
                await self.connect()
                for mailbox in mailboxes:
                    answers.append(await self._question(mailbox))
                    if self._catch_all is Heard.ACCEPTED:
                        rest = answers[-1]
                        break
        except aiosmtplib.SMTPResponseException as said:
            self.sender_refused = self._stage is Stage.SENDER and not answers and said.code >= 500
            rest = Answer(None, self._stage, said.code, self._said(said.code, said.message))
        except (aiosmtplib.SMTPException, OSError) as broken:
            rest = Answer(None, self._stage, said=f"{type(broken).__name__} ({self._host})")
        finally:
            await self.leave()
        return answers if rest is None else answers + [rest] * (len(mailboxes) - len(answers))

    async def connect(self) -> None:
        """Say who we are."""
        await self._smtp.connect(timeout=self._manners.connect_seconds)
        await self._smtp.ehlo()
        if self.encrypted is not None and self._smtp.supports_extension("starttls"):
            try:
                await self._smtp.starttls(tls_context=self.encrypted)
                await self._smtp.ehlo()
            except (aiosmtplib.SMTPException, OSError):
                self.tls_failed = True
                raise

    async def leave(self) -> None:
        """Say goodbye, or just go."""
        try:
            async with asyncio.timeout(self._manners.connect_seconds):
                if self._smtp.is_connected:
                    await self._smtp.quit()
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self._smtp.close()

    async def _question(self, mailbox: str) -> Answer:
        """One transaction, and after the first yes one more, about a mailbox that cannot exist."""
        if not mailbox.isascii() and not self._smtp.supports_extension("smtputf8"):
            return Answer(None, Stage.RECIPIENT, failure=Reason.NEEDS_SMTPUTF8)
        answer = await self._transaction(mailbox)
        if answer.heard is not Heard.ACCEPTED:
            return answer
        if self._catch_all is None:
            try:
                nobody = f"{secrets.token_hex(9)}@{mailbox.rpartition('@')[2]}"
                self._catch_all = (await self._transaction(nobody)).heard
            except (aiosmtplib.SMTPException, OSError):  # a lost line here must not lose the yes we have
                self._catch_all = Heard.LATER
        return replace(answer, catch_all=self._catch_all)

    async def _transaction(self, mailbox: str) -> Answer:
        if self._is_used:
            await self._smtp.rset()
        is_plain = mailbox.isascii()
        options, encoding = ([], "ascii") if is_plain else (["SMTPUTF8"], "utf-8")
        self._stage, self._is_used = Stage.SENDER, True
        await self._smtp.mail(self._sender, options=options, encoding=encoding)
        self._stage = Stage.RECIPIENT
        try:
            code, text = await self._smtp.rcpt(mailbox, encoding=encoding)
        except aiosmtplib.SMTPRecipientRefused as refused:
            code, text = refused.code, refused.message
        return Answer(read_reply(code, text), Stage.RECIPIENT, code, self._said(code, text))

    def _said(self, code: int, text: str) -> str:
        return f"{code} {scrubbed(text)} ({self._host})"
