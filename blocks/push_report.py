"""The 409 report: one line in the channel, the reasons and their remedies in its thread. Both follow the leads."""

from collections.abc import Sequence

from blocks import ids
from blocks.campaign_choice import campaign_name
from blocks.elements import Block
from blocks.message import Message, actions, button, confirmation, context, count, esc, section, strong, when, who
from blocks.statuses import company, word
from bot.outreach.campaigns import Campaign
from bot.outreach.leads import Lead, LeadStatus
from bot.outreach.pushes import ArmedState, BlockedPush
from bot.outreach.readiness import AUDIT_UNFINISHED, GuardReport
from bot.outreach.reports import GROUP_ORDER, Remedy, ReportGroup, headline, report_groups

WHY = (
    "PlusVibe fills the `custom_*` fields when it sends and never sends step 1 again: a push before the writeback "
    "would mail blanks."
)
AUTO = "The writeback follows a completed audit within about a second; this report updates itself."
_MOST_LINES_TEXT = 8_500  # over all groups, so that the message stays readable and under Slack's limit
_ACTIONS = {
    Remedy.START_AUDIT: ids.REPORT_AUDIT,
    Remedy.RE_AUDIT: ids.REPORT_AUDIT,
    Remedy.REMOVE: ids.REPORT_REMOVE,
    Remedy.NORMALISE: ids.REPORT_NORMALISE,
}


def blocked_headline(blocked: BlockedPush, report: GuardReport, campaign: Campaign) -> Message:
    """The parent message: what stands in the way now, or that nothing does any more."""
    said, mark = _said(blocked, report, campaign)
    notes = [f"To {strong(campaign_name(campaign))} · asked by {who(blocked.author)} · {when(blocked.created_at)}"]
    if report.refused and not _settled(blocked):
        notes.insert(0, WHY)
    notes += _armed_notes(blocked, report)
    blocks = [section(f"{mark} *{said.replace('*', '∗')}*"), context("\n".join(notes))]
    if report.may_push and not _settled(blocked):
        blocks += actions(_push(blocked, report))
    return Message(said, blocks)


def _said(blocked: BlockedPush, report: GuardReport, campaign: Campaign) -> tuple[str, str]:
    """What PlusVibe took is told by the push's own message; this one is edited before it has answered."""
    sent, name = len(blocked.pushed_ids), campaign_name(campaign)
    if blocked.armed is ArmedState.FIRED:
        return f"All {sent:,} were ready, and their push to {name} started", "▶️"
    if blocked.closed:
        return (f"Push of {sent:,} to {name} started", "▶️") if sent else ("Push closed, nothing pushed", "⚪")
    if report.may_push:
        return f"All {len(report.ready):,} are ready", "🟢"
    if sent:
        left = f"{len(report.ready):,} ready, {report.refused:,} not ready"
        return f"Push of {sent:,} to {name} started; of the rest {left}", "⚠️"
    return headline(len(report.ready), report.refused), "⛔"


def _settled(blocked: BlockedPush) -> bool:
    return blocked.closed or blocked.armed is ArmedState.FIRED


def _armed_notes(blocked: BlockedPush, report: GuardReport) -> list[str]:
    by = who(blocked.armed_by) if blocked.armed_by else "somebody"
    if blocked.armed is ArmedState.ARMED and not blocked.closed:
        waiting = len(report.ready) + report.refused
        until = f", until {when(blocked.expires_at)}" if blocked.expires_at else ""
        return [f"🔔 Armed by {by}: pushes all {waiting:,} once ready{until}"]
    if blocked.armed is ArmedState.FIRED:
        return [f"Armed by {by}, started once all were ready"]
    if blocked.armed is ArmedState.CANCELLED:
        return [f"The push armed by {by} was cancelled"]
    if blocked.armed is ArmedState.EXPIRED:
        return [f"The push armed by {by} expired: not all were ready in time, nothing was pushed by it"]
    return []


def armed_news(blocked: BlockedPush, campaign: Campaign) -> Message | None:
    """What the thread is told when an armed push went off or ran out of time; None while there is no news."""
    by = who(blocked.armed_by)
    if blocked.armed is ArmedState.FIRED:
        leads = count(len(blocked.pushed_ids), "lead")
        said = f"All are ready: the push of {leads} to {campaign_name(campaign)} starts, as armed by {by}"
        return Message(said, [section(f"🔔 {said}")])
    if blocked.armed is ArmedState.EXPIRED:
        said = f"The push armed by {by} expired: not all leads were ready in time, so it pushed none"
        return Message(said, [section(f"⌛ {said}. *Push when ready* above arms it again.")])
    return None


def blocked_report(blocked: BlockedPush, report: GuardReport, campaign: Campaign, gone: int = 0) -> Message:
    """The thread: a group per reason with its leads and its remedy, and at the end what to do with the whole.

    gone: how many of its leads were deleted meanwhile.
    """
    groups = report_groups(report)
    lines = _lines(groups)
    settled = _settled(blocked)
    counts = f"{count(len(report.ready), 'lead')} ready, {report.refused:,} not ready"
    summary = _said(blocked, report, campaign)[0] if settled or not groups else counts
    name = campaign_name(campaign)
    where = "" if name in summary else f" · {strong(name)}"
    blocks = [section(f"*{summary.replace('*', '∗')}*{where}")]
    for group, group_lines in zip(groups, lines, strict=True):
        blocks.append(section("\n".join([_group_title(group), *group_lines])))
        blocks += [] if settled else _remedies(blocked, group)
    if any(group.reason == AUDIT_UNFINISHED for group in groups) and not settled:
        blocks.append(context(AUTO))
    if gone and not settled:
        blocks.append(
            context(f"🗑️ {count(gone, 'lead was', 'leads were')} deleted meanwhile. An armed push waits for all.")
        )
    said = [summary, *(_reason_text(group, group_lines) for group, group_lines in zip(groups, lines, strict=True))]
    return Message("\n".join(said), blocks + ([] if settled else _whole(blocked, report)))


def report_needs_csv(report: GuardReport) -> bool:
    """Whether some refused lead has no line of its own in the thread."""
    groups = report_groups(report)
    return any(_hidden(group, lines) for group, lines in zip(groups, _lines(groups), strict=True))


def _group_title(group: ReportGroup) -> str:
    where = "Not reachable: " if group.unreachable else ""
    return f"*{where}{group.reason}* ({count(len(group.refusals), 'lead')})"


def _reason_text(group: ReportGroup, lines: Sequence[str]) -> str:
    return "\n".join([f"{group.reason}: {count(len(group.refusals), 'lead')}", *lines])


def _lines(groups: Sequence[ReportGroup]) -> list[list[str]]:
    """Per group a line for each shown lead; when all together are too long, each group keeps its fair share."""
    whole = [[f"• {_lead_line(refusal.lead)}" for refusal in group.shown] for group in groups]
    if sum(len(line) + 1 for lines in whole for line in lines) > _MOST_LINES_TEXT:
        share = _MOST_LINES_TEXT // len(groups)
        whole = [_within(lines, share) for lines in whole]
    return [
        [*lines, f"and {_left(group, lines):,} more in the CSV"] if _left(group, lines) else lines
        for group, lines in zip(groups, whole, strict=True)
    ]


def _lead_line(lead: Lead) -> str:
    """`*Acme* · jane@acme.com · New`."""
    return f"{strong(company(lead, 50))} · {esc(lead.email or '', 60) or 'no email'} · {word(lead.status)}"


def _within(lines: Sequence[str], characters: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        characters -= len(line) + 1
        if characters < 0:
            break
        kept.append(line)
    return kept


def _left(group: ReportGroup, lines: Sequence[str]) -> int:
    return len(group.refusals) - len(lines)


def _hidden(group: ReportGroup, lines: Sequence[str]) -> bool:
    """`lines` as `_lines` gives them: with the closing one when leads are missing."""
    return len(lines) != len(group.refusals) or lines[-1].endswith("more in the CSV")


def _remedies(blocked: BlockedPush, group: ReportGroup) -> list[Block]:
    """What helps this group. Rechecking is for the whole report, so its button stands at the end."""
    if group.reason not in GROUP_ORDER:
        return []
    value = f"{blocked.id}:{GROUP_ORDER.index(group.reason)}"
    return actions(*(_remedy(remedy, value, len(group.refusals)) for remedy in group.remedies if remedy in _ACTIONS))


def _remedy(remedy: Remedy, value: str, leads: int) -> Block:
    if remedy is not Remedy.REMOVE:
        return button(remedy.value, _ACTIONS[remedy], value)
    asked = f"{count(leads, 'lead')} leave{'s' if leads == 1 else ''} this push. The leads themselves stay."
    return button(remedy.value, _ACTIONS[remedy], value, confirm=confirmation("Remove?", asked, "Remove"))


def _whole(blocked: BlockedPush, report: GuardReport) -> list[Block]:
    """What can be done with the whole push; an armed one can only be pushed in part, looked at again or cancelled."""
    push = _push(blocked, report) if report.ready else None
    recheck = button("Recheck", ids.RECHECK, blocked.id) if report.refused else None
    if blocked.armed is ArmedState.ARMED:
        armed = context(*_armed_notes(blocked, report))
        return [armed, *actions(push, recheck, button("Cancel", ids.CANCEL_ARMED, blocked.id))]
    may_arm = report.refused and blocked.armed in {None, ArmedState.CANCELLED, ArmedState.EXPIRED}
    arm = button("Push when ready", ids.ARM_PUSH, blocked.id, confirm=_second_look(report, "Push when ready"))
    return actions(push, recheck, arm if may_arm else None)


def _push(blocked: BlockedPush, report: GuardReport) -> Block:
    ready = len(report.ready)
    words = f"Push {ready:,}" if report.may_push else f"Push the {ready:,} ready"
    return button(words, ids.PUSH_READY, blocked.id, style="primary", confirm=_second_look(report, f"Push {ready:,}"))


def _second_look(report: GuardReport, go: str) -> Block | None:
    """A question before people who already answered are written to again, as the push form asks it."""
    statuses = [lead.status for lead in report.ready]
    answered = [
        f"{statuses.count(status):,} of these already {word(status).lower()}."
        for status in (LeadStatus.REPLIED, LeadStatus.CONVERTED)
        if status in statuses
    ]
    if not answered:
        return None
    text = " ".join([*answered, "The sequence starts anew for each."])
    return confirmation("Push again?", text, go, style="primary")
