"""`/outreach settings`: the workspace's own rules."""

from blocks import ids
from blocks.elements import Block
from blocks.message import context, field_input, modal, option, section, select
from bot.outreach.policies import Policy

_CHOICES = [option("Off", "off"), option("On", "on")]


def policy_view(policy: Policy, *, may: bool) -> Block:
    """Each rule with what it means; only those who may change them get the boxes."""
    rules = (
        (
            ids.SECOND_APPROVER,
            "Second approver",
            "A draft leaves only after two people approved it, neither of them whoever asked for it.",
            policy.second_approver,
        ),
        (
            ids.COMPLETE_ON_REPLY,
            "Complete on reply",
            "When a prospect replies, the lead's campaign steps are marked completed at PlusVibe.",
            policy.complete_on_reply,
        ),
    )
    if not may:
        lines = [section(f"*{title}:* {'on' if is_on else 'off'}\n{meaning}") for _, title, meaning, is_on in rules]
        return modal(ids.NOTICE, "Settings", [*lines, context("Changing these takes the role admin or higher.")])
    blocks = [
        field_input(
            title,
            name,
            select(name, "Off", _CHOICES, "on" if is_on else "off"),
            hint=meaning,
        )
        for name, title, meaning, is_on in rules
    ]
    return modal(ids.POLICY_FORM, "Settings", blocks, submit="Save", close="Cancel")
