"""The doctor: what is set up, what works, and the remedy for what does not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.gateways.mailboxes import ImapMailbox
from bot.gateways.plusvibe import PlusVibe
from bot.gateways.sendgrid import SendGrid
from bot.outreach.approvals import ago
from bot.outreach.errors import OutreachError, Unavailable
from bot.outreach.health import Finding
from bot.outreach.leads import LeadStatus
from bot.outreach.matching import Aside
from bot.outreach.probing import Asking
from bot.outreach.sites import Site
from bot.services.mail_replies import VENDOR as INBOUND
from bot.services.verifying import Verifier
from storage.database import Database, StorageError

LOOK_AGAIN = timedelta(minutes=5)


class DoctorService:
    """Checks everything but Slack itself, which the handlers ask."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        plusvibe: PlusVibe | None,
        sendgrid: SendGrid | None,
        *,
        audits: bool,
        webhook_secret: bool,
        events_key: bool,
        inbound_token: bool,
        mailbox: ImapMailbox | None,
        verifier: Verifier | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._plusvibe = plusvibe
        self._sendgrid = sendgrid
        self._events_key = events_key
        self._inbound_token = inbound_token
        self._mailbox = mailbox
        self._verifier = verifier
        self._audits = audits
        self._webhook_secret = webhook_secret
        self._looked: tuple[datetime, list[Finding]] | None = None

    async def findings(self, workspace_id: str | None) -> list[Finding]:
        """One finding per checked thing, in the order a person would mend them."""
        findings = [await self.rows(), await self._vendor(), self._audit_service(), self._secret()]
        findings += [await self._direct(), *([self._events()] if self._sendgrid else [])]
        has_rows = findings[0].ok
        if self._mailbox or self._sendgrid:
            findings.append(await self._replies(workspace_id if has_rows else None))
        if workspace_id is not None and has_rows:
            findings += await self._leads(workspace_id)
            findings.append(await self._validation(workspace_id))
            findings += await self._sites(workspace_id) if self._sendgrid else []
            findings += await self._unclear(workspace_id)
        return findings

    async def wrong(self) -> list[Finding]:
        """What must be mended, besides the leads, as found within the last minutes: vendors are not asked often."""
        now = self._clock()
        if self._looked is None or now - self._looked[0] > LOOK_AGAIN:
            self._looked = (now, await self.findings(None))
        return [finding for finding in self._looked[1] if finding.needed and not finding.ok]

    async def rows(self) -> Finding:
        """Whether the database answers and is up to date."""
        try:
            await self._database.ping()
            current = await self._database.schema_is_current()
        except (StorageError, Unavailable, OSError):
            return Finding("Database", False, "cannot be reached", "Check DATABASE_URL and that the server runs.")
        if not current:
            return Finding("Database", False, "the schema is not up to date", "Run `python -m bot migrate`.")
        return Finding("Database", True, "reachable, schema up to date")

    async def _vendor(self) -> Finding:
        if self._plusvibe is None:
            return Finding("PlusVibe", False, "not connected", "Set PLUSVIBE_API_KEY and PLUSVIBE_WORKSPACE_ID.")
        try:
            name = await self._plusvibe.check()
        except OutreachError as error:
            passing = isinstance(error, Unavailable) and error.transient
            wrong = "PLUSVIBE_API_URL and the network" if passing else "PLUSVIBE_API_KEY and PLUSVIBE_WORKSPACE_ID"
            return Finding("PlusVibe", False, str(error), f"Check {wrong}.")
        return Finding("PlusVibe", True, f"connected to {name}")

    def _audit_service(self) -> Finding:
        if self._audits:
            return Finding("Audits", True, "by the outside service at AUDIT_API_URL")
        return Finding("Audits", True, "by the built-in auditor, which reads the sites itself")

    def _secret(self) -> Finding:
        if self._webhook_secret:
            return Finding("PlusVibe webhook", True, "signatures are checked")
        return Finding(
            "PlusVibe webhook",
            False,
            "events are taken unsigned",
            "Set PLUSVIBE_WEBHOOK_SECRET and give the same secret to the webhook at PlusVibe.",
            needed=False,
        )

    async def _direct(self) -> Finding:
        """Direct sending is a choice: without its key the rest works."""
        if self._sendgrid is None:
            remedy = "Set SENDGRID_API_KEY to send emails from here, besides PlusVibe."
            return Finding("SendGrid", False, "not connected", remedy, needed=False)
        try:
            wrong = await self._sendgrid.check_key()
        except OutreachError as error:
            wrong = str(error)
        if wrong:
            return Finding("SendGrid", False, wrong, "Check SENDGRID_API_KEY and SENDGRID_API_URL.")
        return Finding("SendGrid", True, "connected, the key may send mail")

    def _events(self) -> Finding:
        if self._events_key:
            return Finding("SendGrid webhook", True, "signatures are checked")
        remedy = "Set SENDGRID_WEBHOOK_PUBLIC_KEY; until then bounces, opens and complaints are not heard."
        return Finding("SendGrid webhook", False, "events are refused", remedy)

    async def _replies(self, workspace_id: str | None) -> Finding:
        if self._mailbox is None:
            remedy = "Set REPLIES_IMAP_URL to read answers to our emails from a mailbox."
            return Finding("Reply mailbox", False, "not set", remedy, needed=False)
        try:
            await self._mailbox.check()
        except Unavailable as error:
            return Finding("Reply mailbox", False, str(error), "Mend it, then run the doctor again.")
        if workspace_id is None:
            return Finding("Reply mailbox", True, "connected")
        async with self._database.read(workspace_id) as uow:
            known = await uow.mailbox_marks.get(self._mailbox.key)
        if known is None or known.looked_at is None:
            return Finding("Reply mailbox", True, "connected, not read yet")
        left_out = f", {known.left_out:,} left out" if known.left_out else ""
        said = f"connected, {_mails(known.mails_read)} read{left_out}, last look {ago(known.looked_at, self._clock())}"
        return Finding("Reply mailbox", True, said)

    async def _sites(self, workspace_id: str) -> list[Finding]:
        async with self._database.read(workspace_id) as uow:
            sites = await uow.sites.all()
        stopped = [site for site in sites if site.stopped]
        if stopped:
            said = f"{stopped[0].name}: {stopped[0].stopped}"
            return [Finding("Sites", False, said, "Mend it, then save the site again in `/outreach sites`.")]
        said = f"{len(sites):,} to send from" if sites else "none to send from"
        found = Finding("Sites", bool(sites), said, "Add one with `/outreach sites`.", needed=False)
        return [found, await self._answers(workspace_id, sites)]

    async def _answers(self, workspace_id: str, sites: Sequence[Site]) -> Finding:
        """Whether what people write back reaches us, and what of it belonged to nobody."""
        asked = any(site.reply_domain for site in sites)
        if not self._inbound_token:
            remedy = "Set SENDGRID_INBOUND_TOKEN and end the address at SendGrid → Inbound Parse with it."
            return Finding("Replies by email", False, "are refused", remedy, needed=asked)
        if not asked:
            remedy = "Say in `/outreach sites` which host replies go to."
            return Finding("Replies by email", False, "go to the senders' own addresses", remedy, needed=False)
        async with self._database.read(workspace_id) as uow:
            aside = await uow.inbox.set_aside(INBOUND)
        lost = sum(number for why, number in aside.items() if why not in {Aside.REPORT.value, Aside.OURS.value})
        remedy = "`/unibox` → `Show` lists them; add their writers as leads there, or put them away."
        return Finding(
            "Replies by email", not lost, f"{lost:,} set aside: nobody's" if lost else "are taken", remedy, needed=False
        )

    async def _unclear(self, workspace_id: str) -> list[Finding]:
        """Mails a person has to decide about."""
        async with self._database.read(workspace_id) as uow:
            number = await uow.mails.count_unclear()
        if not number:
            return []
        said = f"{number:,} {'email is' if number == 1 else 'emails are'} unclear: SendGrid's answer was lost"
        remedy = "Press `Open` beside their number on the Home tab; events may prove them, else you decide."
        return [Finding("Unclear emails", False, said, remedy)]

    async def _validation(self, workspace_id: str) -> Finding:
        """How many addresses wait, and whether mail hosts are asked: without them most verdicts are `unverified`."""
        if self._verifier is None:
            remedy = "Set VALIDATION=on, and addresses are checked before anything is sent to them."
            return Finding("Address validation", False, "off", remedy, needed=False)
        asking = await self._verifier.asking()
        async with self._database.read(workspace_id) as uow:
            waiting = await uow.verdicts.waiting()
        said, remedy = _ASKING[asking]
        unchecked = f"{waiting:,} still unchecked; {said}"
        return Finding("Address validation", asking is Asking.ASKED, unchecked, remedy, needed=False)

    async def _leads(self, workspace_id: str) -> list[Finding]:
        async with self._database.read(workspace_id) as uow:
            counts = await uow.leads.counts()
            campaigns = await uow.campaigns.all()
            without_domain, filled = await uow.leads.sync_obstacles()
        legacy = counts.get(LeadStatus.SENT, 0)
        return [
            Finding(
                "Campaigns",
                bool(campaigns),
                f"{len(campaigns)} known" if campaigns else "no campaigns yet",
                "Create one at PlusVibe, then `Sync now` in `/leads`.",
                needed=False,
            ),
            Finding(
                "Lead domains",
                not without_domain,
                f"{_leads(without_domain)} without a usable domain",
                "Open them from `/leads` and edit the domain; without it no audit can start.",
                needed=False,
            ),
            Finding("Empty audit_url", True, f"{_leads(filled)} with one already, counted as audited"),
            Finding(
                "Legacy statuses",
                not legacy,
                f"{_leads(legacy)} with the legacy status Sent",
                "Sort `/leads` by status, open each and press `Normalise to Email Sent`.",
                needed=False,
            ),
        ]


_ASKING = {
    Asking.ASKED: ("mail hosts are asked, port 25 is open", ""),
    Asking.OFF: (
        "mail hosts are not asked, only form and DNS are looked at",
        "To ask them set VALIDATION_HELO to this machine's name; its A and PTR records must agree.",
    ),
    Asking.PORT_CLOSED: (
        "mail hosts are not asked: port 25 is closed here, only form and DNS are looked at",
        "Ask your host to open outgoing port 25; it is looked at again every hour.",
    ),
    Asking.STOPPED: (
        "too many mail hosts refuse to talk to us, and none is asked for a day",
        "Look whether this machine's address is on a block list, and whether its PTR agrees with VALIDATION_HELO.",
    ),
}


def _leads(number: int) -> str:
    return f"{number:,} {'lead' if number == 1 else 'leads'}"


def _mails(number: int) -> str:
    return f"{number:,} {'mail' if number == 1 else 'mails'}"
