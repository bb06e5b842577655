"""An import under way and at its end: its message, and the sum of it all in the thread."""

from blocks import ids
from blocks.elements import Block
from blocks.importing import left_out, without_consent
from blocks.message import Message, actions, bold, button, confirmation, context, count, esc, section
from bot.outreach.import_files import OVER, ImportNews, Stage
from bot.outreach.importing import Breakdown
from bot.outreach.validation import Verdict

BAR = 20
_CANCEL = confirmation(
    "Cancel import", "No further row is taken. Leads that came in stay; Undo takes them back.", "Stop"
)
_UNDO = confirmation(
    "Undo import",
    "Removes the leads it added to which nothing happened since. Whoever was emailed, pushed or changed stays.",
    "Undo import",
)


def import_message(news: ImportNews) -> Message:
    """How it stands, in one message that is edited."""
    said = _SAYING[news.stage](news)
    blocks = [section("\n".join(said)), *actions(*_buttons(news), block_id="import")]
    notes = _checked(news) if news.stage in OVER and news.checks else []
    if news.can_be_undone:
        notes.append("Can be undone for 24 hours while nothing was sent.")
    blocks += [context(note) for note in notes]
    return Message("\n".join(said).replace("*", ""), blocks)


def sum_message(news: ImportNews) -> Message:
    """What became of the rows, line by line."""
    done = news.one.breakdown
    lines = [f"Rows read: {done.rows:,}", f"Leads added: {done.added:,}"]
    if news.one.campaign_id:
        lines.append(f"Already a lead, joined the campaign: {done.joined:,}")
    lines += [f"{word}: {number:,}" for word, number in left_out(done)]
    notes = without_consent(done)
    notes += ["Added addresses are checked in the background before anything is sent to them."] if done.added else []
    if done.rejects:
        notes.append("The rows left out follow as a CSV file with the reason; mend them and import that file.")
    blocks = [section("*Breakdown*\n" + "\n".join(f"• {line}" for line in lines)), *(context(note) for note in notes)]
    return Message("\n".join(["Breakdown", *lines, *notes]), blocks)


def _checked(news: ImportNews) -> list[str]:
    """`🔎 312 of 900 addresses checked: 290 valid · 10 invalid · 12 unverified`."""
    total, left = sum(news.checks.values()), news.checks.get(None, 0)
    of = f"{total - left:,} of {count(total, 'address', 'addresses')}" if left else count(total, "address", "addresses")
    found = " · ".join(f"{news.checks[verdict]:,} {verdict.value}" for verdict in Verdict if news.checks.get(verdict))
    return [f"🔎 {of} checked{f': {found}' if found else ''}"]


def _buttons(news: ImportNews) -> list[Block | None]:
    id_ = news.one.id
    if news.stage is Stage.RUNNING:
        return [button("Cancel", ids.IMPORT_CANCEL, id_, style="danger", confirm=_CANCEL)]
    if news.stage in {Stage.UNDOING, Stage.UNDONE}:
        return []
    undo = button("Undo import", ids.IMPORT_UNDO, id_, style="danger", confirm=_UNDO) if news.can_be_undone else None
    return [button("Open leads", ids.OPEN_LIST), undo]


def _running(news: ImportNews) -> list[str]:
    done, total = news.one.breakdown, max(news.file.total, news.one.breakdown.rows)
    share = done.rows / total if total else 0.0
    bar = "▓" * round(share * BAR) + "░" * (BAR - round(share * BAR))
    return [
        f"⏳ Importing {_file(news)}",
        f"{bar} {int(share * 100)}% · {done.rows:,} of {count(total, 'row')} · {_came_in(done)}",
    ]


def _done(news: ImportNews) -> list[str]:
    return [f"✅ Imported {_file(news)}", _came_in(news.one.breakdown)]


def _cancelled(news: ImportNews) -> list[str]:
    return [f"⏹️ Import cancelled: {_file(news)}", _so_far(news)]


def _stopped(news: ImportNews) -> list[str]:
    return [f"⚠️ Import stopped: {_file(news)}", esc(news.file.problem, 500), _so_far(news)]


def _undoing(news: ImportNews) -> list[str]:
    return [f"↩️ Undoing the import of {_file(news)}", f"{count(news.one.removed, 'lead')} removed so far"]


def _undone(news: ImportNews) -> list[str]:
    one = news.one
    by = f" by {esc(news.undoing, 80)}" if news.undoing else ""
    said = [f"↩️ Import undone{by}: {bold(one.name, 150)}", f"{count(one.removed, 'lead')} removed"]
    if one.withdrawn:
        said.append(f"{count(one.withdrawn, 'lead')} that were here before left the campaign again")
    stayed = [f"{number:,} {reason.value}" for reason, number in one.kept.items() if number]
    return [*said, f"{count(sum(one.kept.values()), 'lead')} stayed: {', '.join(stayed)}"] if stayed else said


def _file(news: ImportNews) -> str:
    """`*leads.csv* into *Spring* by Ana Novak`."""
    into = f" into {bold(news.campaign, 100)}" if news.campaign else ""
    by = f" by {esc(news.by, 80)}" if news.by else ""
    return f"{bold(news.one.name, 150)}{into}{by}"


def _came_in(done: Breakdown) -> str:
    said = [f"*{count(done.added, 'lead')}* added"]
    said += [f"*{done.joined:,}* joined the campaign"] if done.joined else []
    return " · ".join([*said, *([f"{count(done.rejects, 'row')} left out"] if done.rejects else [])])


def _so_far(news: ImportNews) -> str:
    return f"{count(news.one.breakdown.rows, 'row')} were read · {_came_in(news.one.breakdown)}"


_SAYING = {
    Stage.RUNNING: _running,
    Stage.DONE: _done,
    Stage.CANCELLED: _cancelled,
    Stage.STOPPED: _stopped,
    Stage.UNDOING: _undoing,
    Stage.UNDONE: _undone,
}
