"""The Home tab: what is broken, what waits for a person, quick actions, then the four surfaces in figures."""

from collections.abc import Sequence

from blocks import ids
from blocks.campaign_choice import campaign_name
from blocks.elements import Block
from blocks.message import actions, bold, button, context, count, divider, esc, header, section, strong, when
from blocks.outreach import finding_line
from blocks.pipeline import funnel_cards
from blocks.sites import site_days
from blocks.statuses import company
from blocks.step_card import step_line
from blocks.unclear_mails import unclear_line
from bot.outreach.access import Permission
from bot.outreach.campaigns import Campaign
from bot.outreach.drafts import DraftCard
from bot.outreach.home import MOST_COUNTED_STEPS, TOLD, BlockedLine, Figures, Home, Waiting
from bot.outreach.leads import LeadStatus
from bot.outreach.unibox import ReplyCard

SHOWN = 3
NOTHING_WAITS = (
    "Nothing waits for you: no draft to approve, no reply without an answer, no step to send, no blocked push."
)
MOST_COUNTED_REPLIES = 1_000
_MOST_FINDINGS = 5
_MOST_CAMPAIGNS = 8


def home_view(home: Home, may: frozenset[Permission]) -> Block:
    """One person's Home. Buttons they may not press are left out."""
    blocks = [
        *(section(finding_line(finding)) for finding in home.wrong[:_MOST_FINDINGS]),
        header("My work"),
        *_work(home.waiting, may),
        *_quick(may),
        divider(),
        *_leads(home.figures),
        *_pipeline(home.figures),
        *_emails(home.figures),
        *_plusvibe(home.figures.campaigns),
    ]
    return {"type": "home", "blocks": blocks}


def _work(waiting: Waiting, may: frozenset[Permission]) -> list[Block]:
    if waiting.is_none:
        return [section(NOTHING_WAITS)]
    return [
        *_drafts(waiting, may),
        *_replies(waiting),
        *_steps(waiting),
        *unclear_line(waiting.unclear),
        *_blocked(waiting),
    ]


def _drafts(waiting: Waiting, may: frozenset[Permission]) -> list[Block]:
    """The count, then the oldest few; who may not approve sees how many there are."""
    if not waiting.drafts:
        return []
    said = f"📝 *{count(waiting.drafts, 'draft')}* to approve"
    cards = waiting.draft_cards[:SHOWN] if Permission.APPROVE_DRAFTS in may else ()
    return [section(said, button("Open drafts", ids.OPEN_DRAFTS)), *(_draft(card) for card in cards)]


def _draft(card: DraftCard) -> Block:
    subject = esc(card.draft.letters[0].subject, 120) if card.draft.letters else ""
    said = f"*{company(card.lead).replace('*', '∗')}*: {subject or 'no subject'} · {when(card.draft.created_at)}"
    return section(said, button("Preview", ids.OPEN_DRAFT, card.draft.id))


def _replies(waiting: Waiting) -> list[Block]:
    if not waiting.replies:
        return []
    many = f"{waiting.replies:,} or more" if waiting.replies >= MOST_COUNTED_REPLIES else f"{waiting.replies:,}"
    said = f"💬 *{many} {'reply' if waiting.replies == 1 else 'replies'}* without an answer"
    cards = waiting.reply_cards[:SHOWN]
    return [section(said, button("Open Unibox", ids.OPEN_UNIBOX)), *(_reply(card) for card in cards)]


def _reply(card: ReplyCard) -> Block:
    subject = esc(card.reply.heard.subject, 120)
    said = f"*{company(card.lead).replace('*', '∗')}*: {subject or 'no subject'} · {when(card.reply.received_at)}"
    return section(said, button("Open", ids.OPEN_THREAD, card.reply.id))


def _steps(waiting: Waiting) -> list[Block]:
    if not waiting.steps:
        return []
    many = f"{waiting.steps:,} or more steps" if waiting.steps >= MOST_COUNTED_STEPS else count(waiting.steps, "step")
    said = f"✋ *{many}* of sequences {'waits' if waiting.steps == 1 else 'wait'} for a person"
    cards = waiting.step_cards[:SHOWN]
    return [section(said), *(section(step_line(card), button("Open", ids.OPEN_LEAD, card.lead.id)) for card in cards)]


def _blocked(waiting: Waiting) -> list[Block]:
    if not waiting.blocked:
        return []
    armed = f"{waiting.armed:,} armed" if waiting.armed else "none armed"
    said = f"⛔ *{count(waiting.blocked, 'blocked push', 'blocked pushes')}*, {armed}"
    return [section(said), *(_blocked_line(line) for line in waiting.blocked_lines[:SHOWN])]


def _blocked_line(line: BlockedLine) -> Block:
    to = bold(line.campaign, 80) or "a campaign that is gone"
    until = f" · armed until {when(line.armed_until)}" if line.armed_until else ""
    said = f"{count(line.leads, 'lead')} to {to} · {when(line.created_at)}{until}"
    opens = button("Open report", f"{ids.HOME_REPORT}|{line.id}"[:255], url=line.link) if line.link else None
    return section(said, opens)


def _quick(may: frozenset[Permission]) -> list[Block]:
    return actions(
        button("Open leads", ids.OPEN_LIST, style="primary"),
        button("Push leads", ids.OPEN_PUSH) if Permission.PUSH_LEADS in may else None,
        button("Pipeline", ids.OPEN_PIPELINE),
        button("Sync now", ids.SYNC_NOW) if Permission.SYNC_LEADS in may else None,
        button("Add lead", ids.ADD_LEAD) if Permission.EDIT_LEADS in may else None,
    )


def _leads(figures: Figures) -> list[Block]:
    ready = figures.counts.get(LeadStatus.EMAIL_GENERATED, 0)
    return [
        header("Leads"),
        section(f"{count(figures.funnel.total, 'lead')} · {ready:,} with an email ready, waiting for a push"),
    ]


def _pipeline(figures: Figures) -> list[Block]:
    """The six cards, and what happened since midnight."""
    moved = [f"{figures.today[kind]:,} {word}" for kind, word in TOLD.items() if figures.today.get(kind)]
    return [
        header("Pipeline"),
        section("Leads that ever got this far", fields=funnel_cards(figures.funnel)),
        context(f"Today: {' · '.join(moved)}" if moved else "Nothing has happened yet today"),
    ]


def _emails(figures: Figures) -> list[Block]:
    emails = figures.emails
    rate = f" · send rate {emails.send_rate:.0f}%" if emails.total else ""
    return [
        header("Emails"),
        section(f"{count(emails.total, 'message')}, {emails.sent:,} sent{rate}"),
        *site_days(figures.budgets, SHOWN),
        *actions(button("Drafts", ids.OPEN_DRAFTS), button("Unibox", ids.OPEN_UNIBOX)),
    ]


def _plusvibe(campaigns: Sequence[Campaign]) -> list[Block]:
    if not campaigns:
        said = "No campaigns here yet: connect PlusVibe, create one there, then sync."
        return [header("PlusVibe"), section(said)]
    names = ", ".join(strong(campaign_name(campaign, 60)) for campaign in campaigns[:_MOST_CAMPAIGNS])
    more = f" and {len(campaigns) - _MOST_CAMPAIGNS:,} more" if len(campaigns) > _MOST_CAMPAIGNS else ""
    return [
        header("PlusVibe"),
        section(f"{count(len(campaigns), 'campaign')}: {names}{more}", button("Campaigns", ids.MENU, "campaigns")),
    ]
