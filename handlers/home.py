"""The Home tab."""

from blocks.outreach import home_view
from handlers import Table
from handlers.call import Call


async def home_opened(call: Call) -> None:
    """The Home tab: the four surfaces, drawn afresh each time it is opened."""
    await call.ack()
    event = call.body.get("event") or {}
    if event.get("tab") != "home":
        return
    actor = await call.actor()
    services = call.services
    view = home_view(
        await services.leads.counts(call.workspace_id, actor),
        await services.campaigns.all(call.workspace_id, actor),
        await services.doctor.findings(call.workspace_id),
    )
    await call.house.slack.views_publish(user_id=call.user_id, view=view)


TABLE = Table(events={"app_home_opened": home_opened})
