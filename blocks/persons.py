"""A person's data: where an export went, and the second look before an erasure."""

import json

from blocks import ids
from blocks.elements import Block
from blocks.message import Message, bold, context, count, esc, modal, section
from blocks.segments import segment_name
from blocks.statuses import company
from bot.outreach.leads import Lead
from bot.outreach.segments import Segment


def exported(lead: Lead, lines: int) -> Message:
    """Where the file went."""
    said = f"All that is held of {company(lead)} ({count(lines, 'line')}) is in your direct messages with me."
    return Message(said, [section(said)])


def segment_exported(segment: Segment, leads: int) -> Message:
    """The same of a segment."""
    are = "is" if leads == 1 else "are"
    said = f"{count(leads, 'lead')} of {segment_name(segment)} {are} in your direct messages with me."
    return Message(said.replace("*", ""), [section(said)])


def erase_view(lead: Lead) -> Block:
    """What goes and what stays; metadata `{"lead"}`."""
    who = bold(lead.title, 200) or "*This lead*"
    blocks = [
        section(f"{who} {esc(lead.email or '', 300)}\nEverything held of this person is taken away *for good*:"),
        section(
            "• the lead, its companions of the same address, and what was found for it\n"
            "• the texts of emails and drafts, replies, conversations, web forms, consent\n"
            "• its timeline and the raw payloads of vendors\n"
            "• its name and words in the messages I posted; these are edited"
        ),
        section(
            "*What stays:* figures without a name, a line in the log that you did it, and a code by which the "
            "address is known as suppressed if it ever comes back."
        ),
        context("PlusVibe and SendGrid keep their own copies: remove the lead there as well. Nobody can undo this."),
    ]
    metadata = json.dumps({"lead": lead.id})
    return modal(ids.ERASE_FORM, "Erase a person", blocks, metadata=metadata, submit="Erase for good", close="Cancel")


def erased(lead_id: str) -> Message:
    """It is done; nothing here names the person."""
    said = f"Erased. The log keeps that you did it (lead …{esc(lead_id[-8:], 8)})."
    return Message(said, [section(f"🗑️ {said}")])
