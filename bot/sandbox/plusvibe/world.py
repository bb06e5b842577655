"""What the stand-in remembers: campaigns, leads, webhooks, messages, and every call made. Memory only."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import httpx

from bot.clock import Clock, utc_now
from bot.sandbox.calls import local_client
from bot.sandbox.plusvibe.deliveries import Delivery, deliver_event
from bot.sandbox.plusvibe.faults import Fault
from bot.sandbox.plusvibe.unknowns import Unknowns

API_KEY = "0b7d1c52-9a3e4f60-5c21d8ab-77e0f913"
WORKSPACE_ID = "66a1f00000000000000000aa"
OTHER_MAILBOX = "team@sunnyaudits.example"
_FIRST_ID = 0x66F0A1B20000000000000000
NATIVE = (
    "first_name", "last_name", "notes", "address_line", "city", "state", "country", "country_code", "phone_number",
    "company_name", "company_website", "linkedin_person_url", "linkedin_company_url", "job_title", "industry",
    "department",
)  # fmt: skip


@dataclass
class Campaign:
    """A campaign. sequences: as in the API, each step with its `variations` of `subject`, `preheader` and `body`."""

    id: str
    name: str
    sequences: list[dict[str, Any]]
    status: str = "ACTIVE"
    parent_id: str = ""
    sender: str = "lena@sunnyaudits.example"
    created_at: datetime | None = None


@dataclass
class StoredLead:
    """One person in one campaign. custom: with the `custom_` prefix, as stored."""

    id: str
    campaign_id: str
    email: str
    native: dict[str, str]
    custom: dict[str, str]
    created_at: datetime
    modified_at: datetime
    status: str = "NOT_CONTACTED"
    label: str = ""
    step: int = 0
    opened_count: int = 0
    replied_count: int = 0
    bounce_msg: str = ""
    last_message_id: str = ""


@dataclass
class Hook:
    """A webhook as added."""

    id: str
    url: str
    name: str = ""
    secret: str = ""
    camp_ids: list[str] = field(default_factory=lambda: ["ALL"])
    evt_types: list[str] = field(default_factory=list)
    last_status: int | None = None


@dataclass(frozen=True)
class Call:
    """One call of the API, as received. at: the event loop's seconds."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int


class PlusVibeWorld:
    """One PlusVibe with one workspace.

    down: every call answers 503, as the switch on the page does. messages: the Unibox, oldest first; campaign_mails:
    what sequences sent. after_mail: called when a lead was written to, see `prospects`.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        workspace_id: str = WORKSPACE_ID,
        workspace_name: str = "Sunny Audits",
        unknowns: Unknowns | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.api_key = api_key
        self.workspace_id = workspace_id
        self.workspace_name = workspace_name
        self.unknowns = unknowns or Unknowns()
        self.clock = clock
        self.down = False
        self.campaigns: dict[str, Campaign] = {}
        self.leads: dict[tuple[str, str], StoredLead] = {}
        self.hooks: dict[str, Hook] = {}
        self.messages: list[dict[str, Any]] = []
        self.campaign_mails: list[dict[str, Any]] = []
        self.after_mail: Callable[[StoredLead], None] | None = None
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []
        self.recent_calls: deque[float] = deque()
        self._faults: list[Fault] = []
        self.turns = count()  # which way the next prospect answers
        self._ids = count(_FIRST_ID)
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None

    def new_id(self) -> str:
        """A fresh 24-hex id; later ones sort after earlier ones."""
        return f"{next(self._ids):024x}"

    def fail_next(
        self,
        path: str = "*",
        *,
        status: int | None = None,
        hang_seconds: float = 0.0,
        drop_after_effect: bool = False,
        garbage: bool = False,
        refused: bool = False,
        retry_after: str | None = None,
        effect: bool | None = None,
        times: int = 1,
    ) -> None:
        """Spoil the next calls of a path such as `/lead/add`. A bare status has no effect unless `effect` says so."""
        happens = effect if effect is not None else status is None
        self._faults.append(
            Fault(path, status, hang_seconds, drop_after_effect, garbage, refused, retry_after, happens, times)
        )

    def next_fault(self, path: str) -> Fault | None:
        """The fault this call meets, used up by it."""
        if self.down:
            return Fault(path, status=503, effect=False)
        for fault in self._faults:
            if fault.path in (path, "*"):
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None

    @property
    def mailboxes(self) -> list[str]:
        """The connected mailboxes: those the campaigns send from, and one more."""
        return sorted({campaign.sender for campaign in self.campaigns.values()} | {OTHER_MAILBOX})

    def lead(self, campaign_id: str, email: str) -> StoredLead | None:
        """The lead under this address in one campaign."""
        return self.leads.get((campaign_id, email.lower()))

    def leads_of(self, email: str) -> list[StoredLead]:
        """The same address in every campaign that has it."""
        return [lead for lead in self.leads.values() if lead.email.lower() == email.lower()]

    def enrol(
        self, campaign_id: str, email: str, native: dict[str, str] | None = None, custom: dict[str, str] | None = None
    ) -> StoredLead:
        """Put a lead into a campaign, no rule asked. custom: bare keys, as they are sent."""
        now = self.clock()
        kept = email.lower() if self.unknowns.lowercases_addresses else email
        lead = StoredLead(self.new_id(), campaign_id, kept, dict(native or {}), {}, now, now)
        self.write(lead, custom or {})
        self.leads[campaign_id, email.lower()] = lead
        return lead

    def write(self, lead: StoredLead, custom: dict[str, Any]) -> None:
        """Store custom variables under their prefix."""
        for key, value in custom.items():
            bare = key if self.unknowns.double_prefix else key.removeprefix("custom_")
            lead.custom[f"custom_{bare}"] = "" if value is None else str(value)
        lead.modified_at = self.clock()

    def add_hook(
        self, url: str, *, secret: str = "", events: Iterable[str] = (), campaign_ids: Iterable[str] = ("ALL",)
    ) -> Hook:
        """A webhook without the sample delivery. events: empty means all of them."""
        hook = Hook(self.new_id(), url, "", secret, list(campaign_ids), list(events))
        self.hooks[hook.id] = hook
        return hook

    async def emit(self, event: str, lead: StoredLead, **facts: Any) -> None:
        """Deliver one event about a lead to every webhook that wants it, retries included."""
        await deliver_event(self, event, lead, facts)

    def written_to(self, lead: StoredLead) -> None:
        """A mail went out to this lead, from a sequence or as a reply."""
        if self.after_mail is not None:
            self.after_mail(lead)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on with something after the answer."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait for everything spawned."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    @property
    def client(self) -> httpx.AsyncClient:
        """What deliveries go through; made on first use, in the running loop."""
        if self._client is None:
            self._client = local_client(seconds=5)
        return self._client

    async def aclose(self) -> None:
        """Stop what is under way and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None
