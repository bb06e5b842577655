"""The funnel digest as a message, and the leads behind its figures as a modal."""

from collections.abc import Mapping, Sequence

from blocks import ids
from blocks.elements import Block, plain_text
from blocks.lead_rows import row_text
from blocks.message import (
    Message,
    actions,
    bold,
    button,
    context,
    count,
    header,
    modal,
    section,
    when,
)
from blocks.metrics import metrics_line, metrics_part
from bot.outreach.digests import CARDS as MILESTONES
from bot.outreach.digests import PAGE_LEADS, Digest, DigestView, Figure, FrozenPage, Longest, change
from bot.outreach.drafts import DraftState
from bot.outreach.metrics import BOUNCES_TOLD_FROM, Metrics, Rate, bounces_too_often
from bot.outreach.pipeline import CARDS, EmailFigures

TITLE = "Outreach pipeline"
WORDS: Mapping[Figure, str] = {
    **{figure: CARDS[milestone] for figure, milestone in MILESTONES.items()},
    Figure.MOVED: "Moved on",
    Figure.DRAFTS: "Drafts waiting",
    Figure.REPLIES: "Replies waiting",
    Figure.BLOCKED: "Blocked pushes",
}
MAILS_TITLE = "Direct email, last 30 days"
UNITS = "Email sent counts leads, Emails sent counts messages"


def digest_message(view: DigestView, *, is_preview: bool = False) -> Message:
    """Six figures with their chart, what waits, what moved, the e-mails. Every figure opens exactly its leads.

    is_preview: nothing is stored yet, so there are no leads to open.
    """
    figures = view.digest.figures
    lines = [_figure(view, figure) for figure in MILESTONES]
    waiting = [*_drafts(view), *_replies(view), *_blocked(view), *_moved(view)]
    blocks = [
        header(TITLE),
        context(*_about(view)),
        section("*Leads that ever got this far*", fields=[line.replace(": ", "\n", 1) for line in lines]),
        _chart(view),
        *([] if is_preview else _buttons(view.digest)),
        *(section(text, None if is_preview else _open(view.digest, figure)) for figure, text in waiting),
        *_emails(figures.emails),
        *_mails(figures.mails),
        *(section(line) for line in _bounces(view.digest)),
        context(f"{UNITS} · `/outreach digest` sets when this comes"),
    ]
    said = [f"{TITLE}, {view.digest.day:%A %-d %B}", *_about(view)[1:], *(line.replace("*", "") for line in lines)]
    said += [*(text for _, text in waiting), _sent(figures.emails), *_mails_line(figures.mails)]
    said += [line.replace("*", "") for line in _bounces(view.digest)]
    return Message("\n".join(said), blocks)


def _about(view: DigestView) -> list[str]:
    """`Monday 2 March · since Friday 27 February`; a late one says when it was due."""
    digest, before = view.digest, view.before
    said = [f"{digest.day:%A %-d %B}"]
    if digest.late_since is not None:
        said.append(f"⏰ Late: this was due {when(digest.late_since, view.timezone)}")
    said.append(f"Changes since {before.day:%A %-d %B}" if before else "The first digest here")
    return said


def _figure(view: DigestView, figure: Figure) -> str:
    """`*Audited*: 80 · 67% (+3)`."""
    figures = view.digest.figures
    share = "" if figure is Figure.TOTAL else f" · {figures.percent(figure):.0f}%"
    return f"*{WORDS[figure]}*: {figures.leads.get(figure, 0):,}{share}{_changed(view, figure)}"


def _changed(view: DigestView, figure: Figure) -> str:
    by = change(view.digest.figures, view.before.figures if view.before else None, figure)
    return "" if by is None else f" ({by:+,})" if by else " (no change)"


def _chart(view: DigestView) -> Block:
    names = [WORDS[figure] for figure in MILESTONES]
    points = [{"label": WORDS[figure], "value": view.digest.figures.leads.get(figure, 0)} for figure in MILESTONES]
    return {
        "type": "data_visualization",
        "title": "Leads by milestone ever reached",
        "chart": {
            "type": "bar",
            "series": [{"name": "Leads", "data": points}],
            "axis_config": {"categories": names},
        },
    }


def _buttons(digest: Digest) -> list[Block]:
    """One for each card that has leads."""
    return actions(*(_open(digest, figure, WORDS[figure]) for figure in MILESTONES))


def _open(digest: Digest, figure: Figure, word: str = "") -> Block | None:
    """The button to exactly the leads of a figure, `Opened 3` or `Show 3 leads`; none where there are none."""
    leads = digest.figures.leads.get(figure, 0)
    if not leads:
        return None
    label = f"{word} {leads:,}" if word else f"Show {count(leads, 'lead')}"
    return button(label, f"{ids.DIGEST_LEADS}|{figure}", f"{digest.id}:{figure}")


def _drafts(view: DigestView) -> list[tuple[Figure, str]]:
    number = view.digest.figures.drafts
    said = f"📝 *{count(number, 'draft')}* to approve{_longest('the oldest', view.oldest_draft, view.timezone)}"
    return [(Figure.DRAFTS, said)] if number else []


def _replies(view: DigestView) -> list[tuple[Figure, str]]:
    number = view.digest.figures.replies
    many = "replies" if number < 1_000 else "replies or more"
    said = f"💬 *{count(number, 'reply', many)}* without an answer"
    return [(Figure.REPLIES, said + _longest("the slowest", view.slowest_reply, view.timezone))] if number else []


def _blocked(view: DigestView) -> list[tuple[Figure, str]]:
    figures = view.digest.figures
    said = f"⛔ *{count(figures.blocked, 'blocked push', 'blocked pushes')}*"
    armed = f", {figures.armed:,} armed" if figures.armed else ", none armed"
    leads = count(figures.leads.get(Figure.BLOCKED, 0), "lead")
    return [(Figure.BLOCKED, f"{said}{armed}, {leads} in them")] if figures.blocked else []


def _moved(view: DigestView) -> list[tuple[Figure, str]]:
    number = view.digest.figures.leads.get(Figure.MOVED, 0)
    since = f" since {view.before.day:%A %-d %B}" if view.before else ""
    return [(Figure.MOVED, f"📈 *{count(number, 'lead')}* moved on{since}")] if number else []


def _longest(word: str, longest: Longest | None, timezone: str) -> str:
    return f", {word} from {bold(longest.lead.title, 80)}, {when(longest.since, timezone)}" if longest else ""


def _emails(emails: Mapping[DraftState, int]) -> list[Block]:
    """The second part: folded until somebody wants it."""
    by_state = " · ".join(f"{_state(state)} {emails[state]:,}" for state in DraftState if emails.get(state))
    inside = [section(_sent(emails)), context(f"Total by status: {by_state or 'none yet'}")]
    return [
        {
            "type": "container",
            "title": plain_text("Email stats", 150),
            "is_collapsible": True,
            "default_collapsed": True,
            "child_blocks": inside,
        }
    ]


def _mails(mails: Metrics) -> list[Block]:
    """What was sent directly, where anything was."""
    return metrics_part(mails, MAILS_TITLE) if mails.any else []


def _mails_line(mails: Metrics) -> list[str]:
    return [f"{MAILS_TITLE}: {metrics_line(mails)}"] if mails.any else []


def _bounces(digest: Digest) -> list[str]:
    """How much came back in the last thirty days, of mails sent directly and of leads written to in campaigns."""
    figures = digest.figures
    rates = {"direct email": figures.mails.bounce_rate}
    rates["campaigns"] = Rate(figures.bounced, figures.contacted, "leads written to")
    return [_bounce_line(name, rate) for name, rate in rates.items() if rate.whole and rate.part]


def _bounce_line(name: str, rate: Rate) -> str:
    line = f"*Bounce rate*, {name}: {rate.percent:.1f}% · {rate.part:,} of {rate.whole:,} {rate.per}"
    if not bounces_too_often(rate):
        return line
    return (
        f"⚠️ {line}. Above {BOUNCES_TOLD_FROM:.0f}% mail hosts turn against a sender: check addresses before you send."
    )


def _sent(emails: Mapping[DraftState, int]) -> str:
    figures = EmailFigures(emails)
    rate = f"{figures.send_rate:.0f}%" if figures.total else "no emails yet"
    return f"Total emails: {figures.total:,} · Emails sent: {figures.sent:,} · Send rate: {rate}"


def _state(state: DraftState) -> str:
    return state.value.replace("_", " ").capitalize()


def leads_view(frozen: FrozenPage, timezone: str) -> Block:
    """A page of the leads behind a figure, as they were when it was posted."""
    digest = frozen.digest
    counted = count(frozen.total, "lead")
    blocks = [
        section(f"*{WORDS[frozen.figure]}*: {counted}"),
        context(f"As they were when it was posted, {when(digest.at, timezone)}; each line shows the lead as it is now"),
        *(section(row_text(lead), button("Open", ids.OPEN_LEAD, lead.id)) for lead in frozen.leads),
    ]
    if frozen.gone:
        blocks.append(context(f"{count(frozen.gone, 'lead')} on this page {_was(frozen.gone)} removed since."))
    blocks += actions(*_turns(frozen))
    return modal(ids.DIGEST_LEADS_VIEW, WORDS[frozen.figure], blocks)


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _turns(frozen: FrozenPage) -> Sequence[Block | None]:
    where = f"{frozen.digest.id}:{frozen.figure}"
    last = frozen.pages - 1
    return (
        button("Previous", f"{ids.DIGEST_PAGE}|previous", f"{where}:{frozen.page - 1}") if frozen.page else None,
        button(f"Next {PAGE_LEADS}", f"{ids.DIGEST_PAGE}|next", f"{where}:{frozen.page + 1}")
        if frozen.page < last
        else None,
    )
