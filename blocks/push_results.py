"""What a push is doing and what became of it: done, skipped, failed, each with reason and count."""

from collections.abc import Mapping, Sequence

from blocks import ids
from blocks.campaign_choice import campaign_name
from blocks.elements import Block
from blocks.message import Message, actions, button, context, count, esc, listed, section, who
from bot.outreach.campaigns import Campaign
from bot.outreach.pushes import Envelope, Outcome, PushResult

MOST_REASONS = 8
MOST_NAMES = 10
_BAR = 20


def progress(campaign: Campaign, result: PushResult) -> Message:
    """One line and a bar, and what holds it up: `Pushing to Spring · 300 of 2,000 (15 %)`."""
    total = max(result.push.total, result.settled)
    percent = 100 * result.settled // total if total else 0
    filled = _BAR * result.settled // total if total else 0
    said = f"Pushing to {campaign_name(campaign)} · {result.settled:,} of {total:,} ({percent} %)"
    problem = [context(esc(result.push.problem, 600))] if result.push.problem.strip() else []
    return Message(said, [section(f"{said}\n`{'█' * filled}{'░' * (_BAR - filled)}`"), *problem])


def pushed(campaign: Campaign, result: PushResult, author: str, names: Mapping[str, str]) -> Message:
    """The outcome of a whole push.

    author: who asked, by name. names: what to call the leads, by id; a lead not in it is only counted.
    """
    update_failed = not result.push.enrolled and bool(result.pushed) and bool(result.warnings)
    partial = update_failed or bool(result.skipped or result.failed or result.warnings or result.push.problem)
    done = _done(campaign, result)
    said = f"Pushed, but status update failed for {len(result.pushed):,}" if update_failed else done
    details = _details(result, names, said)
    if update_failed:
        details = [
            f"{done}. The leads are in the campaign; only our own rows are behind. Check `/integrations` "
            "or run `/outreach doctor`.",
            *details,
        ]
    by = f"by {who(author)}" if author else ""
    blocks = [
        section(f"{'⚠️' if partial else '✅'} *{said.replace('*', '∗')}*"),
        *(section(detail) for detail in details),
        *([context(by)] if by else []),
    ]
    return Message("\n".join([said, *details]), blocks + _retries(result, update_failed=update_failed))


def _done(campaign: Campaign, result: PushResult) -> str:
    """`Pushed 10 to Spring, 2 skipped, 1 failed`."""
    counts = [
        f"{number:,} {words}"
        for number, words in (
            (len(result.skipped), "skipped"),
            (len(result.failed), "failed"),
            (result.waiting, "still waiting"),
        )
        if number
    ]
    return ", ".join([f"Pushed {len(result.pushed):,} to {campaign_name(campaign)}", *counts])


def _details(result: PushResult, names: Mapping[str, str], said: str) -> list[str]:
    told = f"PlusVibe said: {esc(result.push.problem, 600)} Reference {result.reference}."
    problem = [told] if result.push.problem.strip() else []
    warnings = [esc(warning, 400) for warning in result.warnings[:3] if esc(warning, 400) != said]
    return [*problem, *warnings, *grouped("Skipped", result.skipped, names), *grouped("Failed", result.failed, names)]


def audits_skipped(envelope: Envelope, names: Mapping[str, str]) -> Message:
    """`No audit started for 2 leads`, and why. names: what to call leads, by id."""
    said = f"No audit started for {count(len(envelope.skipped), 'lead')}"
    details = grouped("Skipped", envelope.skipped, names)
    return Message("\n".join([said, *details]), [section(f"⚠️ *{said}*"), *(section(line) for line in details)])


def grouped(label: str, outcomes: Sequence[Outcome], names: Mapping[str, str]) -> list[str]:
    """One line per reason, the most frequent first. names: what to call leads, by id."""
    by_reason: dict[str, list[str]] = {}
    for outcome in outcomes:
        by_reason.setdefault(outcome.reason, []).append(outcome.lead_id)
    reasons = sorted(by_reason.items(), key=lambda entry: -len(entry[1]))
    lines = [_reason_line(label, reason, ids_, names) for reason, ids_ in reasons[:MOST_REASONS]]
    if len(reasons) > MOST_REASONS:
        rest = sum(len(ids_) for _, ids_ in reasons[MOST_REASONS:])
        lines.append(f"*{label}* {rest:,} more for other reasons")
    return lines


def _reason_line(label: str, reason: str, lead_ids: Sequence[str], names: Mapping[str, str]) -> str:
    """`*Skipped 2*: No contact email (Acme, Beta)`."""
    known = [names[lead_id] for lead_id in lead_ids if names.get(lead_id, "").strip()]
    shown = listed(known[:MOST_NAMES], MOST_NAMES, 40)
    rest = len(lead_ids) - min(len(known), MOST_NAMES)
    more = f" and {rest:,} more" if rest and shown else ""
    return f"*{label} {len(lead_ids):,}*: {esc(reason, 200) or 'no reason given'}{f' ({shown}{more})' if shown else ''}"


def _retries(result: PushResult, *, update_failed: bool) -> list[Block]:
    return actions(
        button("Retry status update", ids.RETRY_STATUS, result.push.id, style="primary") if update_failed else None,
        button(f"Retry {count(len(result.failed), 'failed lead')}", ids.RETRY_FAILED, result.push.id)
        if result.failed
        else None,
    )
