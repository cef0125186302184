"""The dashboard for the support.

It shows incidents by severity and state, the contract's clocks, missed deadlines, the 95 %
indicator, tickets under way, and announced changes.
"""

from dashboards import headings, looks
from dashboards.board import (
    CHANGES_BY_THE_HOUR,
    DEACTIVATIONS_BY_THE_HOUR,
    HUBS,
    OUTAGES_BY_THE_HOUR,
    GrafanaDashboard,
    PanelRow,
    runbook,
    to_board,
)
from dashboards.looks import coloured, graded, none_is_good
from dashboards.panels import COUNT, MINUTES, RATIO, Column, Label, Panel, PanelQuery, lines, looking, renamed, stat, table
from dashboards.promql import HUB, elapsed, highest, increase, known, matching, series
from exporters.metrics import names
from probe.texts.bilingual import Text

INDICATOR_GOAL = 0.95
"""Contract, section 4: « 95% en moins de 24 heures ouvrées »."""
_SEVERITY = Label("severity", headings.SEVERITY, looks.SEVERITIES)
_SEVERITY_COLOURS = dict(
    zip(
        (f"{number}" for number in range(1, 6)),
        zip(looks.SEVERITIES.values(), (looks.RED, looks.ORANGE, looks.AMBER, looks.BLUE, looks.GREY), strict=True),
        strict=True,
    )
)


def _indicator() -> Panel:
    return stat(
        Text("Incidents résolus en moins de 24 h ouvrées", "Incidents resolved in under 24 working hours"),
        Text(
            "Résolus en moins de 24 heures ouvrées / reçus (contrat, section 4). « Échus » : sans les incidents encore dans leur "
            "délai. Aucun reçu : 100 %.",
            "Resolved in under 24 working hours / received (contract, section 4). Due: without the incidents still within their time. "
            "None received: 100 %.",
        ),
        tuple(
            PanelQuery(
                f"floor(1000 * {known(names.INDICATOR, 'period', matching('period', period), matching('reading', reading))}) / 1000",
                Text(f"{looks.PERIODS[period].fr}, {text.fr}", f"{looks.PERIODS[period].en}, {text.en}"),
                instant=True,
            )
            for period in looks.PERIODS
            for reading, text in looks.READINGS.items()
        ),
        11,
        unit=RATIO,
        decimals=1,
        mappings=graded((0, looks.RED), (INDICATOR_GOAL, looks.GREEN)),
        filled=False,
        nothing=looks.UNKNOWN,
    )


def _goal() -> Panel:
    contract = matching("reading", "contract")
    return stat(
        Text("Objectif de 95 %", "The 95 % objective"),
        Text(
            "L'indicateur du contrat (tous les incidents reçus) face à son objectif.",
            "The contract's indicator (all incidents received) against its objective.",
        ),
        PanelQuery(f"{known(names.INDICATOR, 'period', contract)} >= bool {INDICATOR_GOAL}", "{{period}}", instant=True),
        5,
        mappings=coloured({0: (looks.MISSED, looks.RED), 1: (looks.MET, looks.GREEN)}),
        nothing=looks.UNKNOWN,
        names=looks.PERIODS,
        links=[runbook(Text("Indicateur sous 95 % : que faire", "Indicator under 95 %: what to do"), "VigieIndicatorBelowGoal")],
    )


def _counted() -> Panel:
    return table(
        Text("Ce que l'indicateur compte", "What the indicator counts"),
        Text(
            "Incidents reçus sur la période, et parmi eux ceux qui n'ont pas été résolus en moins de 24 heures ouvrées.",
            "Incidents received in the period, and those not resolved in under 24 working hours.",
        ),
        [Label("period", Text("Période", "Period"), looks.PERIODS)],
        [
            Column(Text("Reçus", "Received"), highest(names.INDICATOR_RECEIVED, "period"), COUNT),
            Column(Text("En retard", "Late"), highest(names.INDICATOR_LATE, "period"), COUNT, none_is_good(looks.NONE_M), filled=False),
        ],
        8,
    )


def _matrix() -> Panel:
    columns = tuple(
        Column(
            text,
            f"max by (severity) ({series(names.INCIDENTS_OPEN, matching('state', state))})",
            COUNT,
            coloured({0: ("–", looks.GREY)}),
            filled=False,
        )
        for state, text in looks.INCIDENT_STATES.items()
    )
    return table(
        Text("Incidents ouverts, par sévérité et par état", "Open incidents, by severity and state"),
        Text(
            "Incidents non fermés ; sévérités du contrat (section 2.2.2). « Le plus ancien » : "
            "réception du plus ancien incident non résolu.",
            "Incidents that are not closed; the contract's severities (section 2.2.2). Oldest: when the "
            "oldest unresolved incident was received.",
        ),
        [_SEVERITY],
        [*columns, Column(headings.OLDEST, elapsed(names.INCIDENT_OLDEST, "severity"), lasts=True)],
        14,
        sort=headings.SEVERITY,
        links=[to_board(headings.TO_ON_CALL, "astreinte")],
    )


def _clocks() -> Panel:
    return table(
        Text("Horloges contractuelles", "Contractual clocks"),
        Text(
            "Pour chaque engagement : la prochaine échéance si rien n'est fait, les incidents ouverts qui l'ont dépassée, et les "
            "dépassements sur la plage choisie. Les horloges tournent du lundi au vendredi de 9 h 30 à 18 h, hors jours fériés.",
            "For each commitment: the next deadline if nothing is done, the open incidents beyond theirs, and the deadlines missed over "
            "the range. Clocks run Monday to Friday, 9:30 to 18:00, public holidays off.",
        ),
        [Label("clock", Text("Horloge", "Clock"), looks.CLOCKS, width=190)],
        [
            Column(
                Text("Échéance dans", "Deadline in"),
                f"(min by (clock) ({series(names.INCIDENT_DEADLINE)} > 0) - time())",
                lasts=True,
                signed=True,
            ),
            Column(
                Text("Dépassées", "Overdue"),
                highest(names.INCIDENTS_OVERDUE, "clock"),
                COUNT,
                none_is_good(looks.NONE_F),
                filled=False,
            ),
            Column(
                Text("Manquées", "Missed"),
                f"round(sum by (clock) ({increase(names.BREACHES, 'clock, severity', '$__range', across='max')}))",
                COUNT,
            ),
        ],
        10,
        links=[
            runbook(Text("Échéance proche : que faire", "Deadline near: what to do"), "VigieDeadlineNear"),
            runbook(Text("Échéance manquée : que faire", "Deadline missed: what to do"), "VigieDeadlineMissed"),
        ],
    )


def _open() -> Panel:
    return lines(
        Text("Incidents ouverts dans le temps", "Open incidents over time"),
        Text("Incidents non fermés, empilés par sévérité.", "Incidents that are not closed, stacked by severity."),
        PanelQuery(f"sum by (severity) (max by (severity, state) ({series(names.INCIDENTS_OPEN)}))", "{{severity}}"),
        8,
        unit=COUNT,
        interval="15m",
        bars=True,
        decimals=0,
        overrides=looking(_SEVERITY_COLOURS),
    )


def _received() -> Panel:
    return lines(
        Text("Incidents reçus, jour par jour", "Incidents received, day by day"),
        Text(
            "Incidents reçus par jour (ou pas de temps plus long), par sévérité.",
            "Incidents received by day (or longer time step), by severity.",
        ),
        PanelQuery(increase(names.INCIDENTS, "severity", "$__interval", across="max"), "{{severity}}"),
        8,
        unit=COUNT,
        interval="1d",
        bars=True,
        decimals=0,
        overrides=looking(_SEVERITY_COLOURS),
    )


def _missed() -> Panel:
    return lines(
        Text("Échéances manquées, jour par jour", "Missed deadlines, day by day"),
        Text(
            "Échéances contractuelles dépassées par jour (ou pas de temps plus long), par sévérité.",
            "Contractual deadlines missed by day (or longer time step), by severity.",
        ),
        PanelQuery(f"sum by (severity) ({increase(names.BREACHES, 'clock, severity', '$__interval', across='max')})", "{{severity}}"),
        8,
        unit=COUNT,
        interval="1d",
        bars=True,
        decimals=0,
        overrides=looking(_SEVERITY_COLOURS),
    )


def _escalations() -> Panel:
    return stat(
        Text("Escalades sur la plage", "Escalations in the range"),
        Text("Escalades déclenchées sur la plage choisie, par sévérité.", "Escalations fired over the chosen range, by severity."),
        PanelQuery(f"round({increase(names.ESCALATIONS, 'severity', '$__range', across='max')})", "{{severity}}", instant=True),
        8,
        unit=COUNT,
        decimals=0,
        names=looks.SEVERITIES,
    )


def _escalation_lag() -> Panel:
    return stat(
        Text("Retard des escalades", "Lag of escalations"),
        Text(
            "Retard de la plus ancienne escalade due et pas encore faite, sinon de la dernière ; et temps depuis le dernier examen des "
            "horloges.",
            "Delay of the oldest escalation due and not fired, else of the last one; and time since the clocks were last looked at.",
        ),
        (
            PanelQuery(f"max({series(names.ESCALATION_LAG)}) / 60", Text("retard", "lag"), instant=True),
            PanelQuery(f"(time() - max({series(names.REGISTER_SEEN)})) / 60", Text("dernier examen", "last look"), instant=True),
        ),
        8,
        unit=MINUTES,
        decimals=1,
        mappings=graded((-1e12, looks.GREEN), (5, looks.AMBER), (15, looks.RED)),
        filled=False,
    )


def _changes() -> Panel:
    return stat(
        Text("Changements annoncés", "Announced changes"),
        Text(
            "Changements à venir ; ceux des 365 derniers jours annoncés moins de six mois à l'avance, et ceux que la sonde a vus et que "
            "personne n'avait annoncés (contrat, section 2.1).",
            "Changes still to come; those of the last 365 days announced less than six months ahead, and those that the probe saw "
            "and nobody had announced (contract, section 2.1).",
        ),
        (
            PanelQuery(f"sum({highest(names.CHANGES_PLANNED, 'hub', HUB)})", Text("à venir", "to come"), instant=True),
            PanelQuery(f"sum({highest(names.CHANGES_LATE, 'hub', HUB)})", Text("annoncés trop tard", "announced too late"), instant=True),
            PanelQuery(
                f"sum({highest(names.CHANGES_SEEN, 'hub', HUB, matching('notice', 'nobody'))})",
                Text("vus, annoncés par personne", "seen, announced by nobody"),
                instant=True,
            ),
        ),
        8,
        unit=COUNT,
        decimals=0,
        links=[
            runbook(Text("Changement annoncé trop tard : que faire", "Change announced late: what to do"), "VigieChangeAnnouncedLate"),
            runbook(Text("Changement non annoncé : que faire", "Change not announced: what to do"), "VigieChangeNotAnnounced"),
        ],
    )


def _outbox() -> Panel:
    def grew(metric: names.Metric) -> str:
        return f"round({increase(metric, 'system', '$__range', across='max')})"

    return table(
        Text("Vers l'outil de tickets", "On the way to the ticket system"),
        Text(
            "Messages en attente, et depuis quand ; refusés pour de bon : quelqu'un doit regarder ; remis, et essais manqués (chacun est "
            "recommencé) sur la plage.",
            "Messages that wait, and since when; refused for good: a person must look; delivered, and tries that failed (each is tried "
            "again) in the range.",
        ),
        [Label("system", Text("Outil", "System"))],
        [
            Column(
                Text("En attente", "Waiting"),
                highest(names.OUTBOX_WAITING, "system"),
                COUNT,
                none_is_good(looks.NONE_M, looks.AMBER),
                filled=False,
            ),
            Column(headings.SINCE, elapsed(names.OUTBOX_OLDEST, "system"), lasts=True),
            Column(Text("Refusés", "Refused"), highest(names.OUTBOX_DEAD, "system"), COUNT, none_is_good(looks.NONE_M), filled=False),
            Column(Text("Remis", "Delivered"), grew(names.OUTBOX_DELIVERED), COUNT),
            Column(Text("Échecs", "Failures"), grew(names.OUTBOX_FAILURES), COUNT),
            Column(
                Text("Joignable", "Reachable"),
                highest(names.TICKET_SYSTEM_FAILING, "system"),
                mappings=coloured({0: (looks.YES, looks.GREEN), 1: (Text("non", "no"), looks.RED)}),
                filled=False,
            ),
            Column(Text("a répondu il y a", "answered ago"), elapsed(names.TICKET_SYSTEM_REACHED, "system"), lasts=True),
        ],
        13,
        links=[
            runbook(Text("Messages bloqués : que faire", "Messages stuck: what to do"), "VigieOutboxStuck"),
            runbook(Text("Système injoignable : que faire", "System unreachable: what to do"), "VigieTicketSystemUnreachable"),
            runbook(Text("Messages refusés : que faire", "Messages refused: what to do"), "VigieOutboxDead"),
        ],
    )


def _incoming() -> Panel:
    results = {
        "opened": Text("ouverts", "opened"),
        "attached": Text("rattachés", "attached"),
        "unchanged": Text("sans effet", "unchanged"),
        "refused": Text("refusés", "refused"),
    }
    return lines(
        Text("Ce qui est entré", "What came in"),
        Text(
            "Signalements d'Alertmanager et de l'API : incident ouvert, rattaché à un incident ouvert, sans effet (déjà connu) ou refusé "
            "(personne non autorisée).",
            "Notices from Alertmanager and the API: incident opened, attached to an open one, unchanged (already known) or refused (not "
            "authorised).",
        ),
        PanelQuery(increase(names.INTAKE, "way, result", "$__interval"), "{{way}} {{result}}"),
        11,
        unit=COUNT,
        interval="1d",
        bars=True,
        decimals=0,
        overrides=renamed(
            {
                f"{way} {result}": Text(f"{title} : {text.fr}", f"{title}: {text.en}")
                for way, title in (("alertmanager", "Alertmanager"), ("api", "API"))
                for result, text in results.items()
            }
        ),
    )


BOARD = GrafanaDashboard(
    "support",
    Text("Vigie – Support", "Vigie – Support"),
    Text(
        "Incidents, horloges contractuelles, indicateur des 95 %, envois vers l'outil de tickets.",
        "Incidents, contractual clocks, the 95 % indicator, deliveries to the ticket system.",
    ),
    "30d",
    "1m",
    (
        PanelRow(5, (_indicator(), _goal(), _counted())),
        PanelRow(8, (_matrix(), _clocks())),
        PanelRow(7, (_open(), _received(), _missed())),
        PanelRow(
            4,
            (
                _escalations(),
                _escalation_lag(),
                _changes(),
            ),
            Text("Escalades et changements", "Escalations and changes"),
        ),
        PanelRow(7, (_outbox(), _incoming()), Text("Outil de tickets", "Ticket system")),
    ),
    (HUBS,),
    (OUTAGES_BY_THE_HOUR, DEACTIVATIONS_BY_THE_HOUR, CHANGES_BY_THE_HOUR),
)
