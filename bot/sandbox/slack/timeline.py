"""A channel's messages in the order and grouping the page shows them: days, runs by one author, threads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.sandbox.slack.dates import ago, clock_time, day_divider, moment
from bot.sandbox.slack.state import Message, User
from bot.sandbox.slack.viewer import Viewer

RUN = timedelta(minutes=5)  # messages of one author this close together share one avatar
SHOWN = 60  # newest messages drawn at first: drawing shares its loop with the app's 3 s


@dataclass(frozen=True)
class Entry:
    """One message as the page shows it. `day` is set on the first of its day."""

    message: Message
    author: User
    time: str
    day: str | None = None
    continues: bool = False
    is_deleted: bool = False
    replies: int = 0
    repliers: list[User] = field(default_factory=list)
    last_reply: str = ""


def channel_entries(viewer: Viewer, channel_id: str, *, reach_ts: str | None = None) -> list[Entry]:
    """The channel's own messages, oldest first, each with what its thread holds; the newest `SHOWN` of them.

    reach_ts: draw back at least to this message, for a permalink to an old one.
    """
    visible = [message for message in viewer.workspace.messages.get(channel_id, []) if viewer.sees(message)]
    roots, threads = _split(visible)
    present = {message.ts for message in roots}
    orphaned = (_placeholder(replies[0]) for ts, replies in threads.items() if ts not in present and _kept(replies))
    messages = sorted([*roots, *orphaned], key=lambda message: float(message.ts))
    reached = sum(message.ts >= reach_ts for message in messages) if reach_ts else 0
    entries = _entries(viewer, messages[-max(SHOWN, reached) :])
    return [_with_thread(viewer, entry, _kept(threads.get(entry.message.ts, []))) for entry in entries]


def earlier_ts(viewer: Viewer, channel_id: str, oldest: Entry) -> str | None:
    """The message to reach back to for another `SHOWN`; None when the oldest one is drawn."""
    roots, _ = _split(message for message in viewer.workspace.messages.get(channel_id, []) if viewer.sees(message))
    before = [message.ts for message in roots if message.ts < oldest.message.ts]
    return before[-SHOWN:][0] if before else None


def thread_entries(viewer: Viewer, channel_id: str, thread_ts: str) -> list[Entry]:
    """The parent and its replies; a placeholder in the parent's place when it was deleted."""
    visible = [message for message in viewer.workspace.messages.get(channel_id, []) if viewer.sees(message)]
    parent = next((message for message in visible if message.ts == thread_ts), None)
    replies = [message for message in visible if message.thread_ts == thread_ts and message.ts != thread_ts]
    if parent is None:
        if not replies:
            return []
        parent = _placeholder(replies[0])
    return _entries(viewer, [parent]) + _entries(viewer, replies)


def thread_of(viewer: Viewer, channel_id: str, ts: str) -> str | None:
    """The thread a permalink's message stands in, None when it stands in the channel itself."""
    messages = viewer.workspace.messages.get(channel_id, [])
    found = next((message for message in messages if message.ts == ts), None)
    return found.thread_ts if found and found.thread_ts != ts else None


def _split(messages: Iterable[Message]) -> tuple[list[Message], dict[str, list[Message]]]:
    roots: list[Message] = []
    threads: dict[str, list[Message]] = {}
    for message in messages:
        if message.thread_ts in (None, message.ts) or message.broadcast:
            roots.append(message)
        if message.thread_ts not in (None, message.ts):
            threads.setdefault(message.thread_ts or "", []).append(message)
    return roots, threads


def _kept(replies: Sequence[Message]) -> list[Message]:
    """The replies that count: an ephemeral one leaves no trace in the channel."""
    return [reply for reply in replies if reply.ephemeral_to is None]


def _placeholder(reply: Message) -> Message:
    return Message(channel=reply.channel, ts=reply.thread_ts or reply.ts, user="", deleted=True)


def _entries(viewer: Viewer, messages: Sequence[Message]) -> list[Entry]:
    entries: list[Entry] = []
    for message in messages:
        before = entries[-1] if entries else None
        entries.append(_entry(viewer, message, before))
    return entries


def _entry(viewer: Viewer, message: Message, before: Entry | None) -> Entry:
    at = moment(message.ts)
    day = day_divider(at, viewer.zone, viewer.now)
    is_new_day = before is None or day_divider(moment(before.message.ts), viewer.zone, viewer.now) != day
    return Entry(
        message=message,
        author=_author(viewer, message.user),
        time=clock_time(at, viewer.zone),
        day=day if is_new_day else None,
        continues=not is_new_day and before is not None and _continues(message, before.message),
        is_deleted=message.deleted,
    )


def _continues(message: Message, before: Message) -> bool:
    return (
        message.user == before.user
        and message.ephemeral_to == before.ephemeral_to
        and not any((message.command, before.command, message.deleted, before.deleted))
        and moment(message.ts) - moment(before.ts) < RUN
    )


def _author(viewer: Viewer, user_id: str) -> User:
    found = viewer.workspace.users.get(user_id)
    if found is None:  # a message may carry the bot's B… id
        found = viewer.app if user_id == viewer.workspace.bot_id else User(user_id, user_id, user_id or "Unknown")
    return found


def _with_thread(viewer: Viewer, entry: Entry, replies: Sequence[Message]) -> Entry:
    if not replies:
        return entry
    repliers = {reply.user: _author(viewer, reply.user) for reply in replies}
    last = moment(replies[-1].ts)
    return replace(entry, replies=len(replies), repliers=list(repliers.values())[:5], last_reply=ago(last, viewer.now))
