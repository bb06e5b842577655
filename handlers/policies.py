"""`/outreach settings`: the workspace's own rules."""

from blocks import ids
from blocks.message import Message, section
from blocks.policies import policy_view
from bot.outreach.access import Permission, refusal
from bot.outreach.errors import NotAllowed
from bot.outreach.policies import Policy
from handlers import Table
from handlers.call import Call


async def open_settings(call: Call) -> None:
    """The rules as they stand; boxes for those who may change them."""
    policy = await call.services.policies.get(call.workspace_id)
    actor = await call.actor()
    await call.open(policy_view(policy, refused=refusal(actor, Permission.SET_POLICY)))


async def saved(call: Call) -> None:
    """New rules."""
    policy = Policy(
        second_approver=call.chosen(ids.SECOND_APPROVER) == "on",
        complete_on_reply=call.chosen(ids.COMPLETE_ON_REPLY) == "on",
        permission=call.chosen(ids.PERMISSION_ONLY) == "on",
        verified_link=call.chosen(ids.VERIFIED_LINK) == "on",
    )
    try:
        await call.services.policies.set(call.workspace_id, await call.actor(), policy)
    except NotAllowed as error:
        return await call.ack(response_action="errors", errors={ids.SECOND_APPROVER: str(error)[:300]})
    await call.ack()
    said = (
        f"Settings saved: second approver {'on' if policy.second_approver else 'off'}, "
        f"complete on reply {'on' if policy.complete_on_reply else 'off'}, "
        f"policy {'permission' if policy.permission else 'cold'}, "
        f"verified links {'on' if policy.verified_link else 'off'}."
    )
    return await call.tell(Message(said, [section(said)]))


TABLE = Table(views={ids.POLICY_FORM: saved})
