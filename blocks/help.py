"""Help texts by topic, and the answer to a command nobody knows."""

from difflib import get_close_matches

from blocks import ids
from blocks.message import Message, actions, button, code, section

COMMANDS = (
    ("/leads", "the lead list: search, filter, push, mark completed"),
    ("/leads show <email, domain or id>", "one lead: its state, what is missing, what happened"),
    ("/leads add", "add a lead by hand"),
    ("/push", "choose a campaign and leads, then push"),
    ("/push <emails or domains> to <campaign>", "the same in one line"),
    ("/outreach campaigns", "the campaigns at PlusVibe"),
    ("/outreach sync", "read leads and campaigns from PlusVibe now"),
    ("/outreach why <lead>", "why a push of this lead would or would not go through"),
    ("/outreach log", "who did what, newest first; `/outreach log export` as a file"),
    ("/outreach doctor", "what is connected and what is missing"),
    ("/outreach help [topic]", "this page, or one topic"),
)
TOPICS: dict[str, tuple[str, str]] = {
    "setup": (
        "PlusVibe setup",
        """\
Three things must be right before the first sync:
1. The provider's credentials: `PLUSVIBE_API_KEY` and `PLUSVIBE_WORKSPACE_ID`.
2. Each lead's `domain`: without one no audit can start.
3. An *empty* `audit_url`: it marks a lead still to be audited; sync skips a filled one.
Campaigns must exist in PlusVibe before a push. `/outreach doctor` checks all of it.""",
    ),
    "leads": (
        "Leads",
        """\
`/leads` lists 25 leads a page: search as you type, sort, filter by status.
Choose a campaign, then leads, then *Push selected* or *Mark completed*. *Select all on page* takes visible rows \
only.
Leads come from provider sync or are created when audits link to contacts.""",
    ),
    "lead": (
        "Lead detail",
        """\
`/leads show acme.com` opens one lead, also by email or id: whether it may be pushed and why not, its status, \
company, contact, audit, PlusVibe and timeline.
A missing writeback button means there is no campaign link or no linked audit.""",
    ),
    "push": (
        "Pushing",
        """\
A push is all or nothing. A lead is ready when its status is Email Ready, Email Sent, Opened, Replied, \
Retargeted or Converted *and* a writeback stored its merge fields. PlusVibe fills the fields when it sends and \
never sends step 1 again, so a push before the writeback would mail blanks.
A blocked push (409) names each lead and reason in a thread, with the remedy as a button. *Push when ready* \
waits for up to a day and pushes the same selection once.""",
    ),
    "plusvibe": (
        "PlusVibe overview",
        """\
PlusVibe delivers: campaigns and their steps live there. We push leads into a campaign with every `custom_*` \
field in the same call, close contacts that replied or converted (*Mark completed*), and hear of opens, replies \
and bounces.
A push there is not a send of ours.""",
    ),
    "statuses": (
        "Statuses",
        """\
New → Audit Queued → Audited → Email Ready → Email Sent → Opened → Replied → Converted; besides them Bounced and \
Retargeted. Sent (legacy) is an old value: *Normalise to Email Sent* turns it into Email Sent.""",
    ),
}


def help_message(topic: str = "") -> Message:
    """One topic, or all commands with the topics there are. An unknown topic gives the latter."""
    name = topic.strip().lower()
    if name in TOPICS:
        title, text = TOPICS[name]
        return Message(f"{title}\n{text}", [section(f"*{title}*"), section(text)])
    commands = "\n".join(f"{code(command)}  {meaning}" for command, meaning in COMMANDS)
    topics = "Topics: " + ", ".join(f"`/outreach help {key}`" for key in TOPICS)
    missing = [f"There is no topic {code(topic, 60)}."] if name else []
    return Message(
        "\n".join([*missing, "Commands", commands, topics]),
        [*(section(line) for line in missing), section(f"*Commands*\n{commands}"), section(topics)],
    )


def unknown_command(command: str, text: str) -> Message:
    """What was typed is no command; the nearest one, when something is near."""
    known = [name.removeprefix("/outreach ").split()[0] for name, _ in COMMANDS if name.startswith("/outreach ")]
    near = get_close_matches(text.strip().lower()[:40].split(" ")[0], known, n=1)
    guess = f" Did you mean `/outreach {near[0]}`?" if near and command == "/outreach" else ""
    said = f"{code(f'{command} {text}', 120)} is not a command.{guess} `/outreach help` lists them all."
    return Message(said, [section(said), *actions(button("Open leads", ids.OPEN_LIST))])
