"""Who may do what. Every service asks here before it acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bot.outreach.errors import NotAllowed


class Role(IntEnum):
    """Ordered: a higher role may do all a lower one may."""

    VIEWER = 0
    EDITOR = 1
    ADMIN = 2
    OWNER = 3


class Permission(StrEnum):
    """What a use case asks for."""

    READ_LEADS = "read leads"
    EDIT_LEADS = "edit leads"
    START_AUDITS = "start audits"
    COMPLETE_AUDITS = "report audits"
    WRITE_BACK = "write back"
    PUSH_LEADS = "push leads"
    REMOVE_LEADS = "remove leads"
    IMPORT_LEADS = "import leads"
    SYNC_LEADS = "sync leads"
    EDIT_DRAFTS = "edit drafts"
    APPROVE_DRAFTS = "approve drafts"
    SEND_REPLIES = "send replies"
    SEND_MAIL = "send emails"
    EDIT_TEMPLATES = "edit templates"
    EDIT_SEQUENCES = "edit sequences"
    EDIT_OPPORTUNITIES = "edit opportunities"
    SET_SITES = "set up sites"
    SUPPRESS = "suppress addresses"
    CLEAR_SUPPRESSION = "clear suppressions"
    SET_ROUTES = "set what is posted where"
    SET_POLICY = "change the workspace's rules"
    READ_RAW = "read raw payloads"
    READ_LOG = "read the log"
    MANAGE_TOKENS = "manage tokens"


NEEDED: Mapping[Permission, Role] = {
    Permission.READ_LEADS: Role.VIEWER,
    Permission.EDIT_LEADS: Role.EDITOR,
    Permission.START_AUDITS: Role.EDITOR,
    Permission.COMPLETE_AUDITS: Role.EDITOR,
    Permission.WRITE_BACK: Role.EDITOR,
    Permission.PUSH_LEADS: Role.EDITOR,
    Permission.REMOVE_LEADS: Role.EDITOR,
    Permission.IMPORT_LEADS: Role.ADMIN,
    Permission.SYNC_LEADS: Role.EDITOR,
    Permission.EDIT_DRAFTS: Role.EDITOR,
    Permission.APPROVE_DRAFTS: Role.EDITOR,
    Permission.SEND_REPLIES: Role.EDITOR,
    Permission.SEND_MAIL: Role.EDITOR,
    Permission.EDIT_TEMPLATES: Role.EDITOR,
    Permission.EDIT_SEQUENCES: Role.EDITOR,
    Permission.EDIT_OPPORTUNITIES: Role.EDITOR,
    Permission.SET_SITES: Role.ADMIN,
    Permission.SUPPRESS: Role.ADMIN,
    Permission.CLEAR_SUPPRESSION: Role.ADMIN,
    Permission.SET_ROUTES: Role.EDITOR,
    Permission.SET_POLICY: Role.ADMIN,
    Permission.READ_RAW: Role.ADMIN,
    Permission.READ_LOG: Role.VIEWER,
    Permission.MANAGE_TOKENS: Role.ADMIN,
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


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a Slack user, an API token, a vendor or the clock.

    id: `U…` for people, `token:<id>`, `vendor:plusvibe`, `clock`. permissions: what it may do. via: the address of
    the message whose button was pressed, if it was one.
    """

    id: str
    name: str
    permissions: frozenset[Permission]
    via: str = ""

    @property
    def is_person(self) -> bool:
        """Whether Slack can draw a mention of this actor."""
        return self.id[:1] in {"U", "W"}


def person(user_id: str, name: str, role: Role) -> Actor:
    """A member of the Slack workspace, with all that their role allows."""
    return Actor(user_id, name, frozenset(permission for permission, needed in NEEDED.items() if role >= needed))


CLOCK = Actor("clock", "the clock", frozenset(Permission))
PLUSVIBE = Actor("vendor:plusvibe", "PlusVibe", frozenset(Permission))
SENDGRID = Actor("vendor:sendgrid", "SendGrid", frozenset(Permission))
RECIPIENT = Actor("recipient", "the recipient", frozenset(Permission))


def require(actor: Actor, permission: Permission) -> None:
    """Raise `NotAllowed`, naming the role or the scope needed, unless the actor holds the permission."""
    if permission in actor.permissions:
        return
    if actor.id.startswith("token:"):
        scopes = " or ".join(scope for scope, allowed in SCOPES.items() if permission in allowed)
        raise NotAllowed(f"To {permission.value} a token needs the scope {scopes or 'of no token'}.")
    raise NotAllowed(f"To {permission.value} you need the role {NEEDED[permission].name.lower()} or higher.")
