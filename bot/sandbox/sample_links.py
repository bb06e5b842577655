"""Pages that should link to the demo's team, in every column of the board, and the emails that ask for it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.outreach.mail_facts import FactKind
from bot.sandbox.slack.server import ANA

OURS = "https://sunnyaudits.example"
ASK = """\
Hello {{ first_name | default('there') }},

your page {{ url }} is the best list of its kind I know, and one thing seems to be missing: {{ target_url }}.

Could it stand there as “{{ anchor_text | default('website audits') }}”? I gladly send you a short text for it.

{{ sender_name }}"""
ASK_AGAIN = """\
Hello {{ first_name | default('there') }},

did you have a moment to think about {{ url }}? One line back is enough: yes or no.

{{ sender_name }}"""


class Linking(StrEnum):
    """What the page says when it is looked at."""

    NO = "no"
    FOLLOWED = "followed"
    NOFOLLOW = "nofollow"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class SamplePage:
    """One page. days: since it came to the board. sent: days since its email left, 0 while it waits, None without.

    won_by: who said that the link is there. lost: seen until lately, missed once. runs: its email is a sequence's first
    step. linking: what a look at it finds.
    """

    url: str
    anchor: str
    target: str
    editor: str
    days: int
    notes: str = ""
    sent: int | None = None
    heard: tuple[FactKind, ...] = ()
    won_by: str = ""
    lost: bool = False
    runs: bool = False
    linking: Linking = Linking.NO


_SEEN = (FactKind.DELIVERED, FactKind.OPENED)
_USED = (*_SEEN, FactKind.CLICKED)
# The oldest first: on the board the last of each column stands on top.
PAGES = (
    SamplePage("agencynotebook.example/resources", "free website audit", "/audit", "tom@agencynotebook.example", 24,
               sent=22, heard=_USED, won_by=ANA, linking=Linking.FOLLOWED,
               notes="Linked within a day. Wants our benchmark figures in spring."),
    SamplePage("craftledger.example/blog/sites-that-sell", "what slow pages cost", "/guides/speed",
               "nadia@craftledger.example", 23, sent=21, heard=(*_USED, FactKind.REPLIED), won_by=ANA,
               linking=Linking.NOFOLLOW),
    SamplePage("localbiz.example/directory/marketing", "Sunny Audits", "", "hello@localbiz.example", 21, sent=19,
               heard=_SEEN, won_by=ANA, lost=True, notes="They add entries by hand, once a month."),
    SamplePage("thriftyfounder.example/tools", "audit tool", "/audit", "gone@thriftyfounder.example", 18, sent=15,
               heard=(FactKind.BOUNCED,), notes="Address from the imprint is dead. Try the contact form."),
    SamplePage("webcraft-weekly.example/issues/88", "checklist for small sites", "/guides/checklist",
               "marta@webcraft-weekly.example", 16, sent=13, heard=(FactKind.DELIVERED,)),
    SamplePage("shopkeepers.example/learn/first-website", "first website checklist", "/guides/checklist",
               "editor@shopkeepers.example", 14, sent=11, heard=_SEEN,
               linking=Linking.BROKEN),
    SamplePage("pagespeedclub.example/reading-list", "what slow pages cost", "/guides/speed",
               "lars@pagespeedclub.example", 12, sent=9, heard=_USED, notes="Clicked twice. Worth a call."),
    SamplePage("hotelmarketing.example/guides/direct-bookings", "audit for hotels", "/hotels",
               "sofia@hotelmarketing.example", 10, sent=2, heard=(FactKind.DELIVERED,), runs=True),
    SamplePage("dentalgrowth.example/blog/website-mistakes", "audit for practices", "/dentists",
               "office@dentalgrowth.example", 9, sent=0),
    SamplePage("buildersguild.example/members/suppliers", "", "/audit", "ines@buildersguild.example", 8, sent=0,
               notes="They answer in the morning."),
    SamplePage("seasidehosts.example/toolbox", "audit for hotels", "/hotels", "", 6,
               notes="No address on the page yet."),
    SamplePage("smallprint.example/law-firm-websites", "accessibility check", "/guides/access",
               "karl@smallprint.example", 4),
    SamplePage("roastersjournal.example/selling-online", "first website checklist", "/guides/checklist",
               "aiko@roastersjournal.example", 3),
    SamplePage("greenhouse-pr.example/partners/apply", "", "", "partners@greenhouse-pr.example", 2),
)  # fmt: skip
