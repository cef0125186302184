"""The dashboard of the annual figure: availability against its goal, bounds, coverage, budget.

It shows the rolling 365 days and the civil year. The ledger computes these figures exactly and
exports them; PromQL computes only days, and a forecast from the last fourteen.
"""

from collections.abc import Callable

from dashboards import headings, looks
from dashboards.board import CHANGES_BY_THE_HOUR, DEACTIVATIONS_BY_THE_HOUR, HUBS, OUTAGES_BY_THE_HOUR, GrafanaDashboard, PanelRow, to_board
from dashboards.looks import coloured
from dashboards.panels import (
    COUNT,
    MINUTES,
    RATIO,
    Column,
    Label,
    Panel,
    PanelQuery,
    lasting,
    lines,
    painted,
    ranked,
    stat,
    table,
    timeline,
)
from dashboards.promql import HUB, figure, highest, increase, known, lowest, matching, rounded_down, verdict
from exporters.metrics import names
from probe.texts.bilingual import Text

PACE_DAYS, AHEAD_DAYS = 14, 30
"""The forecast assumes that the next thirty days are like the last fourteen, as its alert does."""
BY = "hub, window"
_ROLLING, _YEAR = matching("window", "rolling"), matching("window", "year")
_ELAPSED = "(86400 * (day_of_year() - 1) + 3600 * hour() + 60 * minute())"
"""Seconds since the civil year began, in UTC.

Paris is an hour or two ahead, which does not matter for a forecast.
"""


def _of_hub(text: Text) -> Text:
    """Make a legend of a text and the name of the hub."""
    return Text(f"{text.fr} ({{{{hub}}}})", f"{text.en} ({{{{hub}}}})")


def _each_window(expr: Callable[[str], str]) -> tuple[PanelQuery, ...]:
    return tuple(PanelQuery(expr(matching("window", window)), _of_hub(text), instant=True) for window, text in looks.WINDOWS.items())


def _verdict() -> Panel:
    return stat(
        headings.GOAL,
        Text(
            "Verdict de l'historique, comparé en nombres entiers et non sur le pourcentage affiché (contrat, section 3). L'objectif n'est "
            "dit tenu que si assez de temps est connu (`goal: coverage`).",
            "The ledger's verdict, compared as integers and not from the percentage shown (contract, section 3). The goal is said to be "
            "met only when enough time is known (`goal: coverage`).",
        ),
        _each_window(
            lambda window: verdict(names.AVAILABILITY_MET, names.AVAILABILITY_MISSED, names.AVAILABILITY_UNKNOWN, "hub", HUB, window)
        ),
        6,
        mappings=coloured(looks.VERDICTS),
    )


def _rate() -> Panel:
    return stat(
        Text("Taux de disponibilité", "Availability"),
        Text(
            "Disponible / (disponible + en panne), corrections comprises ; arrondi vers le bas, jamais vers le haut.",
            "Up / (up + down), corrections applied; rounded down, never up.",
        ),
        _each_window(lambda window: rounded_down(figure(names.AVAILABILITY, names.AVAILABILITY_UNKNOWN, "hub", HUB, window))),
        6,
        unit=RATIO,
        decimals=4,
        mappings=coloured({2: (looks.UNKNOWN, looks.GREY)}),
        filled=False,
    )


def _coverage() -> Panel:
    return stat(
        headings.COVERAGE,
        Text(
            "Part de la période dont l'état est connu. En dessous de 100 %, le taux ne vaut que dans ses bornes.",
            "Share of the window whose state is known. Under 100 % the availability is worth its bounds only.",
        ),
        _each_window(lambda window: rounded_down(highest(names.COVERAGE, "hub", HUB, window), 2)),
        6,
        unit=RATIO,
        decimals=2,
    )


def _complete() -> Panel:
    return stat(
        Text("Période complète ?", "Complete window?"),
        Text(
            "Oui quand l'historique est aussi ancien que la période, et la période écoulée. L'année civile en cours ne l'est qu'à sa fin.",
            "Yes when the record is as old as the window, and the window over. The civil year under way only is at its end.",
        ),
        _each_window(lambda window: highest(names.COMPLETE, "hub", HUB, window)),
        6,
        mappings=coloured({0: (Text("pas encore", "not yet"), looks.AMBER), 1: (looks.YES, looks.GREEN)}),
    )


def _bounds() -> Panel:
    return table(
        Text("Le chiffre et ses bornes", "The figure and its bounds"),
        Text(
            "Au moins : temps inconnu et échecs jamais confirmés comptés en panne. Au plus : temps inconnu compté disponible. Non "
            "corrigé : sans ce que des personnes ont constaté depuis (`vigie correct`, `vigie exclude`).",
            "At least: unknown time and failures never confirmed as down. At most: unknown time as available. Uncorrected: without "
            "what people stated since (`vigie correct`, `vigie exclude`).",
        ),
        [Label("hub", headings.HUB, width=60), Label("window", headings.WINDOW, looks.WINDOWS, width=135)],
        [
            Column(
                Text("Au moins", "At least"),
                rounded_down(known(names.AVAILABILITY_LOWEST, BY, HUB)),
                RATIO,
                decimals=4,
            ),
            Column(Text("Au plus", "At most"), rounded_down(known(names.AVAILABILITY_HIGHEST, BY, HUB)), RATIO, decimals=4),
            Column(
                Text("Non corrigé", "Uncorrected"),
                rounded_down(known(names.AVAILABILITY_BEFORE, BY, HUB)),
                RATIO,
                decimals=4,
            ),
            Column(Text("Interruption", "Outage"), highest(names.DOWNTIME, BY, HUB), lasts=True),
            Column(headings.UNKNOWN, highest(names.UNKNOWN_TIME, BY, HUB), lasts=True),
            Column(Text("Inconnu toléré", "Unknown allowed"), highest(names.UNKNOWN_LIMIT, BY, HUB), lasts=True),
            Column(Text("Budget", "Budget"), highest(names.BUDGET, BY, HUB), lasts=True),
        ],
        17,
        sort=headings.WINDOW,
    )


def _left(window: str) -> str:
    """Return the seconds of the budget that are left in one window."""
    return known(names.BUDGET_LEFT, "hub", HUB, window)


def _year_length() -> str:
    """Return the seconds of the civil year: its budget over the share that the goal leaves."""
    return f"{highest(names.BUDGET, 'hub', HUB, _YEAR)} / (1 - {highest(names.AVAILABILITY_GOAL, 'hub', HUB, _YEAR)})"


def _forecast() -> Panel:
    spent = increase(names.HUB_SECONDS, "hub", f"{PACE_DAYS}d", HUB, matching("state", "down"), across="max")
    remaining = f"({_year_length()} - on() group_left() {_ELAPSED})"
    by_year_end = f"{_left(_YEAR)} - {spent} * {remaining} / ({PACE_DAYS} * 86400)"
    in_a_month = f"{_left(_ROLLING)} - {spent} * {AHEAD_DAYS} / {PACE_DAYS}"
    return lasting(
        Text("Prévision du budget restant", "Forecast of the budget left"),
        Text(
            "Si les jours à venir ressemblent aux 14 derniers : ce qui restera des 365 jours glissants dans 30 jours (sans compter ce qui "
            "sortira de la période), et de l'année civile à sa fin. Négatif : dépassé.",
            "If the days to come are as the last 14: what will be left of the rolling 365 days in 30 days (not counting what will leave "
            "the window), and of the civil year at its end. Negative: overspent.",
        ),
        (
            (f"({in_a_month})", Text("dans 30 jours", "in 30 days")),
            (f"({by_year_end})", Text("fin d'année", "year's end")),
        ),
        7,
        signed=True,
        nothing=looks.UNKNOWN,
    )


def _burn_down() -> Panel:
    left = Text("reste, 365 jours glissants", "left, rolling 365 days")
    year = Text("reste, année civile", "left, civil year")
    pace = Text("rythme régulier de l'année", "the year's even pace")

    def share_left(window: str) -> str:
        return f"{_left(window)} / {highest(names.BUDGET, 'hub', HUB, window)}"

    return lines(
        Text("Budget d'indisponibilité restant", "Error budget left"),
        Text(
            "Part du budget. Celui de l'année civile descend jusqu'à sa fin ; en dessous du rythme régulier, il se consomme trop vite. "
            "Celui des 365 jours glissants remonte quand d'anciennes pannes en sortent. Sous zéro : objectif manqué.",
            "Share of the budget. The civil year's goes down to its end; under the even pace it is spent too fast. That of the rolling 365 "
            "days comes back as old outages leave it. Below zero: objective missed.",
        ),
        (
            PanelQuery(share_left(_ROLLING), _of_hub(left)),
            PanelQuery(share_left(_YEAR), _of_hub(year)),
            PanelQuery(f"1 - {_ELAPSED} / on () group_right () ({_year_length()})", _of_hub(pace)),
        ),
        12,
        unit=RATIO,
        interval="1h",
        least=None,
        overrides=(painted(left, looks.BLUE), painted(year, looks.ORANGE), painted(pace, looks.GREY, dashes=(8, 6))),
    )


def _history() -> Panel:
    value, least, most = Text("taux", "availability"), headings.AT_LEAST, headings.AT_MOST
    goal = Text("objectif", "goal")
    return lines(
        Text("Taux sur 365 jours glissants et ses bornes", "Rolling 365 days and its bounds"),
        Text(
            "Le taux tel qu'il était à chaque instant, entre sa borne basse et sa borne haute, et l'objectif réglé.",
            "The availability as it stood at each instant, between its lower and its upper bound, and the goal that is set.",
        ),
        (
            PanelQuery(known(names.AVAILABILITY, "hub", HUB, _ROLLING), _of_hub(value)),
            PanelQuery(known(names.AVAILABILITY_LOWEST, "hub", HUB, _ROLLING), _of_hub(least)),
            PanelQuery(known(names.AVAILABILITY_HIGHEST, "hub", HUB, _ROLLING), _of_hub(most)),
            PanelQuery(lowest(names.AVAILABILITY_GOAL, "hub", HUB, _ROLLING), _of_hub(goal)),
        ),
        12,
        unit=RATIO,
        interval="1h",
        least=None,
        most=1,
        decimals=3,
        overrides=(
            painted(value, looks.BLUE),
            painted(least, looks.ORANGE, dashes=(8, 6)),
            painted(most, looks.PURPLE, dashes=(2, 4)),
            painted(goal, looks.RED, dashes=(10, 10)),
        ),
    )


def _by_condition() -> Panel:
    return ranked(
        Text("Interruption par condition, 365 jours glissants", "Outage by condition, rolling 365 days"),
        Text(
            "Minutes pendant lesquelles chaque condition a tenu. Deux conditions en même temps comptent chacune ici, une seule fois dans "
            "le taux.",
            "Minutes for which each condition held. Two at once count both here, and once in the availability.",
        ),
        tuple(
            PanelQuery(
                f"{highest(names.DOWNTIME_CONDITION, 'hub', HUB, _ROLLING, matching('condition', name))} / 60", _of_hub(text), instant=True
            )
            for name, text in looks.CONDITIONS.items()
        ),
        8,
        unit=MINUTES,
        decimals=1,
        above=True,
    )


def _days() -> Panel:
    def down(condition: str) -> str:
        matchers = (HUB, matching("condition", condition), matching("state", "down"))
        return increase(names.CONDITION_SECONDS, "hub", "$__interval", *matchers, across="max")

    return lines(
        Text("Interruptions, jour par jour", "Outages, day by day"),
        Text(
            "Minutes d'interruption confirmée par jour (ou par pas de temps plus long) et par condition.",
            "Minutes of confirmed outage by day (or longer time step) and by condition.",
        ),
        tuple(PanelQuery(f"{down(name)} / 60", _of_hub(text)) for name, text in looks.CONDITIONS.items()),
        16,
        unit=MINUTES,
        interval="1d",
        bars=True,
        decimals=1,
        overrides=tuple(
            painted(text, colour) for text, colour in zip(looks.CONDITIONS.values(), (looks.RED, looks.ORANGE, looks.PURPLE), strict=True)
        ),
    )


def _calendar() -> Panel:
    def grew(state: str) -> str:
        return f"({increase(names.HUB_SECONDS, 'hub', '$__interval', HUB, matching('state', state), across='max')} > bool 0)"

    return timeline(
        Text("Jours avec interruption", "Days with an outage"),
        Text(
            "Chaque jour (ou pas de temps plus long) selon son pire moment définitivement jugé : interruption, temps inconnu, ou rien à "
            "signaler.",
            "Each day (or longer time step) by its worst moment judged for good: outage, unknown time, or nothing to report.",
        ),
        PanelQuery(f"clamp_min(2 - 2 * {grew('down')} - {grew('unknown')}, 0)", "{{hub}}"),
        24,
        coloured(
            {
                0: (Text("interruption", "outage"), looks.RED),
                1: (Text("temps inconnu", "unknown time"), looks.GREY),
                2: (Text("rien", "nothing"), looks.GREEN),
            }
        ),
        interval="1d",
        links=[to_board(headings.TO_ON_CALL, "astreinte")],
    )


def _blips() -> Panel:
    return lines(
        Text("Échecs isolés, jour par jour", "Lone failures, day by day"),
        Text(
            "Échecs du hub qu'aucun second n'a confirmés : hors du taux, dans sa borne basse. Beaucoup d'échecs isolés annoncent une "
            "panne.",
            "Failures of the hub that no second one confirmed: not in the availability, in its lower bound. Many of them announce an "
            "outage.",
        ),
        PanelQuery(increase(names.HUB_BLIPS, "hub", "$__interval", HUB, across="max"), "{{hub}}"),
        12,
        unit=COUNT,
        interval="1d",
        bars=True,
        decimals=0,
    )


def _unsure() -> Panel:
    blips = increase(names.HUB_BLIP_SECONDS, "hub", "$__interval", HUB, across="max")
    unknown = increase(names.HUB_SECONDS, "hub", "$__interval", HUB, matching("state", "unknown"), across="max")
    return lines(
        Text("Ce qui écarte les bornes, jour par jour", "What parts the bounds, day by day"),
        Text(
            "Minutes de temps inconnu et durée des échecs isolés, par jour : plus il y en a, moins le taux est sûr.",
            "Minutes of unknown time and of lone failures, by day: the more there is, the less the availability is sure.",
        ),
        (
            PanelQuery(f"{unknown} / 60", _of_hub(Text("temps inconnu", "unknown time"))),
            PanelQuery(f"{blips} / 60", _of_hub(Text("échecs isolés", "lone failures"))),
        ),
        12,
        unit=MINUTES,
        interval="1d",
        bars=True,
        overrides=(
            painted(Text("temps inconnu", "unknown time"), looks.GREY),
            painted(Text("échecs isolés", "lone failures"), looks.AMBER),
        ),
    )


BOARD = GrafanaDashboard(
    "chiffre",
    Text("Vigie – Chiffre annuel", "Vigie – Annual figure"),
    Text(
        "365 jours glissants et année civile face à leur objectif : bornes, couverture, budget, prévision, interruptions.",
        "Rolling 365 days and civil year against their goal: bounds, coverage, budget, forecast, outages.",
    ),
    "365d",
    "5m",
    (
        PanelRow(4, (_verdict(), _rate(), _coverage(), _complete())),
        PanelRow(5, (_bounds(), _forecast())),
        PanelRow(8, (_burn_down(), _history())),
        PanelRow(5, (_calendar(),), Text("Interruptions", "Outages")),
        PanelRow(8, (_by_condition(), _days())),
        PanelRow(7, (_unsure(), _blips()), Text("Ce qu'on ne sait pas", "What is not known")),
    ),
    (HUBS,),
    (OUTAGES_BY_THE_HOUR, DEACTIVATIONS_BY_THE_HOUR, CHANGES_BY_THE_HOUR),
)
