"""The real command line in a process of its own, as `forkserver` starts it: quick, because the imports are done.

Leases, clock jobs and paces are short here, so that a test sees in a second what takes minutes.
"""

import itertools
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

PRELOADED = [
    "tests.scenarios.doomed",
    "bot.app",
    "bot.commands.serving",
    "bot.commands.checkup",
    "uvicorn.lifespan.off",
]
LEASE = timedelta(seconds=1)


@dataclass(frozen=True)
class Doom:
    """SIGKILL to itself `before` or `after` the nth call of a method, named as below; or it `stops` before it, till
    somebody wakes it.
    """

    method: str
    when: str
    nth: int = 1


ADD_LEADS = "bot.gateways.plusvibe:PlusVibe.add_leads"
POST = "slack_sdk.web.async_client:AsyncWebClient.chat_postMessage"
SEND_REPLY = "bot.gateways.plusvibe_unibox:PlusVibeUnibox.reply"
CARRY_OUT = "bot.services.answering:AnswerService.carry_out"
SETTLE_REPLY = "storage.answers:Answers.settle"
QUEUE_MAIL = "bot.services.mails:MailService.send"
APPROVE_DRAFT = "bot.services.drafts:DraftService.approve"
ADD_MAIL = "storage.mails:Mails.add"
HOLD_MAILS = "storage.mails:Mails.hold_due"
BEGIN_MAILS = "storage.mails:Mails.begin"
SEND_MAIL = "bot.gateways.sendgrid:SendGrid.send"
MOVE_MAILS = "storage.mails:Mails.move_many"
RAISE_LEADS = "storage.leads:Leads.rise"
SEND_MAILS = "bot.services.dispatching:DispatchService.send_due"
TELL_MAILS = "storage.mails:Mails.stand"
EDIT = "slack_sdk.web.async_client:AsyncWebClient.chat_update"


def run_bot(
    command: Sequence[str], settings: Mapping[str, str], folder: str, log: str, doom: Doom | None, lease: timedelta
) -> None:
    """`python -m bot …` with these settings, in this folder, its output in the file."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(settings)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout.reconfigure(line_buffering=True)
    sys.stderr.reconfigure(line_buffering=True)
    _hurry(lease)
    if doom is not None:
        _curse(doom)
    from bot.commands import main

    sys.argv = ["python -m bot", *command]
    main()


def _hurry(lease: timedelta) -> None:
    for name in ("bot.services.enrolling", "bot.services.pushes"):
        import_module(name).PUSH_LEASE = lease
    for name in ("bot.services.posts", "handlers.posting"):
        import_module(name).POST_LEASE = 2 * lease
    import_module("handlers.posting").LOOK_AGAIN = lease
    import_module("bot.services.pushes").SETTLING = timedelta(0)
    import_module("bot.services.writebacks").REMOTE_LEASE = 2 * lease
    import_module("bot.services.inboxes").APPLY_LEASE = lease
    answering = import_module("bot.services.answering")
    answering.ANSWER_LEASE = answering.EVIDENCE_FOR = lease
    answering.LOOK_AGAIN = lease / 5
    import_module("bot.services.queueing").UNDO_FOR = timedelta(0)
    schedule = import_module("handlers.schedule")
    round_seconds = lease.total_seconds() / 5  # with long leases several processes run, which would do nothing else
    schedule.JOBS = tuple((job, min(seconds, round_seconds)) for job, seconds in schedule.JOBS if seconds < 60)
    import_module("handlers.posting").Poster.__init__.__kwdefaults__["every"] = timedelta(0)
    import_module("bot.gateways.plusvibe").PlusVibe.__init__.__kwdefaults__["calls_per_second"] = 200


def _curse(doom: Doom) -> None:
    module, _, path = doom.method.partition(":")
    owner_name, name = path.split(".")
    owner = getattr(import_module(module), owner_name)
    call = getattr(owner, name)
    calls = itertools.count(1)
    if doom.when == "stops":
        import_module("bot.services.dispatching").SEND_LEASE = LEASE
        import_module("storage.engines").STANDSTILL_SECONDS = 5

    async def cursed(*args: Any, **named: Any) -> Any:
        number = next(calls)
        if number == doom.nth and doom.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if number == doom.nth and doom.when == "stops":
            os.kill(os.getpid(), signal.SIGSTOP)
        answer = await call(*args, **named)
        if number == doom.nth and doom.when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, cursed)
