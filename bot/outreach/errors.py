"""The few kinds of failure, by what the reader can do about them. `str(error)` is fit for a user."""


class OutreachError(Exception):
    """Base of every failure a person is told about in words."""


class NotFound(OutreachError):
    """The thing asked for is not in this workspace (any more)."""


class NotAllowed(OutreachError):
    """The person lacks a permission; the text names the role that has it."""


class Invalid(OutreachError):
    """The input cannot be used as it is; `field` names the part to mend, when one is known."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Conflict(OutreachError):
    """The world is not as the request assumed: somebody was first, or a rule refuses it as things stand."""


class Duplicate(Conflict):
    """Something with the same key exists already; `id` is the existing one's."""

    def __init__(self, message: str, *, id: str) -> None:
        super().__init__(message)
        self.id = id


class LimitReached(OutreachError):
    """A cap or rate is used up for now."""


class Unavailable(OutreachError):
    """A vendor, or a part nobody connected, cannot answer now; `transient` says whether waiting may help.

    answered: the vendor did answer (a refusal or a fault of its own), so the call certainly had no effect. When
    false the outcome of a call that changes something is unknown.
    """

    def __init__(self, message: str, *, transient: bool = True, answered: bool = True) -> None:
        super().__init__(message)
        self.transient = transient
        self.answered = answered
