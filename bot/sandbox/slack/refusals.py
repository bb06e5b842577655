"""The two ways of saying no: to the app, under Slack's error name; to a person, in words."""

from typing import Any

from bot.sandbox.slack.limits_text import Problem


class SlackError(Exception):
    """A refusal of the Web API. `error` is Slack's name for it; `extra` joins the answer's top level.

    status: 200 for nearly everything, as Slack answers refusals with `ok: false` and status 200.
    """

    def __init__(self, error: str, *, status: int = 200, headers: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers = headers or {}
        self.extra = extra


class NotPossible(ValueError):
    """What a person cannot do in Slack's client either: a button that is not there, a view that is not on top."""


def refuse_if(problems: list[Problem]) -> None:
    """Raise the first problem's error with every problem listed in `response_metadata.messages`."""
    if problems:
        raise SlackError(problems[0].error, response_metadata={"messages": [str(problem) for problem in problems]})
