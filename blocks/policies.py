"""`/outreach settings`: the workspace's own rules."""

from blocks import ids
from blocks.elements import Block, refused_line
from blocks.message import field_input, modal, option, section, select
from bot.outreach.policies import Policy

_OFF_OR_ON = ("Off", "On")
_COLD_OR_PERMISSION = ("Cold", "Permission")


def policy_view(policy: Policy, *, refused: str = "") -> Block:
    """Each rule with what it means, and a box to change it. refused: why there is none."""
    rules = _rules(policy)
    if refused:
        lines = [section(f"*{title}:* {names[is_on].lower()}\n{meaning}") for _, title, meaning, is_on, names in rules]
        return modal(ids.NOTICE, "Settings", [*lines, *refused_line(refused)])
    blocks = [
        field_input(title, name, _choice(name, names, is_on=is_on), hint=meaning)
        for name, title, meaning, is_on, names in rules
    ]
    return modal(ids.POLICY_FORM, "Settings", blocks, submit="Save", close="Cancel")


def _rules(policy: Policy) -> tuple[tuple[str, str, str, bool, tuple[str, str]], ...]:
    """Id, title, meaning, whether it is on, and the words for off and on."""
    return (
        (
            ids.PERMISSION_ONLY,
            "Policy",
            "Cold: anyone may be written to until something stands against the address. Permission: only "
            "addresses with form or express consent. Suppressions bind in both.",
            policy.permission,
            _COLD_OR_PERMISSION,
        ),
        (
            ids.SECOND_APPROVER,
            "Second approver",
            "A draft leaves only after two people approved it, neither of them whoever asked for it.",
            policy.second_approver,
            _OFF_OR_ON,
        ),
        (
            ids.COMPLETE_ON_REPLY,
            "Complete on reply",
            "When a prospect replies, the lead's campaign steps are marked completed at PlusVibe.",
            policy.complete_on_reply,
            _OFF_OR_ON,
        ),
        (
            ids.VERIFIED_LINK,
            "Verified links",
            "On the link board nobody moves a page to Won by hand before the link was seen on it.",
            policy.verified_link,
            _OFF_OR_ON,
        ),
    )


def _choice(name: str, names: tuple[str, str], *, is_on: bool) -> Block:
    off, on = names
    return select(name, off, [option(off, "off"), option(on, "on")], "on" if is_on else "off")
