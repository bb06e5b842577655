"""Submissions of web forms: taken in, made into a lead, confirmed by whoever owns the address."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.outreach.access import VISITOR, Actor, Permission, require
from bot.outreach.addresses import LONGEST_ADDRESS, address_key, company_domain
from bot.outreach.consents import Consent, ConsentValue
from bot.outreach.errors import Duplicate, Invalid, NotFound
from bot.outreach.events import EventKind, by
from bot.outreach.forms import (
    CONFIRM_FOR,
    EMAIL,
    LEAD_FIELDS,
    PER_ADDRESS,
    PER_PLACE,
    SAME_FOR,
    BadSubmission,
    TooOften,
    Typed,
    WebForm,
    typed_of,
)
from bot.outreach.leads import Lead, LeadDraft
from bot.outreach.opting_out import CONFIRM, read_token
from bot.outreach.routes import Topic
from bot.outreach.submissions import ConfirmState, SeenSubmission, Submission
from bot.services.addresses import normalised
from bot.services.consents import keep_consent
from storage.database import Database
from storage.unit_of_work import UnitOfWork

LISTED = 20
LONGEST_FORM_KEY = 100


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Whom a confirmation link is about. is_late: it is too old to count."""

    email: str
    form: WebForm
    is_confirmed: bool
    is_late: bool = False


class SubmissionService:
    """secrets: those that links are signed and network addresses hashed with, newest first."""

    def __init__(self, database: Database, clock: Clock, secrets: Sequence[bytes]) -> None:
        self._database = database
        self._clock = clock
        self._secrets = secrets

    async def form(self, workspace_id: str, key: str) -> WebForm | None:
        """The form a page knows by this key, retired or not."""
        if len(key) > LONGEST_FORM_KEY:
            return None
        async with self._database.read(workspace_id) as uow:
            return await uow.forms.keyed(key)

    async def submit(self, workspace_id: str, form: WebForm, given: Mapping[str, str], address: str) -> Submission:
        """Take in what a visitor sent: a lead, a submission, and what follows for consent. The same again is one.

        address: the visitor's network address; only its hash is kept. Raises `BadSubmission`, and `TooOften`.
        """
        typed, now = _checked(form, given), self._clock()
        key, place = address_key(typed.email), self._place(address)
        async with self._database.begin(workspace_id) as uow:
            theirs = await uow.submissions.of_address(key, PER_ADDRESS.most)
            for known in theirs:
                if (known.form_id, known.digest) == (form.id, typed.digest) and now < known.at + SAME_FOR:
                    return known
            await _hold_pace(uow, [each.at for each in theirs], place, now)
            lead = await _lead_of(uow, key, typed, now)
            wanted = typed.agreed and form.double_opt_in
            submission = Submission(
                id=str(uuid4()),
                form_id=form.id,
                lead_id=lead.id,
                address_key=key,
                email=typed.email,
                fields=typed.fields,
                page=typed.page,
                place=place,
                digest=typed.digest,
                agreed=typed.agreed,
                at=now,
                confirm=ConfirmState.WANTED if wanted else ConfirmState.NONE,
                try_at=now if wanted else None,
            )
            await uow.submissions.add(submission)
            await uow.events.add(by(VISITOR, EventKind.FORM_SUBMITTED, now, lead.id, {"name": form.name}))
            await uow.notices.add(Topic.FORMS, [(submission.id, lead.id)], now)
            if typed.agreed and not form.double_opt_in:
                await keep_consent(uow, _consent(form, submission, now), VISITOR, lead.id)
        return submission

    async def of_lead(self, workspace_id: str, actor: Actor, lead_id: str) -> tuple[Lead, list[SeenSubmission]]:
        """A lead and its newest submissions. Raises `NotFound`."""
        require(actor, Permission.READ_LEADS)
        async with self._database.read(workspace_id) as uow:
            lead = await uow.leads.get(lead_id)
            if lead is None:
                raise NotFound("This lead is not here any more.")
            return lead, await seen_of_lead(uow, lead_id, LISTED)

    async def seen(self, workspace_id: str, submission_ids: Sequence[str]) -> list[tuple[SeenSubmission, Lead]]:
        """These submissions in their order, with their leads; those whose lead is gone are left out."""
        async with self._database.read(workspace_id) as uow:
            by_id = {each.id: each for each in await uow.submissions.get_many(submission_ids)}
            found = await _seen(uow, [by_id[id] for id in submission_ids if id in by_id])
            leads = {lead.id: lead for lead in await uow.leads.get_many({each.submission.lead_id for each in found})}
        return [(each, leads[each.submission.lead_id]) for each in found if each.submission.lead_id in leads]

    async def look(self, workspace_id: str, token: str) -> Confirmation | None:
        """Whom a link is about; None for one we never made. Changes nothing: mail scanners open every link."""
        async with self._database.read(workspace_id) as uow:
            found = await self._found(uow, workspace_id, token)
            return found[1] if found else None

    async def confirm(self, workspace_id: str, token: str) -> Confirmation | None:
        """They agree: consent is recorded with its proof, once. None and late ones as in `look`."""
        now = self._clock()
        async with self._database.begin(workspace_id) as uow:
            found = await self._found(uow, workspace_id, token)
            if found is None:
                return None
            submission, standing = found
            if standing.is_late or not await uow.submissions.confirm(submission.id, now):
                return standing
            await keep_consent(uow, _consent(standing.form, submission, now), VISITOR, submission.lead_id)
        return Confirmation(submission.email, standing.form, is_confirmed=True)

    async def _found(self, uow: UnitOfWork, workspace_id: str, token: str) -> tuple[Submission, Confirmation] | None:
        named = read_token(CONFIRM, token, self._secrets)
        submission = await uow.submissions.get(named[1]) if named and named[0] == workspace_id else None
        form = (await uow.forms.get_many([submission.form_id])).get(submission.form_id) if submission else None
        if submission is None or form is None:
            return None
        confirmed = submission.confirmed_at is not None
        is_late = not confirmed and self._clock() >= submission.at + CONFIRM_FOR
        return submission, Confirmation(submission.email, form, confirmed, is_late)

    def _place(self, address: str) -> str:
        return hmac.digest(self._secrets[0], f"place\0{address}".encode("utf-8", "replace"), "sha256")[:16].hex()


def _checked(form: WebForm, given: Mapping[str, str]) -> Typed:
    typed = typed_of(form, given)
    try:
        email = normalised(typed.email)
    except Invalid as error:
        raise BadSubmission({EMAIL: str(error)}) from error
    if len(email) > LONGEST_ADDRESS:
        raise BadSubmission({EMAIL: "That email address is too long."})
    return Typed(email, typed.fields, typed.agreed, typed.page)


async def _hold_pace(uow: UnitOfWork, theirs: list[datetime], place: str, now: datetime) -> None:
    waits = [PER_ADDRESS.wait(theirs, now)]
    waits.append(PER_PLACE.wait(await uow.submissions.moments(place, PER_PLACE.most), now))
    if longest := max((wait for wait in waits if wait), default=timedelta()):
        raise TooOften(longest)


async def _lead_of(uow: UnitOfWork, key: str, typed: Typed, now: datetime) -> Lead:
    """The lead with this address, its blanks filled; a new one when there is none. What stands is never replaced."""
    given = {name: typed.fields[name] for name in LEAD_FIELDS if name in typed.fields}
    lead = (await uow.leads.by_keys([key])).get(key)
    if lead is None:
        try:
            draft = replace(LeadDraft(typed.email, domain=company_domain(typed.email)), **given)  # type: ignore[arg-type]
            lead = await uow.leads.add(str(uuid4()), draft, key=key, at=now)
        except Duplicate:  # added this very moment
            lead = (await uow.leads.by_keys([key]))[key]
        else:
            await uow.events.add(by(VISITOR, EventKind.LEAD_ADDED, now, lead.id, {"status": draft.status.value}))
            return lead
    blanks = {name: text for name, text in given.items() if not getattr(lead, name).strip()}
    changed = await uow.leads.change(lead.id, blanks, at=now) if blanks else None
    if changed is not None:
        await uow.events.add(by(VISITOR, EventKind.LEAD_EDITED, now, lead.id, {"fields": sorted(blanks)}))
    return changed or lead


def _consent(form: WebForm, submission: Submission, now: datetime) -> Consent:
    page = f" on {submission.page}" if submission.page else ""
    confirmed = f", confirmed {now:%Y-%m-%d %H:%M} UTC" if form.double_opt_in else ""
    note = f"Submission {submission.id} of {submission.at:%Y-%m-%d %H:%M} UTC{page}{confirmed}. “{form.wording}”"
    source = f"Web form {form.name}"
    return Consent(submission.address_key, ConsentValue.FORM, now, source, note, VISITOR.id, now)


async def seen_of_lead(uow: UnitOfWork, lead_id: str, limit: int) -> list[SeenSubmission]:
    """A lead's submissions with their forms' names, newest first."""
    return await _seen(uow, await uow.submissions.of_lead(lead_id, limit))


async def _seen(uow: UnitOfWork, found: Sequence[Submission]) -> list[SeenSubmission]:
    forms = await uow.forms.get_many({each.form_id for each in found}) if found else {}
    return [SeenSubmission(each, forms[each.form_id].name if each.form_id in forms else "") for each in found]
