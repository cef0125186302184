"""Journey `direct`: asks the IdP without the hub, to tell a broken hub from a broken IdP."""

from probe.config.models import Direct
from probe.core.judgement.attribution import Failure, PageKind, Party, attribute
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Outcome, Reason, Step
from probe.core.judgement.own_setup import dependence
from probe.journeys.details import Trusted, detail, of_connection
from probe.journeys.exchange import Ask, Channel, Journey, Verdict
from probe.journeys.pages import Page
from probe.journeys.redact import Redactor
from probe.journeys.turned_away import turned_away


def direct(target: Direct, redactor: Redactor) -> Journey:
    """Ask the URL once.

    It passes on the expected status and, if one is configured, the expected text.
    """
    answer = yield Ask(Step.DIRECT, "GET", target.url, Channel.BACK)
    if answer.error:
        return _failed(Failure(Step.DIRECT, Party.IDP, transport=answer.error), of_connection(redactor, answer))
    if answer.status != target.expect_status and turned_away(answer):
        told = detail(redactor, DetailKind.STATUS, (str(answer.status),), (str(target.expect_status),))
        return _failed(Failure(Step.DIRECT, Party.IDP, status=answer.status, check=Reason.TURNED_AWAY), told)
    if answer.status != target.expect_status:
        failure = Failure(Step.DIRECT, Party.IDP, status=answer.status, page=PageKind.OTHER, check=Reason.HTTP_STATUS)
        told = detail(redactor, DetailKind.STATUS, (str(answer.status),), (str(target.expect_status),))
        return _failed(failure, told, redactor.text(Page(answer).visible_text))
    if target.contains is not None and target.contains not in answer.text:
        failure = Failure(Step.DIRECT, Party.IDP, status=answer.status, page=PageKind.OTHER, check=Reason.IDP_ERROR)
        told = detail(redactor, DetailKind.TEXT_MISSING, (Trusted(target.contains),))
        return _failed(failure, told, redactor.text(Page(answer).visible_text))
    return Verdict(Outcome.OK, Step.DIRECT)


def unreadable(_ask: Ask, error: Exception) -> Verdict:
    """Return the verdict on an answer that could not be read.

    The detail gives the exception's name only: its text may quote the answer.
    """
    failure = Failure(Step.DIRECT, Party.IDP, transport=Reason.PROTOCOL)
    return _failed(failure, Detail(DetailKind.UNREADABLE, (type(error).__name__,)))


def _failed(failure: Failure, told: Detail | None = None, extract: str = "") -> Verdict:
    blame = attribute(failure)
    part = dependence(failure, blame)
    return Verdict(blame.outcome, failure.step, fault=blame.fault, reason=blame.reason, detail=told, extract=extract, part=part)
