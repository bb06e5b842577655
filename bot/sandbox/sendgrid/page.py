"""The page `/inbox`: what prospects find in their mailboxes, and buttons to act as they do."""

from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Request
from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.sandbox.sendgrid.inbound import quoting
from bot.sandbox.sendgrid.mails import SentMail, first_link, one_click_url
from bot.sandbox.sendgrid.story import states_of, story_of
from bot.sandbox.sendgrid.world import SendGridWorld
from bot.sandbox.slack.guard import only_from_here

PAGE_MAILS = 50
LONGEST_REPLY = 10_000
_TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
_EVENTS = {"open": "open", "bounce": "bounce", "complain": "spamreport"}


class _Page:
    """The routes. For a local address only: they ask nobody who they are."""

    def __init__(self, world: SendGridWorld) -> None:
        self._world = world

    async def inbox(self, page: int = 1) -> Response:
        page = min(max(page, 1), len(self._world.mails) // PAGE_MAILS + 1)
        newest = self._world.mails[::-1]
        mails = newest[(page - 1) * PAGE_MAILS : page * PAGE_MAILS]
        return self._shown(
            "inbox.html",
            mails=[(mail, states_of(mail)) for mail in mails],
            page=page,
            more=page * PAGE_MAILS < len(newest),
        )

    async def mail(self, mail_id: str) -> Response:
        mail = self._known(mail_id)
        return self._shown(
            "mail.html",
            mail=mail,
            states=states_of(mail),
            story=story_of(mail),
            link=first_link(mail),
            way_out=one_click_url(mail),
            takes_replies=bool(self._world.inbound_url),
        )

    async def act(self, mail_id: str, act: str) -> Response:
        mail = self._known(mail_id)
        if act in _EVENTS:
            await self._world.emit(mail, _EVENTS[act])
        elif act == "click" and first_link(mail):
            await self._world.emit(mail, "click", url=first_link(mail))
        elif act == "unsubscribe" and one_click_url(mail):
            await self._world.unsubscribe(mail)
        else:
            raise HTTPException(404)
        return _back_to(mail)

    async def reply(self, request: Request, mail_id: str) -> Response:
        mail = self._known(mail_id)
        async with request.form() as form:
            words = str(form.get("text", "")).replace("\r\n", "\n").strip()[:LONGEST_REPLY]
        if words:
            await self._world.reply(mail, quoting(mail, words, self._world.clock()))
        return _back_to(mail)

    async def switch(self) -> Response:
        self._world.faults.down = not self._world.faults.down
        return RedirectResponse("/inbox", status_code=303)

    def _known(self, mail_id: str) -> SentMail:
        mail = self._world.mail(mail_id)
        if mail is None:
            raise HTTPException(404)
        return mail

    def _shown(self, template: str, **values: object) -> Response:
        return HTMLResponse(_TEMPLATES.get_template(template).render(world=self._world, **values))


def page_router(world: SendGridWorld) -> APIRouter:
    """The page and its buttons."""
    router = APIRouter(prefix="/inbox", include_in_schema=False, dependencies=[Depends(only_from_here)])
    page = _Page(world)
    for method, path, answer in (
        ("GET", "", page.inbox),
        ("POST", "/down", page.switch),
        ("GET", "/{mail_id}", page.mail),
        ("POST", "/{mail_id}/reply", page.reply),
        ("POST", "/{mail_id}/{act}", page.act),
    ):
        router.add_api_route(path, answer, methods=[method], response_model=None)
    return router


def _back_to(mail: SentMail) -> Response:
    return RedirectResponse(f"/inbox/{mail.id}", status_code=303)
