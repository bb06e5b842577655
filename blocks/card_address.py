"""What the lead card says of the address: the verdict in a line, with the way to look again."""

from collections.abc import Mapping

from blocks import ids
from blocks.elements import Block
from blocks.message import button, esc, section, when
from bot.outreach.access import Permission
from bot.outreach.cards import LeadCard
from bot.outreach.validation import AddressCheck, Reason, Verdict

REASON_WORDS: Mapping[Reason, str] = {
    Reason.ACCEPTED: "the mailbox exists",
    Reason.DELIVERED: "an email arrived",
    Reason.SYNTAX: "not an address",
    Reason.NO_DOMAIN: "no such domain",
    Reason.NULL_MX: "the domain takes no mail",
    Reason.NO_MAIL_HOST: "the domain has no mail host",
    Reason.NO_MAILBOX: "no such mailbox",
    Reason.DISABLED: "the mailbox is closed",
    Reason.MAILBOX_FULL: "the mailbox is full",
    Reason.BOUNCED: "an email bounced",
    Reason.CATCH_ALL: "catch-all: the domain takes anything",
    Reason.CATCH_ALL_UNKNOWN: "perhaps catch-all",
    Reason.PROVIDER_NOT_ASKED: "this provider is not asked",
    Reason.NOT_ASKED: "mail hosts are not asked from here",
    Reason.LATER: "the mail host puts us off",
    Reason.BUSY: "the mailbox is busy",
    Reason.FULL: "the mailbox is full just now",
    Reason.BLOCKED: "the mail host does not talk to us",
    Reason.REFUSED: "refused without a reason",
    Reason.UNCLEAR: "an unclear answer",
    Reason.FAILED_AT_CONNECT: "the mail host cannot be reached",
    Reason.FAILED_AT_SENDER: "the mail host refuses our sender",
    Reason.FAILED_AT_RECIPIENT: "the mail host hung up",
    Reason.UNSAFE_HOST: "the mail host has a private address",
    Reason.PORT_25_CLOSED: "mail hosts cannot be reached from here",
    Reason.DNS_UNAVAILABLE: "the name servers do not answer",
    Reason.NEEDS_SMTPUTF8: "the mail host takes no such letters",
}
_FLAG_WORDS = {"disposable": "throw-away domain", "role": "an office, no person", "free": "free mail"}


def address_part(card: LeadCard) -> list[Block]:
    """Nothing without an address, or where addresses are not checked."""
    check = card.address
    if check is None or not card.lead.email:
        return []
    may = Permission.EDIT_LEADS in card.may
    return [
        section(
            address_line(check, card.timezone), button("Check now", ids.CHECK_ADDRESS, card.lead.id) if may else None
        )
    ]


def address_line(check: AddressCheck, timezone: str = "UTC") -> str:
    """`Address: ✅ Valid · checked …`, and what else is worth knowing."""
    if check.verdict is None or check.checked_at is None:
        return "Address: ⏳ Not checked yet"
    words = REASON_WORDS[check.reason] if check.reason else ""
    said = {
        Verdict.VALID: "✅ Valid",
        Verdict.INVALID: f"⛔ Invalid: {words}",
        Verdict.UNVERIFIED: f"❔ Unverified ({words}), watched for bounces",
    }[check.verdict]
    parts = [f"Address: {said}", f"checked {when(check.checked_at, timezone)}"]
    parts += [f"looked at again {when(check.next_at, timezone)}"] if check.next_at else []
    parts += [_FLAG_WORDS[flag] for flag in check.flags if flag in _FLAG_WORDS]
    evidence = f"\n_{esc(check.evidence, 250)}_" if check.evidence and check.verdict is not Verdict.VALID else ""
    return " · ".join(parts) + evidence
