"""The log as a file."""

import csv
import io
import json
from collections.abc import Sequence

from blocks.message import Message, count, section
from bot.outreach.events import Event
from bot.outreach.reports import neutralised

_COLUMNS = ("at", "who", "what", "lead id", "facts", "message")


def log_csv(events: Sequence[Event]) -> str:
    """The entries as they are stored, newest first; times in UTC. Cells are safe to open in a spreadsheet."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(_COLUMNS)
    for event in events:
        facts = json.dumps(dict(event.facts), ensure_ascii=False, sort_keys=True)
        row = (event.at.isoformat(), event.actor, event.kind.value, event.lead_id or "", facts, event.permalink)
        writer.writerow([neutralised(cell) for cell in row])
    return sheet.getvalue()


def export_message(entries: int) -> Message:
    """Where the file went."""
    said = f"The log ({count(entries, 'entry', 'entries')}, newest first) is in your direct messages with me."
    return Message(said, [section(said)])
