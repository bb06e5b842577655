"""Sites: sending identities, each with its zone, its daily cap and its quiet hours."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.outreach.addresses import is_host
from bot.outreach.errors import Invalid

DAILY_CAP = 100
LONGEST_NAME = 80
LONGEST_ADDRESS_LINE = 200


@dataclass(frozen=True, slots=True)
class Site:
    """Whom mail comes from. address: the postal address that stands under every mail, as the law wants it.

    quiet_from, quiet_to: local hours in which nothing leaves, also over midnight; equal ones mean never quiet.
    stopped: why nothing may leave at all (the vendor closed the account, say); empty when all is well.
    reply_domain: the host whose mail comes to us, where answers are asked to; empty: they go to the sender.
    """

    id: str
    name: str
    from_email: str
    from_name: str
    address: str
    timezone: str
    daily_cap: int = DAILY_CAP
    quiet_from: time = time(0)
    quiet_to: time = time(0)
    stopped: str = ""
    reply_domain: str = ""

    @property
    def line(self) -> str:
        """Who wrote, under the mail."""
        return f"{self.from_name or self.name} · {self.address}"

    def is_quiet(self, local: time) -> bool:
        """Whether nothing leaves at this local time."""
        if self.quiet_from <= self.quiet_to:
            return self.quiet_from <= local < self.quiet_to
        return local >= self.quiet_from or local < self.quiet_to


def checked_site(site: Site) -> Site:
    """The site as it may be stored. Raises `Invalid` with the field that is wrong."""
    if not site.name.strip() or len(site.name) > LONGEST_NAME:
        raise Invalid(f"Give the site a name of up to {LONGEST_NAME} characters.", field="name")
    if not site.address.strip() or len(site.address) > LONGEST_ADDRESS_LINE:
        raise Invalid("The law wants a postal address under every mail. Write yours in one line.", field="address")
    if not 1 <= site.daily_cap <= DAILY_CAP:
        raise Invalid(f"The daily cap is between 1 and {DAILY_CAP}.", field="daily_cap")
    if site.reply_domain and not is_host(site.reply_domain):
        raise Invalid("Write a host name such as parse.acme.com, or leave it empty.", field="reply_domain")
    try:
        ZoneInfo(site.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(f"{site.timezone[:60]} is no time zone such as Europe/Prague.", field="timezone") from error
    if any(character in site.from_name for character in ",;"):
        raise Invalid("A sender's name holds no comma and no semicolon.", field="from_name")
    return site
