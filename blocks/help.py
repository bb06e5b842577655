"""Help texts by topic, and the answer to a command nobody knows."""

from difflib import get_close_matches

from blocks import ids
from blocks.message import Message, actions, button, code, section

COMMANDS = (
    ("/leads", "the lead list: search, filter, push, mark completed"),
    ("/leads show <email, domain or id>", "one lead: its state, what is missing, what happened"),
    ("/leads add", "add a lead by hand"),
    ("/leads import", "import leads from a CSV file; or drop one into a channel and use its shortcut"),
    ("/push", "choose a campaign and leads, then push"),
    ("/push <emails or domains> to <campaign>", "the same in one line"),
    ("/drafts", "generated emails: preview, edit, approve & send"),
    ("/pipeline", "the funnel, the email stats and every stage with its leads"),
    ("/pipeline board", "the link board: pages that should link to you, in four columns"),
    ("/unibox", "conversations with prospects; those that wait for an answer first"),
    ("/unibox <email>", "one lead's conversations"),
    ("/outreach campaigns", "the campaigns at PlusVibe, each with its leads"),
    ("/outreach campaign <name>", "one campaign's leads: who was written to, who replied, who bounced"),
    ("/outreach companies", "the company directory: filter, count, add all that match to a campaign"),
    ("/outreach templates", "emails you write once and send to many leads"),
    ("/outreach sequences", "templates sent one after another until somebody reacts"),
    ("/outreach segments", "groups of leads: listed by you, or found by rules"),
    ("/outreach simulate [14d]", "what would be sent in the coming days, and what is put off and why"),
    ("/outreach links", "the link board"),
    ("/outreach sites", "whom emails come from, and what each may still send today"),
    ("/outreach unsubscribes", "who is not written to any more, and why"),
    ("/outreach forms", "web forms for your pages: leads with consent and its proof"),
    ("/outreach metrics", "what became of the emails sent directly: the seven metrics, by period and site"),
    ("/outreach sync", "read leads and campaigns from PlusVibe now"),
    ("/outreach digest", "what I post in this channel, and when"),
    ("/outreach why <lead>", "why a push of this lead would or would not go through"),
    ("/outreach export <lead or segment>", "all that is held of a person, or a segment's leads, as a file for you"),
    ("/outreach erase <lead>", "take away all that is held of a person, for good"),
    ("/outreach log", "who did what, newest first; `/outreach log export` as a file"),
    ("/outreach settings", "the workspace's rules: cold or permission, second approver, complete on reply"),
    ("/outreach roles", "who may do what, and why; owners change it"),
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
    "import": (
        "Importing leads",
        """\
`/leads import` or *Import leads* above the list takes a CSV file of up to 10 MB. So does a file dropped into a \
channel: *Import leads* in the message's menu (⋯).
Columns are guessed by their names, in several languages; choose others where the guess is wrong. The first rows show \
what they come to, and the forecast says how many leads are new and which rows are left out: no address, a bad form, \
twice in the file, already a lead, suppressed. With a campaign, everybody in the file joins it.
One message says how far the import is; *Cancel* stops it. At its end the thread has the sum and the rows left out as \
a CSV file with the reason. *Undo import* takes it back for 24 hours: leads to which something happened since stay.
Larger files: `python -m bot import leads FILE`.""",
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
    "drafts": (
        "Drafts and approvals",
        """\
`/drafts` lists generated emails that wait for a person: preview, edit, *Approve & send* or reject with a reason. \
They exist once an audit is linked to a lead and its writeback, or *Generate Email* on the lead card, wrote one; the \
cure for a missing one is to re-run the audit.
An approval holds for the revision that was looked at: when somebody edits in between, nothing is decided and the \
difference is shown. *Approve & send* writes the approved text into the lead's merge fields and pushes the lead into \
its campaign, under the same guard as any push. Without a campaign it is sent directly where SendGrid and a site are \
set up: the card shows what is left today, then *Undo* for 60 seconds. Else the approval is kept: choose a campaign, \
then *Hand over*.
With a second approver (`/outreach settings`) two people approve, neither of them whoever asked for the draft.""",
    ),
    "pipeline": (
        "Pipeline",
        """\
`/pipeline` counts how far leads ever got: Total, Audited, Email sent, Opened, Replied, Converted. A lead that \
replied stays in every card up to Replied, wherever it stands now.
The stages below count leads by their status now. *Open* lists a stage's leads; the select beside each changes its \
status, marked as set by hand.
*Email sent* counts leads, *Emails sent* in the email stats counts messages.""",
    ),
    "links": (
        "The link board",
        """\
`/pipeline board` shows pages that should link to you in four columns: New, Queued to send, Reached, Won. *Add \
Opportunity* takes the page, the words of the link, your page and whom to write to; each belongs to a lead.
A card's menu sends an email, starts a sequence, moves it, shows its history with every open and click, or deletes it. \
Emails move a card by themselves; a move by hand is marked ✋ and holds until an email gets further. *Won* ends what \
is still to be sent.
Pages in Reached and Won are read for the link to your page: a link found moves its card to Won, one missed twice \
takes it out with *Lost Link*, a page that cannot be read changes nothing. *View History* has every look, *Check \
now* and *Edit link* (words, your page, what counts as the link).
Templates print `{{ url }}`, `{{ anchor_text }}` and `{{ target_url }}` of the card. The search looks through page, \
words of the link and notes.""",
    ),
    "unibox": (
        "Unibox and replies",
        """\
`/unibox` lists conversations, those that wait for an answer first; `/unibox jane@acme.com` one lead's. A conversation \
appears once PlusVibe has indexed a message; *Refresh* reads it again. Quoted history is folded.
*Reply* opens the composer: mailbox, subject, body (text or HTML), *Preview*, and a line that says from whom to whom \
it goes. It is sent once. When nobody can know whether it went out, whoever wrote it is asked; it is never sent \
again by itself.
*Take* says that you take care of it. *Read* is offered where PlusVibe can mark the thread.
Each reply is read by rules: out of office, asks to be removed, interested, question, referral, other. The rule is \
shown; choose another class on the card to correct it. Out of office is no reply: the lead's sequence pauses until \
they are back. A machine that says the email arrived pauses nothing. A reply pauses the sequences of colleagues and \
asks once: *Keep paused* or *Resume*.
Notes typed in a Slack thread stay in Slack.""",
    ),
    "sending": (
        "Sending emails directly",
        """\
Besides PlusVibe, emails leave from here through SendGrid: *Send email* on the lead card. Set `SENDGRID_API_KEY`, let \
SendGrid post its events to `/sendgrid/webhook`, and add a site with `/outreach sites`: the sender, a postal address, \
its time zone, daily cap and quiet hours.
A template (`/outreach templates`) fills in the lead's and the audit's facts; where a fact is missing it says so \
before anything is sent, unless the template gives a default: `{{ first_name | default('there') }}`.
*Preview* shows the email as it will be read; *Send* queues it for 60 seconds, in which *Undo* takes it back. A site \
sends at most 100 emails a day, a prospect gets one in 24 hours; past that, *Queue for next free slot*.
Each email carries a one-click unsubscribe. Hard bounces, complaints and unsubscribes stop everything to that address \
(`/outreach unsubscribes`). Opens and clicks by machines are counted apart and move nothing.
Answers come in when `SENDGRID_INBOUND_TOKEN` is set and the site says which host *Replies go to*: each posts its \
card and stops the lead's sequence, and *Reply* answers in the same conversation. `/unibox` has them all.
When SendGrid's answer is lost, the email is *Unclear*: it is never sent again by itself; its events prove it, or you \
decide.""",
    ),
    "sequences": (
        "Sequences",
        """\
`/outreach sequences` makes one: templates in a row, each with a delay of at least 24 hours after the one before it \
left, and what stops it: a reply, a click, an open. Hard bounces, complaints and unsubscribes always stop it; opens \
and clicks by machines never do.
*Start sequence* on the lead card shows step 1 and sends it at once. In mode `auto` the later steps leave when due; \
in mode `manual` each waits for *Send next step*. *Pause* holds everything, *Stop sequence* takes back what waits.
A step that meets the daily cap, the 24 hours or quiet hours waits, with the reason on the card; the next delay counts \
from when it really left.""",
    ),
    "simulate": (
        "Looking ahead",
        """\
`/outreach simulate 14d` (`7d`, `2w`, up to 60 days) runs the sending engine itself on a copy of the queue, with a \
clock that jumps from one due moment to the next: every open sequence and waiting email, each site's cap and quiet \
hours, each prospect's 24 hours. Nothing is sent and nothing changes.
You get a calendar by day and site, what is put off with its cause, what stops to wait for a person and what ends; a \
long list comes as a file. Nobody reacts in it: every reply, click, bounce or unsubscribe makes fewer emails than \
shown, and what you start meanwhile makes more.""",
    ),
    "plusvibe": (
        "PlusVibe overview",
        """\
PlusVibe delivers: campaigns and their steps live there. We push leads into a campaign with every `custom_*` \
field in the same call, close contacts that replied or converted (*Mark completed*), and hear of opens, replies \
and bounces.
A push there is not a send of ours.""",
    ),
    "campaigns": (
        "Campaign leads",
        """\
`/outreach campaign` with its name, or *Leads* in `/outreach campaigns`, lists who is in a campaign, the latest \
activity first: *Pending* (nothing sent yet), *Contacted* with the step, *Replied*, *Completed (no reply)* when every \
step was sent, *Bounced*, *Invalid* (found bad before sending) and *Unsubscribed*. An address counts in every \
campaign, a reply or a step in its own.
*Change status* changes those chosen, *Change all matching* everybody the search and the filter leave, up to 10,000; \
who does not fit is skipped with the reason. *Not pushed yet* waits for a push.""",
    ),
    "companies": (
        "Companies",
        """\
`python -m bot import companies FILE` fills the directory from a CSV file; the same company again is left out. \
`/outreach companies` filters it by country, city, industry, size and revenue; every value says how many companies \
have it. *Add to Campaign* makes a lead of each that matches and has an email address, in the background: one message \
says how far it is, *Cancel* stops it, the sum comes in its thread. Whoever is in the campaign already, is suppressed \
or has a malformed address is left out and counted. Nothing is sent: they wait for a push.
*Import from Pipeline* in a campaign's list takes leads you have, chosen one by one or all that match, also all of \
a segment.""",
    ),
    "digest": (
        "Digest and news",
        """\
`/outreach digest` in a channel sets what comes there: the digest of the pipeline once a day at a local time on \
chosen weekdays, and writebacks, replies, drafts and due manual steps at once, every hour, once a day or not at all.
The digest counts milestones ever reached, says what changed since the last one and what waits; each number opens \
exactly the leads it stood for when it was posted. It comes once a day and channel, a late one says so, and on a \
day with nothing to say none comes. *Send now* posts today's at once, *Preview* shows it only to you.
A channel that is archived or that I left is told to whoever set it, once.""",
    ),
    "roles": (
        "Roles",
        """\
A viewer reads. An editor edits and drafts, and answers prospects. An admin approves, pushes, sends and imports. An \
owner manages roles.
`/outreach roles` says who is what and why: set by hand, by a user group, by the Slack account, or by default; the \
first of these counts. *Grants* lets one person do single things on top of their role. The last owner stays one.
When a button is missing or an act is refused, the refusal names the role it takes and who has it.""",
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
