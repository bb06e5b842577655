"""Who may do what. Every service asks here before it acts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from bot.outreach.errors import NotAllowed


class Role(IntEnum):
    """Ordered: a higher role may do all a lower one may."""

    VIEWER = 0
    EDITOR = 1
    ADMIN = 2
    OWNER = 3


class Permission(StrEnum):
    """What a use case asks for, and the least role that has it. A new one is one line here.

    Tests then ask for its row in the README and for a door that it closes (`docs/decisions/0016`).
    """

    _value_: str
    role: Role

    def __new__(cls, words: str, role: Role) -> "Permission":
        permission = str.__new__(cls, words)
        permission._value_ = words
        permission.role = role
        return permission

    READ_LEADS = "read leads", Role.VIEWER
    READ_LOG = "read the log", Role.VIEWER
    EDIT_LEADS = "edit leads", Role.EDITOR
    START_AUDITS = "start audits", Role.EDITOR
    COMPLETE_AUDITS = "report audits", Role.EDITOR
    WRITE_BACK = "write back", Role.EDITOR
    SYNC_LEADS = "sync leads", Role.EDITOR
    REMOVE_LEADS = "remove leads", Role.EDITOR
    EDIT_DRAFTS = "edit drafts", Role.EDITOR
    SEND_REPLIES = "send replies", Role.EDITOR
    EDIT_TEMPLATES = "edit templates", Role.EDITOR
    EDIT_SEQUENCES = "edit sequences", Role.EDITOR
    EDIT_SEGMENTS = "edit segments", Role.EDITOR
    EDIT_OPPORTUNITIES = "edit opportunities", Role.EDITOR
    RECORD_CONSENT = "record consent", Role.EDITOR
    SET_ROUTES = "set what is posted where", Role.EDITOR
    IMPORT_LEADS = "import leads", Role.ADMIN
    PUSH_LEADS = "push leads", Role.ADMIN
    APPROVE_DRAFTS = "approve drafts", Role.ADMIN
    SEND_MAIL = "send emails", Role.ADMIN
    SET_SITES = "set up sites", Role.ADMIN
    SUPPRESS = "suppress addresses", Role.ADMIN
    CLEAR_SUPPRESSION = "clear suppressions", Role.ADMIN
    SET_FORMS = "set up web forms", Role.ADMIN
    EXPORT_PEOPLE = "export a person's data", Role.ADMIN
    ERASE_PEOPLE = "erase a person's data", Role.ADMIN
    SET_POLICY = "change the workspace's rules", Role.ADMIN
    READ_RAW = "read raw payloads", Role.ADMIN
    MANAGE_TOKENS = "manage tokens", Role.ADMIN
    MANAGE_ROLES = "manage roles", Role.OWNER


_OF_ROLE: Mapping[Role, frozenset[Permission]] = {
    role: frozenset(permission for permission in Permission if role >= permission.role) for role in Role
}
SCOPES: Mapping[str, frozenset[Permission]] = {
    "leads:read": frozenset({Permission.READ_LEADS, Permission.READ_RAW}),
    "leads:write": frozenset(
        {
            Permission.READ_LEADS,
            Permission.READ_RAW,
            Permission.EDIT_LEADS,
            Permission.START_AUDITS,
            Permission.WRITE_BACK,
        }
    ),
    "imports:write": frozenset({Permission.IMPORT_LEADS}),
    "audits:write": frozenset({Permission.COMPLETE_AUDITS}),
    "pushes:write": frozenset({Permission.READ_LEADS, Permission.PUSH_LEADS}),
    "emails:read": frozenset({Permission.READ_LEADS}),
    "emails:write": frozenset({Permission.READ_LEADS, Permission.EDIT_DRAFTS, Permission.APPROVE_DRAFTS}),
}


MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody a refusal may name, with what they may do."""

    name: str
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a Slack user, an API token, a vendor or the clock.

    id: `U…` for people, `token:<id>`, `vendor:plusvibe`, `clock`. permissions: what it may do. via: the address of
    the message whose button was pressed, if it was one. colleagues: whom a refusal names, those to ask first in front.
    """

    id: str
    name: str
    permissions: frozenset[Permission]
    via: str = ""
    colleagues: tuple[Holder, ...] = field(default=(), compare=False, repr=False)

    @property
    def is_person(self) -> bool:
        """Whether Slack can draw a mention of this actor."""
        return self.id[:1] in {"U", "W"}


def allowed(role: Role, grants: Iterable[Permission] = ()) -> frozenset[Permission]:
    """All that a role allows, and what was granted on top."""
    return _OF_ROLE[role].union(grants)


def person(user_id: str, name: str, role: Role, grants: Iterable[Permission] = ()) -> Actor:
    """A member of the Slack workspace, with all that their role and their grants allow."""
    return Actor(user_id, name, allowed(role, grants))


CLOCK = Actor("clock", "the clock", frozenset(Permission))
PLUSVIBE = Actor("vendor:plusvibe", "PlusVibe", frozenset(Permission))
SENDGRID = Actor("vendor:sendgrid", "SendGrid", frozenset(Permission))
RECIPIENT = Actor("recipient", "the recipient", frozenset(Permission))
VISITOR = Actor("visitor", "a visitor of a web form", frozenset(Permission))


def require(actor: Actor, permission: Permission) -> None:
    """Raise `NotAllowed`, naming the role and who has it, or the scope needed, unless the actor may."""
    if said := refusal(actor, permission):
        raise NotAllowed(said)


def refusal(actor: Actor, permission: Permission) -> str:
    """What the actor would need, and who may: `To push leads you need the role admin or higher. Ben Carter may.`

    Empty when the actor may.
    """
    if permission in actor.permissions:
        return ""
    if actor.id.startswith("token:"):
        scopes = " or ".join(scope for scope, permitted in SCOPES.items() if permission in permitted)
        return f"To {permission.value} a token needs the scope {scopes or 'of no token'}."
    return f"To {permission.value} you need the role {_least(permission)}. {_who_may(actor, permission)}"


def _least(permission: Permission) -> str:
    higher = "" if permission.role is max(Role) else " or higher"
    return f"{permission.role.name.lower()}{higher}"


def _who_may(actor: Actor, permission: Permission) -> str:
    """Names are plain words: nobody is pinged because somebody else was refused."""
    names = [holder.name for holder in actor.colleagues if permission in holder.permissions]
    if not names:
        return "Nobody known here has it; ask a workspace owner in Slack."
    more = len(names) - MOST_NAMES
    said = [*names[:MOST_NAMES], *([f"{more:,} more"] if more > 0 else [])]
    return f"{' and '.join(filter(None, [', '.join(said[:-1]), said[-1]]))} may."
