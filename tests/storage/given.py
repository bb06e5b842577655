"""What storage tests begin with, and leads, campaigns and the like in one line."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.outreach.addresses import address_key
from bot.outreach.audits import Audit, AuditState, FinishedAudit, Issue
from bot.outreach.campaigns import Campaign
from bot.outreach.companies import CompanyFilter, Intake, IntakeSource
from bot.outreach.consents import Consent, ConsentValue
from bot.outreach.digests import Digest, Figures
from bot.outreach.drafts import Draft, DraftState
from bot.outreach.forms import WebForm
from bot.outreach.leads import Lead, LeadDraft, LeadQuery
from bot.outreach.mail_types import DraftType
from bot.outreach.members import Workspace
from bot.outreach.pushes import BlockedPush, Origin, Push, PushedLead, PushedLeadState, PushState
from bot.outreach.routes import EVERY_DAY, Cadence, Route, Topic
from bot.outreach.segments import Segment, SegmentKind
from bot.outreach.submissions import ConfirmState, Submission
from bot.outreach.templates import Letter
from bot.outreach.writebacks import Tone, Writeback, WritebackStatus
from storage.database import Database
from storage.ids import new_id
from storage.unit_of_work import UnitOfWork
from tests.databases import WORKSPACE

AT = datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)
HERE = WORKSPACE.id
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)


def later(seconds: float) -> datetime:
    """So many seconds after `AT`."""
    return AT + timedelta(seconds=seconds)


async def add_workspace(database: Database) -> str:
    """Another workspace's id."""
    workspace = Workspace(new_id(), f"T{new_id()}", "Other")
    async with database.begin_unbound() as directory:
        await directory.workspaces.add(workspace)
    return workspace.id


async def add_lead(uow: UnitOfWork, email: str | None = None, *, at: datetime = AT, **draft: Any) -> Lead:
    """A lead with this address."""
    key = address_key(email) if email else None
    return await uow.leads.add(new_id(), LeadDraft(email=email, **draft), key=key, at=at)


async def add_leads(database: Database, count: int, workspace_id: str = HERE) -> list[str]:
    """Many leads' ids, a second apart."""
    rows = [
        (new_id(), LeadDraft(email=f"p{n}@c{n}.com", company_name=f"Company {n:05}"), f"p{n}@c{n}.com")
        for n in range(count)
    ]
    async with database.begin(workspace_id) as uow:
        await uow.leads.add_many(rows, AT)
    return [lead_id for lead_id, _, _ in rows]


async def add_campaign(uow: UnitOfWork, name: str = "Spring", provider_id: str = "p-1") -> Campaign:
    """A campaign of this name."""
    await uow.campaigns.save_many([Campaign(new_id(), provider_id, name, merge_fields=("custom_a", "custom_b"))])
    campaign = await uow.campaigns.by_provider(provider_id)
    assert campaign is not None
    return campaign


def an_audit(lead_id: str, **changes: Any) -> Audit:
    """A requested audit."""
    return Audit(
        **{"id": new_id(), "lead_id": lead_id, "state": AuditState.REQUESTED, "run_id": None, "requested_at": AT}
        | changes
    )


def a_report(run_id: str, **changes: Any) -> FinishedAudit:
    """A finished audit with everything told."""
    told = {
        "run_id": run_id,
        "completed_at": later(60),
        "url": "https://a.example/r",
        "score": 71,
        "scores": {"seo": 60, "ux": 80},
        "grade": "C",
        "top_issue": "Slow pages",
        "summary": "Sluggish",
        "issues": (Issue("Slow pages", "high", "Cache", 3), Issue("No alt texts")),
        "pages": 12,
    }
    return FinishedAudit(**told | changes)


def a_writeback(lead_id: str, **changes: Any) -> Writeback:
    """A pending writeback."""
    return Writeback(
        **{
            "id": new_id(),
            "lead_id": lead_id,
            "audit_id": None,
            "campaign_id": None,
            "tone": Tone.FRIENDLY,
            "variables": {"email_subject": "Hi", "custom_a": "b"},
            "status": WritebackStatus.PENDING,
            "created_at": AT,
        }
        | changes
    )


def a_segment(kind: SegmentKind = SegmentKind.STATIC, **changes: Any) -> Segment:
    """A draft called Hotels."""
    known = {"id": new_id(), "name": "Hotels", "kind": kind, "author": "U1", "created_at": AT, "updated_at": AT}
    return Segment(**known | changes)


def a_route(**changes: Any) -> Route:
    """Replies at once into C1."""
    given = {"channel": "C1", "topic": Topic.REPLIES, "cadence": Cadence.IMMEDIATE, "at": time(9, 30), "set_at": AT}
    return Route(**given | {"weekdays": EVERY_DAY, "timezone": "Europe/Prague", "set_by": "U1"} | changes)


def a_consent(key: str = "a@b.com", value: ConsentValue = ConsentValue.FORM, **values: object) -> Consent:
    given = {"captured_at": AT, "source": "the form", "note": "submission 1", "actor": "U1", "at": AT}
    return Consent(key, value, **(given | values))  # type: ignore[arg-type]


def a_form(**values: object) -> WebForm:
    given = {"id": new_id(), "key": "key", "name": "Newsletter", "fields": ("first_name",), "site_id": "site"}
    return WebForm(**(given | {"author": "U1", "created_at": AT} | values))  # type: ignore[arg-type]


def a_submission(form_id: str, lead_id: str, **values: object) -> Submission:
    given = {
        "id": new_id(),
        "form_id": form_id,
        "lead_id": lead_id,
        "address_key": "a@b.com",
        "email": "a@b.com",
        "fields": {"first_name": "Jane"},
        "page": "https://acme.com",
        "place": "place",
        "digest": "digest",
        "agreed": True,
        "at": AT,
        "confirm": ConfirmState.WANTED,
        "try_at": AT,
    }
    return Submission(**(given | values))  # type: ignore[arg-type]


def a_digest(**changes: Any) -> Digest:
    """The first of the day in C1."""
    given = {"id": new_id(), "channel": "C1", "day": AT.date(), "number": 1, "at": AT, "figures": Figures()}
    return Digest(**given | {"post_key": "digest:1"} | changes)


def a_push(campaign_id: str, total: int, **changes: Any) -> Push:
    """A push that is being sent."""
    return Push(
        **{
            "id": new_id(),
            "campaign_id": campaign_id,
            "author": "U1",
            "state": PushState.SENDING,
            "origin": Origin("C1"),
            "total": total,
            "created_at": AT,
        }
        | changes
    )


def in_batches(lead_ids: Collection[str], batch_leads: int) -> list[PushedLead]:
    """The leads waiting, in batches of this size."""
    return [
        PushedLead(lead_id, position // batch_leads, PushedLeadState.WAITING)
        for position, lead_id in enumerate(lead_ids)
    ]


def a_blocked(campaign_id: str, lead_ids: Collection[str], **changes: Any) -> BlockedPush:
    """A refused push."""
    return BlockedPush(
        **{
            "id": new_id(),
            "campaign_id": campaign_id,
            "lead_ids": tuple(lead_ids),
            "author": "U1",
            "channel": "C1",
            "created_at": AT,
        }
        | changes
    )


async def every_page(database: Database, query: LeadQuery) -> list[Lead]:
    """All leads of a query, page by page."""
    found: list[Lead] = []
    cursor: str | None = None
    while True:
        async with database.read(HERE) as uow:
            page = await uow.leads.page(query, cursor)
        found += page.leads
        cursor = page.next_cursor
        if cursor is None:
            return found


def a_draft(lead_id: str, **changes: Any) -> Draft:
    """A waiting draft of one letter."""
    return Draft(
        **{
            "id": new_id(),
            "lead_id": lead_id,
            "type": DraftType.MANUAL,
            "tone": Tone.DIRECT,
            "letters": (Letter("Subject", "Body", "Shall we?"),),
            "state": DraftState.WAITING,
            "revision": 1,
            "created_at": AT,
            "author": "U1",
            "template": "direct",
        }
        | changes
    )


def an_intake(campaign_id, **known):
    """Everybody of the directory on the way into a campaign."""
    values = {"source": IntakeSource.COMPANIES, "filter": CompanyFilter(), "author": "U1", "channel": "C1"}
    return Intake(new_id(), campaign_id, **{**values, "created_at": AT, "updated_at": AT, "last": 9, **known})
