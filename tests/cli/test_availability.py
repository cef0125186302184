"""`vigie availability`, and what people may state about the record: said in French and in English,
exact in JSON, refused when it makes no sense."""

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from probe.cli import main
from probe.cli.options.instants import parse_instant
from probe.cli.output.availability import BAR, _bar
from probe.cli.output.availability_texts import FigureTexts
from probe.cli.recording import changed_lines
from probe.config.peek import Peek
from probe.core.judgement.spec import Edge
from probe.core.sla.availability import Figure, Totals
from probe.core.sla.window import Window
from probe.core.times import rfc3339
from probe.ledger.writer import Entry, Writer
from tests.builders import BEGUN, SECOND, SPEC, a_day
from tests.cli.conftest import Call
from tests.fakes.recorder import ImmediateRecorder, ledger

AT = "2026-01-01T00:02:00Z"  # two minutes after the beginning of the day's history
C1_DOWN = ["--hub", "fc", "--subject", "C1", "--from", "2026-01-01T00:01:00Z", "--to", "2026-01-01T00:01:20Z"]
WHO = ["--author", "A. Martin", "--reason", "fausse alerte"]
Json = dict[str, Any]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Enough of a configuration to read a ledger: no secrets, endpoints or language."""
    monkeypatch.setenv("VIGIE_LANG", "fr")
    path = tmp_path / "vigie.yml"
    path.write_text(
        "store: vigie.db\nhubs:\n  - name: fc\n    title: FranceConnect\n    idps:\n      - {name: ameli, title: Assurance maladie}\n"
        "      - {name: yris}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def english(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads wants English; the configuration says no language."""
    assert config.exists()
    monkeypatch.setenv("VIGIE_LANG", "en")


@pytest.fixture
def history(config: Path) -> Path:
    """A day: Ameli down for 20 s from 00:00:12, the mire gone for 20 s from 00:01:00."""
    with ledger(config.with_suffix(".db")) as engine:
        ImmediateRecorder(engine).keep(a_day())
    return config


@pytest.fixture
def call(call: Call) -> Call:
    def run(*arguments: object, config: Path | None = None) -> Result:
        return call(*arguments, *(("--config", config) if config else ()))

    return run


def told(call: Call, config: Path, *more: str) -> Json:
    done = call("availability", "--json", "--at", AT, *more, config=config)
    assert done.exit_code == 0, done.stderr
    found: Json = json.loads(done.stdout)
    return found


# --- the figure


def test_json_tells_exact_values_and_their_arithmetic(call: Call, history: Path) -> None:
    """Two minutes: 20 s down; 40 s unknown (before the first identity,
    and after the last probe vouches no more); 60 s up: 60 / 80.
    """
    hub = told(call, history)["hubs"][0]
    assert (hub["up_us"], hub["down_us"], hub["unknown_us"]) == (60 * SECOND, 20 * SECOND, 40 * SECOND)
    assert hub["availability"] == {"fraction": "3/4", "percent": "75.0000"}
    assert hub["by_unknown_time"] == {
        "ignore": {"fraction": "3/4", "percent": "75.0000"},
        "down": {"fraction": "1/2", "percent": "50.0000"},
        "up": {"fraction": "5/6", "percent": "83.3333"},
    }
    assert (hub["lowest"]["fraction"], hub["highest"]["fraction"]) == ("1/2", "5/6")
    assert Fraction(hub["coverage"]["fraction"]) == Fraction(80, 365 * 86_400)
    assert (hub["meets_goal"], hub["complete"], hub["since_us"]) == (False, False, BEGUN)
    assert (hub["budget_us"], hub["budget_left_us"], hub["longest_outage_allowed_us"]) == (
        31_536 * SECOND,
        31_516 * SECOND,
        31_516 * SECOND,
    )
    assert hub["oldest_outage_leaves"] == "2027-01-01T00:01:20.000000Z"
    assert (hub["edges"], hub["edge_uncertainty_us"]) == (2, 60 * SECOND)
    assert {name: one["down_us"] for name, one in hub["conditions"].items()} == {"C1": 20 * SECOND, "C2": 0, "C3": 0}
    assert {name: one["down_us"] for name, one in hub["idps"].items()} == {"ameli": 20 * SECOND, "yris": 0}
    assert hub["before_corrections"] is None
    assert sum(month["down_us"] for month in hub["months"]) == 20 * SECOND


def test_people_read_french_by_default_with_a_comma_and_percentages_rounded_down(call: Call, history: Path) -> None:
    said = call("availability", "--at", AT, config=history).stdout
    assert "FranceConnect\n365 derniers jours, du 01/01/2025 01:02:00 au 01/01/2026 01:02:00\n" in said
    assert re.search(r"Disponibilité +75,0000 % +✖ objectif de 99,9\s% manqué", said)
    assert re.search(r"écarté 75,0000 % +indisponible 50,0000 %\s+disponible 83,3333 %", said)
    facts = said.partition("Fournisseur d'identité")[0]
    assert max(map(len, facts.splitlines())) <= 80
    assert re.search(r"janvier 2026 +\S{20} +75,0000 % +20,0 s", said)
    assert re.search(r"Assurance maladie +65,5172 % +✖", said)
    assert "La plus ancienne sort le    01/01/2027 01:01:20" in said
    assert "\x1b[" not in said  # colours on a terminal only


def test_english_is_a_setting(call: Call, history: Path) -> None:
    history.write_text(history.read_text() + "language: en\n")
    said = call("availability", "--at", AT, config=history).stdout
    assert re.search(r"Availability +75\.0000 % +✖ goal of 99\.9 % missed", said)
    assert "January 2026" in said


def test_a_goal_of_ones_own_is_met_only_where_enough_is_known(call: Call, history: Path) -> None:
    """Of 365 days 80 s are known, of which 60 s are up."""
    was = history.read_text()
    for coverage, mark, verdict, meets in (("90%", "? pas assez de temps connu (il en faut 90 %)", "not_enough_known", None),
                                           ("0", "✔ objectif de 75 % tenu", "met", True)):  # fmt: skip
        goal = f"{{availability: 75, coverage: {coverage}, unknown: 0.0001, year: {{availability: 75.000001%}}}}"
        history.write_text(was.replace("name: fc", f"name: fc\n    goal: {goal}", 1))
        said = call("availability", "--at", AT, config=history).stdout
        assert mark in said
        assert "! Temps inconnu au-delà des 31,5 s tolérés" in said
        hub = told(call, history)["hubs"][0]
        assert (hub["verdict"], hub["meets_goal"]) == (verdict, meets)
        assert hub["goal"]["availability"] == {"fraction": "3/4", "percent": "75.0000"}
        assert (hub["goal"]["unknown_limit_us"], hub["budget_us"]) == (31_536_000, 365 * 86_400 * SECOND // 4)
        assert hub["idps"]["ameli"]["goal"]["availability"]["fraction"] == "999/1000"
        assert told(call, history, "--window", "year=2026")["hubs"][0]["verdict"] == "missed"


def test_the_reading_of_unknown_time_is_a_setting_and_all_of_them_are_shown(call: Call, history: Path) -> None:
    history.write_text(history.read_text() + "unknown_time: down\n")
    hub = told(call, history)["hubs"][0]
    assert hub["unknown_time"] == "down"
    assert hub["availability"]["fraction"] == "1/2"
    assert hub["by_unknown_time"]["ignore"]["fraction"] == "3/4"


def test_a_figure_over_both_rules_of_the_edge_says_so(call: Call, history: Path) -> None:
    """docs/domain.md: "a figure over both says so" """
    head = "Fin d'une indisponibilité"
    assert head not in call("availability", "--at", AT, config=history).stdout
    with ledger(history.with_suffix(".db")) as engine:
        Writer(engine).write(Entry((), {}, settings=[(replace(SPEC, edge=Edge.FINISH), BEGUN + 60 * SECOND)]))
    said = " ".join(call("availability", "--at", AT, config=history).stdout.split())
    for rule in ("au début de la première observation réussie", "à la fin de la première observation réussie"):
        assert rule in said
    rules = told(call, history)["hubs"][0]["edge_rules"]
    assert [(rule["edge"], rule["since_us"]) for rule in rules] == [("start", BEGUN), ("finish", BEGUN + 60 * SECOND)]


def test_a_civil_year_begins_at_midnight_in_paris(call: Call, history: Path) -> None:
    window = told(call, history, "--window", "year=2026")["hubs"][0]["window"]
    assert window == {
        "name": "year=2026", "start": "2025-12-31T23:00:00.000000Z", "end": "2026-01-01T00:02:00.000000Z",
        "start_us": BEGUN - 3_600 * SECOND, "end_us": BEGUN + 120 * SECOND, "nominal_us": 365 * 86_400 * SECOND,
    }  # fmt: skip
    before = call("availability", "--at", AT, "--window", "year=2025", config=history).stdout
    assert "aucun historique sur cette période" in before
    assert "historique depuis" not in before
    assert "année civile 2026 (Europe/Paris)" in call("availability", "--at", AT, "--window", "year=2026", config=history).stdout


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--at", "2126-01-01T00:00:00Z"], "is in the future"),
        (["--at", "yesterday"], "'yesterday' is no instant: write it as 2026-03-29T08:00:00Z"),
        (["--at", "2026-01-01T00:00:00"], "is no instant"),
        (["--at", "2026-02-30T00:00:00Z"], "is no instant"),
        (["--at", "2026-01-01T00:00:00.1234567Z"], "is no instant"),
        (["--at", "1969-12-31T00:00:00Z"], "is before 1970"),
        (["--at", AT, "--window", "week"], "'week' is neither `rolling` nor `year=YYYY`"),
        (["--at", AT, "--window", "year=2027"], "the year 2027 has not begun"),
        (["--at", AT, "--window", "year=26"], "is neither"),
        (["--at", AT, "--window", "year=0000"], "0 is not a year"),
        (["--hub", "other"], "'other' is not in the ledger, which knows: fc"),
    ],
)
@pytest.mark.usefixtures("english")
def test_what_makes_no_sense_is_refused(call: Call, history: Path, options: list[str], problem: str) -> None:
    done = call("availability", *options, config=history)
    assert (done.exit_code, done.stdout) == (2, "")
    assert problem in " ".join(done.stderr.split())


def test_a_configuration_that_is_wrong_elsewhere_does_not_hide_the_figure(call: Call, history: Path) -> None:
    """The day's configuration has no issuer, no service provider and no secrets:
    `config check` refuses it.
    """
    assert call("config", "check", str(history)).exit_code == 2
    assert told(call, history)["hubs"][0]["hub"] == "fc"
    history.write_text("store: [\n")
    done = call("availability", config=history)
    assert done.exit_code == 2
    assert f"{history}:" in done.stderr


@pytest.mark.usefixtures("english")
def test_a_ledger_that_is_not_there_is_trouble(call: Call, config: Path) -> None:
    done = call("availability", config=config)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no ledger here" in done.stderr


def test_an_empty_ledger_says_so(call: Call, config: Path) -> None:
    with ledger(config.with_suffix(".db")):
        pass
    assert call("availability", config=config).stdout == FigureTexts("fr").empty + "\n"


def test_instants_are_read_with_any_offset_and_written_in_utc() -> None:
    for text in ("2026-03-29T10:00:00+02:00", "2026-03-29T08:00Z", "2026-03-29 08:00:00.000000z"):
        assert rfc3339(parse_instant(text)) == "2026-03-29T08:00:00.000000Z"


@pytest.mark.parametrize(
    ("up", "down", "unknown", "excluded", "missing", "bar"),
    [
        (100, 0, 0, 0, 0, "█" * 20),
        (10**9, 1, 0, 0, 0, "█" * 19 + "✖"),
        (10**9, 1, 1, 1, 1, "█" * 16 + "✖?-·"),
        (50, 50, 0, 0, 0, "█" * 10 + "✖" * 10),
        (0, 0, 0, 0, 7, "·" * 20),
        (0, 1, 10**9, 0, 0, "✖" + "?" * 19),
    ],
)
def test_a_bar_rounds_nothing_away_and_is_told_by_its_characters(
    up: int, down: int, unknown: int, excluded: int, missing: int, bar: str
) -> None:
    whole = up + down + unknown + excluded + missing
    found = _bar(Figure(Window("month", 0, whole, whole), missing, Totals(up, 0, down, unknown), excluded))
    assert found == bar
    assert len(found) == BAR


def test_durations_are_told_as_people_say_them() -> None:
    assert FigureTexts("fr").duration(31_536_999_999) == "8 h 45 min 36 s"
    assert FigureTexts("en").duration(-99_999) == "0.0 s"


# --- what people state


def test_a_correction_is_shown_with_the_figure_before_and_after_it(call: Call, history: Path) -> None:
    """20 s down corrected to up: 80 / 80 after, 60 / 80 before."""
    done = call("correct", *C1_DOWN, "--as", "up", *WHO, config=history)
    assert done.exit_code == 0
    shown = done.stdout.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert shown[0] == "Enregistré sous le n° 1."
    assert [line.partition(" (indisponible")[0] for line in shown[1:]] == [
        f"FranceConnect{of}, {window} : {was} -> 100,0000 %"
        for window in ("365 derniers jours", "année civile 2026 (Europe/Paris)")
        for of, was in (("", "75,0000 %"), (" C1 : la mire n'est pas affichée", "81,9819 %"))
    ]
    hub = told(call, history)["hubs"][0]
    assert hub["availability"]["fraction"] == "1/1"
    assert hub["before_corrections"]["availability"]["fraction"] == "3/4"
    assert hub["conditions"]["C1"]["down_us"] == 0
    assert hub["conditions"]["C1"]["before_corrections"]["down_us"] == 20 * SECOND
    assert [(one["number"], one["as"], one["author"], one["reason"], one["stands"]) for one in hub["corrections"]] == [
        (1, "up", "A. Martin", "fausse alerte", True)
    ]
    said = call("availability", "--at", AT, config=history).stdout
    assert re.search(r"Disponibilité +100,0000 %\s+\? pas assez de temps connu", said)
    assert re.search(r"avant corrections +75,0000 % +✖", said)
    assert re.search(r"n° 1 +corrigé en disponible +C1\s: la mire n'est pas affichée\s+du 01/01/2026 01:01:00 au 01/01/2026 01:01:20", said)
    assert "A. Martin" in said
    assert "fausse alerte" in said


def test_an_outage_is_corrected_by_the_name_that_outages_gives_it_and_is_marked_there(call: Call, history: Path) -> None:
    exported = call("export", "--format", "json", config=history)
    name = next(one["id"] for one in json.loads(exported.stdout) if one["subject"] == "idp:ameli")
    assert name == "fc/ameli@2026-01-01T00:00:12.000000Z"
    assert call("correct", name, "--as", "unknown", *WHO, config=history).exit_code == 0
    outage = next(one for one in json.loads(call("export", "--format", "json", config=history).stdout) if one["subject"] == "idp:ameli")
    assert outage["corrections"] == [{"number": 1, "as": "unknown"}]
    assert outage["down_us"] == 20 * SECOND  # the record stays
    ameli = told(call, history)["hubs"][0]["idps"]["ameli"]
    assert (ameli["down_us"], ameli["before_corrections"]["down_us"]) == (0, 20 * SECOND)


def test_a_window_is_excluded_for_the_hub_and_its_idps_and_may_be_taken_back(call: Call, history: Path) -> None:
    excluding = ["exclude", "--hub", "fc", "--from", "2026-01-01T00:01:00Z", "--to", "2026-01-01T01:01:30+01:00", *WHO]
    assert call(*excluding, config=history).exit_code == 0
    hub = told(call, history)["hubs"][0]
    assert hub["excluded_us"] == hub["idps"]["yris"]["excluded_us"] == 30 * SECOND
    assert hub["down_us"] == 0
    assert call("correct", "--withdraw", "1", "--hub", "fc", *WHO, config=history).exit_code == 0
    hub = told(call, history)["hubs"][0]
    assert (hub["excluded_us"], hub["down_us"], hub["before_corrections"]) == (0, 20 * SECOND, None)
    assert [one["stands"] for one in hub["corrections"]] == [False, False]
    assert "retiré" in call("availability", "--at", AT, config=history).stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["correct", *C1_DOWN, *WHO], "--as is missing"),
        (["correct", "--as", "up", *WHO], "OUTAGE, or all of --hub, --subject, --from and --to, must be given"),
        (["correct", "fc/C1@2026-01-01T00:01:00Z", *C1_DOWN, "--as", "up", *WHO], "either OUTAGE, or --hub"),
        (["correct", "C1", "--as", "up", *WHO], "'C1' names no outage"),
        (["correct", "fc/C1@noon", "--as", "up", *WHO], "'noon' is no instant"),
        (["correct", "fc/C1@2026-01-01T00:01:01Z", "--as", "up", *WHO], "the ledger knows no outage"),
        (["correct", *C1_DOWN, "--as", "down", *WHO], "'down' is not one of"),
        (["correct", *C1_DOWN, "--as", "up", "--author", "x"], "Missing option '--reason'"),
        (["correct", *C1_DOWN, "--as", "up", "--author", "", "--reason", ""], "the author must be given\nthe reason must be given"),
        (["correct", *C1_DOWN[:-1], "2126-01-01T00:00:00Z", "--as", "up", *WHO], "the end is in the future"),
        (["correct", "--withdraw", "7", "--hub", "fc", *WHO], "no correction or excluded window no. 7"),
        (["correct", "--withdraw", "7", *WHO], "--withdraw takes --hub, --author and --reason alone"),
        (["exclude", "--hub", "zz", *C1_DOWN[4:], *WHO], "hub 'zz' is not in the ledger, which knows: fc"),
        (["change", "announce", "--hub", "zz", "--planned", AT, "--title", "t", "--author", "a"], "hub 'zz' is not in the ledger"),
        (
            [
                "change",
                "announce",
                "--hub",
                "fc",
                "--planned",
                AT,
                "--title",
                "t",
                "--author",
                "a",
                "--announced-at",
                "2126-01-01T00:00:00Z",
            ],
            "the announcement is in the future",
        ),
    ],
)
@pytest.mark.usefixtures("english")
def test_a_statement_that_makes_no_sense_is_refused_and_nothing_is_written(
    call: Call, history: Path, arguments: list[str], problem: str
) -> None:
    done = call(*arguments, config=history)
    assert (done.exit_code, done.stdout) == (2, "")
    assert problem in done.stderr
    assert told(call, history)["hubs"][0]["corrections"] == []


def test_a_change_announced_less_than_six_months_ahead_is_reported(call: Call, history: Path) -> None:
    """docs/contract.md, 2.1: « une information préalable de la DINSIC dans un délai de six mois
    »."""
    announcing = ["change", "announce", "--hub", "fc", "--author", "DINSIC", "--title"]
    assert call("change", "list", config=history).stdout == "Aucun changement annoncé.\n"
    early = call(*announcing, "Bascule", "--planned", "2099-07-15T08:00:00Z", config=history)
    assert (early.exit_code, early.stdout, early.stderr) == (0, "Changement n° 1 enregistré.\n", "")
    late = call(*announcing, "Nouvelle mire", "--planned", "2026-07-15T08:00:00Z", config=history)
    assert late.exit_code == 0
    assert (
        "en retard\N{NO-BREAK SPACE}: il fallait l'annoncer au plus tard le 15/01/2026 à 10:00:00 (Europe/Paris, UTC+01:00)" in late.stderr
    )  # 10:00 in Paris, both times
    listed = json.loads(call("change", "list", "--json", config=history).stdout)
    assert [(one["number"], one["title"], one["late"]) for one in listed] == [(1, "Bascule", False), (2, "Nouvelle mire", True)]
    elsewhere = call(
        *announcing, "Par courriel", "--planned", "2026-07-15T08:00:00Z", "--announced-at", "2026-01-10T08:00:00Z", config=history
    )
    assert (elsewhere.exit_code, elsewhere.stdout, elsewhere.stderr) == (0, "Changement n° 3 enregistré.\n", "")
    by_mail = json.loads(call("change", "list", "--json", config=history).stdout)[2]
    assert (by_mail["announced"], by_mail["late"]) == ("2026-01-10T08:00:00.000000Z", False)
    assert by_mail["recorded"] > by_mail["announced"]
    shown = call("change", "list", config=history).stdout
    assert "10/01/2026 09:00:00 (enregistré le " in shown
    assert "✔ à temps" in shown
    assert "! en retard" in shown
    assert (
        "Changement annoncé moins de six mois avant\N{NO-BREAK SPACE}: Nouvelle mire"
        in call("availability", "--at", AT, config=history).stdout
    )


# --- verify and replay


def test_a_whole_record_is_verified_and_replayed(call: Call, history: Path) -> None:
    done = call("verify", config=history)
    assert done.exit_code == 0
    assert re.fullmatch(
        r"Rien n'a été altéré\s: historique \d+, réglages 1, corrections 0, .*, actes des désactivations 0, .*\.\n", done.stdout
    )
    done = call("replay", config=history)
    assert done.exit_code == 0
    assert re.fullmatch(rf"{len(a_day())} observations rejouées, \d+ lignes de l'historique identiques au bit près\.\n", done.stdout)


def test_an_altered_row_is_named_and_the_exit_status_is_1(call: Call, history: Path) -> None:
    with ledger(history.with_suffix(".db")) as engine, engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE ledger SET state = 'up' WHERE seq = 12 AND state <> 'up'")
        connection.exec_driver_sql("UPDATE ledger SET recorded_us = 0 WHERE seq = 12")
    done = call("verify", config=history)
    assert done.exit_code == 1
    line = "historique [ledger], ligne 12 : ce n'est pas ce qui y a été écrit, ou la ligne d'avant manque"
    assert done.stdout.replace("\N{NO-BREAK SPACE}", " ").splitlines()[0] == line
    found = json.loads(call("verify", "--json", config=history).stdout)
    message = "is not what was written there, or the row before it is gone"
    assert found["altered"][0] == {"table": "ledger", "number": 12, "message": message}
    done = call("replay", config=history)
    assert done.exit_code == 1
    assert "L'historique et son rejeu diffèrent." in done.stdout
    assert "ledger\N{NO-BREAK SPACE}: ligne 12, fc " in done.stdout
    assert "replay\N{NO-BREAK SPACE}: ligne 12, fc " in done.stdout
    assert json.loads(call("replay", "--json", config=history).stdout)["difference"]["ledger"]["seq"] == 12


def test_a_replay_without_its_first_observations_says_why_it_cannot_be(call: Call, history: Path) -> None:
    with ledger(history.with_suffix(".db")) as engine, engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.exec_driver_sql("DELETE FROM observation WHERE id < 5")
    done = call("replay", config=history)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no checkpoint was kept" in done.stderr


# --- export and import


@pytest.mark.parametrize("what", ["outages", "ledger", "observations", "availability"])
def test_everything_is_exported_alike_as_csv_and_as_json(call: Call, history: Path, tmp_path: Path, what: str) -> None:
    rows = list(csv.DictReader(StringIO(call("export", "--format", "csv", "--what", what, config=history).stdout)))
    objects = json.loads(call("export", "--format", "json", "--what", what, config=history).stdout)
    assert len(rows) == len(objects) > 1
    assert [list(row) for row in rows] == [list(one) for one in objects]
    if what == "observations":
        assert len(rows) == len(a_day())
        assert not {"tiles", "hops", "extract"} & rows[0].keys()
    elsewhere = tmp_path / "out.csv"
    assert call("export", "--format", "csv", "--what", what, "--output", str(elsewhere), config=history).stdout == ""
    assert list(csv.DictReader(StringIO(elsewhere.read_text()))) == rows or what == "availability"


def test_what_a_spreadsheet_would_run_is_no_formula(call: Call, history: Path) -> None:
    assert call("correct", *C1_DOWN, "--as", "up", "--author", "x", "--reason", "=1+1", config=history).exit_code == 0
    from probe.audit.export import _cell

    assert [_cell(text) for text in ("=1+1", "+a", "-b", "@c", "plain", -5, None)] == ["'=1+1", "'+a", "'-b", "'@c", "plain", -5, None]


PAST = """hub,subject,state,start,end,note
fc,hub,up,2025-03-01T00:00:00Z,2026-01-01T00:00:00Z,ancienne sonde
fc,C1,down,2025-06-01T10:00:00+02:00,2025-06-01T11:30:00+02:00,"panne, réseau"
fc,C2,down,2025-06-01T11:00:00+02:00,2025-06-01T11:45:00+02:00,
"""


@pytest.mark.parametrize("kind", ["csv", "csv of a spreadsheet", "json"])
def test_past_time_is_imported_and_marked_for_ever(call: Call, history: Path, tmp_path: Path, kind: str) -> None:
    """C1 for 90 minutes, C2 from its last half hour on for 45: 105 minutes in all;
    2 x 20 s of them are not, they were watched.
    """
    file = tmp_path / "past"
    if kind == "json":
        rows = list(csv.DictReader(StringIO(PAST)))
        file.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    else:
        file.write_text(PAST if kind == "csv" else PAST.replace("panne, réseau", "panne").replace(",", ";"), encoding="utf-8-sig")
    importing = ["import", str(file), "--source", "ancienne sonde", "--author", "A. Martin"]
    assert call(*importing, config=history).stdout == "Importé sous le n° 1\N{NO-BREAK SPACE}: 3 périodes.\n"
    assert call(*importing, config=history).stdout == "Ce fichier est déjà importé, sous le n° 1\N{NO-BREAK SPACE}: rien n'a changé.\n"
    hub = told(call, history)["hubs"][0]
    assert hub["down_us"] == (105 * 60 + 20) * SECOND
    assert {name: one["down_us"] // SECOND for name, one in hub["conditions"].items()} == {"C1": 90 * 60 + 20, "C2": 45 * 60, "C3": 0}
    assert hub["since"] == "2025-03-01T00:00:00.000000Z"
    assert [(one["start"], one["end"]) for one in hub["imported"]] == [("2025-03-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z")]
    assert "Importé" in call("availability", "--at", AT, config=history).stdout
    outages = json.loads(call("export", "--format", "json", config=history).stdout)
    assert [one["imported"] for one in outages] == [True, True, False, False]
    assert call("verify", config=history).exit_code == 0
    assert call("replay", config=history).exit_code == 0


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("", ["1: holds no period"]),
        ("a,b\n1,2\n", ["1: the first line names the columns: hub, subject, state, start, end, note"]),
        ("hub,hub,subject,state,start,end\n", ["1: the first line names the columns: hub, subject, state, start, end, note"]),
        (PAST + "fc,C1\n", ["5: has 2 cells, and the first line names 6 columns"]),
        (
            PAST + "\nfc,C1,broken,noon,2025-06-01T10:00:00Z,\n",
            ["6: state must be one of down, up, unknown", "6: start: 'noon' is no instant"],
        ),
        (PAST + "fc,,down,2025-06-02T10:00:00Z,2025-06-02T10:00:00Z,\n", ["5: subject is missing"]),
        (PAST + "fc,C3,down,2025-06-02T10:00:00Z,2025-06-02T10:00:00Z,\n", ["5: the end must be after the start"]),
        (PAST + 'fc,C3,down,2025-06-02T10:00:00Z,2025-06-02T11:00:00Z,"a\nb"\n', ["5: note must be one line"]),
        (PAST + 'fc,C3,down,2025-06-02T10:00:00Z,2025-06-02T11:00:00Z,"a\n', ["is no CSV"]),
        (PAST + "fc,C3,down,2026-01-01T00:00:00Z,2026-01-01T00:00:01Z,\n", ["5: it overlaps time that is watched here"]),
        (PAST + "fc,C1,down,2025-06-01T11:29:59+02:00,2025-06-01T12:30:00+02:00,\n", ["5: it overlaps what line 3 says of the same"]),
        ("[", ["1: is no JSON"]),
        ("[]", ["1: holds no period"]),
        ('[{"hub": "fc"},\n 5]', ["1: subject is missing", "2: is no object"]),
        ('[{"hub": "fc", "subject": 5, "state": "down", "start": "x", "end": "y"}]', ["1: subject must be text"]),
        ('[{"hub": "fc", "when": "x"}]\n', ["'when' is no column of ours"]),
        ('[{"hub": "fc"}\n{"hub": "fc"}]', ["2: is no JSON: a comma or the array's end is missing"]),
        ("[]x", ["1: there is something after the array"]),
        (b"hub,subject\n\xff", ["2: is not UTF-8"]),
    ],
)
@pytest.mark.usefixtures("english")
def test_every_bad_line_is_reported_and_nothing_is_imported(
    call: Call, history: Path, tmp_path: Path, content: str | bytes, problems: list[str]
) -> None:
    file = tmp_path / "past.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = call("import", str(file), "--source", "s", "--author", "a", config=history)
    assert (done.exit_code, done.stdout) == (2, "")
    for problem in problems:
        assert f"{file}:" in done.stderr
        assert problem in done.stderr
    assert told(call, history)["hubs"][0]["imported"] == []


@pytest.mark.usefixtures("english")
def test_a_file_that_is_not_there_or_is_said_to_come_from_nowhere_is_refused(call: Call, history: Path, tmp_path: Path) -> None:
    done = call("import", str(tmp_path / "none.csv"), "--source", "s", "--author", "a", config=history)
    assert done.exit_code == 2
    assert "cannot be read" in done.stderr
    done = call("import", str(history), "--source", " ", "--author", "a", config=history)
    assert (done.exit_code, done.stderr) == (2, "the source must be given\n")


# --- its cost


def test_the_command_waits_for_none_of_the_large_libraries(history: Path) -> None:
    """Importing them takes longer than any figure: pydantic, SQLAlchemy, Alembic,
    rich and asyncio stay out of the plain path.
    """
    code = (
        "import sys; from probe.cli import main\n"
        f"try: main(['availability', '--at', {AT!r}, '--config', {str(history)!r}])\n"
        "except SystemExit: pass\n"
        "large = {'pydantic', 'sqlalchemy', 'alembic', 'rich', 'asyncio', 'probe.core.judgement.observation'}\n"
        "print(*sorted(large & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONUTF8": "1"})
    assert "75,0000 %" in done.stdout
    # time lapsed since the last probe: the judgement is asked
    assert set(done.stderr.split()) <= {"probe.core.judgement.observation"}


def test_the_command_is_one_of_the_group() -> None:
    assert main.get_command(main.make_context("vigie", ["import"]), "import") is not None


WHOLE = """
hubs:
  - &hub
    name: fc
    title: FranceConnect
    issuer: https://fc.example/api/v2
    sp: {client_id: abc, client_secret: {file: nowhere}, redirect_uri: "https://sp.example/cb"}
    idps:
      - {name: ameli, tile: uid-ameli, depth: login-page, hosts: [ameli.example]}
"""
A_DAY_UNKNOWN = """hub,subject,state,start,end,note
fc,hub,up,2025-01-01T00:00:00+01:00,2026-01-01T00:00:00+01:00,
fc,hub,unknown,2025-06-01T00:00:00Z,2025-06-02T00:00:00Z,
"""


@pytest.mark.parametrize(
    ("said", "met"),
    [
        ("", True),
        ("unknown_time: down", False),
        ("<<: {unknown_time: down}", False),
        ("<<: [{language: en}, {unknown_time: down}]", False),
        ("<<: {unknown_time: down}\nunknown_time: up", True),
    ],
)
def test_the_figure_is_made_by_what_the_configuration_says_however_it_is_written(call: Call, tmp_path: Path, said: str, met: bool) -> None:
    """Also while a secret's file is gone."""
    path, periods = tmp_path / "vigie.yml", tmp_path / "year.csv"
    path.write_text(f"{said}{WHOLE}", "utf-8")
    periods.write_text(A_DAY_UNKNOWN, "utf-8")
    with ledger(tmp_path / "vigie.db") as engine:
        ImmediateRecorder(engine).keep(a_day())
    done = call("import", periods, "--author", "A. Martin", "--source", "ancien outil", config=path)
    assert done.exit_code == 0, done.output
    done = call("availability", "--window", "year=2025", "--json", config=path)
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["hubs"][0]["meets_goal"] is met


SHAPES = {
    "equal keys": "unknown_time: down\nunknown_time: up",
    "an unknown key": "unknwon_time: down",
    "a wrong value elsewhere": "retention: never",
    "a tag": "unknown_time: !x down",
    "a second document": "a: b\n---",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "command", [["availability"], ["verify"], ["replay"], ["export", "--format", "csv"], ["change", "list"]], ids=" ".join
)
def test_a_configuration_that_is_refused_gives_no_figure(call: Call, tmp_path: Path, shape: str, command: list[str]) -> None:
    path = tmp_path / "vigie.yml"
    path.write_text(f"{SHAPES[shape]}{WHOLE}", "utf-8")
    with ledger(tmp_path / "vigie.db"):
        pass
    done = call(*command, config=path)
    checked = call("config", "check", path)
    assert (done.exit_code, checked.exit_code) == (2, 2)
    assert "Traceback" not in done.output
    assert done.stderr.splitlines()[-1].removeprefix("vigie: ") in checked.stderr


def test_a_figure_that_does_not_change_is_said_not_to() -> None:
    assert list(changed_lines("fc", {}, {}, Peek(Path("vigie.db"), "en"))) == ["No figure changes."]


def test_what_is_taken_back_is_shown_before_and_after(call: Call, history: Path) -> None:
    assert call("correct", *C1_DOWN, "--as", "up", *WHO, config=history).exit_code == 0
    done = call("correct", "--hub", "fc", "--withdraw", "1", *WHO, config=history).stdout
    assert "FranceConnect, 365 derniers jours\N{NO-BREAK SPACE}: 100,0000\N{NO-BREAK SPACE}% -> 75,0000\N{NO-BREAK SPACE}%" in done


@pytest.mark.usefixtures("english")
def test_an_outage_that_is_not_known_is_refused_with_the_one_that_was_perhaps_meant(call: Call, history: Path) -> None:
    done = call("correct", "fc/ameli@2026-01-01T00:00:13Z", "--as", "up", *WHO, config=history)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "(did you mean 'fc/ameli@2026-01-01T00:00:12.000000Z'?)" in done.stderr
    done = call("correct", "nope@2026", "--as", "up", *WHO, config=history)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "'nope@2026' names no outage: write it as `vigie outages` does, HUB/SUBJECT@START\n"


@pytest.mark.usefixtures("english")
def test_no_file_is_overwritten_unasked(call: Call, history: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    exporting = ["export", "--format", "csv", "--output", there]
    done = call(*exporting, config=history)
    assert (done.exit_code, done.stderr) == (2, f"{there}: exists already: --force overwrites it\n")
    assert there.read_text() == "mine"
    assert call(*exporting, "--force", config=history).exit_code == 0
    assert there.read_text().startswith("hub,")
    assert call("export", "--format", "csv", "--output", "/dev/null", config=history).exit_code == 0
