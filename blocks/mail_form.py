"""One mail to one lead: written with the budget in sight, then looked at once more before it is queued."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from blocks import ids
from blocks.elements import MOST_OPTIONS, Block, divider, lines_input, plain_text
from blocks.link_forms import Addressing, recipient_part
from blocks.mail_templates import FIELD, LONGEST_BOX, as_read, too_long
from blocks.message import bold, context, esc, field_input, modal, option, plain, section, select, text_input, when
from blocks.sites import left_today, limit_reached, sender
from blocks.statuses import company, contact
from bot.outreach.leads import Lead
from bot.outreach.limits import Budget, Slot
from bot.outreach.mail_templates import MailTemplate
from bot.outreach.mails import LONGEST_SUBJECT, UNDO_FOR

SITE_BLOCK, TEMPLATE_BLOCK = "site", "template"
Typed = tuple[str, str]
TITLE = "Send email"
QUEUE = "Queue for next free slot"
UNTIL_THEN = "until then you can take it back"
HINT = "A blank line begins a paragraph. Placeholders are filled in at the preview."
TAKE_BACK = f"You can take it back for {UNDO_FOR.seconds} seconds."


def field_id(part: str, revision: int) -> str:
    """The block of `subject` or `body`. Another revision is another block: Slack keeps what an old one holds."""
    return f"{part}:{revision}"


def mail_form(
    lead: Lead,
    budgets: Sequence[Budget],
    templates: Sequence[MailTemplate],
    *,
    site_id: str,
    typed: tuple[str, str] = ("", ""),
    template_id: str = "",
    last_sent: datetime | None,
    notice: str = "",
    channel: str = "",
    revision: int = 0,
    link: Addressing | None = None,
) -> Block:
    """The form; metadata `{"lead", "channel", "revision"}`, and for a link `{"opportunity", "board"}`.

    budgets: at least one; the first stands in for an unknown `site_id`. typed: subject and body as they stand.
    revision: another one puts `typed` in place of what the boxes hold.
    """
    subject, body = typed
    chosen = next((budget for budget in budgets if budget.site.id == site_id), budgets[0])
    written = f"Last written to {when(last_sent)}" if last_sent else "Not written to from here yet"
    box = text_input(FIELD, value=subject, max_length=LONGEST_SUBJECT)
    lines = lines_input(FIELD, body, LONGEST_BOX)
    blocks = [
        *([section(f"⚠️ {esc(notice, 2_500)}")] if notice.strip() else []),
        *too_long(body),
        *(recipient_part(link) if link else [section(_goes_to(lead))]),
        context(f"{left_today(chosen)} · {written}"),
        field_input("From", SITE_BLOCK, _sites(budgets, chosen)),
        *_templates(templates, template_id),
        field_input("Subject", field_id("subject", revision), box),
        field_input("Text", field_id("body", revision), lines, hint=HINT),
    ]
    kept = {"lead": lead.id, "channel": channel[:64], "revision": revision}
    kept |= {"opportunity": link.opportunity.id, "board": link.board} if link else {}
    title, metadata = "Send Email" if link else TITLE, json.dumps(kept, ensure_ascii=False)
    return modal(ids.MAIL_FORM, title, blocks, metadata=metadata, submit="Preview", close="Cancel")


def _goes_to(lead: Lead) -> str:
    address = f" ({esc(lead.email, 150)})" if lead.email and lead.name.strip() else ""
    return f"To {contact(lead)}{address} at {company(lead)}"


def _sites(budgets: Sequence[Budget], chosen: Budget) -> Block:
    return select(ids.MAIL_SITE, "Choose a site", site_options(budgets), chosen.site.id)


def site_options(budgets: Sequence[Budget]) -> list[Block]:
    """The sites to choose from, each with what it has left; value is its id."""
    return [option(_site(budget), budget.site.id) for budget in budgets]


def _site(budget: Budget) -> str:
    """Its name and what it has left, as an option's text."""
    left = "⛔ stopped" if budget.site.stopped.strip() else f"{budget.left:,} left today"
    return f"{plain(budget.site.name, 50) or 'Unnamed site'} · {left}"


def _templates(templates: Sequence[MailTemplate], chosen: str) -> list[Block]:
    """The select redraws the form, with the template's words in the boxes."""
    if not templates:
        return [context("No template to begin with yet: `/outreach templates` makes one.")]
    options = [option(plain(each.name, 75) or "Unnamed template", each.id) for each in templates]
    hint = f"The first {MOST_OPTIONS} of {len(templates):,}, by name. " if len(templates) > MOST_OPTIONS else ""
    return [
        field_input(
            "Template",
            TEMPLATE_BLOCK,
            select(ids.MAIL_TEMPLATE, "Write without one", options, chosen),
            optional=True,
            dispatch=True,
            hint=f"{hint}It takes the place of the subject and the text below.",
        )
    ]


def previewed(form: Block, lead: Lead, slot: Slot, typed: Typed, *, to_email: str = "") -> Block:
    """The form with the mail above it as it will be read: whom it goes to, from whom, and what `Send` does.

    typed: subject and body. to_email: the address, where that is typed too. Metadata gains `seen`, which tells this
    text from another, and `queue`.
    """
    subject, body = typed
    site, must_wait = slot.budget.site, slot.over is not None
    seen = [
        section(f"Goes to {bold(lead.email or '', 300)} from {sender(site)}"),
        *as_read(subject, body),
        section(_leaves(lead, slot)),
        divider(),
        context("Change anything below and the preview comes once more."),
    ]
    kept = json.loads(form["private_metadata"]) | {
        "seen": digest(site.id, subject, body, to_email),
        "queue": must_wait,
    }
    return {
        **form,
        "blocks": [*seen, *form["blocks"]],
        "submit": plain_text(QUEUE if must_wait else "Send", 24),
        "private_metadata": json.dumps(kept, ensure_ascii=False),
    }


def digest(site_id: str, subject: str, body: str, to_email: str = "") -> str:
    """What tells one text from another."""
    parts = (site_id, subject.strip(), body.strip(), to_email.strip())
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _leaves(lead: Lead, slot: Slot) -> str:
    """What a click on the submit button does."""
    if slot.wait is None:
        return TAKE_BACK
    zone = slot.budget.site.timezone
    leaves = when(slot.leaves_at, zone)
    if slot.over is not None:
        return f"{limit_reached(lead, slot.budget, slot.over)}\nThe next free slot is {leaves}; {UNTIL_THEN}."
    until = when(slot.wait.until, zone)
    return f"🌙 The site is quiet until {until}. The email leaves {leaves}; {UNTIL_THEN}."


def obstacle_view(lead: Lead, obstacle: str) -> Block:
    """Why nothing can be sent to this lead."""
    return modal(ids.NOTICE, TITLE, [section(f"⚠️ No email to {company(lead)}: {esc(obstacle, 2_500)}")])
