"""Files that only whoever asked for them gets, as a direct message: made row by row, kept nowhere."""

import csv
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.outreach.reports import neutralised
from handlers.call import Call


async def send_csv(call: Call, filename: str, head: Sequence[str], rows: AsyncIterator[Sequence[str]]) -> int:
    """Share a CSV with the person; how many rows it has. Cells are safe to open in a spreadsheet.

    Not a post: personal data taken out must not stay behind in our own rows. Raises as Slack's client does.
    """
    number = 0
    with TemporaryDirectory() as folder:
        path = Path(folder) / filename
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            async for row in rows:
                writer.writerow([neutralised(cell) for cell in row])
                number += 1
        await call.house.poster.share(call.user_id, filename, path)
    return number
