"""The dashboard of Vigie itself: scrapes, journeys on time, inconclusive journeys, the ledger."""

from dashboards import headings, looks
from dashboards.board import HUBS, OUTAGES, VANTAGES, GrafanaDashboard, PanelRow, runbook
from dashboards.looks import coloured, graded, none_is_good
from dashboards.panels import COUNT, MINUTES, SECONDS, Column, Label, Panel, PanelQuery, lines, stat, table, timeline
from dashboards.promql import ANY_HUB, HUB, VANTAGE, elapsed, grown, quantile, series, worst_within
from exporters.metrics import names
from probe.texts.bilingual import Text

UP = "up"
"""A series of Prometheus: 1 while the last scrape of a target succeeded."""
MEMORY, CPU, STARTED = "process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds"
"""Metrics of the Prometheus client library."""
TARGET = "job, instance"
BYTES = "bytes"

_OURS = f"max by ({TARGET}, vantage) (last_over_time({series(names.BUILD, VANTAGE)}[1d]))"
"""1 for every process of Vigie that was scraped within a day, with its vantage.

It selects Vigie's targets among all targets of Prometheus.
"""


def _of_ours(expr: str) -> str:
    return f"{expr} * on ({TARGET}) group_left (vantage) {_OURS}"


def _scrapes() -> Panel:
    return timeline(
        Text("Prometheus relève-t-il chaque veilleur ?", "Does Prometheus scrape every prober?"),
        Text(
            "Un veilleur muet n'est pas un service disponible. Il disparaît d'ici un jour après son dernier relevé.",
            "A silent prober is no available service. It leaves this panel a day after its last scrape.",
        ),
        PanelQuery(_of_ours(f"min by ({TARGET}) (min_over_time({UP}[$__interval]))"), "{{vantage}} ({{instance}})"),
        12,
        coloured({0: (Text("MUET", "SILENT"), looks.RED), 1: (Text("relevé", "scraped"), looks.GREEN)}),
        links=[runbook(Text("Veilleur muet : que faire", "Silent prober: what to do"), "VigieNotScraped")],
    )


def _process() -> Panel:
    here = f"max by ({TARGET}) ({series(names.BUILD, VANTAGE)})"

    def of(metric: names.Metric, across: str = "max") -> str:
        return f"{across} by (instance) ({series(metric)} * on ({TARGET}) {here})"

    def ago(instant: str) -> str:
        return f"(time() - {instant})"

    return table(
        Text("Veilleurs", "Probers"),
        Text(
            "Chaque processus et son point de vue : historique lisible, configuration acceptée et son âge, observations en attente "
            "d'écriture, qui évalue un historique partagé (un seul à la fois), avance de son horloge sur celle de l'historique et sur "
            "celles des sites interrogés.",
            "Each process and its vantage: readable ledger, configuration accepted and its age, observations that wait to be written, "
            "which one evaluates a shared ledger (one at a time), by how much its clock is ahead of the ledger's and of those of the hosts "
            "that it asks.",
        ),
        [
            Label("vantage", headings.VANTAGE),
            Label("instance", headings.PROCESS, width=170),
            Label("version", Text("Version", "Version"), width=80),
        ],
        [
            Column(
                Text("Historique lisible", "Ledger readable"),
                f"min by (instance, vantage, version) ({series(names.LEDGER_READABLE)} * on ({TARGET}) group_left (vantage, version) "
                f"{series(names.BUILD, VANTAGE)})",
                mappings=coloured(looks.EXPECTED),
            ),
            Column(
                Text("Config. acceptée", "Config. accepted"),
                of(names.RELOAD_SUCCESSFUL, "min"),
                mappings=coloured(looks.EXPECTED),
            ),
            Column(Text("chargée il y a", "loaded ago"), ago(of(names.RELOAD_SUCCESS)), lasts=True),
            Column(
                Text("À écrire", "To be written"),
                of(names.LEDGER_BACKLOG),
                COUNT,
                none_is_good(looks.NONE_F, looks.AMBER),
                filled=False,
            ),
            Column(Text("Retard d'écriture", "Written late by"), of(names.LEDGER_LATE), SECONDS, decimals=0),
            Column(
                Text("Évalue", "Evaluates"),
                of(names.EVALUATOR),
                mappings=coloured({0: (Text("un autre", "another one"), looks.BLUE), 1: (looks.YES, looks.GREEN)}),
                filled=False,
            ),
            Column(Text("Avance d'horloge", "Clock ahead"), of(names.CLOCK_AHEAD), SECONDS, decimals=3),
            Column(Text("sur les sites", "of the hosts"), of(names.OWN_CLOCK_OFF), SECONDS, decimals=0),
            Column(Text("Démarré il y a", "Started ago"), ago(f"max by (instance) ({STARTED} * on ({TARGET}) {here})"), lasts=True),
        ],
        24,
        sort=headings.VANTAGE,
        links=[
            runbook(Text("Configuration refusée : que faire", "Reload refused: what to do"), "VigieReloadFailed"),
            runbook(Text("Historique illisible : que faire", "Ledger unreadable: what to do"), "VigieLedgerUnreadable"),
            runbook(Text("Horloge fausse : que faire", "Wrong clock: what to do"), "VigieOwnClockOff"),
        ],
    )


def _heartbeat() -> Panel:
    def of(metric: names.Metric) -> str:
        return f"max by (instance) ({series(metric)})"

    def lately(metric: names.Metric) -> str:
        return f"round(max by (instance) (increase({series(metric)}[$__range])))"

    return table(
        Text("Signal de vie", "Heartbeat"),
        Text(
            "Le signal que chaque veilleur envoie tant qu'il veille vraiment (heartbeat:). Sans adresse, il n'y en a pas. Retenu : rien "
            "n'est observé, ou ce qui l'est n'est pas écrit.",
            "The signal that each prober sends while it really watches (heartbeat:). Without an address there is none. Withheld: nothing "
            "is observed, or what is observed is not written.",
        ),
        [Label("instance", headings.PROCESS, width=170)],
        [
            Column(Text("Pris il y a", "Taken ago"), elapsed(names.HEARTBEAT_SENT, "instance"), lasts=True),
            Column(Text("Toutes les", "Every"), of(names.HEARTBEAT_INTERVAL), SECONDS, decimals=0),
            Column(Text("Non pris", "Not taken"), lately(names.HEARTBEAT_FAILURES), COUNT),
            Column(Text("Retenus", "Withheld"), lately(names.HEARTBEAT_WITHHELD), COUNT),
        ],
        24,
        links=[runbook(Text("Signal de vie perdu : que faire", "Heartbeat lost: what to do"), "VigieHeartbeatNotTaken")],
    )


def _ledger_lag() -> Panel:
    return stat(
        Text("Retard de l'historique", "Lag of the ledger"),
        Text(
            "Temps depuis l'instant avant lequel plus rien ne peut changer. Quelques minutes sont normales ; s'il grandit, plus rien n'est "
            "observé : à surveiller dès 10 min, grave dès 30.",
            "Time since the instant before which nothing can change any more. A few minutes are normal; when it grows, nothing is "
            "observed: not normal from 10 min on, grave from 30.",
        ),
        PanelQuery(f"(time() - max by (hub) ({series(names.LEDGER_SETTLED, HUB)} > 0)) / 60", "{{hub}}", instant=True),
        12,
        unit=MINUTES,
        decimals=1,
        mappings=graded((-1e12, looks.GREEN), (10, looks.AMBER), (30, looks.RED)),
        filled=False,
        links=[runbook(Text("Plus rien n'est observé : que faire", "Nothing is observed: what to do"), "VigieNoRun")],
    )


def _negatives() -> Panel:
    return stat(
        Text("Le hub accepte-t-il ce qu'il doit refuser ?", "Does the hub accept what it must refuse?"),
        Text(
            "Client inconnu, faux secret, code utilisé deux fois… : OUI si la dernière demande est passée, ou si l'incident est ouvert.",
            "Unknown client, wrong secret, a code used twice...: YES when the last request passed, or while the incident is open.",
        ),
        PanelQuery(
            f"max by (hub, target) ({series(names.NEGATIVE_PASSED, HUB, VANTAGE)} or {series(names.SECURITY_OPEN, HUB)})",
            "{{hub}} {{target}}",
            instant=True,
        ),
        12,
        mappings=coloured(looks.NOT_EXPECTED),
        links=[runbook(Text("Le hub accepte tout : que faire", "The hub accepts anything: what to do"), "VigieNegativePassed")],
    )


def _runs() -> Panel:
    return lines(
        Text("Parcours par minute", "Journeys per minute"),
        Text(
            "Parcours terminés, par genre et par point de vue, quel qu'en soit le résultat.",
            "Journeys that ended, by kind and vantage, whatever they say.",
        ),
        PanelQuery(
            f"60 * sum by (kind, vantage) (rate({series(names.RUNS, ANY_HUB, VANTAGE)}[$__rate_interval]))", "{{kind}} ({{vantage}})"
        ),
        8,
        unit="suffix:/min",
        interval="5m",
    )


def _lag() -> Panel:
    return lines(
        Text("Retard au départ des parcours", "Lag of the schedule"),
        Text(
            "Combien après l'heure prévue les parcours partent : médiane et 99e centile. Un retard est une erreur de mesure.",
            "How long after they were due journeys start: median and 99th percentile. A lag is a measurement error.",
        ),
        (
            PanelQuery(quantile(0.5, names.SCHEDULE_LAG, ""), Text("médiane", "median")),
            PanelQuery(quantile(0.99, names.SCHEDULE_LAG, ""), Text("99e centile", "99th percentile")),
        ),
        8,
        unit=SECONDS,
        interval="5m",
    )


def _passed_over() -> Panel:
    return lines(
        Text("Échéances sautées et réveils tardifs", "Skipped runs and oversleeping"),
        Text(
            "Parcours non lancés parce que le précédent durait encore, et fois où le processus a été trouvé suspendu, affamé ou bloqué.",
            "Journeys not started because the one before was still under way, and times the process was found suspended, starved or stuck.",
        ),
        (
            PanelQuery(
                grown(names.SKIPPED, "kind", ANY_HUB, VANTAGE),
                Text("sautés : {{kind}}", "skipped: {{kind}}"),
            ),
            PanelQuery(f"sum(increase({series(names.OVERSLEPT)}[$__interval]))", Text("réveils tardifs", "overslept")),
            PanelQuery(f"sum(increase({series(names.LOOP_STALLS)}[$__interval]))", Text("blocages de la boucle", "loop stalls")),
            PanelQuery(
                f"sum(increase({series(names.LOOP_STALLED)}[$__interval]))",
                Text("secondes de blocage", "seconds of loop stalls"),
            ),
        ),
        8,
        unit=COUNT,
        interval="5m",
        bars=True,
        decimals=0,
    )


def _undecided() -> Panel:
    return lines(
        Text("Parcours sans verdict, par cause", "Inconclusive journeys, by reason"),
        Text(
            "Ce qui ne dit rien du hub ni d'un FI : nos propres ennuis (réseau, identifiants, configuration), ou un FI retiré de la mire.",
            "What says nothing of the hub nor of an IdP: trouble of our own (network, credentials, configuration), or an IdP taken off the "
            "mire.",
        ),
        PanelQuery(grown(names.INCONCLUSIVE, "reason", ANY_HUB, VANTAGE), "{{reason}}"),
        8,
        unit=COUNT,
        interval="5m",
        bars=True,
        decimals=0,
        names=looks.REASONS,
    )


def _own_faults() -> Panel:
    return lines(
        Text("Échecs par genre de parcours", "Failures by kind of journey"),
        Text(
            "Parcours échoués par genre et par point de vue : un seul point de vue qui échoue parle de lui-même plus que du hub.",
            "Failed journeys by kind and vantage: a single vantage that fails tells of itself more than of the hub.",
        ),
        PanelQuery(grown(names.FAILED_RUNS, "kind, vantage", ANY_HUB, VANTAGE), "{{kind}} ({{vantage}})"),
        8,
        unit=COUNT,
        interval="5m",
        bars=True,
        decimals=0,
    )


def _controls() -> Panel:
    by = "target, vantage"
    return timeline(
        Text("Cibles témoins", "Control targets"),
        Text(
            "Des sites étrangers au hub. S'ils tombent tous ensemble, c'est le réseau de la sonde qui est en panne et ses échecs ne "
            "comptent pas.",
            "Sites that have nothing to do with the hub. When they all fail together it is the prober's network that is down, and its "
            "failures do not count.",
        ),
        PanelQuery(worst_within(names.CONTROL_STATE, by, VANTAGE), "{{target}} ({{vantage}})"),
        12,
        coloured(looks.AVAILABLE),
    )


def _last_runs() -> Panel:
    return table(
        Text("Dernier parcours de chaque genre", "Last journey of each kind"),
        Text(
            "Fin du plus ancien des derniers parcours, par genre et par point de vue : une cible qui n'est plus sondée s'y voit.",
            "End of the oldest of the last journeys, by kind and vantage: a target that is probed no more shows there.",
        ),
        [
            Label("hub", headings.HUB),
            Label("kind", Text("Genre", "Kind")),
            Label("vantage", headings.VANTAGE),
        ],
        [
            Column(
                Text("Il y a", "Ago"),
                f"(time() - (min by (hub, kind, vantage) ({series(names.LAST_RUN, ANY_HUB, VANTAGE)}) > 0))",
                lasts=True,
            ),
            Column(
                Text("Mire vue il y a", "Mire seen ago"),
                f'(time() - (label_replace(min by (hub, vantage) ({series(names.MIRE_SEEN, HUB, VANTAGE)}), "kind", "mire", "", "") > 0))',
                lasts=True,
            ),
        ],
        12,
        sort=Text("Genre", "Kind"),
    )


def _ledger() -> Panel:
    return lines(
        Text("Écritures de l'historique", "Writes to the ledger"),
        Text(
            "Écritures manquées (chacune est recommencée), observations abandonnées faute de place ou écartées par l'évaluateur d'un "
            "historique partagé : du temps qui restera inconnu.",
            "Writes that failed (each is tried again), observations given up for want of room or passed over by the evaluator of a shared "
            "ledger: time that will stay unknown.",
        ),
        (
            PanelQuery(f"sum(increase({series(names.LEDGER_ERRORS)}[$__interval]))", Text("écritures manquées", "failed writes")),
            PanelQuery(f"sum(increase({series(names.LEDGER_DROPPED)}[$__interval]))", Text("abandonnées", "given up")),
            PanelQuery(
                f"sum by (why) (increase({series(names.PASSED_OVER)}[$__interval]))", Text("écartées : {{why}}", "passed over: {{why}}")
            ),
        ),
        8,
        unit=COUNT,
        interval="5m",
        bars=True,
        decimals=0,
    )


def _demands() -> Panel:
    return lines(
        Text("Parcours à la demande et rechargements", "Journeys on demand and reloads"),
        Text(
            "Parcours demandés par /probe, demandes refusées car trop nombreuses, et rechargements de configuration refusés.",
            "Journeys asked for by /probe, demands refused as too many, and reloads of the configuration that were refused.",
        ),
        (
            PanelQuery(f"sum(increase({series(names.DEMANDS, ANY_HUB, VANTAGE)}[$__interval]))", Text("à la demande", "on demand")),
            PanelQuery(f"sum(increase({series(names.DEMANDS_REFUSED)}[$__interval]))", Text("demandes refusées", "demands refused")),
            PanelQuery(f"sum(increase({series(names.RELOAD_FAILURES)}[$__interval]))", Text("rechargements refusés", "reloads refused")),
        ),
        12,
        unit=COUNT,
        interval="5m",
        bars=True,
        decimals=0,
    )


def _connections() -> Panel:
    return lines(
        Text("Connexions au veilleur", "Connections to the prober"),
        Text(
            "Connexions ouvertes sur le port des métriques, et celles qui ont été coupées : tête ou corps de requête "
            "incomplets, réponse non lue, place faite à une autre, rien qui soit du HTTP.",
            "Open connections to the port of the metrics, and those that were ended: head or body of a request incomplete, "
            "answer not read, room made for another one, no HTTP.",
        ),
        (
            PanelQuery(f"sum(max_over_time({series(names.CONNECTIONS)}[$__interval]))", Text("ouvertes", "open")),
            PanelQuery(
                f"sum by (why) (increase({series(names.CONNECTIONS_DROPPED)}[$__interval]))", Text("coupées : {{why}}", "ended: {{why}}")
            ),
        ),
        8,
        unit=COUNT,
        interval="5m",
        decimals=0,
    )


def _load() -> Panel:
    return lines(
        Text("Processeur du veilleur", "The prober's processor"),
        Text(
            "Part d'un cœur que prend chaque veilleur. Près de 100 %, ses mesures de durée sont fausses.",
            "Share of one core that each prober takes. Close to 100 % its measured times are wrong.",
        ),
        PanelQuery(_of_ours(f"rate({CPU}[$__rate_interval])"), "{{vantage}} ({{instance}})"),
        8,
        unit="percentunit",
        interval="5m",
    )


def _memory() -> Panel:
    return lines(
        Text("Mémoire du veilleur", "The prober's memory"),
        Text("Mémoire résidente de chaque veilleur. Elle doit rester stable.", "Resident memory of each prober. It should stay level."),
        PanelQuery(_of_ours(MEMORY), "{{vantage}} ({{instance}})"),
        8,
        unit=BYTES,
    )


BOARD = GrafanaDashboard(
    "veille",
    Text("Vigie – Santé de la veille", "Vigie – The watch itself"),
    Text(
        "Vigie est-elle relevée, à l'heure, d'où regarde-t-elle, que laisse-t-elle sans verdict, son historique suit-il.",
        "Is Vigie scraped, on time, from where does it look, what does it leave undecided, does its ledger keep up.",
    ),
    "6h",
    "30s",
    (
        PanelRow(4, (_ledger_lag(), _negatives())),
        PanelRow(5, (_process(),)),
        PanelRow(6, (_scrapes(), _controls())),
        PanelRow(7, (_runs(), _lag(), _passed_over()), headings.JOURNEYS),
        PanelRow(7, (_undecided(), _own_faults(), _ledger())),
        PanelRow(5, (_heartbeat(),)),
        PanelRow(8, (_last_runs(), _demands()), Text("Derniers parcours et demandes", "Last journeys and demands")),
        PanelRow(7, (_load(), _memory(), _connections()), headings.PROCESS),
    ),
    (HUBS, VANTAGES),
    (OUTAGES,),
)
