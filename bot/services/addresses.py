"""The form of an e-mail address, checked before a lead is stored."""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from bot.outreach.addresses import LONGEST_ADDRESS
from bot.outreach.errors import Invalid


def normalised(address: str) -> str:
    """The address as we keep it. Raises `Invalid` (field `email`) when its form is wrong.

    `.test` domains pass: nobody receives mail there, and trying the product out needs such addresses.
    """
    text = address.strip()
    if len(text) > LONGEST_ADDRESS:
        raise Invalid("That email address is too long.", field="email")
    try:
        return validate_email(text, check_deliverability=False, strict=True, test_environment=True).normalized
    except EmailNotValidError as error:
        raise Invalid(f"That email address cannot be used: {error}", field="email") from error


@dataclass(frozen=True, slots=True)
class Form:
    """What an address comes to on the wire. domain: in ASCII. wrong: why its form cannot be used; empty when it can."""

    mailbox: str = ""
    domain: str = ""
    wrong: str = ""


def form_of(address: str) -> Form:
    """The form of a stored address, which a vendor may have given us unchecked."""
    try:
        valid = validate_email(address, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError as error:
        return Form(wrong=str(error))
    local = valid.ascii_local_part or valid.local_part
    return Form(f"{local}@{valid.ascii_domain}", valid.ascii_domain)
