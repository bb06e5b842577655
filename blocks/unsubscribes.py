"""Addresses nobody writes to: to look through, and for admins to add one or to clear one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from blocks import ids
from blocks.elements import Block
from blocks.message import (
    Message,
    actions,
    bold,
    button,
    context,
    count,
    esc,
    field_input,
    modal,
    option,
    section,
    select,
    text_input,
    when,
)
from bot.outreach.addresses import LONGEST_ADDRESS
from bot.outreach.reachability import REPLY_SOURCE, STRAY_SOURCE, AddressFact, AddressRecord

FIELD = "value"
EVERY_FACT = "all"
LONGEST_NOTE = 500
MOST_RECORDS = 40
WHY: Mapping[AddressFact, str] = {
    AddressFact.UNSUBSCRIBED: "🔕 Unsubscribed",
    AddressFact.COMPLAINED: "🚩 Marked an email as spam",
    AddressFact.BOUNCED: "⛔ Bounced",
    AddressFact.SUPPRESSED: "✋ Suppressed by hand",
    AddressFact.INVALID: "⚠️ Failed validation",
}
REVIEW = "For review: nobody writes to these addresses. People change their own choice by the link in an email."
ASKED = "They asked not to be written to. Clear it only when they themselves ask to be written to again."
_FILTER = [option("All", EVERY_FACT), *(option(words, fact.value) for fact, words in WHY.items())]


def unsubscribes_view(
    records: Sequence[AddressRecord], *, more: str = "", fact: str = "", may_change: bool, may_clear: bool
) -> Block:
    """One page of what stands against addresses; metadata `{"fact"}`. more: where the next page begins.

    fact: only this one. The select's value is `EVERY_FACT` for all. may_change: may suppress. may_clear: may clear.
    """
    blocks = [
        context(REVIEW),
        *actions(
            select(ids.UNSUBSCRIBES_FACT, "Show", _FILTER, fact or EVERY_FACT),
            button("Suppress an address", ids.SUPPRESS_NEW) if may_change else None,
            button("Export CSV", ids.UNSUBSCRIBES_EXPORT) if records and may_change else None,
        ),
        *(_row(record, may_clear=may_clear) for record in records[:MOST_RECORDS]),
    ]
    if not records:
        blocks.append(section("*No such address.* Choose another reason above." if fact else "*Nobody is on it yet.*"))
    blocks += actions(button("Next", ids.UNSUBSCRIBES_NEXT, more) if more else None)
    return modal(ids.UNSUBSCRIBES, "Unsubscribes", blocks, metadata=json.dumps({"fact": fact[:40]}))


def exported(number: int) -> Message:
    """Where the file went."""
    said = f"{count(number, 'address', 'addresses')} nobody writes to: the file is in your direct messages with me."
    return Message(said, [section(said)])


def _row(record: AddressRecord, *, may_clear: bool) -> Block:
    """A complaint is never cleared, and nobody knows the address of whom was erased: they have no button."""
    clears = may_clear and record.address_key and record.fact is not AddressFact.COMPLAINED
    return section(_said(record), button("Clear", ids.SUPPRESSION_CLEAR, record.address_key) if clears else None)


def _said(record: AddressRecord) -> str:
    """Who, why and since when; then who told it and the note."""
    if not record.address_key:
        return f"*Erased person*\n{WHY.get(record.fact, '').removesuffix(' by hand')} · erased {when(record.at)}"
    told = "their reply" if record.source.startswith((REPLY_SOURCE, STRAY_SOURCE)) else record.source
    source = f" · {esc(told, 150)}" if told.strip() else ""
    note = f"\n“{esc(record.note, LONGEST_NOTE)}”" if record.note.strip() else ""
    why = WHY.get(record.fact, "✅ Cleared")
    return f"{bold(record.address_key, 300) or '*No address*'}\n{why} · since {when(record.at)}{source}{note}"


def suppress_form() -> Block:
    """An address nobody is to write to, and why."""
    blocks = [
        field_input("Email address", "email", text_input(FIELD, max_length=LONGEST_ADDRESS)),
        _note("Whoever looks later reads it. What waits to be sent to this address is not sent."),
    ]
    return modal(ids.SUPPRESS_FORM, "Suppress an address", blocks, submit="Suppress", close="Cancel")


def clear_form(record: AddressRecord) -> Block:
    """Why one may be written to again; metadata `{"key"}`."""
    blocks = [
        section(_said(record)),
        *([section(f"⚠️ {ASKED}")] if record.fact is AddressFact.UNSUBSCRIBED else []),
        _note("Whoever looks later reads it. The address may be written to again at once."),
    ]
    metadata = json.dumps({"key": record.address_key}, ensure_ascii=False)
    return modal(ids.CLEAR_FORM, "Clear an address", blocks, metadata=metadata, submit="Clear", close="Cancel")


def _note(hint: str) -> Block:
    box: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": FIELD,
        "multiline": True,
        "max_length": LONGEST_NOTE,
    }
    return field_input("Why", "note", box, hint=hint)
