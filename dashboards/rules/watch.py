"""The rules about Vigie itself: scrapes, journeys, the ledger, the configuration, the outbox."""

from collections.abc import Mapping

from dashboards.rules.model import AlertRule, AlertSeverity, AlertTopic, Dashboard, RuleGroup, RuleSettings
from dashboards.rules.promql import (
    BRIDGE_SECONDS,
    NOTIFICATIONS,
    NOTIFICATIONS_FAILED,
    STARTED,
    TARGET,
    UP,
    bridged,
    count,
    over,
    paced,
    selected,
)
from exporters.metrics import names
from probe.texts.bilingual import Text

_LOST_SECONDS = 90
"""The seconds without a scrape, twice in a row, after which a target counts as lost.

A restart takes seconds, and its first scrape may fail.
"""
_MISSED_RUNS = 5
_WITH_LOGIN = "|".join(names.TARGETS_WITH_LOGIN)
_LABELS = {
    "negative": {"kind": "negative", "target": f"!~{_WITH_LOGIN}"},
    "negative-login": {"kind": "negative", "target": f"~{_WITH_LOGIN}"},
}
_LEAST_SECONDS = 300
_CLOCK_OFF_SECONDS = 5
_MISSED_HEARTBEATS = 5
_DELIVERY_SECONDS = 900
_LATE_SECONDS = 60
"""The seconds that an observation may wait to be written; then /readyz says `ledger_behind`."""


def group(settings: RuleSettings) -> RuleGroup:
    """Return the rules about Vigie itself."""
    return RuleGroup(
        "vigie-watch",
        (*_scrapes(settings), *_runs(settings), *_network(settings), *_ledger(settings), *_process(settings), *_alive(settings)),
    )


def _alert(
    name: str,
    expr: str,
    contract: int,
    summary: Text,
    description: Text,
    *,
    severity: AlertSeverity = AlertSeverity.TICKET,
    after_s: int = 0,
    keep_s: int = 0,
    shown: tuple[str, ...] = (),
    labels: Mapping[str, str] | None = None,
) -> AlertRule:
    return AlertRule(
        name, expr, severity, contract, AlertTopic.WATCH, Dashboard.WATCH, summary, description, after_s, keep_s, shown, labels or {}
    )


def _scrapes(settings: RuleSettings) -> tuple[AlertRule, ...]:
    up = f'{UP}{{job="{settings.job}"}}'
    started = f'{STARTED}{{job="{settings.job}"}}'
    lost = over("max_over_time", up, _LOST_SECONDS, settings)
    return (
        _alert(
            "VigieBlind",
            f"max by (job) ({lost}) == 0 or max by (job) ({over('absent_over_time', up, _LOST_SECONDS, settings)})",
            2,
            Text("Vigie ne répond plus", "Vigie does not answer"),
            Text(
                "Prometheus ne joint plus aucune sonde depuis trois minutes : personne ne surveille le service.",
                "Prometheus has reached no prober for three minutes: nobody watches the service.",
            ),
            severity=AlertSeverity.PAGE,
            after_s=_LOST_SECONDS,
        ),
        _alert(
            "VigieNotScraped",
            f"{lost} == 0",
            4,
            Text("La sonde {{ $labels.instance }} ne répond plus", "The prober {{ $labels.instance }} does not answer"),
            Text(
                "Prometheus ne joint plus {{ $labels.instance }} depuis trois minutes.",
                "Prometheus has not reached {{ $labels.instance }} for three minutes.",
            ),
            after_s=_LOST_SECONDS,
        ),
        _alert(
            "VigieRestarting",
            f"{over('changes', started, 3600, settings)} > 3",
            4,
            Text("La sonde {{ $labels.instance }} redémarre sans cesse", "The prober {{ $labels.instance }} restarts again and again"),
            Text(
                "{{ $value | humanize }} redémarrages de {{ $labels.instance }} en une heure.",
                "{{ $value | humanize }} restarts of {{ $labels.instance }} within an hour.",
            ),
        ),
    )


def _runs(settings: RuleSettings) -> tuple[AlertRule, ...]:
    return _no_run(settings), _late(settings), _skipping(settings), _own_clock(settings)


def _age(settings: RuleSettings, kind: str, interval_s: int) -> str:
    """Return the targets whose last journey is too old.

    For a target that was never probed, the age of the configuration counts. A target that left the
    configuration has no series.
    """
    last = selected(names.LAST_RUN, **_LABELS.get(kind, {"kind": kind}))
    configured = f"{last} + on ({TARGET}) group_left () {names.RELOAD_SUCCESS.name}"
    return f"time() - ({last} > 0 or {configured}) > {paced(max(_MISSED_RUNS * interval_s, _LEAST_SECONDS), settings)}"


def _no_run(settings: RuleSettings) -> AlertRule:
    """Make the alert on missing journeys, without `for`: the age is waiting time enough."""
    return _alert(
        "VigieNoRun",
        " or ".join(_age(settings, kind, interval_s) for kind, interval_s in settings.intervals_s.items()),
        4,
        Text(
            "Plus de parcours {{ $labels.kind }} {{ $labels.hub }} {{ $labels.idp }}{{ $labels.target }}",
            "No {{ $labels.kind }} journey any more {{ $labels.hub }} {{ $labels.idp }}{{ $labels.target }}",
        ),
        Text(
            "Cinq parcours au moins manquent depuis {{ $labels.vantage }} : le dernier a fini il y a {{ $value | humanizeDuration }}.",
            "Five journeys at least are missing from {{ $labels.vantage }}: the last one ended {{ $value | humanizeDuration }} ago.",
        ),
        keep_s=300,
        shown=("hub", "idp", "vantage"),
    )


def _late(settings: RuleSettings) -> AlertRule:
    bucket = f"{names.SCHEDULE_LAG.name}_bucket"
    return _alert(
        "VigieScheduleLag",
        f"histogram_quantile(0.9, sum by ({TARGET}, le) ({over('rate', bucket, 600, settings)})) > 5",
        4,
        Text("Les parcours de {{ $labels.instance }} partent en retard", "The journeys of {{ $labels.instance }} start late"),
        Text(
            "Un parcours sur dix part avec {{ $value | humanizeDuration }} de retard ou plus : la machine est surchargée.",
            "One journey in ten starts {{ $value | humanizeDuration }} late or more: the machine is overloaded.",
        ),
        after_s=300,
        keep_s=300,
    )


def _own_clock(settings: RuleSettings) -> AlertRule:
    off = f"max by ({TARGET}) ({bridged(names.OWN_CLOCK_OFF, settings)})"
    return _alert(
        "VigieOwnClockOff",
        f"{off} > {_CLOCK_OFF_SECONDS} or {off} < -{_CLOCK_OFF_SECONDS}",
        4,
        Text("L'horloge de {{ $labels.instance }} n'est pas celle des autres", "The clock of {{ $labels.instance }} is not the others'"),
        Text(
            "Elle s'écarte de {{ $value | humanizeDuration }} de celles des sites interrogés : des contrôles de dates échouent à tort.",
            "It differs by {{ $value | humanizeDuration }} from those of the hosts that are asked: checks of dates fail wrongly.",
        ),
        after_s=300,
        keep_s=300,
    )


def _skipping(settings: RuleSettings) -> AlertRule:
    skipped, ran = (f"sum by ({TARGET}) ({count(metric, 1800, settings)})" for metric in (names.SKIPPED, names.RUNS))
    return _alert(
        "VigieSkipping",
        f"{skipped} / ({skipped} + {ran}) > 0.1",
        4,
        Text("{{ $labels.instance }} saute des parcours", "{{ $labels.instance }} skips journeys"),
        Text(
            "{{ $value | humanizePercentage }} des parcours dus ont été sautés en trente minutes.",
            "{{ $value | humanizePercentage }} of the journeys that were due were skipped within thirty minutes.",
        ),
        after_s=300,
        keep_s=300,
    )


def _network(settings: RuleSettings) -> tuple[AlertRule, ...]:
    return (
        _alert(
            "VigieControlLost",
            f"min by (vantage) ({bridged(names.CONTROL_STATE, settings, state='down')}) == 1",
            3,
            Text("La sonde {{ $labels.vantage }} a perdu son réseau", "The prober {{ $labels.vantage }} lost its network"),
            Text(
                "Aucun témoin ne répond depuis trois minutes : {{ $labels.vantage }} ne peut plus rien dire du service.",
                "No control target has answered for three minutes: {{ $labels.vantage }} can tell nothing of the service.",
            ),
            after_s=180,
            keep_s=120,
            shown=("vantage",),
        ),
        _alert(
            "VigieNegativePassed",
            " or ".join(
                f"max by (hub, target) ({bridged(metric, settings)}) == 1" for metric in (names.SECURITY_OPEN, names.NEGATIVE_PASSED)
            ),
            1,
            Text(
                "{{ $labels.hub }} accepte ce qu'il doit refuser ({{ $labels.target }})",
                "{{ $labels.hub }} accepts what it must refuse ({{ $labels.target }})",
            ),
            Text(
                "Une demande que {{ $labels.hub }} doit refuser ({{ $labels.target }}) est passée : faille de sécurité.",
                "A request that {{ $labels.hub }} must refuse ({{ $labels.target }}) passed: a security breach.",
            ),
            severity=AlertSeverity.PAGE,
            after_s=60,
            keep_s=300,
            shown=("hub",),
            labels={"vigie_subject": "security:{{ $labels.target }}"},
        ),
        _alert(
            "VigieCoverageLow",
            f"min by (hub) ({count(names.HUB_SECONDS, 86_400, settings, state='unknown')}) > {paced(4320, settings)}",
            4,
            Text("{{ $labels.hub }} : trop de temps inconnu", "{{ $labels.hub }}: too much unknown time"),
            Text(
                "{{ $value | humanizeDuration }} des dernières 24 heures sont inconnues, plus de 5 % : le chiffre annuel perd en force.",
                "{{ $value | humanizeDuration }} of the last 24 hours are unknown, more than 5 %: the annual figure grows weaker.",
            ),
            keep_s=300,
            shown=("hub",),
        ),
    )


def _ledger(settings: RuleSettings) -> tuple[AlertRule, ...]:
    waiting, late = (f"max by ({TARGET}) ({bridged(metric, settings)})" for metric in (names.LEDGER_BACKLOG, names.LEDGER_LATE))
    return (
        _alert(
            "VigieLedgerUnreadable",
            f"min by ({TARGET}) ({bridged(names.LEDGER_READABLE, settings)}) == 0",
            3,
            Text("{{ $labels.instance }} ne peut plus lire son historique", "{{ $labels.instance }} cannot read its ledger"),
            Text(
                "Depuis trois minutes l'historique ne peut être lu : tous les états sont donnés pour inconnus.",
                "For three minutes the history could not be read: every state is given as unknown.",
            ),
            after_s=180,
            keep_s=120,
        ),
        _alert(
            "VigieLedgerErrors",
            f"sum by ({TARGET}) ({count(names.LEDGER_ERRORS, 600, settings)}) > 2.5",
            3,
            Text("{{ $labels.instance }} n'arrive plus à écrire", "{{ $labels.instance }} fails to write"),
            Text(
                "{{ $value | humanize }} écritures ont échoué en dix minutes. Elles sont retentées ; rien n'est encore perdu.",
                "{{ $value | humanize }} writes failed within ten minutes. They are tried again; nothing is lost yet.",
            ),
            keep_s=300,
        ),
        _alert(
            "VigieLedgerBacklog",
            f"{waiting} > 100 or ({waiting} and {late} > {_LATE_SECONDS})",
            3,
            Text("{{ $labels.instance }} accumule des observations", "{{ $labels.instance }} piles up observations"),
            Text(
                "{{ $value | humanize }} observations en attente d'écriture, ou la plus ancienne attend depuis plus d'une minute : "
                "les états affichés retardent.",
                "{{ $value | humanize }} observations wait to be written, or the oldest has waited for more than a minute: "
                "the states shown lag behind.",
            ),
            after_s=300,
            keep_s=120,
        ),
        _alert(
            "VigieLedgerDropped",
            f"sum by ({TARGET}) ({count(names.LEDGER_DROPPED, 1800, settings)}) > 0",
            3,
            Text("{{ $labels.instance }} a perdu des observations", "{{ $labels.instance }} gave up observations"),
            Text(
                "{{ $value | humanize }} observations abandonnées en trente minutes : ce temps restera inconnu.",
                "{{ $value | humanize }} observations were given up within thirty minutes: that time will stay unknown.",
            ),
            keep_s=300,
        ),
    )


def _process(settings: RuleSettings) -> tuple[AlertRule, ...]:
    newest = f"max by ({TARGET}) ({names.LAST_RUN.name})"
    running = f"sum by ({TARGET}) ({count(names.RUNS, 120, settings)}) > 0"
    return (
        _alert(
            "VigieClockOff",
            f"{newest} - time() > 10 or time() - {newest} > {paced(240, settings)} and {running}",
            3,
            Text("L'horloge de {{ $labels.instance }} est fausse", "The clock of {{ $labels.instance }} is wrong"),
            Text(
                "L'horloge de la sonde et celle de Prometheus diffèrent de {{ $value | humanizeDuration }} : les pannes sont mal datées.",
                "The prober's clock and Prometheus's differ by {{ $value | humanizeDuration }}: the ledger dates outages wrongly.",
            ),
            keep_s=300,
        ),
        _alert(
            "VigieOverslept",
            f"sum by ({TARGET}) ({count(names.OVERSLEPT, 3600, settings)}) > 2.5",
            4,
            Text("{{ $labels.instance }} s'arrête par moments", "{{ $labels.instance }} stops now and then"),
            Text(
                "La sonde s'est trouvée suspendue ou privée de processeur {{ $value | humanize }} fois en une heure.",
                "The prober found itself suspended or starved {{ $value | humanize }} times within an hour.",
            ),
            keep_s=300,
        ),
        _alert(
            "VigieLoopStalled",
            f"sum by ({TARGET}) ({count(names.LOOP_STALLS, 3600, settings)}) > 0",
            3,
            Text("{{ $labels.instance }} s'est bloquée", "{{ $labels.instance }} got stuck"),
            Text(
                "{{ $value | humanize }} fois en une heure, la sonde s'est arrêtée plus de deux secondes : rien n'était mesuré.",
                "{{ $value | humanize }} times within an hour the prober stood still for more than two seconds: nothing was measured.",
            ),
            keep_s=300,
        ),
        _alert(
            "VigieProberError",
            f"sum by ({TARGET}) ({count(names.INCONCLUSIVE, 3600, settings, reason='prober_error')}) > 1.5",
            3,
            Text("Une erreur de Vigie sur {{ $labels.instance }}", "A mistake of Vigie's on {{ $labels.instance }}"),
            Text(
                "{{ $value | humanize }} parcours en une heure ont buté sur une erreur du programme : ils ne disent rien du service.",
                "{{ $value | humanize }} journeys within an hour met a mistake of the program: they say nothing of the service.",
            ),
            keep_s=300,
        ),
        _alert(
            "VigieReloadFailed",
            f"min by ({TARGET}) ({bridged(names.RELOAD_SUCCESSFUL, settings)}) == 0",
            4,
            Text("{{ $labels.instance }} : configuration refusée", "{{ $labels.instance }}: configuration refused"),
            Text(
                "La dernière configuration a été refusée ; la précédente reste en service.",
                "The last configuration was refused; the one before is still in use.",
            ),
        ),
    )


def _alive(settings: RuleSettings) -> tuple[AlertRule, ...]:
    """Return the dead man's switches, and the ways on which alerts reach people."""
    interval, sent = (bridged(each, settings) for each in (names.HEARTBEAT_INTERVAL, names.HEARTBEAT_SENT))
    began = over("last_over_time", f'{STARTED}{{job="{settings.job}"}}', BRIDGE_SECONDS, settings)
    failed, made = (
        f"sum by (integration) ({over('increase', each, _DELIVERY_SECONDS, settings)})" for each in (NOTIFICATIONS_FAILED, NOTIFICATIONS)
    )
    return (
        _alert(
            "Watchdog",
            "vector(1)",
            5,
            Text(
                "Prometheus évalue ses règles, et Alertmanager les transmet",
                "Prometheus evaluates its rules, and Alertmanager passes them on",
            ),
            Text(
                "Cette alerte est toujours active : c'est son silence, chez celui qui la reçoit, qui est une alarme.",
                "This alert always fires: its silence, at whoever receives it, is the alarm.",
            ),
            severity=AlertSeverity.NONE,
        ),
        _alert(
            "VigieHeartbeatNotTaken",
            f"time() - ({sent} > {began} or {began}) > {_MISSED_HEARTBEATS} * ({interval} > 0)",
            4,
            Text("Le signal de vie de {{ $labels.instance }} n'arrive plus", "The heartbeat of {{ $labels.instance }} does not arrive"),
            Text(
                "L'adresse de heartbeat: n'a rien pris depuis cinq intervalles : si {{ $labels.instance }} s'arrête, son silence "
                "n'apprendra plus rien à personne.",
                "The address of heartbeat: has taken nothing for five intervals: if {{ $labels.instance }} stops, its silence will tell "
                "nobody.",
            ),
            after_s=120,
            keep_s=300,
        ),
        _alert(
            "VigieAlertsNotDelivered",
            f"{failed} > 0.5 * {made}",
            2,
            Text("Les alertes n'arrivent plus par {{ $labels.integration }}", "Alerts do not arrive by {{ $labels.integration }} any more"),
            Text(
                "Depuis un quart d'heure, Alertmanager échoue plus d'une fois sur deux par {{ $labels.integration }} : ceux qui n'ont que "
                "cette voie ne sont plus prévenus.",
                "For a quarter of an hour Alertmanager has failed more than half of the time by {{ $labels.integration }}: those who have "
                "no other way are not told.",
            ),
            severity=AlertSeverity.PAGE,
            after_s=120,
            keep_s=900,
        ),
    )
