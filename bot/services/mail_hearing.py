"""What a reply by mail changes: its conversation with our mails before it, the mail's standing, the lead, its run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.outreach.access import RECIPIENT
from bot.outreach.addresses import address_key
from bot.outreach.events import Event, EventKind, by
from bot.outreach.inbound import LONGEST_TEXT, InboundMail
from bot.outreach.leads import Lead, LeadStatus, moved_up
from bot.outreach.mail_facts import Engagement, FactKind, MailFact, standing_of
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState, Outgoing, left_at
from bot.outreach.matching import (
    Aside,
    Candidates,
    Clues,
    Match,
    aside,
    bare,
    clues_in,
    conversation_of,
    local_part,
    message_id_of,
)
from bot.outreach.matching import match as matched
from bot.outreach.quoting import folded, html_to_text
from bot.outreach.sequences import Signals
from bot.outreach.unibox import AUTOMATIC, Direction, InboundReply, Mail, Reply, Via, is_human, mail_key
from bot.services.hearing import NEWS_UNTIL, hear
from bot.services.outcomes import accept
from bot.services.run_news import Told
from bot.services.run_news import hear as hear_runs
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Answered:
    """A mail of a prospect, and whose it is. at: when it was written."""

    mail: InboundMail
    match: Match
    at: datetime


async def sort_out(uow: UnitOfWork, mails: Sequence[InboundMail], secrets: Sequence[bytes]) -> list[Match | Aside]:
    """For each of these whose answer it is, or why it is none. What it may change is locked until the end."""
    ours = frozenset(address_key(site.from_email) for site in await uow.sites.all())
    clues = [clues_in(mail, secrets) for mail in mails]
    candidates = await _candidates(uow, clues)
    return [
        aside(mail, ours) or matched(clue, candidates) or Aside.STRANGER
        for mail, clue in zip(mails, clues, strict=True)
    ]


async def _candidates(uow: UnitOfWork, clues: Sequence[Clues]) -> Candidates:
    quoted = {each for clue in clues for each in clue.message_ids}
    senders = {clue.sender for clue in clues if clue.sender}
    found = await uow.mails.known({each for clue in clues for each in clue.mail_ids}, set(map(local_part, quoted)))
    found += await uow.mails.of_smtp_ids([f"<{each}>" for each in sorted(quoted)])
    newest = {key: mail for key in senders if (mail := await uow.mails.latest_to(key))}
    candidates, ids = Candidates(), {mail.id for mail in (*found, *newest.values())}
    for mail in await uow.mails.known(ids, [], locked=True):
        candidates.add(mail)
    candidates.newest_to = {key: candidates.by_id[mail.id] for key, mail in newest.items()}
    keys = {key: lead.id for key, lead in (await uow.leads.by_keys(senders)).items()}
    lead_ids = {mail.lead_id for mail in candidates.by_id.values()} | set(keys.values())
    candidates.leads = {lead.id: lead for lead in await uow.leads.get_many(sorted(lead_ids), locked=True)}
    candidates.leads_by_key = {key: candidates.leads[each] for key, each in keys.items() if each in candidates.leads}
    return candidates


async def tell_replies(uow: UnitOfWork, answers: Sequence[Answered], now: datetime) -> list[Reply]:
    """Store these replies, each once, and what follows from them; those that are new. `sort_out` locked what changes.

    An absence stands in its conversation and moves nobody: what it does to a sequence is the brakes' to do.
    """
    answers = await _proven(uow, answers, now)
    told, of_key = await _as_told(uow, answers)
    heard = await hear(uow, told, now, via=Via.MAIL)
    people = [(reply, of_key[reply.heard.key]) for reply in heard.people]
    await stand_replied(uow, [(mail, reply, each.mail) for reply, each in people if (mail := each.match.mail)])
    await _move_leads(uow, people, now)
    signals = Signals(engagement=Engagement.REPLIED)
    matches = [each.match for _, each in people]
    news = [Told(match.lead.id, signals, match.mail.run_id if match.mail else None) for match in matches]
    await hear_runs(uow, news, RECIPIENT, now)
    return heard.replies


async def _proven(uow: UnitOfWork, answers: Sequence[Answered], now: datetime) -> list[Answered]:
    """Whoever answers a mail has got it, whatever was known of it."""
    mails = {mail.id: mail for each in answers if (mail := each.match.mail)}
    doubted = [mail for mail in mails.values() if mail.state is not MailState.ACCEPTED]
    await accept(uow, [(mail, "") for mail in doubted], now)
    mails |= {mail.id: mail for mail in await uow.mails.known([mail.id for mail in doubted], [])} if doubted else {}
    return [
        replace(each, match=replace(each.match, mail=mails[each.match.mail.id])) if each.match.mail else each
        for each in answers
    ]


async def _as_told(uow: UnitOfWork, answers: Sequence[Answered]) -> tuple[list[tuple[Lead, Mail]], dict[str, Answered]]:
    """Every message of these conversations up to the replies, ours first; and the replies by key."""
    sites = {site.id: site.from_email for site in await uow.sites.all()}
    runs = await uow.mails.of_runs({mail.run_id for each in answers if (mail := each.match.mail) and mail.run_id})
    told: list[tuple[Lead, Mail]] = []
    of_key: dict[str, Answered] = {}
    for each in answers:
        lead, mail = each.match.lead, each.match.mail
        place = await _place(uow, each.match)
        before = _before(each, runs.get(mail.run_id or "", [mail]) if mail else [])
        told += [(lead, _ours(sent, place, sites.get(sent.site_id, ""))) for sent in before]
        reply = _theirs(each, place, sites.get(mail.site_id, "") if mail else "")
        of_key.setdefault(reply.key, each)
        told.append((lead, Mail(Direction.IN, reply, reply.mailbox, is_unread=is_human(reply.label))))
    return told, of_key


async def _place(uow: UnitOfWork, match: Match) -> str:
    """Which conversation it belongs to: an answer of ours stands in one already."""
    if match.mail is not None and match.mail.type is DraftType.REPLY:
        answer = await uow.answers.get(match.mail.id)
        thread = await uow.conversations.get(answer.thread_id) if answer else None
        if thread is not None:
            return thread.provider_id
    return conversation_of(match)


def _before(answer: Answered, mails: Iterable[Outgoing]) -> list[Outgoing]:
    """What of ours had left when they wrote. Answers stand in their conversation since they were sent."""
    cold = [mail for mail in mails if mail.type is not DraftType.REPLY]
    return [mail for mail in cold if (left := left_at(mail)) is not None and left <= answer.at]


def _ours(mail: Outgoing, place: str, mailbox: str) -> Mail:
    at = left_at(mail)
    assert at is not None
    told = InboundReply(
        key=mail_key("", mail.id, "", "", ""),
        lead_email=mail.to_email,
        from_email=mailbox,
        at=at,
        subject=mail.subject,
        text=mail.text,
        mailbox=mailbox,
        email_id=mail.id,
        thread_id=place,
        message_id=bare(mail.smtp_id),
    )
    return Mail(Direction.OUT, told, mail.to_email)


def _theirs(answer: Answered, place: str, mailbox: str) -> InboundReply:
    mail, match = answer.mail, answer.match
    text = (mail.text.strip() or html_to_text(mail.html))[:LONGEST_TEXT]
    return InboundReply(
        key=mail_key(mail.message_id, "", mail.from_email, mail.subject, text),
        lead_email=match.mail.to_email if match.mail else match.lead.email or "",
        from_email=mail.from_email,
        at=answer.at,
        subject=mail.subject,
        text=_with_attachments(text, mail.attachments),
        html=mail.html,
        label=AUTOMATIC if mail.is_automatic else "",
        is_automatic=mail.is_automatic,
        mailbox=mailbox,
        thread_id=place,
        message_id=mail.message_id,
    )


def _with_attachments(text: str, names: Sequence[str]) -> str:
    """The files' names below what was written, above the quoted history."""
    if not names:
        return text
    parts = folded(text)
    return "\n\n".join(part for part in (parts.fresh, f"Attached: {', '.join(names)}", parts.quoted) if part)


async def stand_replied(uow: UnitOfWork, answered: Sequence[tuple[Outgoing, Reply, InboundMail | None]]) -> None:
    """Mails that were answered say so, and know their `Message-ID` from the answer, if it is at hand."""
    facts = [
        (mail.id, f"reply:{reply.heard.key}", MailFact(FactKind.REPLIED, reply.received_at))
        for mail, reply, _ in answered
    ]
    quoted = {mail.id: message_id_of(mail, answer) if answer else mail.smtp_id for mail, _, answer in answered}
    await uow.mail_facts.add_many(facts)
    heard = await uow.mail_facts.of_mails(quoted) if quoted else {}
    await uow.mails.stand({each: (standing_of(heard[each]), quoted[each]) for each in quoted})


async def answered_by(uow: UnitOfWork, reply: Reply) -> Outgoing | None:
    """The mail that a stored reply by mail answers, locked: the newest of its conversation that had left by then."""
    thread = await uow.conversations.get(reply.thread_id)
    if thread is None or thread.via is not Via.MAIL:
        return None
    kind, _, name = thread.provider_id.partition(":")
    ids = [mail.id for mail in (await uow.mails.of_runs([name])).get(name, [])] if kind == "run" else [name]
    mails = [mail for mail in await uow.mails.known(ids, [], locked=True) if mail.type is not DraftType.REPLY]
    left = [(at, mail) for mail in mails if (at := left_at(mail)) is not None and at <= reply.received_at]
    return max(left, key=lambda each: each[0])[1] if left else None


async def _move_leads(uow: UnitOfWork, people: Sequence[tuple[Reply, Answered]], now: datetime) -> None:
    """Whoever replied has replied, once for each reply."""
    leads = {each.match.lead.id: each.match.lead for _, each in people}
    statuses = {lead.id: lead.status for lead in leads.values()}
    events: list[Event] = []
    for reply, _ in people:
        before, after = statuses[reply.lead_id], moved_up(statuses[reply.lead_id], LeadStatus.REPLIED)
        statuses[reply.lead_id] = after
        at = now if now - reply.received_at <= NEWS_UNTIL else reply.received_at
        facts = {"before": before.value if before else None, "after": after.value}
        events.append(by(RECIPIENT, EventKind.REPLIED, at, reply.lead_id, facts))
    moved = [
        (lead.id, {"status": statuses[lead.id], "status_by_hand": False})
        for lead in leads.values()
        if statuses[lead.id] is not lead.status
    ]
    await uow.leads.change_many(moved, at=now)
    await uow.events.add_many(events)
