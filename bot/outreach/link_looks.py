"""What a look at a page changes of its opportunity, and when to look again."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.outreach.access import CLOCK
from bot.outreach.link_checks import Finding, LinkStanding, Presence, Sight
from bot.outreach.opportunities import BoardColumn, Opportunity, column_of

LIVE_AGAIN = timedelta(days=7)
PENDING_AGAIN = timedelta(days=1)
LOST_AGAIN = timedelta(days=14)
CONFIRM_AFTER = timedelta(hours=6)  # a link is lost when two looks so far apart did not find it
_FIRST_RETRY = timedelta(hours=1)


def after_look(before: Opportunity, finding: Finding, now: datetime) -> Opportunity:
    """The opportunity after somebody looked. A page that could not be read changes nothing of what is known."""
    turns = {Sight.FOUND: _found, Sight.MISSING: _missed, Sight.UNREAD: _unread}
    after = turns[finding.sight](before, finding, now)
    link = replace(after.link, checked_at=now)
    return replace(after, link=link if after.is_watched else replace(link, next_at=None))


def _found(before: Opportunity, finding: Finding, now: datetime) -> Opportunity:
    """It is there. What was not known to be is won; where somebody moved it since it was known, there it stays."""
    standing = LinkStanding(
        before.link.match,
        Presence.LIVE,
        seen_at=now,
        anchor=finding.anchor,
        rel=finding.rel,
        next_at=now + LIVE_AGAIN,
    )
    after = replace(before, link=standing, lost_at=None)
    if before.link.state is Presence.LIVE or before.column is BoardColumn.WON:
        return after
    won = BoardColumn.WON
    return replace(after, column=won, by_hand=won, set_by=CLOCK.id, set_at=now, moved_at=now)


def _missed(before: Opportunity, finding: Finding, now: datetime) -> Opportunity:
    """It is not there: lost at the second time, if it ever was, or somebody said so."""
    link = replace(before.link, failed=0, trouble="")
    if link.state is Presence.LOST:
        return replace(before, link=replace(link, next_at=now + LOST_AGAIN))
    if link.state is Presence.PENDING and before.column is not BoardColumn.WON:
        return replace(before, link=replace(link, missed_at=None, next_at=now + PENDING_AGAIN))
    missed_at = link.missed_at or now
    if now < missed_at + CONFIRM_AFTER:
        return replace(before, link=replace(link, missed_at=missed_at, next_at=missed_at + CONFIRM_AFTER))
    link = replace(link, state=Presence.LOST, missed_at=missed_at, next_at=now + LOST_AGAIN)
    lost = replace(before, link=link, lost_at=now)
    if before.column is not BoardColumn.WON:
        return lost
    column = column_of(before.waiting, before.sent)
    return replace(lost, column=column, by_hand=None, set_by="", set_at=None, moved_at=now)


def _unread(before: Opportunity, finding: Finding, now: datetime) -> Opportunity:
    wait = min(_FIRST_RETRY * 2 ** min(before.link.failed, 10), LIVE_AGAIN)
    link = replace(before.link, failed=before.link.failed + 1, trouble=finding.why, next_at=now + wait)
    return replace(before, link=link)
