from bot.outreach.pushes import Origin, Outcome, Push, PushResult, PushState

from .given import NOON


def test_a_push_counts_every_lead_with_an_outcome():
    push = Push("1", "c1", "U1", PushState.SENDING, Origin("C1"), 5, NOON)

    result = PushResult(push, ("a", "b"), (Outcome("c", "already there"),), (Outcome("d", "refused"),), waiting=1)

    assert result.settled == 4 == push.total - result.waiting
