"""Commands on a hub that several clients watch (docs/judgement.md, "Several clients")."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probe.cli.output.status import status_table
from probe.cli.output.texts import CommandTexts
from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.reach import Reach
from probe.core.judgement.spec import ClientSpec
from probe.core.judgement.subject import State, client_of
from probe.ledger.past import Past
from tests.builders import BEGUN, SECOND, SPEC, idp_down, journey, mire, no_mire
from tests.cli.conftest import Call
from tests.fakes.recorder import ImmediateRecorder, ledger
from tests.service.running import Simulator

WITNESS = "sp-rs256"


@pytest.fixture
def two(running_simulator: Simulator, tmp_path: Path) -> Path:
    """A configuration whose second client logs in at Ameli alone."""
    files = running_simulator.about["clients"][WITNESS]

    def edit(document: dict[str, Any]) -> None:
        main = document["hubs"][0]["sp"]
        own = {"client_id": WITNESS, "redirect_uri": files["redirect_uri"], "client_secret": {"file": files["client_secret_file"]}}
        document["hubs"][0]["clients"] = [main | own | {"name": "witness", "id_token_alg": ["RS256"], "idps": [{"name": "ameli"}]}]

    return running_simulator.config(tmp_path / "vigie.yml", edit)


def test_a_journey_is_run_by_the_client_that_is_asked_for(call: Call, simulator: Simulator, two: Path) -> None:
    told = json.loads(call("journey", "ameli", "--client", "witness", "--config", two, "--json").stdout)
    assert (told["outcome"], told["client"]) == ("ok", "witness")
    assert "Ameli.fr (client witness)" in call("journey", "ameli", "--client", "witness", "--config", two).stdout
    simulator.set("hub", "client_switched_off", client=WITNESS)
    assert call("journey", "ameli", "--client", "witness", "--config", two).exit_code == 1
    assert call("journey", "ameli", "--config", two).exit_code == 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("ameli", "--client", "nobody"), "'nobody' is none of: witness"),
        (("yris", "--client", "witness"), "witness logs in at: ameli; not at 'yris'"),
    ],
)
def test_a_client_that_cannot_make_the_journey_is_refused(call: Call, two: Path, asked: tuple[str, ...], said: str) -> None:
    done = call("journey", *asked, "--config", two)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_round_shows_each_client_and_one_that_is_gone_holds_no_condition(call: Call, simulator: Simulator, two: Path) -> None:
    simulator.set("hub", "client_switched_off", client=WITNESS)
    told = json.loads(call("check", "--config", two, "--json").stdout)
    [hub] = told["hubs"]
    assert (hub["state"], hub["clients"]["witness"]["state"]) == ("up", "unknown")
    assert {seen.get("client", "") for seen in told["observations"]} == {"", "witness"}


def test_status_tells_each_client_apart_and_its_outages_have_names(call: Call, two: Path) -> None:
    spec = ClientSpec("witness", "id-2", SPEC.idps[:1])
    seen = [mire(0), journey("ameli", 1), *(no_mire(at, client="witness") for at in (2, 3)), *(idp_down("ameli", at) for at in (4, 5))]
    with ledger(two.with_suffix(".db")) as engine:
        ImmediateRecorder(engine, replace(SPEC, clients=(spec,))).keep(seen)
        past = Past(engine)
        [gone] = [one for one in past.outages(BEGUN + 9 * SECOND) if one.outage.subject == client_of("witness")]
        assert gone.telling is not None
        assert gone.telling.observation.client == "witness"
        assert str(gone.name).startswith("fc/client:witness@")
        story = past.story(gone.name, BEGUN + 9 * SECOND)
        assert {one.observation.client for one in story.observations} == {"witness"}
        [down] = [one for one in past.outages(BEGUN + 9 * SECOND) if one.outage.subject == "idp:ameli"]
        assert {one.observation.client for one in past.story(down.name, BEGUN + 9 * SECOND).observations} == {""}
    told = json.loads(call("status", "--config", two, "--json").stdout)
    assert set(told["hubs"][0]["clients"]) == {"witness"}
    assert set(told["hubs"][0]["clients"]["witness"]["idps"]) == {"ameli"}
    assert set(told["hubs"][0]["idps"]) == {"ameli", "yris"}
    shown = call("status", "--config", two).stdout
    assert "client witness" in shown
    assert "Ameli.fr (client witness)" in shown
    assert "not observed since" in shown  # whatever is unknown says why
    assert "@" not in shown


@pytest.mark.parametrize(("state", "told"), [(State.UP, "disponible (mire seule)"), (State.DOWN, "indisponible")], ids=["up", "down"])
def test_status_says_of_a_client_that_is_up_that_the_mire_alone_was_seen(state: State, told: str) -> None:
    witness = ("fc", client_of("witness"))
    table = status_table({witness: (BEGUN, SubjectStatus(state))}, CommandTexts("fr"), {}, {}, {witness: Reach.MIRE})
    [row] = table.rows
    cell = "".join(part.text for part in row[2])
    assert str(cell).endswith(f" {told}")
