"""The JSON API of drafts: `/api/emails…`, and `/api/leads/{id}/emails`."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from bot.outreach.drafts import DraftCard, DraftState
from bot.outreach.limits import Limit
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState
from bot.outreach.writebacks import Tone, WritebackStatus
from bot.services.reading_drafts import PAGE_DRAFTS
from handlers.api_models import NotGivenWhenEmpty, Wire, WritebackBody, tone_of
from handlers.draft_views import carried_out
from handlers.web import Caller, InHouse, api_router

emails = api_router(prefix="/api", tags=["emails"])


class LetterAnswer(Wire):
    """One letter of a draft."""

    subject: str
    body: str
    cta: str


class ApproveBody(Wire):
    """Which revision was looked at; without it the one that stands.

    For a lead in no campaign: `siteId` says which site it is sent from, needed where there are several; `queue` takes
    the next free slot when a limit is in the way.
    """

    revision: Annotated[int, Field(ge=1, le=2**31)] | None = None
    site_id: Annotated[str, Field(max_length=64)] = ""
    queue: bool = False


class EmailAnswer(Wire):
    """A draft as the API shows it. `subject`, `body`, `cta` are the first letter's.

    `mail` is where the mail of ours stands that carries it, `leavesAt` when that one leaves, `waitsFor` the limit it
    waits for; all null for a draft that no such mail carries.
    """

    id: str
    lead_id: str
    type: DraftType
    status: DraftState
    writeback_status: WritebackStatus | None
    subject: str
    body: str
    cta: str
    letters: list[LetterAnswer]
    revision: int
    recipient: str | None
    created_at: datetime
    approved_by: list[str]
    decided_at: datetime | None
    problem: str
    mail: MailState | None
    leaves_at: datetime | None
    waits_for: Limit | None

    @classmethod
    def of(cls, card: DraftCard) -> "EmailAnswer":
        """The answer for a draft."""
        draft = card.draft
        letters = [LetterAnswer(subject=each.subject, body=each.body, cta=each.cta) for each in draft.letters]
        mail = card.mail
        first = letters[0] if letters else LetterAnswer(subject="", body="", cta="")
        return cls(
            id=draft.id,
            lead_id=draft.lead_id,
            type=draft.type,
            status=draft.state,
            writeback_status=card.writeback_status,
            subject=first.subject,
            body=first.body,
            cta=first.cta,
            letters=letters,
            revision=draft.revision,
            recipient=card.lead.email,
            created_at=draft.created_at,
            approved_by=list(draft.approved_by),
            decided_at=draft.decided_at,
            problem=draft.problem,
            mail=mail.state if mail else None,
            leaves_at=mail.due_at if mail and mail.state is MailState.HELD else None,
            waits_for=mail.waits_for if mail and mail.state is MailState.HELD else None,
        )


class EmailsAnswer(Wire):
    """A page of drafts: waiting ones oldest first, others newest first."""

    emails: list[EmailAnswer]
    next_cursor: str | None
    previous_cursor: str | None


@emails.get("/emails")
async def page(
    house: InHouse,
    actor: Caller,
    state: Annotated[DraftState | None, NotGivenWhenEmpty] = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[Annotated[int, Field(ge=1, le=100)] | None, NotGivenWhenEmpty] = None,
) -> EmailsAnswer:
    """One page of drafts, of one state or of all."""
    found = await house.services.drafts.page(house.workspace.id, actor, state, cursor, limit or PAGE_DRAFTS)
    emails = [EmailAnswer.of(card) for card in found.cards]
    return EmailsAnswer(emails=emails, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor)


@emails.post("/emails/{draft_id}/approve")
async def approve(house: InHouse, actor: Caller, draft_id: str, body: ApproveBody | None = None) -> EmailAnswer:
    """Approve, then hand over to the lead's campaign; a lead in none is sent an email, with a minute to undo.

    409 `stale` with the difference, 409 `already_decided` with by whom and when, 429 while a limit is in the way,
    422 (`siteId`) where a site has to be chosen: nothing is decided then.
    """
    body = body or ApproveBody()
    approval = await house.services.drafts.approve(
        house.workspace.id, actor, draft_id, body.revision, site_id=body.site_id, queue=body.queue
    )
    return EmailAnswer.of(await carried_out(house, approval))


@emails.post("/leads/{lead_id}/emails", status_code=201)
async def generate(house: InHouse, actor: Caller, lead_id: str, body: WritebackBody | None = None) -> EmailAnswer:
    """A new draft from the lead's latest completed audit."""
    tone = tone_of(body.tone if body else Tone.DIRECT.value)
    return EmailAnswer.of(await house.services.drafts.generate(house.workspace.id, actor, lead_id, tone))
