"""The Unibox: conversations of the workspace or of one lead, and one conversation."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from blocks import ids
from blocks.elements import Block
from blocks.mail_text import lines_of, mood, named, read
from blocks.message import actions, bold, button, context, count, divider, esc, modal, option, section, select, when
from blocks.reading import class_select, opt_out_part, reading_line
from blocks.reply_card import answer_line
from blocks.strays import strays_line
from bot.outreach.leads import Lead
from bot.outreach.unibox import (
    AnswerState,
    Conversation,
    Direction,
    Mail,
    Reply,
    Thread,
    ThreadPage,
    Via,
    may_mark_read,
)

NO_MESSAGES = "No Unibox messages for this lead."
MOST_MAILS = 20
MOST_MAIL_TEXT = 1_800
_WAITING, _ALL = "waiting", "all"
_FILTERS = [option("Waiting for an answer", _WAITING), option("All conversations", _ALL)]


@dataclass(frozen=True, slots=True)
class UniboxState:
    """What the list shows. lead: only this lead's. cursor: where its page begins."""

    waiting: bool = True
    cursor: str = ""
    lead: str = ""

    def packed(self) -> str:
        """For a view's metadata."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpacked(cls, text: str) -> "UniboxState":
        """The state, or the beginning when the text is none."""
        try:
            kept: dict[str, Any] = json.loads(text or "{}")
            return cls(bool(kept.get("waiting", True)), str(kept.get("cursor") or ""), str(kept.get("lead") or ""))
        except (ValueError, AttributeError):
            return cls()

    def filtered(self, chosen: str) -> "UniboxState":
        """The first page of another filter."""
        return replace(self, waiting=chosen != _ALL, cursor="")


def unibox_view(page: ThreadPage, state: UniboxState, note: str = "") -> Block:
    """The workspace's conversations. note: what a refresh came to."""
    chosen = _WAITING if state.waiting else _ALL
    bar = actions(
        select(ids.UNIBOX_FILTER, "Show", _FILTERS, chosen),
        button("Refresh", ids.UNIBOX_REFRESH),
        block_id=f"unibox_bar:{chosen}",
    )
    notes = [context(esc(note, 500))] if note else []
    rows = [
        row for thread in page.threads if thread.lead_id in page.leads for row in _row(thread, page.leads, page.replies)
    ]
    empty = "Nobody waits for an answer." if state.waiting else "No Unibox messages yet."
    hint = context("Conversations appear once PlusVibe has indexed a message. Refresh reads it again.")
    turning = actions(
        button("Newer", ids.UNIBOX_PREVIOUS, page.previous_cursor) if page.previous_cursor else None,
        button("Older", ids.UNIBOX_NEXT, page.next_cursor) if page.next_cursor else None,
        block_id="unibox_pages",
    )
    blocks = [*bar, *notes, *strays_line(page.strays), *(rows or [section(empty), hint]), *turning]
    return modal(ids.UNIBOX, "Unibox", blocks, metadata=state.packed())


def lead_unibox_view(
    lead: Lead, threads: list[Thread], state: UniboxState, note: str = "", replies: Mapping[str, Reply] | None = None
) -> Block:
    """One lead's conversations, or exactly why there are none. replies: the newest of each, by the thread's id."""
    bar = actions(
        button("Refresh", ids.UNIBOX_REFRESH) if lead.email else None,
        button("Open lead", ids.OPEN_LEAD, lead.id),
        block_id="unibox_bar",
    )
    notes = [context(esc(note, 500))] if note else []
    rows = [row for thread in threads[:20] for row in _row(thread, {lead.id: lead}, replies or {})]
    return modal(
        ids.UNIBOX,
        "Unibox",
        [section(f"*{_titled(lead)}*"), *bar, *notes, *(rows or _nothing(lead))],
        metadata=state.packed(),
    )


def _nothing(lead: Lead) -> list[Block]:
    if not lead.email:
        return [section(NO_MESSAGES), context("This lead has no contact email.")]
    hint = f"Threads appear once at least one message, in or out, is indexed for {esc(lead.email, 150)}."
    return [section(NO_MESSAGES), context(f"{hint} Refresh after sending.")]


def _titled(lead: Lead) -> str:
    name = f" · {esc(lead.name, 80)}" if lead.name and lead.name != lead.title else ""
    return f"{esc(lead.title, 100)}{name}".replace("*", "∗")


def _row(thread: Thread, leads: Any, replies: Mapping[str, Reply]) -> list[Block]:
    lead, reply = leads[thread.lead_id], replies.get(thread.id)
    marks = ["● unread"] if thread.unread else []
    marks += [_waits(thread)] if thread.waiting_since else []
    marks += _heard(thread, reply)
    sender = "" if thread.last_direction is Direction.IN else "You: "
    said = f"*{_titled(lead)}*\n{esc(thread.subject, 150) or '(no subject)'}\n{sender}{esc(thread.preview, 200)}"
    details = " · ".join([when(thread.last_at), *marks])
    return [section(said, button("Open", ids.OPEN_THREAD, thread.id), block_id=f"thread:{thread.id}"), context(details)]


def _heard(thread: Thread, reply: Reply | None) -> list[str]:
    """How the newest reply was read, and PlusVibe's own words where they say something else."""
    ours = reading_line(reply, {}, short=True) if reply else []
    theirs = mood(thread.label, thread.sentiment)
    return ours + [words for words in theirs if not "".join(ours).endswith(words.removeprefix("Label: "))]


def _waits(thread: Thread) -> str:
    """The time only where it is not said already."""
    since = thread.waiting_since
    return f"waiting since {when(since)}" if since and since != thread.last_at else "waiting for an answer"


def thread_view(conversation: Conversation, back: str, note: str = "") -> Block:
    """One conversation, oldest message first, the quoted history folded. back: the list to return to, packed."""
    thread, lead = conversation.thread, conversation.lead
    shown = conversation.mails[-MOST_MAILS:]
    left_out = len(conversation.mails) - len(shown)
    newest = _newest(conversation)
    blocks = [
        section(f"*{_titled(lead)}*\n{bold(thread.subject, 200) or '(no subject)'}"),
        context(" · ".join([*mood(thread.label, thread.sentiment), *_who_has_it(conversation)])),
        *_thread_bar(conversation, back),
        *([context(esc(note, 500))] if note else []),
        *(opt_out_part(newest, conversation.standing) if newest else []),
        divider(),
        *([context(f"{count(left_out, 'older message')} not shown here.")] if left_out else []),
        *(block for mail in shown for block in _mail(mail, conversation)),
        *(
            block
            for answer in conversation.answers
            for block in answer_line(answer, named(answer.author, conversation.names))
        ),
    ]
    return modal(ids.THREAD, "Conversation", blocks, metadata=thread_metadata(thread.id, back))


def _newest(conversation: Conversation) -> Reply | None:
    """Their newest reply, the one that can be read anew."""
    heard = (conversation.replies.get(mail.told.key) for mail in reversed(conversation.mails))
    return next((reply for reply in heard if reply is not None), None)


def thread_metadata(thread_id: str, back: str) -> str:
    """`{"thread": id, "back": packed list or empty}`."""
    return json.dumps({"thread": thread_id, "back": back}, separators=(",", ":"))


def _who_has_it(conversation: Conversation) -> list[str]:
    thread = conversation.thread
    taken = f"Taken by {named(thread.claimed_by, conversation.names)}" if thread.claimed_by else "Nobody has taken it"
    held = ["By email"] if thread.via is Via.MAIL else []
    return [*held, taken, *([f"waiting since {when(thread.waiting_since)}"] if thread.waiting_since else [])]


def _thread_bar(conversation: Conversation, back: str) -> list[Block]:
    thread = conversation.thread
    under_way = any(answer.state is not AnswerState.FAILED for answer in conversation.answers)
    heard = any(mail.direction is Direction.IN for mail in conversation.mails)
    newest = _newest(conversation)
    return actions(
        button("Reply", ids.REPLY, thread.id, style="primary") if heard and not under_way else None,
        button("Take", ids.TAKE_THREAD, thread.id) if not thread.claimed_by else None,
        button("Read", ids.MARK_READ, thread.id) if may_mark_read(thread) else None,
        button("Refresh", ids.THREAD_REFRESH, thread.id),
        button("Open lead", ids.OPEN_LEAD, conversation.lead.id),
        button("Back", ids.BACK_TO_UNIBOX, back) if back else None,
        class_select(newest) if newest else None,
        block_id=f"thread_bar:{newest.reading.reply_class}" if newest else "thread_bar",
    )


def _mail(mail: Mail, conversation: Conversation) -> list[Block]:
    told = mail.told
    reply = conversation.replies.get(told.key)
    read_as = [context(line) for line in reading_line(reply, conversation.names)] if reply else []
    text = read(told)
    sender = esc(told.from_email, 120)
    mark = "⬅️" if mail.direction is Direction.IN else "➡️"
    goes = f" to {esc(mail.to_email, 120)}" if mail.to_email else ""
    folded = (
        [context(f"{count(text.quoted.count(chr(10)) + 1, 'line')} of quoted history folded")] if text.quoted else []
    )
    words = lines_of(text.fresh, MOST_MAIL_TEXT) or "(no text)"
    return [context(f"{mark} *{sender.replace('*', '∗')}*{goes} · {when(told.at)}"), section(words), *folded, *read_as]
