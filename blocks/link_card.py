"""One opportunity on the link board: the page, where its emails stand, what was set by hand, and its menu."""

from collections.abc import Mapping

from blocks import link_ids
from blocks.elements import Block
from blocks.link_standing import standing_line
from blocks.mails import badge, waiting
from blocks.message import bold, code, esc, link, option, section, when
from blocks.statuses import contact
from blocks.words import who
from bot.outreach.access import CLOCK, Permission
from bot.outreach.link_board import LinkCard
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mails import MailState, Outgoing
from bot.outreach.opportunities import COLUMN_NAMES, BoardColumn, Opportunity
from bot.outreach.sequences import Run, RunState

MARKS: Mapping[BoardColumn, str] = {
    BoardColumn.NEW: "⚪",
    BoardColumn.QUEUED: "🟡",
    BoardColumn.REACHED: "🔵",
    BoardColumn.WON: "🟢",
}
LOST = "💔 Lost Link"
NO_EMAIL_YET = "No email yet"
_SEEN: Mapping[Engagement, str] = {Engagement.CLICKED: "🔵 Clicked", Engagement.OPENED: "🟢 Opened"}
# What may be chosen on a card, by the permission it takes. Slack's menus hold five entries.
_MENU: tuple[tuple[str, str, Permission], ...] = (
    ("Send Email", "send", Permission.SEND_MAIL),
    ("Start Sequence", "sequence", Permission.SEND_MAIL),
    ("Move Status", "move", Permission.EDIT_OPPORTUNITIES),
    ("View History", "history", Permission.READ_LEADS),
    ("Delete", "delete", Permission.EDIT_OPPORTUNITIES),
)


def link_card(card: LinkCard, names: Mapping[str, str], may: frozenset[Permission]) -> Block:
    """The card. names: what to call people, by id."""
    opportunity = card.opportunity
    lines = [page_line(opportunity), " · ".join(_facts(card, names))]
    lines += [standing] if (standing := standing_line(opportunity)) else []
    lines += [_run(card.run, card.steps)] if card.run else []
    lines += [f"📝 {esc(opportunity.notes, 120)}"] if opportunity.notes.strip() else []
    options = [option(text, f"{verb}:{opportunity.id}") for text, verb, needed in _MENU if needed in may]
    menu: Block | None = {"type": "overflow", "action_id": link_ids.LINK_MENU, "options": options} if options else None
    return section("\n".join(lines), menu, block_id=f"link:{opportunity.id}")


def page_line(opportunity: Opportunity) -> str:
    """The page as a link, the words of ours in it, and whether it is lost."""
    parts = [page_link(opportunity)]
    parts += [code(opportunity.anchor_text, 200)] if opportunity.anchor_text.strip() else []
    parts += [LOST] if opportunity.lost_at else []
    return " · ".join(parts)


def page_link(opportunity: Opportunity) -> str:
    """`*blog.example/best-tools*`, which opens the page."""
    return f"*{link(opportunity.source_url, page_words(opportunity).replace('*', '∗'))}*"


def page_words(opportunity: Opportunity) -> str:
    """The page's address in short, not escaped."""
    bare = opportunity.source_url.partition("://")[2].rstrip("/").removeprefix("www.")
    return (bare if len(bare) <= 60 else f"{bare[:59]}…") or opportunity.domain or "a page"


def _facts(card: LinkCard, names: Mapping[str, str]) -> list[str]:
    opportunity = card.opportunity
    facts = [" · ".join(filter(None, (mail_status(card.mail), waiting(card.mail)))) if card.mail else NO_EMAIL_YET]
    facts += [contact(card.lead)] if card.lead else []
    if opportunity.by_hand is not None and opportunity.set_by == CLOCK.id:
        seen = f", {when(opportunity.set_at)}" if opportunity.set_at else ""
        facts.append(f"🔗 {COLUMN_NAMES[opportunity.by_hand]}: seen on the page{seen}")
    elif opportunity.by_hand is not None:
        author = who(names.get(opportunity.set_by, opportunity.set_by))
        at = f", {when(opportunity.set_at)}" if opportunity.set_at else ""
        facts.append(f"✋ {COLUMN_NAMES[opportunity.by_hand]} by hand, {author}{at}")
    return facts


def mail_status(mail: Outgoing) -> str:
    """What the prospect did with it last, else how far it got."""
    if mail.state is MailState.ACCEPTED and mail.delivery is Delivery.BOUNCED:
        return "🔴 Bounced"
    if mail.state is MailState.ACCEPTED and mail.engagement in _SEEN:
        return _SEEN[mail.engagement]
    return badge(mail)


def _run(run: Run, steps: int) -> str:
    """`Sequence: step 2 of 3, next …`."""
    step = f"Sequence: step {min(run.step + 1, max(steps, 1))} of {max(steps, run.step)}"
    if run.state is RunState.PAUSED:
        return f"{step}, ⏸️ paused"
    if run.state is RunState.WAITING:
        return f"{step}, ✋ waits for a person"
    return f"{step}, next {when(run.next_at)}" if run.next_at else f"Sequence: step {run.step} of {steps} on its way"


def named_column(column: BoardColumn) -> str:
    """`🔵 *Reached*`."""
    return f"{MARKS[column]} {bold(COLUMN_NAMES[column])}"
