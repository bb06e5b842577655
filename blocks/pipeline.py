"""The pipeline as a modal: how far leads ever got, the e-mails, and one card for each stage."""

from blocks import ids, link_ids
from blocks.elements import Block
from blocks.message import actions, button, context, count, divider, esc, header, modal, section
from blocks.statuses import MARKS, company, word
from bot.outreach.access import Permission
from bot.outreach.drafts import DraftState
from bot.outreach.pipeline import CARDS, EmailFigures, Funnel, Milestone, Pipeline, Stage, percent_of

TITLE = "Outreach pipeline"
UNITS = (
    "The cards count leads by the furthest they ever got, so a converted lead is in every card; *Email sent* counts "
    "leads too. *Emails sent* counts messages, *Total by status* by their status now. Stages count leads by their "
    "status now."
)
NO_LEADS = (
    "*No leads yet, so nothing to count.* Read them from PlusVibe, or add one by hand: the pipeline follows by itself."
)
SHOWN, HIDDEN = "emails", "none"
_STATES = {
    DraftState.WAITING: "waiting for approval",
    DraftState.APPROVED: "approved",
    DraftState.HANDED_OVER: "handed over",
    DraftState.SENT: "sent",
    DraftState.REJECTED: "rejected",
    DraftState.REPLACED: "replaced",
}
_CELLS = 10


def pipeline_view(pipeline: Pipeline, *, may: frozenset[Permission], emails_shown: bool = False) -> Block:
    """The funnel's six cards, the e-mail stats behind a button, then the stages."""
    blocks = [header(TITLE)]
    if not pipeline.funnel.total:
        blocks += [section(NO_LEADS), *_beginning(may)]
    else:
        blocks += [section("*Leads that ever got this far*", fields=funnel_cards(pipeline.funnel))]
    blocks += _emails(pipeline.emails, shown=emails_shown)
    if pipeline.funnel.total:
        blocks += [divider(), *(_stage(stage, pipeline.funnel.total) for stage in pipeline.stages)]
    shown = SHOWN if emails_shown else HIDDEN
    return modal(ids.PIPELINE, "Pipeline", [*blocks, context(UNITS)], metadata=shown)


def funnel_cards(funnel: Funnel) -> list[str]:
    """Six fields: name, number of leads, share of all, bar."""
    return [_card(funnel, milestone) for milestone in Milestone]


def _card(funnel: Funnel, milestone: Milestone) -> str:
    leads, percent = funnel.reached.get(milestone, 0), funnel.percent(milestone)
    share = "" if milestone is Milestone.TOTAL else f" · {percent:.0f}%"
    return f"*{CARDS[milestone]}*\n{count(leads, 'lead')}{share}\n{bar(percent)}"


def bar(percent: float) -> str:
    """Ten cells; whatever is more than nothing fills one at least."""
    filled = min(_CELLS, max(round(percent / 100 * _CELLS), 1 if percent > 0 else 0))
    return "█" * filled + "░" * (_CELLS - filled)


def _beginning(may: frozenset[Permission]) -> list[Block]:
    return actions(
        button("Sync now", ids.SYNC_NOW) if Permission.SYNC_LEADS in may else None,
        button("Add lead", ids.ADD_LEAD) if Permission.EDIT_LEADS in may else None,
    )


def _emails(emails: EmailFigures, *, shown: bool) -> list[Block]:
    if not shown:
        return actions(button("Show email stats", ids.EMAIL_FIGURES, SHOWN), _link_board())
    by_state = [f"{_STATES[state]} {emails.by_state[state]:,}" for state in DraftState if emails.by_state.get(state, 0)]
    fields = [
        f"*Total emails*\n{count(emails.total, 'message')}",
        f"*Emails sent*\n{count(emails.sent, 'message')}",
        f"*Send rate*\n{emails.send_rate:.0f}%" if emails.total else "*Send rate*\nno emails yet",
        f"*Total by status*\n{' · '.join(by_state) or 'no emails yet'}",
    ]
    hide = button("Hide email stats", ids.EMAIL_FIGURES, HIDDEN)
    return [section("*Email stats*", fields=fields), *actions(hide, _link_board())]


def _link_board() -> Block:
    return button("Link board", link_ids.OPEN_LINK_BOARD)


def _stage(stage: Stage, total: int) -> Block:
    """`⚪ New · 12 leads`, its bar, and who is there."""
    percent = percent_of(stage.leads, total)
    lines = [
        f"{MARKS[stage.status]} *{word(stage.status)}* · {count(stage.leads, 'lead')}",
        f"{bar(percent)} {percent:.0f}%",
    ]
    named = [company(lead, 40) for lead in stage.samples]
    if named:
        more = stage.leads - len(named)
        lines.append(", ".join(named) + (f" and {more:,} more" if more > 0 else ""))
    label = esc(word(stage.status))
    opens = button("Open", ids.OPEN_STAGE, stage.status.value) if stage.leads else None
    return section("\n".join(lines), opens, block_id=f"stage:{label}")
