"""What holds in every scenario."""

from collections.abc import Iterator
from datetime import timedelta

import pytest


@pytest.fixture
def allowed(request: pytest.FixtureRequest) -> Iterator[set[str]]:
    """Slack refused nothing we sent and no click failed, except for the errors a test puts into this set."""
    world = request.getfixturevalue("either_world" if "either_world" in request.fixturenames else "world")
    world.slack.settings.ack_seconds = 20  # the three seconds have tests of their own; a busy machine is no failure
    world.slack.settings.trigger_life = timedelta(seconds=20)
    expected: set[str] = set()
    yield expected
    refused = [
        f"{call['method']}: {call['answer'].get('error')} {call['answer'].get('response_metadata', '')}"
        for call in world.slack.workspace.calls
        if not call["answer"]["ok"] and call["answer"].get("error") not in expected
    ]
    assert refused == []
    said = [call["arguments"] for call in world.slack.workspace.calls]
    assert "<@" not in str(said), "nobody is mentioned unless they asked for it"
    assert [notice.text for notice in world.slack.workspace.notices if "notices" not in expected] == []
