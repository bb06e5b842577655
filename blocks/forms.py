"""Web forms: the list, the form behind each, and the code to paste into a page."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from blocks import ids
from blocks.elements import Block, lines_input, refused_line
from blocks.lead_texts import chunks, esc_code
from blocks.message import (
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
)
from blocks.words import code
from bot.outreach.forms import (
    BOXES,
    CONSENT,
    EMAIL,
    HONEYPOT,
    LONGEST_NAME,
    LONGEST_PAGE,
    LONGEST_WORDING,
    MESSAGE,
    PAGE,
    WORDING,
    WebForm,
)
from bot.outreach.sites import Site

FIELD = "value"
MOST_FORMS = 40
NO_FORMS = "*No web form yet.* A form on your page makes a lead of whoever fills it in, with consent and its proof."
NOT_CONNECTED = "SendGrid is not connected, so confirmation emails wait: `/outreach doctor` says what is missing."
_BOX_OPTIONS = [option(label, name) for name, (label, _) in BOXES.items()]
_STARTS_WITH = ("first_name", "last_name", "company_name")
_OPT_IN = [option("On: they confirm by email", "on"), option("Off: consent counts at once", "off")]


def forms_view(forms: Sequence[WebForm], *, connected: bool, refused: str = "", notice: str = "") -> Block:
    """Every form by name, retired ones marked. refused: why they are only shown."""
    may_set = not refused
    waits = not connected and any(form.double_opt_in and form.retired_at is None for form in forms)
    blocks = [context(f"✅ {esc(notice)}")] if notice else []
    blocks += [section(f"⚠️ {NOT_CONNECTED}")] if waits else []
    blocks += actions(button("New form", ids.FORM_NEW) if may_set else None)
    blocks += [_row(form, may_set=may_set) for form in forms[:MOST_FORMS]]
    if not forms:
        blocks.append(section(NO_FORMS))
    if len(forms) > MOST_FORMS:
        blocks.append(context(f"and {len(forms) - MOST_FORMS:,} more, later in the alphabet"))
    return modal(ids.FORMS, "Web forms", [*blocks, *refused_line(refused)])


def _row(form: WebForm, *, may_set: bool) -> Block:
    asks = ", ".join(["email", *(BOXES[name][0].lower() for name in form.fields)])
    how = "confirmed by email" if form.double_opt_in else "consent at once"
    where = f"sent from {esc(', '.join(form.origins), 200)}" if form.origins else "sent from any page"
    retired = " · 🚫 Retired" if form.retired_at else ""
    said = f"{form_name(form)}{retired}\nKey {code(form.key)} · {how} · {where}\nAsks for {asks}"
    choices = [("Code to paste", "code")]
    if may_set:
        choices += [("Edit", "edit"), ("Take submissions again", "revive") if form.retired_at else ("Retire", "retire")]
    menu = {
        "type": "overflow",
        "action_id": ids.FORM_MENU,
        "options": [option(words, f"{verb}:{form.id}") for words, verb in choices],
    }
    return section(said, menu)


def form_name(form: WebForm) -> str:
    """Its name in bold, never empty."""
    return bold(form.name, 100) or "*Unnamed form*"


def form_form(form: WebForm | None, sites: Sequence[Site]) -> Block:
    """A new form, or one to change; metadata `{"id"}`."""
    fields = form.fields if form else _STARTS_WITH
    boxes: dict[str, Any] = {
        "type": "multi_static_select",
        "action_id": ids.FORM_FIELDS,
        "placeholder": {"type": "plain_text", "text": "Only the email"},
        "options": _BOX_OPTIONS,
    }
    if chosen := [each for each in _BOX_OPTIONS if each["value"] in fields]:
        boxes["initial_options"] = chosen
    opt_in = "off" if form and not form.double_opt_in else "on"
    wording, origins = (form.wording, "\n".join(form.origins)) if form else (WORDING, "")
    thanks = form.thank_you_url if form else ""
    blocks = [
        field_input("Name", "name", text_input(FIELD, value=form.name if form else "", max_length=LONGEST_NAME)),
        field_input("Asks for, besides the email", "fields", boxes, optional=True),
        field_input(
            "What they agree to", "wording", lines_input(FIELD, wording, LONGEST_WORDING), hint="Kept as proof."
        ),
        field_input("Double opt-in", "double_opt_in", select(ids.FORM_OPT_IN, "On", _OPT_IN, opt_in)),
        *_site_box(form, sites),
        field_input(
            "Allowed origins",
            "origins",
            lines_input(FIELD, origins, 2_000),
            optional=True,
            hint="One a line, such as https://www.acme.com. Empty: any page.",
        ),
        field_input(
            "Thank-you page",
            "thank_you_url",
            text_input(FIELD, value=thanks, max_length=LONGEST_PAGE, placeholder="https://www.acme.com/thanks"),
            optional=True,
            hint="Where visitors go afterwards. Empty: a plain page of ours.",
        ),
    ]
    title = "Edit form" if form else "New form"
    metadata = json.dumps({"id": form.id if form else ""})
    return modal(ids.FORM_FORM, title, blocks, metadata=metadata, submit="Save", close="Cancel")


def _site_box(form: WebForm | None, sites: Sequence[Site]) -> list[Block]:
    if not sites:
        return [context("No site to send confirmations from yet: an admin adds one with `/outreach sites`.")]
    options = [option(site.name.strip() or "Unnamed site", site.id) for site in sites]
    first = form.site_id if form and form.site_id else sites[0].id
    chooser = select(ids.FORM_SITE, "Choose a site", options, first)
    return [field_input("Confirmations come from", "site", chooser, optional=True, hint="Needed with double opt-in.")]


def retire_view(form: WebForm) -> Block:
    """The second look; metadata `{"id"}`."""
    said = (
        f"{form_name(form)} takes no more submissions: pages that still show it get an error (410). "
        "Leads and consent that came by it stay."
    )
    metadata = json.dumps({"id": form.id})
    return modal(ids.FORM_RETIRE, "Retire form", [section(said)], metadata=metadata, submit="Retire", close="Cancel")


def code_view(form: WebForm, base_url: str) -> Block:
    """What to paste into a page, and where scripts send JSON."""
    lines = "\n".join(esc_code(line) for line in snippet(form, base_url).split("\n"))
    names = count(len(form.fields) + 1, "box", "boxes")
    return modal(
        ids.FORM_CODE,
        "Code to paste",
        [
            section(f"{form_name(form)}: paste this into your page, {names} and the consent. Style it as you like."),
            *(section(f"```\n{part}\n```") for part in chunks(lines)),
            context(
                f"Scripts may POST the same names as JSON to {code(_address(form, base_url))}. "
                "The box with the odd name stays hidden: only programs fill it in."
            ),
        ],
    )


def snippet(form: WebForm, base_url: str) -> str:
    """The form as HTML, ready to paste."""
    rows = [f'  <label>Email <input name="{EMAIL}" type="email" required></label>']
    rows += [f"  <label>{BOXES[name][0]} {_element(name)}</label>" for name in form.fields]
    wording = escape(" ".join(form.wording.split()), quote=False)
    return "\n".join(
        [
            f'<form action="{escape(_address(form, base_url))}" method="post"',
            f'  onsubmit="this.{PAGE}.value=location.href">',
            *rows,
            f'  <label><input name="{CONSENT}" type="checkbox" value="yes"> {wording}</label>',
            f'  <input name="{HONEYPOT}" tabindex="-1" autocomplete="off" aria-hidden="true"',
            '    style="position:absolute;left:-9999px">',
            f'  <input name="{PAGE}" type="hidden">',
            "  <button>Send</button>",
            "</form>",
        ]
    )


def _element(name: str) -> str:
    if name == MESSAGE:
        return f'<textarea name="{name}" maxlength="{BOXES[name][1]}"></textarea>'
    return f'<input name="{name}" maxlength="{BOXES[name][1]}">'


def _address(form: WebForm, base_url: str) -> str:
    return f"{base_url.rstrip('/')}/forms/{form.key}"
