"""Everything an audit looks for: one table, in which a site's own words never stand."""

from bot.outreach.checks import ai_visibility, brand, security, seo, speed, ux
from bot.outreach.checks.kinds import Check

CHECKS: tuple[Check, ...] = (
    *seo.CHECKS,
    *speed.CHECKS,
    *security.CHECKS,
    *ux.CHECKS,
    *ai_visibility.CHECKS,
    *brand.CHECKS,
)

__all__ = ["CHECKS", "Check"]
