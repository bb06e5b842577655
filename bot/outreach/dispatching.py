"""Which of the mails that are due may leave now: reachability, the site's day, the prospect's rest, quiet hours."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.outreach.limits import Limit, wait_of
from bot.outreach.local_time import local_day
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import Outgoing
from bot.outreach.reachability import REASONS, AddressFact
from bot.outreach.sites import Site
from bot.outreach.validation import PATIENCE

LOOK_AGAIN = timedelta(minutes=10)
LOOK_SOON = timedelta(seconds=15)
SITE_GONE = "Its site is gone. Send it again from another one."
LEAD_GONE = "The lead was removed."
PAUSED = "The sequence is paused."
UNCHECKED = "Its address is being checked."
DayKey = tuple[str, date]


@dataclass(slots=True)
class Plan:
    """go: the mails that leave, with the site of each. waits: by mail the next moment, the limit and the words.

    refused: by mail why it never leaves. spent: mails more on each site's day. resting: by address key the mail.
    """

    go: list[tuple[Outgoing, Site]] = field(default_factory=list)
    waits: list[tuple[str, datetime, Limit | None, str]] = field(default_factory=list)
    refused: list[tuple[Outgoing, str]] = field(default_factory=list)
    spent: dict[DayKey, int] = field(default_factory=dict)
    resting: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What stands when mails are due. leads: the ids still here. used: by site and local day. last_sent: by address.

    ended: by run why its mails never leave. paused: the runs whose mails wait. unchecked: addresses without a verdict.
    """

    sites: Mapping[str, Site]
    leads: Collection[str]
    standing: Mapping[str, AddressFact]
    used: Mapping[DayKey, int]
    last_sent: Mapping[str, datetime]
    ended: Mapping[str, str] = field(default_factory=dict)
    paused: Collection[str] = frozenset()
    unchecked: Collection[str] = frozenset()


def planned(due: Sequence[tuple[Outgoing, str]], known: Known, now: datetime) -> Plan:
    """Decide about each mail in turn, given with its address key; the ones before it count."""
    plan = Plan()
    for mail, address_key in due:
        _decide(plan, mail, address_key, known, now)
    return plan


def _decide(plan: Plan, mail: Outgoing, address_key: str, known: Known, now: datetime) -> None:
    site = known.sites.get(mail.site_id)
    if refused := _refusal(mail, site, known.standing.get(address_key), known):
        plan.refused.append((mail, refused))
        return
    assert site is not None
    if site.stopped:
        plan.waits.append((mail.id, now + LOOK_AGAIN, None, site.stopped))
        return
    if mail.run_id in known.paused:
        plan.waits.append((mail.id, now + LOOK_AGAIN, None, PAUSED))
        return
    if address_key in known.unchecked and now < mail.created_at + PATIENCE:
        plan.waits.append((mail.id, now + LOOK_SOON, None, UNCHECKED))
        return
    day = (site.id, local_day(now, site.timezone))
    used = known.used.get(day, 0) + plan.spent.get(day, 0)
    last_sent = now if address_key in plan.resting else known.last_sent.get(address_key)
    is_exempt = mail.type is DraftType.REPLY
    if wait := wait_of(site, now, used=used, last_sent=last_sent, is_exempt=is_exempt):
        plan.waits.append((mail.id, wait.until, wait.limit, ""))
        return
    plan.go.append((mail, site))
    plan.spent[day] = plan.spent.get(day, 0) + 1
    if not is_exempt:
        plan.resting[address_key] = mail.id


def _refusal(mail: Outgoing, site: Site | None, standing: AddressFact | None, known: Known) -> str:
    is_answer = mail.type is DraftType.REPLY  # whoever wrote to us gets an answer, whatever they allowed besides
    if standing is not None and not (is_answer and standing is AddressFact.UNPERMITTED):
        return REASONS[standing]
    if mail.lead_id not in known.leads:
        return LEAD_GONE
    if why := known.ended.get(mail.run_id or ""):
        return why
    return "" if site is not None else SITE_GONE
