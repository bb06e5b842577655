"""What a workspace decides for itself, besides who may do what."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Policy:
    """second_approver: a draft needs two people, neither its author. complete_on_reply: a reply ends the lead's other
    campaigns at the provider. permission: outreach goes only to addresses with form or express consent; off is cold.
    verified_link: nobody moves an opportunity to Won by hand before its link was seen on the page.
    """

    second_approver: bool = False
    complete_on_reply: bool = False
    permission: bool = False
    verified_link: bool = False

    @classmethod
    def of(cls, stored: Any) -> "Policy":
        """The policy as stored, whatever else stands there; nothing stored is the default."""
        given: Mapping[str, Any] = stored if isinstance(stored, Mapping) else {}
        names = [field.name for field in fields(cls)]
        return cls(**{name: given[name] for name in names if isinstance(given.get(name), bool)})

    def stored(self) -> dict[str, bool]:
        """As JSON."""
        return asdict(self)
