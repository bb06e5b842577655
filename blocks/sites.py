"""Sites: whom mail comes from, what each may still send today, and the form behind it."""

import json
from collections.abc import Sequence
from datetime import time
from typing import Any

from blocks import ids
from blocks.elements import Block, refused_line
from blocks.message import actions, bold, button, context, count, esc, field_input, modal, section, text_input, when
from blocks.pipeline import bar
from blocks.statuses import company
from bot.outreach.addresses import LONGEST_ADDRESS, LONGEST_HOST
from bot.outreach.leads import Lead
from bot.outreach.limits import Budget, Limit, Wait
from bot.outreach.sites import DAILY_CAP, LONGEST_ADDRESS_LINE, LONGEST_NAME, Site

FIELD = "value"
MOST_SITES = 45
NO_SITES = "*No site yet.* A site is whom mail comes from: a sender, a postal address and a daily cap."
NOT_CONNECTED = "SendGrid is not connected, so nothing leaves yet: `/outreach doctor` says what is missing."


def sites_view(budgets: Sequence[Budget], *, connected: bool, refused: str = "") -> Block:
    """Every site with its day. refused: why they are only shown."""
    may_set = not refused
    blocks = [] if connected else [section(f"⚠️ {NOT_CONNECTED}")]
    blocks += actions(button("New site", ids.SITE_NEW) if may_set else None)
    blocks += [block for budget in budgets[:MOST_SITES] for block in _rows(budget, may_set=may_set)]
    if not budgets:
        blocks.append(section(NO_SITES))
    if len(budgets) > MOST_SITES:
        blocks.append(context(f"and {len(budgets) - MOST_SITES:,} more, later in the alphabet"))
    return modal(ids.SITES, "Sites", [*blocks, *refused_line(refused)])


def _rows(budget: Budget, *, may_set: bool) -> list[Block]:
    site = budget.site
    lines = [site_name(site), f"from {sender(site)}", _spent(budget)]
    if site.stopped.strip():
        lines.append(f"{_stopped(site)} Save it again to let it send.")
    details = [esc(site.address, 300) or "no postal address", esc(site.timezone, 60), _quiet(site), _answers(site)]
    edit = button("Edit", ids.SITE_EDIT, site.id) if may_set else None
    return [section("\n".join(lines), edit), context(" · ".join(details))]


def site_name(site: Site, limit: int = 100) -> str:
    """Its name in bold, never empty."""
    return bold(site.name, limit) or "*Unnamed site*"


def sender(site: Site) -> str:
    """`Sales <sales@acme.com>`, as a mail's first line says it."""
    return esc(f"{site.from_name} <{site.from_email}>" if site.from_name.strip() else site.from_email, 300)


def _spent(budget: Budget) -> str:
    site = budget.site
    held = f", {budget.held:,} queued to send" if budget.held else ""
    percent = min(100.0, 100 * budget.used / max(1, site.daily_cap))
    said = f"{budget.used:,} of {site.daily_cap:,} sent today{held}, resets {when(budget.resets_at, site.timezone)}"
    return f"`{bar(percent)}` {said}"


def site_days(budgets: Sequence[Budget], most: int) -> list[Block]:
    """What the first so many have sent today, a line each."""
    lines = [
        f"{site_name(budget.site, 60)} {_stopped(budget.site) if budget.site.stopped.strip() else _spent(budget)}"
        for budget in budgets[:most]
    ]
    if len(budgets) > most:
        lines.append(f"and {count(len(budgets) - most, 'more site')}: `/outreach sites`")
    return [context("\n".join(lines))] if lines else []


def _stopped(site: Site) -> str:
    return f"⛔ Stopped: {esc(site.stopped, 500)}"


def _quiet(site: Site) -> str:
    if site.quiet_from == site.quiet_to:
        return "no quiet hours"
    return f"quiet from {site.quiet_from:%H:%M} to {site.quiet_to:%H:%M}"


def _answers(site: Site) -> str:
    return f"answers to {esc(site.reply_domain, 200)}" if site.reply_domain.strip() else "answers to the sender"


def left_today(budget: Budget) -> str:
    """`37 of 100 left today from Acme, resets …`: what a click may still spend, or why nothing leaves."""
    site = budget.site
    reset = when(budget.resets_at, site.timezone)
    said = f"{budget.left:,} of {site.daily_cap:,} left today from {site_name(site)}, resets {reset}"
    return f"{said} · {_stopped(site)}" if site.stopped.strip() else said


def limit_reached(lead: Lead, budget: Budget, wait: Wait) -> str:
    """The limit that refuses a mail to this lead: what is used, of how much, until when."""
    until = when(wait.until, budget.site.timezone)
    if wait.limit is Limit.CAP:
        used = budget.used + budget.held
        cap = f"{budget.site.daily_cap:,}"
        why = f"{used:,} of today's {cap} emails are sent or queued to send; the cap resets {until}."
    elif wait.is_ahead:
        why = f"An email to {company(lead)} waits to leave already: 1 of 1 email, the next is possible {until}."
    else:
        why = f"{company(lead)} was written to less than 24 hours ago: 1 of 1 email, the next is possible {until}."
    return f"⚠️ *Limit reached (429):* {why}"


def site_form(site: Site | None) -> Block:
    """A new site, or one to change; each box's block is called as the field; metadata `{"id"}`."""
    blocks = [
        _box("Name", "name", site.name if site else "", LONGEST_NAME),
        _box("Sender's address", "from_email", site.from_email if site else "", LONGEST_ADDRESS),
        _box("Sender's name", "from_name", site.from_name if site else "", 80, optional=True),
        _box(
            "Postal address",
            "address",
            site.address if site else "",
            LONGEST_ADDRESS_LINE,
            hint="One line. The law wants it under every mail.",
        ),
        _box("Time zone", "timezone", site.timezone if site else "", 60, hint="Such as Europe/Prague."),
        _box("Daily cap", "daily_cap", str(site.daily_cap if site else DAILY_CAP), 6, hint=f"1 to {DAILY_CAP} emails."),
        _box(
            "Replies go to",
            "reply_domain",
            site.reply_domain if site else "",
            LONGEST_HOST,
            hint="A host whose mail SendGrid passes on, such as parse.acme.com. Empty: to the sender's address.",
            optional=True,
        ),
        *_quiet_boxes(site),
    ]
    metadata = json.dumps({"id": site.id if site else ""})
    title = "Edit site" if site else "New site"
    return modal(ids.SITE_FORM, title, blocks, metadata=metadata, submit="Save", close="Cancel")


def _box(label: str, field: str, value: str, longest: int, *, hint: str = "", optional: bool = False) -> Block:
    box = text_input(FIELD, value=value, max_length=longest)
    return field_input(label, field, box, hint=hint, optional=optional)


def _quiet_boxes(site: Site | None) -> list[Block]:
    quiet = site if site and site.quiet_from != site.quiet_to else None
    hint = "Nothing leaves in these local hours, also over midnight. Leave both empty for none."
    return [
        field_input("Quiet from", "quiet_from", _clock(quiet.quiet_from if quiet else None), optional=True),
        field_input("Quiet to", "quiet_to", _clock(quiet.quiet_to if quiet else None), optional=True, hint=hint),
    ]


def _clock(at: time | None) -> Block:
    element: dict[str, Any] = {"type": "timepicker", "action_id": FIELD}
    return {**element, "initial_time": f"{at:%H:%M}"} if at else element
