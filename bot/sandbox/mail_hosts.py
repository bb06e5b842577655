"""The mail hosts of everybody, as the demo has them: an address's own words say how its host answers.

`nobody@…` or `left.…@…` has no mailbox there, `full@…` a full one, `later@…` is put off; a domain beginning with
`catch-all` takes anything, one beginning with `gone` does not exist. Everybody else has a mailbox.
"""

from collections.abc import Sequence
from datetime import timedelta

from bot.outreach.smtp_replies import Heard, read_reply
from bot.outreach.validation import Answer, Found, MailHosts, Stage

_REPLIES = {
    "nobody": (550, "5.1.1 User unknown"),
    "left": (550, "5.1.1 User unknown"),
    "full": (552, "5.2.2 Mailbox full"),
    "later": (451, "4.7.1 Greylisted, please try again in 300 seconds"),
}


class SampleMailHosts:
    """In place of name servers and mail hosts; nothing leaves the machine."""

    async def mail_hosts(self, domain: str) -> MailHosts:
        """A host for every domain but those that are gone."""
        if domain.startswith("gone"):
            return MailHosts((), Found.NO_DOMAIN, timedelta(hours=3))
        return MailHosts((f"mx.{domain}",), Found.MX, timedelta(hours=1))

    async def ask(self, hosts: Sequence[str], mailboxes: Sequence[str], *, is_honest: bool) -> list[Answer]:
        """Each mailbox by its name."""
        return [_answer(hosts[0], mailbox) for mailbox in mailboxes]

    async def can_connect(self) -> bool:
        """Always."""
        return True


def _answer(host: str, mailbox: str) -> Answer:
    local, _, domain = mailbox.partition("@")
    if domain.startswith("catch-all"):
        return Answer(Heard.ACCEPTED, Stage.RECIPIENT, 250, f"250 2.1.5 OK ({host})", Heard.ACCEPTED)
    code, text = _REPLIES.get(local.partition(".")[0], (250, "2.1.5 OK"))
    return Answer(read_reply(code, text), Stage.RECIPIENT, code, f"{code} {text} ({host})", Heard.NO_MAILBOX)
