"""Mail templates: all of them, one to write, and one as a prospect would read it."""

import json
from collections.abc import Mapping, Sequence
from textwrap import wrap

from blocks import ids
from blocks.elements import MOST_SECTION_TEXT, Block, lines_input, refused_line
from blocks.message import (
    Message,
    actions,
    bold,
    button,
    code,
    context,
    esc,
    field_input,
    modal,
    option,
    section,
    text_input,
    when,
)
from blocks.push import lead_option
from blocks.statuses import company, contact
from blocks.words import width
from bot.outreach.leads import Lead
from bot.outreach.mail_placeholders import OF_AUDIT, OF_LEAD, OF_OPPORTUNITY, OF_SENDER, Placeholder
from bot.outreach.mail_templates import (
    LONGEST_NAME,
    LONGEST_SUBJECT,
    MailTemplate,
    Rendered,
    placeholders_in,
    unknown_in,
)

FIELD = "value"
LONGEST_BOX = 3_000  # no box of Slack's holds more
MOST_TEMPLATES = 95
PARAGRAPHS = "Plain text. A blank line begins a paragraph."
MOST_PARTS = 10
MOST_UNKNOWN = 5
NAMED_BLOCK = "placeholders"
NO_TEMPLATES = "*No templates yet.* A template is a subject and a text with placeholders, filled in for each lead."
DEFAULTS = (
    "For a lead of whom something is not known, give a default: `{{ first_name | default('there') }}`\n"
    "Or write two ways: `{% if city %}in {{ city }}{% else %}near you{% endif %}`"
)
GROUPS: Mapping[str, Sequence[Placeholder]] = {
    "Of the lead": OF_LEAD,
    "Of its audit": OF_AUDIT,
    "Of the opportunity": OF_OPPORTUNITY,
    "Of the sender": OF_SENDER,
}


def templates_view(templates: Sequence[MailTemplate], *, refused: str = "", notice: str = "") -> Block:
    """Every template with what can be done. refused: why they are only shown. notice: what the last act came to."""
    may_edit = not refused
    blocks = [section(esc(notice, 2_500))] if notice.strip() else []
    blocks += actions(button("New template", ids.TEMPLATE_NEW) if may_edit else None)
    blocks += [_row(template, may_edit=may_edit) for template in templates[:MOST_TEMPLATES]] or [section(NO_TEMPLATES)]
    if len(templates) > MOST_TEMPLATES:
        blocks.append(context(f"and {len(templates) - MOST_TEMPLATES:,} more, later in the alphabet"))
    return modal(ids.MAIL_TEMPLATES, "Templates", [*blocks, *refused_line(refused)])


def _row(template: MailTemplate, *, may_edit: bool) -> Block:
    changed = f"\nchanged {when(template.updated_at)}" if template.updated_at else ""
    subject = esc(template.subject, 200) or "(no subject)"
    menu = [("Preview", "preview", True), ("Edit", "edit", may_edit), ("Copy", "copy", may_edit)]
    menu.append(("Delete…", "delete", may_edit))
    options = [option(text, f"{verb}:{template.id}") for text, verb, allowed in menu if allowed]
    return section(
        f"{template_name(template)}\n{subject}{changed}",
        {"type": "overflow", "action_id": ids.TEMPLATE_MENU, "options": options},
    )


def template_name(template: MailTemplate) -> str:
    """Its name in bold, never empty."""
    return bold(template.name, 200) or "*Unnamed template*"


def template_form(template: MailTemplate | None, *, typed: tuple[str, str, str] | None = None) -> Block:
    """A new template, or one to change; metadata `{"id", "seen"}`. typed: name, subject and body as they stand."""
    stored = (template.name, template.subject, template.body) if template else ("", "", "")
    name, subject, body = typed or stored
    blocks = [
        *too_long(body),
        field_input("Name", "name", text_input(FIELD, value=name, max_length=LONGEST_NAME)),
        _followed("Subject", "subject", text_input(FIELD, value=subject, max_length=LONGEST_SUBJECT)),
        _followed("Text", "body", lines_input(FIELD, body, LONGEST_BOX), PARAGRAPHS),
        section(named_line(subject, body), block_id=NAMED_BLOCK),
        *(section(f"*{title}*\n{_listed(group)}") for title, group in GROUPS.items()),
        context(DEFAULTS),
    ]
    kept = {"id": template.id if template else "", "seen": template.revision if template else 0}
    title = "Edit template" if template else "New template"
    return modal(ids.TEMPLATE_FORM, title, blocks, metadata=json.dumps(kept), submit="Save", close="Cancel")


def _followed(label: str, part: str, box: Block, hint: str = "") -> Block:
    """A box that sends each pause in typing: the line below says which placeholders are in it by now."""
    pauses = {"trigger_actions_on": ["on_character_entered"]}
    told = {**box, "action_id": f"{ids.TEMPLATE_TYPED}|{part}", "dispatch_action_config": pauses}
    return field_input(label, part, told, hint=hint, dispatch=True)


def named_line(subject: str, body: str) -> str:
    """The placeholders in these words, and what looks like one and is none."""
    used, unknown = placeholders_in(subject, body), unknown_in(subject, body)
    lines = [f"In it: {', '.join(map(placeholder_code, used))}" if used else "None in it yet. These are possible:"]
    if unknown:
        lines.append(f"⚠️ There is no {', '.join(placeholder_code(name) for name in unknown[:MOST_UNKNOWN])}.")
    return "\n".join(["*Placeholders*", *lines])


def _listed(group: Sequence[Placeholder]) -> str:
    return "\n".join(f"{placeholder_code(each.name)} {esc(each.says)}, “{esc(each.example)}”" for each in group)


def placeholder_code(name: str) -> str:
    """A placeholder as it is written in a template."""
    return code(f"{{{{ {name} }}}}")


def too_long(text: str) -> list[Block]:
    """A warning above a box that does not hold the whole text."""
    if len(text) <= LONGEST_BOX:
        return []
    said = (
        f"The text has {len(text):,} characters, and a box of Slack's holds {LONGEST_BOX:,}: its end is cut off below."
    )
    return [section(f"⚠️ {said}")]


def template_preview(
    template: MailTemplate, lead: Lead, rendered: Rendered | None, problem: str, *, page: str = "", notice: str = ""
) -> Block:
    """The mail this lead would get; metadata `{"id"}`. problem: why there is none; the template then stands as it is
    written. page: of the opportunity in it. notice: what the last act came to.
    """
    about = f", about {esc(page, 300)}" if page else ""
    blocks = [section(esc(notice, 2_500))] if notice else []
    blocks += [
        context(f"{template_name(template)}, for {contact(lead)} at {company(lead)}{about}"),
        *actions(button("Send me the HTML", ids.TEMPLATE_HTML, lead.id) if rendered else None, _another(lead)),
    ]
    if problem.strip():
        blocks.append(section(f"⚠️ {esc(problem, 2_500)}"))
    if rendered is None:
        blocks += [context("As it is written:"), *as_read(template.subject, template.body)]
    else:
        used = ", ".join(placeholder_code(name) for name in rendered.used)
        blocks += as_read(rendered.subject, rendered.text)
        blocks.append(
            context(f"Placeholders in it: {used}" if used else "It has no placeholders: everybody gets the same.")
        )
    return modal(ids.TEMPLATE_PREVIEW, "Preview", blocks, metadata=json.dumps({"id": template.id}))


def _another(lead: Lead) -> Block:
    """The lead it is tried on, and any other by search."""
    return {
        "type": "external_select",
        "action_id": ids.TEMPLATE_LEAD,
        "min_query_length": 2,
        "placeholder": {"type": "plain_text", "text": "Try it on another lead"},
        "initial_option": lead_option(lead),
    }


def html_message(template: MailTemplate, lead: Lead) -> Message:
    """What stands above the file with the mail as a browser shows it."""
    said = f"{template_name(template)} as HTML, for {contact(lead)} at {company(lead)}. Nothing was sent."
    return Message(said, [section(said)])


def as_read(subject: str, text: str) -> list[Block]:
    """A mail as its reader sees it: the subject bold, every line quoted, in at most `MOST_PARTS` parts."""
    lines = [piece for line in text.splitlines() for piece in wrap(line, 2_500) or [""]]
    parts = [""]
    for line in lines:
        quoted = f"&gt; {esc(line)}".rstrip()
        if parts[-1] and width(parts[-1]) + width(quoted) >= MOST_SECTION_TEXT:
            parts.append("")
        parts[-1] += f"\n{quoted}" if parts[-1] else quoted
    blocks = [section(bold(subject, 400) or "*No subject*"), *(section(part or "&gt;") for part in parts[:MOST_PARTS])]
    return blocks if len(parts) <= MOST_PARTS else [*blocks, context("It goes on; the rest is not shown here.")]


def remove_view(template: MailTemplate) -> Block:
    """The second look before a template is gone; metadata `{"id"}`."""
    said = f"{template_name(template)} is deleted for everybody. Emails made from it keep their text."
    return modal(
        ids.TEMPLATE_REMOVE,
        "Delete template",
        [section(said)],
        metadata=json.dumps({"id": template.id}),
        submit="Delete",
        close="Cancel",
    )
