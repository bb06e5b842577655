"""The calendar as a file: every email, every delay, every ending and what waits for a person."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from blocks.mails import WAITS_FOR
from bot.outreach.calendars import Calendar, Place
from bot.outreach.reports import neutralised

FILENAME = "outreach-calendar.csv"
_COLUMNS = ("at", "local", "what", "lead", "lead id", "site", "sequence", "step", "steps", "subject", "until", "why")
_Row = tuple[datetime, str, Place, str, str, str]


def calendar_csv(calendar: Calendar) -> str:
    """In order of time; `local` as the site's clocks show it, the rest in UTC. Cells are safe in a spreadsheet."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(_COLUMNS)
    sites = {site.id: site for site in calendar.sites}
    for at, what, place, subject, until, why in sorted(_rows(calendar), key=lambda row: row[0]):
        site = sites.get(place.site_id)
        local = at.astimezone(ZoneInfo(site.timezone)).isoformat(timespec="minutes") if site else ""
        step = (str(place.step), str(place.steps)) if place.sequence else ("", "")
        about = (place.lead, place.lead_id, site.name if site else "", place.sequence, *step)
        row = (at.isoformat(timespec="minutes"), local, what, *about, subject, until, why)
        writer.writerow([neutralised(cell) for cell in row])
    return sheet.getvalue()


def _rows(calendar: Calendar) -> Iterator[_Row]:
    for mail in calendar.mails:
        yield mail.at, "sent", mail.place, mail.subject, "", ""
    for deferral in calendar.deferrals:
        until = deferral.until.isoformat(timespec="minutes") if deferral.until else ""
        yield (
            deferral.at,
            "put off",
            deferral.place,
            "",
            until,
            deferral.why or (WAITS_FOR[deferral.limit] if deferral.limit else ""),
        )
    for ending in calendar.endings:
        yield ending.at, "completed" if ending.completed else "stopped", ending.place, "", "", ending.why
    for waiting in calendar.waiting:
        yield calendar.ends, "waits for a person", waiting.place, "", "", waiting.why or waiting.waits.value
