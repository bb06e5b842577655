"""What would be sent in the days to come: a calendar by day and site, what is put off, what waits, what ends."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from blocks.elements import Block
from blocks.mails import WAITS_FOR
from blocks.message import Message, context, count, esc, header, listed, section, when
from blocks.pipeline import bar
from blocks.sites import site_name
from bot.outreach.calendars import Calendar, Deferral, Ending, Foreseen, Place, Waits
from bot.outreach.limits import Limit
from bot.outreach.sites import Site

MOST_MAILS = 12
MOST_SITES = 8
MOST_DAYS = 31
MOST_LEADS = 5
MOST_REASONS = 6
NOBODY = "Nobody reacts in this calendar: a reply, click, bounce or unsubscribe makes fewer emails. Nothing was sent."
_WAITING = {
    Waits.NEXT_STEP: ("manual step to send", "manual steps to send"),
    Waits.MISSING: ("value nobody knows", "values nobody knows"),
    Waits.PAUSED: ("paused sequence", "paused sequences"),
    Waits.UNCLEAR: ("unclear email", "unclear emails"),
}


def on_its_way(span: timedelta) -> Message:
    """Where the calendar will stand."""
    said = f"The calendar of the next {_days(span)} comes in your direct messages with me."
    return Message(said, [section(said)])


def looking_ahead(span: timedelta, done: timedelta = timedelta()) -> Message:
    """How far it got."""
    said = f"Looking ahead: day {min(done.days + 1, span.days)} of {span.days}"
    return Message(said, [section(f"{said}\n`{bar(100 * (done / span))}`")])


def not_foretold() -> Message:
    """In place of a calendar that could not be made."""
    said = "Looking ahead did not work this time. `/outreach simulate` tries again."
    return Message(said, [section(said)])


def calendar_message(calendar: Calendar, *, has_file: bool) -> Message:
    """The whole of it in one message. has_file: everything stands in a file in its thread."""
    title = f"Emails in the next {_days(calendar.ends - calendar.begins)}"
    said = _totals(calendar)
    if calendar.obstacle:
        return Message(f"{title}: {said}", [header(title), section(f"*{said}*\n{calendar.obstacle}")])
    blocks = [
        header(title),
        section(f"*{said}*"),
        *_warnings(calendar),
        *(_site(calendar, site) for site in calendar.sending[:MOST_SITES]),
        *_part("First emails" if len(calendar.mails) > MOST_MAILS else "Emails", _mails(calendar)),
        *_part("Put off", _put_off(calendar.deferrals)),
        *_part("Waits for a person", _waits(calendar)),
        *_part("Ends", _ends(calendar.endings)),
        context(_footer(calendar, has_file=has_file)),
    ]
    return Message(f"{title}: {said}", blocks)


def is_long(calendar: Calendar) -> bool:
    """Whether the message cannot name everything."""
    return (
        len(calendar.mails) > MOST_MAILS or len(calendar.deferrals) > MOST_LEADS or len(calendar.waiting) > MOST_LEADS
    )


def _days(span: timedelta) -> str:
    return count(span.days, "day")


def _totals(calendar: Calendar) -> str:
    if not calendar.mails:
        return "Nothing would be sent"
    put_off = f", {calendar.put_off:,} put off" if calendar.put_off else ""
    sites = count(len(calendar.sending), "site")
    return f"{count(len(calendar.mails), 'email')} from {sites}{put_off}"


def _warnings(calendar: Calendar) -> list[Block]:
    lines = []
    if calendar.reached < calendar.ends:
        lines.append(f"⚠️ There is too much to look at: it got as far as {when(calendar.reached)}.")
    if calendar.left_out:
        lines.append(f"⚠️ {count(calendar.left_out, 'newer sequence or email', 'newer sequences or emails')} left out.")
    return [section("\n".join(lines))] if lines else []


def _site(calendar: Calendar, site: Site) -> Block:
    """A bar for each of its days that sends something, against its cap."""
    days = calendar.days_of(site)
    lines = [_day(day, mails, site) for day, mails in list(days.items())[:MOST_DAYS]]
    if len(days) > MOST_DAYS:
        lines.append(f"and {len(days) - MOST_DAYS:,} more days")
    said = f"{site_name(site)} · at most {site.daily_cap:,} a day · {esc(site.timezone, 60)}"
    return section("\n".join([said, *lines]))


def _day(day: date, mails: int, site: Site) -> str:
    full = " · full" if mails >= site.daily_cap else ""
    return f"`{day:%a} {day.day:>2} {day:%b} {bar(min(100.0, 100 * mails / site.daily_cap))}` {mails:,}{full}"


def _part(title: str, lines: Sequence[str]) -> list[Block]:
    return [section("\n".join([f"*{title}*", *lines]))] if lines else []


def _mails(calendar: Calendar) -> list[str]:
    zones = {site.id: site.timezone for site in calendar.sites}
    lines = [_mail(mail, zones.get(mail.place.site_id, "UTC")) for mail in calendar.mails[:MOST_MAILS]]
    more = len(calendar.mails) - MOST_MAILS
    return [*lines, f"and {more:,} more"] if more > 0 else lines


def _mail(mail: Foreseen, timezone: str) -> str:
    return f"{when(mail.at, timezone)} · {_lead(mail.place)}{_step(mail.place) or ' · single email'}"


def _lead(place: Place) -> str:
    return esc(place.lead, 60) or "Unnamed lead"


def _step(place: Place) -> str:
    if not place.sequence:
        return ""
    return f" · {esc(place.sequence, 40)}, step {place.step} of {place.steps}"


def _put_off(deferrals: Sequence[Deferral]) -> list[str]:
    """One line for each cause, with the leads in their order; a mail put off twice for one cause counts once."""
    lines = []
    for limit in Limit:
        mails = {each.mail_id: each for each in deferrals if each.limit is limit}
        if mails:
            lines.append(
                f"• {count(len(mails), 'email waits', 'emails wait')} for {WAITS_FOR[limit]}: {_leads(mails.values())}"
            )
    stopped = {each.mail_id: each for each in deferrals if each.limit is None}
    if stopped:
        why = esc(next(iter(stopped.values())).why, 200) or "no reason given"
        held = count(len(stopped), "email waits", "emails wait")
        lines.append(f"• {held} for a site that is stopped ({why}): {_leads(stopped.values())}")
    return lines


def _leads(things: Iterable[Deferral | Ending]) -> str:
    return listed(list(dict.fromkeys(each.place.lead for each in things)), MOST_LEADS)


def _waits(calendar: Calendar) -> list[str]:
    lines = []
    for waits, words in _WAITING.items():
        found = [each for each in calendar.waiting if each.waits is waits]
        if found:
            named = [f"{each.place.lead} (step {each.place.step} of {each.place.steps})" for each in found]
            why = f" · {esc(found[0].why, 150)}" if waits is Waits.MISSING else ""
            lines.append(f"• {count(len(found), *words)}: {listed(named, MOST_LEADS, 90)}{why}")
    return lines


def _ends(endings: Sequence[Ending]) -> list[str]:
    """What completes in one line, the rest by its reason, the most frequent first."""
    completed = [ending for ending in endings if ending.completed]
    lines = [f"• ✅ {count(len(completed), 'sequence')} completed: {_leads(completed)}"] if completed else []
    by_why: dict[str, list[Ending]] = {}
    for ending in endings:
        if not ending.completed:
            by_why.setdefault(ending.why, []).append(ending)
    often = sorted(by_why.items(), key=lambda entry: -len(entry[1]))
    return lines + [f"• ⏹️ {esc(why, 150)}: {_leads(found)}" for why, found in often[:MOST_REASONS]]


def _footer(calendar: Calendar, *, has_file: bool) -> str:
    exact = "" if calendar.every <= timedelta(minutes=1) else " Times are to the half hour."
    file = " Everything stands in the file in the thread." if has_file else ""
    return f"{NOBODY}{exact}{file} As of {when(calendar.begins)}."
