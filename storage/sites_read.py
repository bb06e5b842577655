"""Which sites are being read at this moment, for an audit or for a look at links, whichever process it is: together
they ask a site for no more than two pages at a time.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select

from storage.audit_tables import REQUESTED, audits
from storage.opportunity_tables import LINK_DUE, opportunities
from storage.tenant import Tenant


async def take_turns(tenant: Tenant) -> None:
    """Whoever claims pages or sites waits for the others who do, and so sees what they hold."""
    await tenant.one_at_a_time("sites read")


async def visited(tenant: Tenant, now: datetime) -> set[str]:
    """The domains that are audited."""
    held = select(audits.c.host).where(tenant.owns(audits), REQUESTED, audits.c.lease_until > now)
    return set(await tenant.values(held.distinct())) - {""}


async def looked_at(tenant: Tenant, now: datetime) -> Counter[str]:
    """Of each domain, how many pages are looked at for links that were due."""
    held = (LINK_DUE, opportunities.c.link_next_at <= now, opportunities.c.link_lease_until > now)
    counted = select(opportunities.c.domain, func.count()).where(tenant.owns(opportunities), *held)
    return Counter({row[0]: row[1] for row in await tenant.all(counted.group_by(opportunities.c.domain))})
