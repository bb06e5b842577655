"""Who works at the same company, by the domain of their address; free mail tells nothing of that."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.outreach.addresses import address_key
from bot.outreach.leads import Lead

# Providers whose customers share a domain and nothing else. Country versions stand for themselves.
_FREE_MAIL = """
    aol.com aol.de arcor.de atlas.cz att.net azet.sk bellsouth.net bigpond.com bluewin.ch btinternet.com centrum.cz
    centrum.sk charter.net chello.at comcast.net cox.net duck.com earthlink.net email.cz email.com fastmail.com
    fastmail.fm free.fr freemail.hu freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net gmx.us googlemail.com
    hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com icloud.com inbox.com
    inbox.lv interia.pl laposte.net libero.it live.co.uk live.com live.de live.fr live.nl mac.com mail.com mail.de
    mail.ru mailbox.org mailfence.com me.com msn.com naver.com neuf.fr ntlworld.com o2.pl onet.pl op.pl
    optonline.net optusnet.com.au orange.fr outlook.at outlook.com outlook.de outlook.es outlook.fr outlook.it
    pobox.sk post.cz posteo.de proton.me protonmail.ch protonmail.com pm.me qq.com quick.cz rambler.ru
    rediffmail.com rocketmail.com sbcglobal.net seznam.cz sfr.fr shaw.ca sky.com sympatico.ca t-online.de
    talktalk.net telenet.be terra.com.br tin.it tiscali.cz tiscali.it tlen.pl tuta.com tutanota.com tutanota.de
    ukr.net uol.com.br verizon.net virgilio.it virgin.net virginmedia.com volny.cz wanadoo.fr web.de wp.pl xs4all.nl
    yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.au yahoo.com.br yahoo.de yahoo.es yahoo.fr
    yahoo.it yandex.com yandex.ru ymail.com zoho.com ziggo.nl zoznam.sk 126.com 163.com
"""
FREE_MAIL = frozenset(_FREE_MAIL.split())


@dataclass(frozen=True, slots=True)
class Brake:
    """Runs of people at one company that a colleague's reply pauses. held: whose runs these are.

    decided_by: who decided, empty while nobody has; resumed: what.
    """

    reply_id: str
    replied: Lead
    domain: str
    held: Sequence[Lead]
    decided_by: str = ""
    resumed: bool = False


def organisation_of(email: str | None) -> str:
    """The domain that stands for a company; empty for free mail and where there is no address."""
    _, at, domain = address_key(email or "").rpartition("@")
    return domain if at and domain not in FREE_MAIL else ""


def reason(replied: Lead, domain: str) -> str:
    """Why others at the company are not written to: `Jana at acme.com replied`."""
    return f"{replied.first_name or replied.name or 'Somebody'} at {domain} replied"
