"""Imports as people begin them in Slack: a file chosen in the form, dropped into the channel, carried to its end."""

from blocks import ids
from bot.outreach.importing import TARGETS
from bot.outreach.leads import LeadQuery
from bot.sandbox.slack.server import ANA, OUTREACH
from tests.scenarios.hands import block_of, press, shown

FAIR = (
    "E-mail,First name,Company,City\n"
    "jane@acme.example.com,Jane,Acme,Berlin\n"
    "JANE@acme.example.com,Jane,Acme again,Berlin\n"
    "no address here,Joe,Beta,Prague\n"
    "mia@gamma.example.com,Mia,Gamma,Paris\n"
)


def people(number, at="crowd.example.com"):
    """A file with so many leads."""
    return "email,company\n" + "".join(f"p{each}@{at},Company {each}\n" for each in range(number))


async def chooses(world, content=FAIR, *, name="fair.csv", user=ANA, channel=OUTREACH, **values):
    """From the command to the columns. content: text, or the file's bytes."""
    await world.say("/leads import", user=user, channel=channel)
    data = content.encode() if isinstance(content, str) else content
    file = await world.slack.attach(user, name, data)
    await world.submit({"file": {ids.IMPORT_FILE: [file.id]}, **values}, user=user)
    return file


async def drops(world, content=FAIR, *, name="fair.csv", user=ANA, channel=OUTREACH, mimetype="text/csv"):
    """A file in a message of the channel; the message, then its file."""
    data = content.encode() if isinstance(content, str) else content
    file = await world.slack.upload(user, name, data, mimetype)
    await world.slack.type_message(user, channel, "From the fair", files=[file.id])
    return world.slack.workspace.messages[channel][-1], file


async def uses_shortcut(world, message, *, user=ANA):
    """`Import leads` in a message's menu."""
    delivery = await world.slack.shortcut(user, ids.IMPORT_MESSAGE, message=(message.channel, message.ts))
    await world.idle()
    return delivery


async def maps(world, target, column, *, user=ANA):
    """Another column for a field; None for none."""
    action = f"{ids.IMPORT_COLUMN}|{target}"
    value = "-" if column is None else str(column)
    await press(world, action, user=user, block_id=block_of(shown(world, user), action)["block_id"], selected=value)


def columns(world, user=ANA):
    """What is chosen for each field."""
    chosen = {}
    for target in TARGETS:
        element = block_of(shown(world, user), f"{ids.IMPORT_COLUMN}|{target}")["element"]
        if element["initial_option"]["value"] != "-":
            chosen[target] = element["initial_option"]["text"]["text"]
    return chosen


async def ends(world, rounds=2):
    """The clock carries it to its end, and everything is said."""
    for _ in range(rounds):
        await world.tick(seconds=3)


def message_of(world, channel=OUTREACH):
    """The newest import's message."""
    return next(post for post in reversed(world.posts(channel)) if _is_import(post))


def thread_of(world, message):
    """What stands in its thread: the texts, then the contents of the files."""
    replies = [post for post in world.posts(message.channel) if post.thread_ts == message.ts and post.ts != message.ts]
    files = [world.slack.workspace.files[file_id] for reply in replies for file_id in reply.file_ids]
    return [reply.text for reply in replies if reply.text], [file.content.decode() for file in files]


def _is_import(post):
    return any(block.get("block_id") == "import" for block in post.blocks) or "mport" in post.text.split("\n")[0]


def errors(world, user=ANA):
    """What stands under the fields of the modal on top."""
    return list(world.modal(user).errors.values())


async def all_people(world):
    """The addresses of all leads."""
    async with world.database.read(world.workspace_id) as uow:
        page = await uow.leads.page(LeadQuery(limit=25))
    return sorted(lead.email for lead in page.leads)
