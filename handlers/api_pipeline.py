"""The JSON API: `/api/pipeline`."""

from bot.outreach.leads import BADGES, LeadStatus
from bot.outreach.pipeline import Milestone, Pipeline
from handlers.api_models import Wire
from handlers.web import Caller, InHouse, api_router

figures = api_router(prefix="/api/pipeline", tags=["pipeline"])


class FunnelAnswer(Wire):
    """Leads that ever reached each milestone."""

    total: int
    audited: int
    email_sent: int
    opened: int
    replied: int
    converted: int


class PercentagesAnswer(Wire):
    """Shares of all leads, 0 to 100, rounded to a tenth."""

    audited: float
    email_sent: float
    opened: float
    replied: float
    converted: float


class EmailsAnswer(Wire):
    """Messages. sendRate: the share that left, 0 to 100. byStatus: by their status now."""

    total: int
    sent: int
    send_rate: float
    by_status: dict[str, int]


class StageAnswer(Wire):
    """Leads at a status now."""

    status: LeadStatus
    label: str
    count: int


class PipelineAnswer(Wire):
    """The pipeline in figures."""

    funnel: FunnelAnswer
    percentages: PercentagesAnswer
    emails: EmailsAnswer
    stages: list[StageAnswer]

    @classmethod
    def of(cls, pipeline: Pipeline) -> "PipelineAnswer":
        """As the API says it."""
        funnel, emails = pipeline.funnel, pipeline.emails
        names = {milestone.name.lower(): milestone for milestone in Milestone}
        shares = {name: round(funnel.percent(milestone), 1) for name, milestone in names.items() if milestone}
        return cls(
            funnel=FunnelAnswer(**{name: funnel.reached.get(milestone, 0) for name, milestone in names.items()}),
            percentages=PercentagesAnswer(**shares),
            emails=EmailsAnswer(
                total=emails.total,
                sent=emails.sent,
                send_rate=round(emails.send_rate, 1),
                by_status={state.value: number for state, number in emails.by_state.items()},
            ),
            stages=[
                StageAnswer(status=stage.status, label=BADGES[stage.status], count=stage.leads)
                for stage in pipeline.stages
            ],
        )


@figures.get("")
async def pipeline(house: InHouse, actor: Caller) -> PipelineAnswer:
    """The funnel, the e-mail figures and the stages, from maintained counters."""
    return PipelineAnswer.of(await house.services.pipeline.whole(house.workspace.id, actor, samples=0))
