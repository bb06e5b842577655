"""DNS: where a domain takes its mail, and where a mail host is. Failures are findings, never exceptions."""

import random
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver

from bot.outreach.validation import Found, MailHosts

_REMEMBERED = 50_000
_TRY_SECONDS, _WHOLE_SECONDS = 3.0, 10.0
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=1)
_UNKNOWN_FOR = timedelta(minutes=5)
_BAD_FOR = timedelta(hours=3)


class Dns:
    """Asks the system's name servers, or the one given. Answers are remembered for their time to live."""

    def __init__(self, server: str = "", *, try_seconds: float = _TRY_SECONDS, whole_seconds: float = _WHOLE_SECONDS):
        """server: `address` or `address:port` of a name server; empty for the system's."""
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not server)
        except dns.resolver.NoResolverConfiguration:  # then nothing can be told of any domain
            self._resolver = dns.asyncresolver.Resolver(configure=False)
        if server:
            address, _, port = server.rpartition(":") if server.count(":") == 1 else (server, "", "")
            self._resolver.nameservers = [address]
            self._resolver.port = int(port or 53)
        self._resolver.timeout, self._resolver.lifetime = try_seconds, whole_seconds
        self._resolver.cache = dns.resolver.LRUCache(_REMEMBERED)

    async def mail_hosts(self, domain: str) -> MailHosts:
        """Where mail for an ASCII domain goes (RFC 5321 section 5.1, RFC 7505)."""
        try:
            answer = await self._resolver.resolve(domain, "MX", search=False)
        except dns.resolver.NXDOMAIN:
            return MailHosts((), Found.NO_DOMAIN, _BAD_FOR)
        except dns.resolver.NoAnswer:
            return await self._implicit(domain)
        except (dns.exception.DNSException, OSError):
            return MailHosts((), Found.DNS_UNAVAILABLE, _UNKNOWN_FOR)
        ranked = sorted(answer, key=lambda record: (record.preference, random.random()))
        hosts = [str(record.exchange).rstrip(".").lower() for record in ranked if record.exchange != dns.name.root]
        ttl = timedelta(seconds=answer.rrset.ttl if answer.rrset else 0)
        keep = min(max(ttl, _SHORTEST), _LONGEST)
        return MailHosts(tuple(hosts), Found.MX if hosts else Found.NULL_MX, keep)

    async def _implicit(self, domain: str) -> MailHosts:
        """A domain without MX takes its mail itself, when it has an address."""
        try:
            await self._resolver.resolve_name(domain, search=False)
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            return MailHosts((), Found.NO_MAIL_HOST, _BAD_FOR)
        except (dns.exception.DNSException, OSError):
            return MailHosts((), Found.DNS_UNAVAILABLE, _UNKNOWN_FOR)
        return MailHosts((domain,), Found.IMPLICIT_MX, timedelta(hours=1))

    async def addresses(self, host: str) -> Sequence[str]:
        """The host's addresses, IPv4 first; empty when it has none or nobody could tell."""
        try:
            found = await self._resolver.resolve_name(host, search=False)
        except (dns.exception.DNSException, OSError):
            return []
        return sorted(found.addresses(), key=lambda address: ip_address(address).version)
