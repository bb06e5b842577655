"""Submissions of web forms: on the lead card, in full, and as news in a channel."""

from collections.abc import Mapping, Sequence

from blocks import ids
from blocks.elements import Block
from blocks.message import Message, button, context, count, esc, modal, section, when
from blocks.statuses import company
from bot.outreach.cards import LeadCard
from bot.outreach.forms import BOXES
from bot.outreach.leads import Lead
from bot.outreach.submissions import ConfirmState, SeenSubmission, Submission

MOST_SHOWN = 3
MOST_LISTED = 20
MOST_LINES = 20
_CONFIRM: Mapping[ConfirmState, str] = {
    ConfirmState.NONE: "✅ consent recorded",
    ConfirmState.WANTED: "⏳ confirmation email is due",
    ConfirmState.SENDING: "❔ confirmation email perhaps sent",
    ConfirmState.SENT: "📨 confirmation email sent, not confirmed yet",
    ConfirmState.HELD: "⏸️ no second confirmation email within an hour",
    ConfirmState.FAILED: "⛔ confirmation email not sent",
}


def submissions_part(card: LeadCard) -> list[Block]:
    """The newest few, with the way to all; nothing for a lead without any."""
    if not card.submissions:
        return []
    lines = [f"• {_line(each, card.timezone)}" for each in card.submissions[:MOST_SHOWN]]
    more = button("All submissions", ids.SUBMISSIONS, card.lead.id)
    return [section("*Webform submissions*\n" + "\n".join(lines), more)]


def submissions_view(lead: Lead, seen: Sequence[SeenSubmission], timezone: str = "UTC") -> Block:
    """The newest, each with what was typed."""
    blocks: list[Block] = [context(f"{company(lead)}: {esc(lead.email or '', 300)}")]
    for each in seen[:MOST_LISTED]:
        typed = [
            f"{BOXES[name][0]}: {esc(text, 500)}" for name, text in each.submission.fields.items() if name in BOXES
        ]
        page = [f"Page: {esc(each.submission.page, 300)}"] if each.submission.page else []
        blocks.append(section("\n".join([_line(each, timezone), *typed, *page])))
    if not seen:
        blocks.append(section("*Nothing was submitted yet.*"))
    return modal(ids.NOTICE, "Webform submissions", blocks)


def _line(seen: SeenSubmission, timezone: str) -> str:
    """`Newsletter · 2 March … · confirmed`."""
    return f"*{esc(seen.form, 80) or 'Web form'}* · {when(seen.submission.at, timezone)} · {_standing(seen.submission)}"


def _standing(submission: Submission) -> str:
    if submission.confirmed_at is not None:
        return "✅ confirmed"
    return _CONFIRM[submission.confirm] if submission.agreed else "no consent given"


def submissions_news(seen: Sequence[tuple[SeenSubmission, Lead]]) -> Message:
    """One line a submission."""
    said = f"{count(len(seen), 'web form')} filled in"
    lines = [f"• {company(lead, 100)}: {_line(each, 'UTC')}" for each, lead in seen[:MOST_LINES]]
    if len(seen) > MOST_LINES:
        lines.append(f"and {len(seen) - MOST_LINES:,} more")
    parts = [section("\n".join(lines[start : start + 10])) for start in range(0, len(lines), 10)]
    return Message(said, [section(f"📝 *{said}*"), *parts])
