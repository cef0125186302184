"""Every query of the dashboards runs on a real Prometheus with the story and a year of samples.

The panels show what happened in the story.
"""

import re
import time
from collections.abc import Iterator, Mapping

import pytest

from dashboards import looks
from dashboards.promql import spoken, titled
from dashboards.translation import translated
from probe.texts.bilingual import Language
from tests.dashboards.asking import Asker, Question, panels, questions
from tests.dashboards.backfill import RETENTION, fill
from tests.dashboards.made import DASHBOARDS
from tests.dashboards.story import CONDITIONS, DAY, HOUR, MINUTE, MetricHistory
from tests.servers.prometheus import Prometheus

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("real_servers")]
END = 1_792_590_000  # 2026-10-21T13:40Z
STORY = MetricHistory(END)
SOON_S = 10.0
"""On a machine that does other things too; `benchmarks/dashboards.py` measures."""
C1, C2, C3 = (STORY.outages[condition][-1].start + 3 * MINUTE for condition in CONDITIONS)
BLIND = STORY.unseen[-1].start + 3 * MINUTE
CALM = END - 12 * HOUR
BAD, UNKNOWN, GOOD = 0.0, 1.0, 2.0
HUB, IDP, NOBODY_KNOWS = 1.0, 2.0, 6.0


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """A Prometheus that holds the story, and scrapes nothing."""
    directory = tmp_path_factory.mktemp("story")
    fill(STORY, directory)
    with Prometheus(directory, {}, options=[RETENTION]) as server, Asker(server.url) as asker:
        yield asker


def seen(told: Asker, uid: str, title: str, at: int, *, ref: str = "A", past: int | None = None) -> list[tuple[Mapping[str, str], float]]:
    """What a panel shows at an instant: the labels and the value of each of its series; of a graph,
    the least value within its range.
    """
    (panel,) = (panel for panel in panels(DASHBOARDS[uid]) if panel["title"].replace("\N{NO-BREAK SPACE}", " ") == title)
    (question,) = (asked for asked in questions(DASHBOARDS[uid], at, past=past) if asked.where == f"{uid}: {panel['title']} ({ref})")
    found = told.ask(question)
    return [(row["metric"], min(float(value) for _, value in row.get("values", [row.get("value")]))) for row in found]


def said(digits: str) -> str:
    """What Grafana shows for the digits of a duration, by the panels' own mappings, in French."""
    for mapping in translated(looks.spoken(), Language.FR):
        pattern = mapping["options"]["pattern"].strip("/")
        if re.search(pattern, digits):
            return re.sub(pattern, re.sub(r"\$(\d)", r"\\g<\1>", mapping["options"]["result"]["text"]), digits)
    raise AssertionError(digits)


def in_seconds(digits: str) -> float:
    length = digits.lstrip("-").zfill(8)
    days, hours, minutes, seconds = int(length[:-6]), int(length[-6:-4]), int(length[-4:-2]), int(length[-2:])
    return (days * DAY + hours * HOUR + minutes * MINUTE + seconds) * (-1 if digits.startswith("-") else 1)


def only(rows: list[tuple[Mapping[str, str], float]]) -> float:
    ((_, value),) = rows
    return value


def by(label: str, rows: list[tuple[Mapping[str, str], float]]) -> dict[str, float]:
    return {labels[label]: value for labels, value in rows}


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_every_question_returns_data_soon(told: Asker, uid: str) -> None:
    empty, slow = [], []
    for question in questions(DASHBOARDS[uid], END):
        started = time.perf_counter()
        found = told.ask(question)
        took = time.perf_counter() - started
        empty += [] if found else [f"{question.where}\n{question.expr}"]
        slow += [f"{question.where}: {took:.1f} s"] if took > SOON_S else []
    assert (empty, slow) == ([], [])


@pytest.mark.parametrize(
    ("at", "state"), [(CALM, GOOD), (C1, BAD), (C2, BAD), (C3, BAD), (BLIND, UNKNOWN)], ids=["calm", "C1", "C2", "C3", "blind"]
)
def test_the_first_panel_tells_up_down_and_unknown_apart(told: Asker, at: int, state: float) -> None:
    assert only(seen(told, "vigie-astreinte", "Le service est-il disponible ?", at)) == state


@pytest.mark.parametrize(
    ("at", "fault"), [(CALM, 0.0), (C1, HUB), (C2, HUB), (C3, IDP), (BLIND, NOBODY_KNOWS)], ids=["calm", "C1", "C2", "C3", "blind"]
)
def test_the_fault_is_the_outages(told: Asker, at: int, fault: float) -> None:
    assert only(seen(told, "vigie-astreinte", "À qui la faute ?", at)) == fault


@pytest.mark.parametrize(
    ("at", "states"),
    [
        (CALM, (GOOD, GOOD, GOOD)),
        (C1, (BAD, UNKNOWN, UNKNOWN)),
        (C2, (GOOD, BAD, GOOD)),
        (C3, (GOOD, GOOD, BAD)),
        (BLIND, (UNKNOWN, UNKNOWN, UNKNOWN)),
    ],
    ids=["calm", "C1", "C2", "C3", "blind"],
)
def test_each_condition_holds_is_absent_or_unknown(told: Asker, at: int, states: tuple[float, ...]) -> None:
    rows = seen(told, "vigie-astreinte", "Quelle condition, depuis quand, par qui ?", at)
    assert by("condition", rows) == dict(zip(CONDITIONS, states, strict=True))


def test_how_long_is_told_from_the_outages_beginning_to_the_end_of_the_range(told: Asker) -> None:
    ((labels, _),) = seen(told, "vigie-astreinte", "Depuis", C1)
    assert (labels["spoken"], said(labels["spoken"])) == ("300", "3 min 00 s")


@pytest.mark.parametrize(
    ("lasted", "text"),
    [
        (0, "0 s"), (59.9, "59 s"), (60, "1 min 00 s"), (3599, "59 min 59 s"), (3600, "1 h 00 min 00 s"), (31_536, "8 h 45 min 36 s"),
        (86_399, "23 h 59 min 59 s"), (86_400, "1 j 00 h 00 min"), (400 * DAY + 3_660, "400 j 01 h 01 min"), (-90, "-1 min 30 s"),
    ],
)  # fmt: skip
def test_a_duration_is_said_as_people_say_it(told: Asker, lasted: float, text: str) -> None:
    question = Question("", "query", (("query", spoken(f"vector({lasted})", "hub", "spoken", signed=True)), ("time", str(END))))
    ((label,),) = [row["metric"].values() for row in told.ask(question)]
    assert said(label) == text


def test_on_call_reads_why_journeys_fail_and_for_how_long(told: Asker) -> None:
    title = "Pourquoi les parcours échouent"
    ((c2, _),) = seen(told, "vigie-astreinte", title, C2)
    counted = {
        (labels["idp"], labels["step"], labels["reason"]): count for labels, count in seen(told, "vigie-astreinte", title, C2, ref="B")
    }
    assert counted == {(idp, "token", "token_error"): 6 for idp in ("ameli", "impots", "laposte")}, "both vantages, three minutes"
    assert {name: c2[name] for name in ("title", "step", "reason", "fault", "code")} == {
        "title": "identity_not_returned", "step": "token", "reason": "token_error", "fault": "hub", "code": "Y03A1F2B",
    }  # fmt: skip
    assert said(c2["lasts_A"]) == "3 min 00 s"
    ((idp, _),) = seen(told, "vigie-astreinte", title, END)
    assert (idp["idp"], idp["title"], idp["reason"], said(idp["lasts_A"])) == ("laposte", "L'Identité Numérique", "timeout", "25 min 00 s")
    assert seen(told, "vigie-astreinte", title, CALM) == []


def test_a_title_that_changes_is_one_row_and_a_probers_other_title_is_no_error(told: Asker) -> None:
    twice = 'label_replace(vigie_idp_info{idp="ameli"}, "title", "ameli", "", "") or vigie_idp_info'
    expr = titled("max by (hub, idp) (vigie_idp_state)").replace("vigie_idp_info", f"({twice})")
    found = told.ask(Question("", "query", (("query", expr), ("time", str(END)))))
    assert sorted(row["metric"]["idp"] for row in found) == ["ameli", "impots", "laposte"]


def test_the_share_of_time_in_a_state_is_its_average(told: Asker) -> None:
    day = {
        state: float(
            told.ask(Question("", "query", (("query", f"max(avg_over_time(vigie_hub_state{{state={state!r}}}[1d]))"), ("time", str(END)))))[
                0
            ]["value"][1]
        )
        for state in ("up", "down", "unknown")
    }
    assert sum(day.values()) == pytest.approx(1)
    assert day["down"] * 1440 == pytest.approx(12 + 19 + 10, abs=1)
    assert day["unknown"] * 1440 == pytest.approx(6, abs=1)


def test_idps_are_told_apart_and_unknown_behind_a_broken_hub(told: Asker) -> None:
    title = "Quels fournisseurs d'identité ?"
    assert by("idp", seen(told, "vigie-astreinte", title, END)) == {"impots": GOOD, "ameli": GOOD, "laposte": BAD}
    assert by("idp", seen(told, "vigie-astreinte", title, C1)) == dict.fromkeys(("impots", "ameli", "laposte"), UNKNOWN)


def test_a_short_outage_shows_on_a_long_range(told: Asker) -> None:
    """Ten minutes of C3 among thirty days, whose steps are of more than an hour."""
    assert only(seen(told, "vigie-astreinte", "Les trois conditions dans le temps", END, ref="C", past=30 * DAY)) == BAD


def test_a_tile_that_was_away_for_a_while_shows_on_a_day(told: Asker) -> None:
    least = {(labels["idp"], labels["vantage"]): value for labels, value in seen(told, "vigie-fi", "Tuile sur la mire", END)}
    assert (least["ameli", "paris-1"], least["impots", "paris-1"]) == (BAD, GOOD)


def test_what_one_prober_says_is_bad_within_a_step_or_good_all_through(told: Asker) -> None:
    least = {(labels["target"], labels["vantage"]): value for labels, value in seen(told, "vigie-veille", "Cibles témoins", END)}
    assert (least["registrar", "lyon-1"], least["resolver", "lyon-1"]) == (BAD, GOOD)


def test_a_deactivation_goes_through_its_stages(told: Asker) -> None:
    stages = [
        by("idp", seen(told, "vigie-fi", "Désactivation, lenteur, compte de test", at + MINUTE))["ameli"] for at, _ in STORY.flags["ameli"]
    ]
    assert stages == [1.0, 2.0, 3.0, 4.0]


def test_the_annual_figure_is_the_ledgers_rounded_down(told: Asker) -> None:
    lost = STORY.within("rolling", STORY.down, END)
    unknown = STORY.within("rolling", STORY.cumulated(STORY.unseen), END)
    ratio = 1 - lost / (365 * DAY - unknown)
    shown = only(seen(told, "vigie-chiffre", "Taux de disponibilité", END))
    assert 0 <= ratio - shown < 1e-6
    assert round(shown * 1e6) == pytest.approx(shown * 1e6, abs=1e-6)


def test_the_forecast_is_the_last_fourteen_days_gone_on(told: Asker) -> None:
    def shown(ref: str) -> float:
        ((labels, _),) = seen(told, "vigie-chiffre", "Prévision du budget restant", END, ref=ref)
        return in_seconds(labels["spoken"])

    spent_a_day = (STORY.down(END) - STORY.down(END - 14 * DAY)) / 14
    left = 31_536 - STORY.within("rolling", STORY.down, END)
    assert shown("A") == pytest.approx(left - 30 * spent_a_day, abs=60)
    year_left = 31_536 - STORY.within("year", STORY.down, END)
    remaining = (STORY.year_began(END) + 365 * DAY - END) / DAY
    assert shown("B") == pytest.approx(year_left - spent_a_day * remaining, abs=120)


def test_the_next_deadline_is_the_first_and_names_its_clock(told: Asker) -> None:
    ((labels, _),) = seen(told, "vigie-astreinte", "Prochaine échéance", END)
    assert (labels["clock"], said(labels["spoken"])) == ("escalation", "1 h 30 min 00 s")


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_a_choice_is_obeyed(told: Asker, uid: str) -> None:
    """What is not chosen is not shown: no series of another hub, IdP or vantage."""
    chosen = {"hub": "nowhere", "idp": "(ameli|impots)", "vantage": "paris-1"}
    for question in questions(DASHBOARDS[uid], END, chosen=chosen):
        if question.path.startswith("query"):
            for row in told.ask(question):
                assert "ALERTS" in question.expr or not row["metric"].get("hub"), question.where
                assert row["metric"].get("vantage", "paris-1") == "paris-1", question.where


def test_one_idp_can_be_looked_at_alone(told: Asker) -> None:
    for question in questions(DASHBOARDS["vigie-fi"], END, chosen={"idp": "ameli"}):
        if question.path.startswith("query") and "Désactivations" not in question.where:
            assert {row["metric"].get("idp", "ameli") for row in told.ask(question)} == {"ameli"}, question.where
