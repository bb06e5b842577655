"""The forms of the link board: add a page, move it, its notes, a second look before it is deleted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from blocks import link_ids
from blocks.elements import Block, lines_input
from blocks.link_card import named_column, page_line, page_link
from blocks.mail_templates import FIELD
from blocks.message import actions, button, context, field_input, link, modal, option, section, select, text_input, when
from blocks.words import who
from bot.outreach.addresses import LONGEST_ADDRESS
from bot.outreach.link_checks import LinkMatch
from bot.outreach.opportunities import COLUMN_NAMES, LONGEST_ANCHOR, LONGEST_NOTES, BoardColumn, Opportunity

TO_BLOCK = "to"
_LONGEST_URL = 2_000
_WON = "Won takes back what waits to be sent for it and ends its sequence."
MATCHES: Mapping[LinkMatch, str] = {
    LinkMatch.EXACT: "A link to this very page",
    LinkMatch.PREFIX: "To this page or one below it",
    LinkMatch.DOMAIN: "To any page of its domain",
}
_FIELDS: tuple[tuple[str, str, str, int, bool], ...] = (
    ("source_url", "Page that should link to you", "https://blog.example/best-tools", _LONGEST_URL, False),
    ("anchor_text", "Words of the link", "website audits", LONGEST_ANCHOR, True),
    ("target_url", "Your page it should lead to", "https://ours.example/audits", _LONGEST_URL, True),
    ("email", "Recipient email", "editor@blog.example", LONGEST_ADDRESS, True),
)


@dataclass(frozen=True, slots=True)
class Addressing:
    """What a form is sent for, and the address typed so far. board: the state of the board beneath, packed."""

    opportunity: Opportunity
    to_email: str
    board: str = ""


def add_form(board: str) -> Block:
    """A new opportunity. board: the state of the board beneath, packed, as in every form's metadata here."""
    blocks = [
        field_input(label, name, text_input(FIELD, placeholder=example, max_length=longest), optional=optional)
        for name, label, example, longest, optional in _FIELDS
    ]
    blocks.append(_match(LinkMatch.EXACT))
    blocks.append(field_input("Notes", "notes", lines_input(FIELD, "", LONGEST_NOTES), optional=True))
    kept = _kept("", board)
    return modal(link_ids.LINK_ADD_FORM, "Add Opportunity", blocks, metadata=kept, submit="Add", close="Cancel")


def move_form(opportunity: Opportunity, board: str) -> Block:
    """Another column; metadata gains `seen`, where it stood when the form was opened."""
    options = [option(COLUMN_NAMES[column], column.value) for column in BoardColumn]
    chooser = select(FIELD, "Choose a column", options, opportunity.column.value)
    blocks = [
        section(f"{page_line(opportunity)}\n{named_column(opportunity.column)} now"),
        field_input("Move to", "column", chooser, hint=_WON),
    ]
    kept = _kept(opportunity.id, board, seen=opportunity.column.value)
    return modal(link_ids.LINK_MOVE_FORM, "Move Status", blocks, metadata=kept, submit="Move", close="Cancel")


def notes_form(opportunity: Opportunity, board: str, author: str, *, done: str = "") -> Block:
    """Its notes, saved in place. author: who changed them last, by name; done: a line on top."""
    last = f"Last changed by {who(author)} {when(opportunity.noted_at)}" if opportunity.noted_at else ""
    blocks = [
        *([section(f"✅ {done}")] if done else []),
        section(page_line(opportunity)),
        field_input("Notes", "notes", lines_input(FIELD, opportunity.notes, LONGEST_NOTES), optional=True),
        *([context(last)] if last else []),
        *actions(button("Back to history", link_ids.LINK_BACK_TO_HISTORY, opportunity.id)),
    ]
    kept = _kept(opportunity.id, board)
    return modal(link_ids.LINK_NOTES_FORM, "Notes", blocks, metadata=kept, submit="Save", close="Close")


def aim_form(opportunity: Opportunity, board: str) -> Block:
    """Which link is wanted of its page."""
    held = {"anchor_text": opportunity.anchor_text, "target_url": opportunity.target_url}
    blocks = [
        section(page_line(opportunity)),
        *(
            field_input(
                label,
                name,
                text_input(FIELD, value=held[name], placeholder=example, max_length=longest),
                optional=optional,
            )
            for name, label, example, longest, optional in _FIELDS
            if name in held
        ),
        _match(opportunity.link.match),
        context("A link that leads elsewhere than before is looked for anew."),
        *actions(button("Back to history", link_ids.LINK_BACK_TO_HISTORY, opportunity.id)),
    ]
    kept = _kept(opportunity.id, board)
    return modal(link_ids.LINK_AIM_FORM, "Edit link", blocks, metadata=kept, submit="Save", close="Close")


def _match(chosen: LinkMatch) -> Block:
    options = [option(words, match.value) for match, words in MATCHES.items()]
    return field_input("What counts as the link", "match", select(FIELD, "Choose", options, chosen.value))


def removal_form(opportunity: Opportunity, board: str) -> Block:
    """The second look."""
    said = (
        f"{page_link(opportunity)} leaves the board for everybody, and what waits to be sent for it is taken back. "
        "What was sent stays in the history of its lead."
    )
    kept = _kept(opportunity.id, board)
    return modal(
        link_ids.LINK_REMOVE_FORM,
        "Delete opportunity",
        [section(said)],
        metadata=kept,
        submit="Delete",
        close="Cancel",
    )


def recipient_part(given: Addressing) -> list[Block]:
    """The first part of a form that sends something for an opportunity: what for, and whom to."""
    opportunity = given.opportunity
    box = text_input(FIELD, value=given.to_email, placeholder="editor@blog.example", max_length=LONGEST_ADDRESS)
    target = (
        f"\nshould lead to {link(opportunity.target_url, opportunity.target_url)}" if opportunity.target_url else ""
    )
    return [
        section(f"For {page_line(opportunity)}{target}"),
        field_input("Recipient email", TO_BLOCK, box, hint="Somebody you know already is recognised by the address."),
    ]


def _kept(opportunity_id: str, board: str, **more: str) -> str:
    kept = {"opportunity": opportunity_id, "board": board, **more}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
