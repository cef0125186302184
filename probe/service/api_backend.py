"""Implements the HTTP API's backend on the incident service, and takes Alertmanager's alerts."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any, Protocol, TypeVar

import structlog

from exporters.http import answers
from exporters.http.auth import Access
from exporters.http.register import IncidentPage, IncidentQuery, UnknownError
from exporters.http.requests import Opening
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.incident.model import ActKind, Data, Origin, Severity, reference
from probe.core.incident.refusal import RefusedActError
from probe.errors import InputError, LedgerError, VigieError
from probe.inbound.alertmanager import Known, Unplaced, by_weight, placed, read
from probe.incidents.service import Alert, Attached, IncidentService, Result
from probe.service import serialize

T = TypeVar("T")
AlertAnswer = answers.TakenAlertAnswer | answers.RefusedAlertAnswer
IN_ONE_TRANSACTION = 20
"""Alerts in one transaction: the register is locked no longer than these take."""
MOST_IN_ANSWER = 1_000
"""Alerts in one answer."""
MOST_REFUSALS = 20
"""Refusals in the log, and in a problem."""

log = structlog.get_logger(__name__)


class SettingsInForce(Protocol):
    """The settings in force."""

    @property
    def config(self) -> Config: ...


class ApiBackend:
    """Satisfies `exporters.http.register.Register`. Its methods are called in threads.

    `intake` counts what came in since the start: (way, result) -> how often.
    """

    def __init__(self, incidents: Callable[[], IncidentService], settings: SettingsInForce) -> None:
        """`incidents` makes the incident service with the policy in force."""
        self._incidents, self._settings = incidents, settings
        self.intake: Counter[tuple[str, str]] = Counter()
        self._counting = Lock()
        self._ending = Event()

    def _count(self, way: str, result: Result) -> None:
        with self._counting:
            self.intake[way, result.value] += 1

    @contextmanager
    def _counted(self, result: Result) -> Iterator[None]:
        """Count a request of the API by `result`, or as refused when the block refuses it."""
        try:
            yield
        except (RefusedActError, InputError):
            self._count("api", Result.REFUSED)
            raise
        self._count("api", result)

    # --- reading

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        severity = None if query.severity is None else Severity(query.severity)
        listed = self._incidents().incidents(
            hub=query.hub,
            idp=query.idp,
            states=query.states,
            severity=severity,
            since_us=query.since_us,
            before=query.before,
            limit=query.limit + 1,
        )
        return IncidentPage([serialize.incident(incident) for incident in listed[: query.limit]], len(listed) > query.limit)

    def incident(self, number: int) -> answers.StoryAnswer:
        return serialize.story(self._of(number, lambda: self._incidents().show(number)))

    def idps(self, hub: str | None) -> Sequence[answers.IdpAnswer]:
        return [serialize.idp(status) for status in self._incidents().idps(hub)]

    def deactivations(self, hub: str | None, idp: str | None) -> Sequence[answers.FlagActAnswer]:
        return [serialize.flag_act(step) for step in self._incidents().flags(hub, idp)]

    def report(self, month: str | None) -> answers.ReportAnswer:
        service = self._incidents()
        return serialize.report(service.report(month), service.changes(), service.seen_changes())

    def outbox(self) -> Sequence[answers.LetterAnswer]:
        return [serialize.queued_letter(letter) for letter in self._incidents().letters()]

    # --- writing

    def open(self, opening: Opening, author: str, key: str) -> answers.IncidentAnswer:
        with self._counted(Result.OPENED):
            incident = self._incidents().open(
                author=author,
                hub=opening.hub or self._only_hub(),
                severity=Severity(opening.severity),
                title=opening.title,
                detail=opening.detail or "",
                idp=opening.idp,
                origin=Origin.SECURITY if opening.security else Origin.PERSON,
                blocking=opening.blocking,
                began_us=opening.began,
                requester=opening.requester or "",
                key=key,
                at_us=opening.at,
            )
        return serialize.incident(incident)

    def _only_hub(self) -> str:
        hubs = [hub.name for hub in self._settings.config.hubs]
        if len(hubs) > 1:
            raise InputError(f"there are several hubs, say which: {', '.join(hubs)}")
        return hubs[0]

    def act(self, number: int, kind: ActKind, data: Data, at_us: int | None, author: str, key: str) -> answers.IncidentAnswer:
        with self._counted(Result.ATTACHED):
            after = self._of(number, lambda: self._incidents().act(number, kind, data, author=author, key=key, at_us=at_us))
        return serialize.incident(after)

    def flag(self, hub: str, idp: str, step: str, reason: str, at_us: int | None, author: str) -> answers.FlagAnswer:
        self._check_idp(hub, idp)
        service = self._incidents()
        steps: dict[str, Callable[..., Any]] = {
            "propose": service.propose,
            "approve": service.approve,
            "reject": service.reject,
            "recovered": service.recovered,
        }
        return serialize.flag(steps[step](hub, idp, author=author, reason=reason, at_us=at_us))

    def _check_idp(self, hub: str, idp: str) -> None:
        idps = {watched.name for each in self._settings.config.hubs if each.name == hub for watched in each.idps}
        if idp not in idps:
            raise UnknownError("there is no such identity provider")

    def retry(self, system: str, number: int) -> int:
        count = self._incidents().revive(system, number)
        if not count:
            raise UnknownError("there is no such dead letter")
        return count

    def _of(self, number: int, work: Callable[[], T]) -> T:
        """Do some work about an incident. Raises UnknownError (404) when its number is unknown.

        The incident service calls that bad input, but here the number is a part of the path.
        """
        try:
            return work()
        except RefusedActError as error:
            if error.code == "unknown":
                raise UnknownError(f"there is no {reference(number)}") from error
            raise
        except InputError:
            self._check_number(number)
            raise

    def _check_number(self, number: int) -> None:
        try:
            self._incidents().show(number)
        except InputError as error:
            raise UnknownError(f"there is no {reference(number)}") from error

    # --- Alertmanager

    def alertmanager(self, document: object) -> answers.TakenAnswer:
        """Take all alerts of a notification, the weightiest first, a few in each transaction.

        An alert that cannot be read or placed is refused by itself.

        Raises InputError when the notification cannot be read or all its alerts are refused, and
        LedgerError when the register is away. Alertmanager then sends it again, and alerts that
        were already taken change nothing.
        """
        try:
            notification = read(document)
        except InputError:
            self._count("alertmanager", Result.REFUSED)
            raise
        hubs = self._settings.config.hubs
        known = Known(
            {hub.name: frozenset(idp.name for idp in hub.idps) for hub in hubs},
            {hub.name: frozenset(client.name for client in hub.clients) for hub in hubs},
        )
        alerts = placed(notification, known)
        if notification.truncated:
            log.warning("alerts_left_out_by_alertmanager", alerts=notification.truncated)
        attached = self._attached([(place, alert) for place, alert in enumerate(alerts) if isinstance(alert, Alert)])
        unplaced = ((place, alert) for place, alert in enumerate(alerts) if isinstance(alert, Unplaced))
        refused = {place: self._refused(alert.name, alert.why, alert.number) for place, alert in unplaced}
        by_place = attached | refused
        return _answered([by_place[place] for place in range(len(alerts))])

    def _attached(self, alerts: Sequence[tuple[int, Alert]]) -> dict[int, AlertAnswer]:
        """Attach the alerts to incidents. Return the answer about each, by its place."""
        by_place: dict[int, AlertAnswer] = {}
        away: LedgerError | None = None
        waiting = by_weight(alerts)
        for start in range(0, len(waiting), IN_ONE_TRANSACTION):
            if self._ending.is_set():
                raise LedgerError("Vigie is ending")
            some = waiting[start : start + IN_ONE_TRANSACTION]
            for (place, alert), result in zip(some, self._incidents().attach_all([alert for _, alert in some]), strict=True):
                away = result if isinstance(result, LedgerError) else away
                by_place[place] = self._answer(alert, result)
        if away and all(isinstance(answer, answers.RefusedAlertAnswer) for answer in by_place.values()):
            raise away
        return by_place

    def _answer(self, alert: Alert, result: Attached | VigieError) -> AlertAnswer:
        if isinstance(result, VigieError):
            return self._refused(alert.name, str(result))
        self._count("alertmanager", result.result)
        incident = result.incident.reference if result.incident else None
        return answers.TakenAlertAnswer.model_validate({"alert": alert.name, "result": result.result.value, "incident": incident})

    def _refused(self, name: str, why: str, number: int = 0) -> answers.RefusedAlertAnswer:
        self._count("alertmanager", Result.REFUSED)
        return answers.RefusedAlertAnswer(alert=name, result="refused", why=why, number=number or None)

    def end(self) -> None:
        """Stop in the middle of a long notification: its sender sends it again."""
        self._ending.set()


def _answered(alerts: Sequence[AlertAnswer]) -> answers.TakenAnswer:
    """Return the answer to a notification.

    When it would be too long, the refused alerts come first. Raises InputError when all alerts were
    refused.
    """
    refused = [refusal for refusal in alerts if isinstance(refusal, answers.RefusedAlertAnswer)]
    for refusal in refused[:MOST_REFUSALS]:
        log.warning("alert_refused", alert=refusal.alert, why=refusal.why, number=refusal.number)
    if len(refused) > MOST_REFUSALS:
        log.warning("alerts_refused", alerts=len(refused))
    if alerts and len(refused) == len(alerts):
        raise InputError("\n".join(f"alert {refusal.alert}: {refusal.why}" for refusal in refused[:MOST_REFUSALS]))
    if len(alerts) <= MOST_IN_ANSWER:
        return answers.TakenAnswer(alerts=list(alerts))
    first: list[AlertAnswer] = [*refused, *(alert for alert in alerts if isinstance(alert, answers.TakenAlertAnswer))]
    return answers.TakenAnswer(alerts=first[:MOST_IN_ANSWER], untold=len(alerts) - MOST_IN_ANSWER)


def access(config: Config, secrets: Secrets) -> Access:
    """Return who may call the API, by the configuration."""
    credentials = config.api.alertmanager
    basic = None
    if credentials is not None and credentials.user is not None and credentials.password is not None:
        basic = (credentials.user, secrets[credentials.password])
    return Access(
        tokens={name: secrets[ref] for name, ref in config.api.tokens.items()},
        open_reads=config.api.open_reads,
        basic=basic,
        receiver=secrets[credentials.token] if credentials is not None and credentials.token is not None else None,
    )
