"""`vigie change seen`: the changes that the watch saw, and whether they were announced."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from probe.core.judgement.sighting import Aspect, Sighting
from tests.builders import BEGUN, DAY, HOUR, SECOND, mire
from tests.cli.conftest import Call
from tests.fakes.recorder import ImmediateRecorder, ledger

Told = Callable[..., Result]


def seen(day: int, aspect: Aspect, traits: tuple[tuple[str, str], ...], place: str = "") -> Sighting:
    return Sighting(aspect, place, traits, "1:", BEGUN + day * DAY, BEGUN + day * DAY - HOUR)


LEAF = (("certificate", "aa (2026-02-01)"), ("issuer", "Certigna"))
NEW_LEAF = (("certificate", "bb (2026-08-01)"), ("issuer", "Certigna"))
DAYS = [
    (seen(0, Aspect.METADATA, (("scopes_supported=openid", ""),)), seen(0, Aspect.CHAIN, LEAF, "fc.example")),
    (seen(1, Aspect.METADATA, (("scopes_supported=openid", ""), ("scopes_supported=phone", ""))),),
    (seen(2, Aspect.CHAIN, NEW_LEAF, "fc.example"),),
    (seen(3, Aspect.METADATA, (("scopes_supported=openid", ""),)),),
]


@pytest.fixture
def told(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Runs a command on four days of a hub."""
    monkeypatch.setenv("VIGIE_LANG", "fr")
    path = tmp_path / "vigie.yml"
    path.write_text("store: vigie.db\nhubs:\n  - name: fc\n    idps: [{name: ameli}]\n", encoding="utf-8")
    with ledger(path.with_suffix(".db")) as engine:
        ImmediateRecorder(engine).keep(replace(mire(day * DAY // SECOND), sightings=of) for day, of in enumerate(DAYS))
    return lambda *arguments: call(*(("change", *arguments) if arguments[0] == "seen" else arguments), "--config", path)


def test_a_change_that_nobody_announced_is_told_so(told: Told) -> None:
    done = told("seen")
    assert done.exit_code == 0
    text = done.stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert text.startswith(
        "! 02/01/2026 01:00:00  fc  métadonnées modifiées (métadonnées du hub)\n"
        "      annoncé par personne\n"
        "      ancien état vu pour la dernière fois le 02/01/2026 00:00:00\n"
        "      l'ancien état est revenu le 04/01/2026 01:00:00\n"
        "        + scopes_supported=phone\n"
    )
    assert "certificat renouvelé" not in text
    assert "certificats du hub, fc.example : depuis le 01/01/2026 01:00:00, dernier relevé le 03/01/2026 01:00:00" in " ".join(text.split())


def test_an_announcement_that_was_written_after_the_change_is_told_so(told: Told) -> None:
    stated = ("--title", "Scopes", "--author", "Ada", "--announced-at", "2025-05-20T00:00:00Z")
    done = told("change", "announce", "--hub", "fc", "--planned", "2026-01-02T00:00:00Z", *stated)
    assert done.exit_code == 0, done.output
    text = told("seen").stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert "      annoncé à temps (enregistré après coup le " in text


def test_routine_is_listed_when_it_is_asked_for(told: Told) -> None:
    text = told("seen", "--all").stdout
    assert "certificat renouvelé (certificats du hub, fc.example)\n      annonce non requise\n" in text
    assert "        certificate: aa (2026-02-01) → bb (2026-08-01)\n" in text


def test_json_has_everything(told: Told) -> None:
    found = json.loads(told("seen", "--json").stdout)
    assert [(one["kind"], one["notice"], one["announcement"]) for one in found["changes"]] == [
        ("metadata", "nobody", None),
        ("certificate_renewed", "not_needed", None),
    ]
    assert found["changes"][0]["differences"] == [{"trait": "scopes_supported=phone", "before": None, "after": ""}]
    assert [(one["aspect"], one["place"]) for one in found["watched"]] == [("chain", "fc.example"), ("metadata", "")]


def test_a_hub_that_nothing_is_known_of_has_no_changes(told: Told) -> None:
    text = told("seen", "--hub", "other").stdout
    assert text == "Aucune modification vue.\nRien n'a encore été relevé.\n"


def test_the_annual_statement_says_how_many_nobody_announced(told: Told) -> None:
    shown = told("availability", "--at", "2026-01-10T00:00:00Z").stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert "  ! Modifications vues que personne n'avait annoncées : 1 (vigie change seen)\n" in shown
    (hub,) = json.loads(told("availability", "--at", "2026-01-10T00:00:00Z", "--json").stdout)["hubs"]
    assert [one["kind"] for one in hub["seen_changes"]] == ["metadata", "certificate_renewed"]
    before = told("availability", "--at", "2026-01-01T12:00:00Z").stdout
    assert "Modifications vues" not in before
