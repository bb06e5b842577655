"""`/outreach`: the menu, campaigns, why, log, doctor, help, and the words that lead elsewhere."""

from blocks import ids
from blocks.errors import problem
from blocks.log import log_message
from blocks.log_file import export_message, log_csv
from blocks.outreach import (
    campaigns_message,
    doctor_message,
    help_message,
    menu,
    sync_result,
    unknown_command,
)
from blocks.why import why_message
from bot.outreach.errors import Unavailable
from bot.outreach.health import Finding
from bot.outreach.searching import plain_typing
from bot.services.log import PAGE_EVENTS
from handlers import Table
from handlers.call import Call
from handlers.campaign_leads import open_named
from handlers.companies import open_companies
from handlers.digests import routes
from handlers.doctor import slack_findings
from handlers.drafts import open_queue
from handlers.errors import noted
from handlers.forms import open_forms
from handlers.importing import open_import
from handlers.leads import open_list
from handlers.link_board import open_board
from handlers.mail_templates import open_templates
from handlers.metrics import open_metrics
from handlers.names import named_events
from handlers.persons import ask_erase, export
from handlers.pipeline import open_pipeline
from handlers.policies import open_settings
from handlers.posting import wanted_file
from handlers.roles import open_roles
from handlers.segments import open_segments
from handlers.sequences import open_sequences
from handlers.simulate import simulate
from handlers.sites import open_sites
from handlers.unsubscribes import open_unsubscribes

MOST_WHY = 3  # a response URL takes five answers


async def command(call: Call) -> None:
    """The menu, or one of its entries by name."""
    await call.ack()
    verb, _, rest = call.text.partition(" ")
    verb = verb.lower()
    if verb == "":
        await call.tell(menu())
    elif verb == "why" and rest:
        await why(call, rest)
    elif (verb, rest) == ("log", "export"):
        await export_log(call)
    elif verb == "export" and rest:
        await export(call, rest)
    elif verb == "erase" and rest:
        await ask_erase(call, rest)
    elif verb == "help":
        await call.tell(help_message(rest))
    elif verb == "campaign" and rest:
        await open_named(call, rest)
    elif verb == "simulate":
        await simulate(call, rest)
    elif verb in _VERBS:
        await _VERBS[verb](call)
    else:
        await call.tell(unknown_command("/outreach", call.text))


async def campaigns(call: Call) -> None:
    """The campaigns, read from PlusVibe when it can be asked."""
    actor = await call.actor()
    service = call.services.campaigns
    if service.connected:
        try:
            await service.refresh(call.workspace_id)
        except Unavailable as error:
            await call.tell(problem(f"{noted(error, user=call.user_id)} These are the campaigns as last read."))
    await call.tell(campaigns_message(await service.all(call.workspace_id, actor), service.connected))


async def sync(call: Call) -> None:
    """Read leads and campaigns from PlusVibe."""
    if await call.first_time():
        await call.tell(sync_result(await call.services.sync.run(call.workspace_id, await call.actor())))


async def why(call: Call, term: str) -> None:
    """The guard's own trace of a lead, or of the first few at a domain."""
    actor = await call.actor()
    for lead in (await call.services.leads.find(call.workspace_id, actor, plain_typing(term)))[:MOST_WHY]:
        card = await call.services.leads.card(call.workspace_id, actor, lead.id)
        await call.tell(why_message(card.trace, card.campaign))


async def log(call: Call) -> None:
    """Who did what, newest first."""
    await _log(call, None)


async def export_log(call: Call) -> None:
    """The log as a CSV file, only for whoever asked."""
    if not await call.first_time():
        return
    events = await call.services.log.export(call.workspace_id, await call.actor())
    post = wanted_file(f"log:{call.key}", call.user_id, "outreach-log.csv", log_csv(events))
    await call.house.poster.show(call.workspace_id, [post])
    await call.tell(export_message(len(events)))


async def older(call: Call) -> None:
    """One page further back."""
    await call.ack()
    await _log(call, int(call.value) if call.value.isdigit() else None)


async def _log(call: Call, before_id: int | None) -> None:
    member = await call.member()
    events = await call.services.log.page(call.workspace_id, member.actor, before_id)
    oldest = events[-1].id if len(events) == PAGE_EVENTS else None
    leads = list(dict.fromkeys(event.lead_id for event in events if event.lead_id))
    titles = await call.services.pushes.titles(call.workspace_id, leads)
    await call.tell(log_message(await named_events(call.house, events), oldest, member.timezone, titles))


async def doctor(call: Call) -> None:
    """What is set up, what works, and what to do about the rest."""
    await call.tell(doctor_message(await _findings(call)))


async def _findings(call: Call) -> list[Finding]:
    slack = await slack_findings(call.house.slack, call.house.channel)
    return [*slack, *await call.services.doctor.findings(call.workspace_id)]


async def help_(call: Call) -> None:
    """Every command."""
    await call.tell(help_message(""))


async def menu_chosen(call: Call) -> None:
    """An entry of the menu's overflow."""
    await call.ack()
    await _VERBS.get(call.value, help_)(call)


_VERBS = {
    "campaign": campaigns,
    "campaigns": campaigns,
    "companies": open_companies,
    "sync": sync,
    "log": log,
    "doctor": doctor,
    "digest": routes,
    "settings": open_settings,
    "roles": open_roles,
    "sites": open_sites,
    "templates": open_templates,
    "segments": open_segments,
    "sequences": open_sequences,
    "unsubscribes": open_unsubscribes,
    "forms": open_forms,
    "metrics": open_metrics,
    "links": open_board,
    "board": open_board,
    "pipeline": open_pipeline,
    "emails": open_queue,
    "drafts": open_queue,
    "help": help_,
    "leads": open_list,
    "import": open_import,
}

TABLE = Table(
    commands={"/outreach": command},
    actions={ids.MENU: menu_chosen, ids.LOG_OLDER: older},
)
