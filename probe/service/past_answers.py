"""Answers questions about past outages and observations, for the API and for `--json`.

Evidence was redacted before it was stored: nothing is hidden here that the ledger has.
"""

from collections.abc import Callable

from exporters.http import past_answers as answers
from exporters.http.history import OutagePage, OutageQuery
from probe.core.judgement.detail import Detail
from probe.core.judgement.observation import Hop
from probe.core.judgement.past import OutageName, OutageStory, PastOutage, StoredObservation
from probe.core.judgement.subject import NUMBERS, Subject
from probe.core.times import rfc3339
from probe.ledger.past import Past
from probe.service.serialize import maybe


class LedgerPast:
    """Satisfies `exporters.http.history.PastAnswers`. Its methods are called in threads."""

    def __init__(self, past: Past, now_us: Callable[[], int]) -> None:
        self._past = past
        self._now_us = now_us

    def outages(self, query: OutageQuery) -> OutagePage:
        now_us, most = self._now_us(), query.limit + 1
        found = self._past.outages(now_us, query.hub, since_us=query.since_us, before=query.before, latest=most)
        found.reverse()
        return OutagePage([past_outage(past) for past in found[: query.limit]], len(found) > query.limit)

    def outage(self, name: OutageName, limit: int) -> answers.OutageStoryAnswer:
        return outage_story(self._past.story(name, self._now_us(), limit))

    def observation(self, number: int) -> answers.ObservationAnswer:
        return observation(self._past.observation(number))


def observation(stored: StoredObservation) -> answers.ObservationAnswer:
    """Return an observation with its evidence, which was redacted before it was stored."""
    seen = stored.observation
    return answers.ObservationAnswer(
        number=stored.number,
        hub=seen.hub,
        kind=seen.kind.value,
        idp=seen.idp,
        client=seen.client or None,
        backend=seen.backend,
        vantage=seen.vantage,
        started=rfc3339(seen.started_us),
        finished=rfc3339(seen.finished_us),
        duration_seconds=(seen.finished_us - seen.started_us) / 1_000_000,
        late_seconds=seen.lag_us / 1_000_000,
        retry=seen.retry,
        outcome=seen.outcome.value,
        fault=seen.fault and seen.fault.value,
        reason=seen.reason and seen.reason.value,
        step=seen.step and seen.step.value,
        code=seen.code,
        error_id=seen.error_id,
        detail=_detail(seen.detail) if seen.detail else None,
        on_hub=seen.on_hub,
        authenticated=seen.authenticated,
        tiles=[answers.TileAnswer(uid=tile.uid, selectable=tile.selectable, listed=tile.listed) for tile in seen.tiles],
        hops=[_hop(number, hop) for number, hop in enumerate(seen.hops, 1)],
        extract=seen.extract,
    )


def _detail(detail: Detail) -> answers.DetailAnswer:
    return answers.DetailAnswer(kind=detail.kind.value, names=list(detail.names), others=list(detail.others))


def _hop(number: int, hop: Hop) -> answers.HopAnswer:
    times = {name: getattr(hop, f"{name}_us") for name in ("dns", "connect", "tls", "first_byte", "transfer", "total")}
    return answers.HopAnswer.model_validate(
        {
            "number": number,
            "step": hop.step.value,
            "method": hop.method,
            "host": hop.host,
            "path": hop.path,
            "status": hop.status,
            "bytes": hop.bytes,
            **{f"{name}_seconds": None if us is None else us / 1_000_000 for name, us in times.items()},
            "error": hop.error and hop.error.value,
            "certificate_expires": maybe(hop.certificate_expires_us),
            "request_id": hop.request_id,
        }
    )


def past_outage(past: PastOutage) -> answers.OutageAnswer:
    """Return an outage, with the observation that tells why."""
    return answers.OutageAnswer.model_validate(_outage(past))


def _outage(past: PastOutage) -> dict[str, object]:
    outage, cause, told = past.outage, past.outage.cause, past.telling
    subject = Subject.parse(outage.subject)
    return {
        "id": str(past.name),
        "hub": outage.hub,
        "subject": outage.subject,
        "condition": NUMBERS.get(outage.subject),
        "idp": subject.idp,
        "client": subject.seen_by or None,
        "start": rfc3339(outage.start_us),
        "end": maybe(outage.end_us),
        "duration_seconds": outage.down_us / 1_000_000,
        "unknown_seconds": outage.unknown_us / 1_000_000,
        "fault": cause and cause.fault and cause.fault.value,
        "reason": cause and cause.reason and cause.reason.value,
        "step": cause and cause.step and cause.step.value,
        "code": cause and cause.code,
        "direct": past.direct and past.direct.reason and past.direct.reason.value,
        "observation": told and told.number,
        "error_id": told and told.observation.error_id,
        "request_id": told and told.request_id,
        "corrections": [answers.StatedAnswer(number=number, as_=act) for number, act in past.corrections],
        "imported": past.imported,
    }


def outage_story(story: OutageStory) -> answers.OutageStoryAnswer:
    """Return an outage with its observations and their evidence."""
    observations = [observation(each) for each in story.observations]
    return answers.OutageStoryAnswer.model_validate({**_outage(story.past), "kept": story.count, "observations": observations})
