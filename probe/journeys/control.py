"""Journey `control`: a target that has nothing to do with the hub.

When it fails too, the prober has lost its own network.
"""

from probe.config.models import ControlTarget
from probe.core.judgement.attribution import Failure, Party, attribute
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Outcome, Reason, Step
from probe.journeys.exchange import Ask, Channel, Journey, Verdict


def control(target: ControlTarget) -> Journey:
    """Ask the target once.

    It passes on the expected status, or on any HTTP answer if none is configured.
    """
    answer = yield Ask(Step.CONTROL, "GET", target.url, Channel.BACK)
    if not answer.error and target.expect_status in (None, answer.status):
        return Verdict(Outcome.OK, Step.CONTROL)
    check = None if answer.error else Reason.HTTP_STATUS
    blame = attribute(Failure(Step.CONTROL, Party.OTHER, transport=answer.error, check=check))
    told = Detail(DetailKind.STATUS, (str(answer.status),), (str(target.expect_status),)) if check else None
    return Verdict(blame.outcome, Step.CONTROL, fault=blame.fault, reason=blame.reason, detail=told)
