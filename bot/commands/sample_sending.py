"""What the demo can send directly with: a site, two emails to begin with, and both of them in a row."""

from datetime import datetime
from uuid import uuid4

from bot.outreach.mail_templates import MailTemplate
from bot.outreach.sequences import Mode, Sequence, Step
from bot.outreach.sites import Site
from bot.sandbox.slack.server import ANA
from storage.unit_of_work import UnitOfWork

_FIRST = """\
Hello {{ first_name | default('there') }},

we looked at {{ domain }} and one thing stands out: {{ top_issue | default('its pages could load faster') }}.

Most visitors will never tell you. {% if grade %}The whole audit came to grade {{ grade }}.{% endif %}

Shall I send you the three points to fix first?

{{ sender_name }}"""
_AGAIN = """\
Hello {{ first_name | default('there') }},

did you have a moment to look at my note about {{ domain }}? One line back is enough: yes or no.

{{ sender_name }}"""


async def load_sending(uow: UnitOfWork, now: datetime) -> Site:
    """Stored only beside the sample leads; answers the site."""
    site = Site(
        id=str(uuid4()),
        name="Sunny Audits",
        from_email="lena@sunnyaudits.example",
        from_name="Lena Brandt",
        address="Masarykova 12, 602 00 Brno, Czechia",
        timezone="Europe/Prague",
        reply_domain="parse.sunnyaudits.example",
    )
    await uow.sites.add(site)
    first, again = str(uuid4()), str(uuid4())
    for template_id, name, subject, body in (
        (first, "First look", "One thing on {{ domain }}", _FIRST),
        (again, "A short reminder", "Re: One thing on {{ domain }}", _AGAIN),
    ):
        await uow.mail_templates.add(MailTemplate(template_id, name, subject, body, 1, ANA, now))
    steps = (Step(first), Step(again))
    asked = Sequence(str(uuid4()), "One thing, then a reminder", steps, Mode.MANUAL, author=ANA, updated_at=now)
    await uow.sequences.add(asked)
    return site
