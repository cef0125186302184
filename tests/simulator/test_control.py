"""The control, the table of faults, and the process."""

import asyncio
import json
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from probe.config.load import load
from simulator import Federation
from simulator.__main__ import main
from simulator.faults import FAULTS, FaultBoard, FaultError, fault_of, listing, markdown
from simulator.options import CHOICES
from simulator.parties import ADDRESSES, CONTROL, IDPS
from tests.fakes.citizen import Citizen

ROOT = Path(__file__).resolve().parents[2]


@pytest_asyncio.fixture(loop_scope="session")
async def control(simulated: Federation) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=simulated.control_url, trust_env=False) as made:
        yield made


async def test_a_fault_is_switched_on_seen_and_switched_off(control: httpx.AsyncClient, citizen: Citizen) -> None:
    order = {"party": "hub", "fault": "edge_error", "path": "/api/v2/authorize", "status": 503}
    answer = await control.post("/faults", json=order)
    assert answer.json()["faults"] == [order]
    assert (await citizen.authorize()).status_code == 503
    assert (await control.delete("/faults", params={"party": "hub"})).json()["faults"] == []
    assert (await citizen.authorize()).status_code == 303


async def test_a_group_stands_for_its_parties(control: httpx.AsyncClient) -> None:
    answer = await control.post("/faults", json={"party": "idps", "fault": "down"})
    assert answer.json()["down"] == sorted(idp.name for idp in IDPS)
    answer = await control.post("/faults", json={"party": "all", "fault": "hang"})
    assert {fault["party"] for fault in answer.json()["faults"] if fault["fault"] == "hang"} == set(ADDRESSES) - {CONTROL}
    assert (await control.delete("/faults", params={"fault": "down"})).json()["down"] == []
    assert (await control.delete("/faults")).json()["faults"] == []


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"party": "lune", "fault": "down"}, "no party 'lune'"),
        ({"party": "hub", "fault": "inconnu"}, "no fault 'inconnu'"),
        ({"party": "registry", "fault": "token_500"}, "no fault 'token_500'"),
        ({"party": "hub", "fault": "slow", "seconds": "vite"}, "must be a number"),
        ({"party": "hub", "fault": "down", "for": 3}, "no option for"),
        ({"party": "hub", "fault": "down", "path": 3}, "path must be text"),
        ({"fault": "down"}, "party and fault are needed"),
        ([], "must be a JSON object"),
    ],
    ids=str,
)
async def test_a_bad_order_is_refused_with_its_reason_and_changes_nothing(control: httpx.AsyncClient, order: Any, said: str) -> None:
    answer = await control.post("/faults", json=order)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert (await control.get("/state")).json()["faults"] == []


ODD: tuple[Any, ...] = (
    None, [], {}, True, "\x00", "\n", "\ud800", "x" * 1001, "vite",
    10**400, float("nan"), float("inf"), -1e300, 99, 204, 1.5,
)  # fmt: skip
"""Values that nobody means for an option: some are good for some options."""


async def test_every_fault_takes_every_option_of_its_own_whatever_it_is_called(control: httpx.AsyncClient) -> None:
    for fault in FAULTS:
        party = {"any": "outside", "idp": IDPS[0].name}.get(fault.scope, fault.scope)
        answer = await control.post("/faults", json={"party": party, "fault": fault.name, **fault.options})
        assert answer.status_code == 200, (fault.name, answer.text)
        assert answer.json()["faults"][-1] == {"party": party, "fault": fault.name, "path": None, **fault.options}
        await control.delete("/faults")


def test_an_odd_option_is_refused_in_words_and_switches_nothing_on() -> None:
    board = FaultBoard()
    texts = []
    for fault in FAULTS:
        party = {"any": "outside", "idp": IDPS[0].name}.get(fault.scope, fault.scope)
        for option, odd in product(fault.options, ODD):
            with suppress(FaultError):
                board.set(party, fault.name, **{option: odd})
            if not board.active():
                texts.append((fault.name, option, str(refusal(board, party, fault.name, {option: odd}))))
            board.clear()
    assert len(texts) > 8 * sum(len(fault.options) for fault in FAULTS)
    assert [text for name, option, text in texts if not text.startswith(f"{name}: {option} must ")] == []


def refusal(board: FaultBoard, party: str, fault: str, options: dict[str, Any]) -> FaultError:
    with pytest.raises(FaultError) as refused:
        board.set(party, fault, **options)
    return refused.value


@pytest.mark.parametrize("path", ["/faults", "/lifetimes", "/clients/sp-es256"])
@pytest.mark.parametrize("key", ["self", "client_id", "fault", "party", "code", "idp_filter"])
async def test_no_key_of_an_order_breaks_the_control(control: httpx.AsyncClient, path: str, key: str) -> None:
    for odd in ODD:
        answer = await control.post(path, content=json.dumps({"party": "hub", "fault": "down"} | {key: odd}))
        assert answer.status_code in (200, 400), (path, key, odd, answer.text)


def test_the_words_of_an_option_are_those_of_an_option_that_exists() -> None:
    known = {(fault.name, option) for fault in FAULTS for option in fault.options}
    assert set(CHOICES) <= known
    for fault in FAULTS:
        for name, choices in ((name, CHOICES[fault.name, name]) for name in fault.options if (fault.name, name) in CHOICES):
            assert fault.options[name] in choices
            assert all(str(word) in fault.does for word in choices), f"{fault.name}: the table does not say each {name}"


async def test_a_body_that_is_not_json_is_refused(control: httpx.AsyncClient) -> None:
    assert (await control.post("/faults", content=b"{")).status_code == 400


async def test_the_control_changes_lifetimes_clients_keys_and_sessions(control: httpx.AsyncClient, citizen: Citizen) -> None:
    assert (await control.post("/lifetimes", json={"code": 5})).json()["lifetimes"]["code"] == 5
    assert (await control.post("/lifetimes", json={"code": -1})).status_code == 400
    assert (await control.post("/lifetimes", json={"coude": 1})).status_code == 400
    assert (await control.post("/clients/sp-es256", json={"idp_filter": [IDPS[0].uid]})).status_code == 200
    assert (await control.post("/clients/sp-es256", json={"secret": "x"})).status_code == 400
    assert (await control.post("/clients/lune", json={})).status_code == 400
    kids = {key["kid"] for key in (await citizen.back.get(f"{citizen.base}/jwks")).json()["keys"]}
    assert (await control.post("/rotate", json={"party": "hub"})).status_code == 200
    assert kids.isdisjoint(key["kid"] for key in (await citizen.back.get(f"{citizen.base}/jwks")).json()["keys"])
    assert (await control.post("/rotate", json={"party": "ameli"})).status_code == 400
    await citizen.mire()
    assert (await control.post("/sessions/forget")).json()["sessions"] == 0


async def test_a_reset_leaves_the_federation_as_after_its_start(control: httpx.AsyncClient, citizen: Citizen) -> None:
    before = (await control.get("/state")).json()
    await citizen.to_callback()
    await control.post("/faults", json={"party": "all", "fault": "down"})
    await control.post("/lifetimes", json={"code": 5})
    await control.post("/clients/sp-es256", json={"idp_filter": [IDPS[0].uid]})
    assert (await control.post("/reset")).json() == before
    async with Citizen(citizen.federation) as other:
        await other.to_callback()


async def test_the_control_describes_the_federation_and_its_faults(control: httpx.AsyncClient, simulated: Federation) -> None:
    assert (await control.get("/")).json() == json.loads(json.dumps(simulated.describe()))
    assert (await control.get("/faults")).json() == listing()


def test_every_fault_is_named_once_for_each_party() -> None:
    names = [(fault.scope, fault.name) for fault in FAULTS]
    assert len(names) == len(set(names))
    transport = {fault.name for fault in FAULTS if fault.scope == "any"}
    assert transport.isdisjoint(fault.name for fault in FAULTS if fault.scope != "any")


def test_every_fault_of_the_table_is_played_somewhere() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "simulator").rglob("*.py") if path.name not in ("faults.py", "options.py"))
    built = {"id_token_unknown_key", "id_token_bad_signature", "userinfo_unknown_key", "userinfo_bad_signature", "edge_error", "down"}
    assert [fault.name for fault in FAULTS if f'"{fault.name}"' not in sources and fault.name not in built] == []


def test_the_table_in_markdown_has_a_row_for_each_fault() -> None:
    rows = markdown().splitlines()
    assert len(rows) == len(FAULTS) + 2
    assert all(row.count("|") == 5 for row in rows)


def test_the_board_replaces_a_fault_set_again_at_the_same_path() -> None:
    board = FaultBoard()
    board.set("hub", "slow", seconds=1)
    board.set("hub", "slow", seconds=2)
    board.set("hub", "slow", "/token", seconds=3)
    assert [active.number("seconds") for active in board.active()] == [2, 3]


def test_a_fault_of_another_scope_does_not_exist() -> None:
    assert fault_of("ameli", "token_500").scope == "idp"
    assert fault_of("hub", "token_500").scope == "hub"
    with pytest.raises(FaultError):
        fault_of("outside", "token_500")


# ---- the process


async def start_process(*arguments: str) -> tuple[asyncio.subprocess.Process, dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    return process, json.loads(line)


@pytest.mark.parametrize(("options", "clients"), [((), "sp-es256"), (("--tls", "--client", "sp-private-key"), "sp-private-key")])
async def test_the_process_says_one_line_writes_a_configuration_and_stops_on_sigterm(
    tmp_path: Path, options: tuple[str, ...], clients: str
) -> None:
    state = tmp_path / "state"
    process, ready = await start_process("--state-dir", str(state), "--interval", "2", "--login-page", "trustme", *options)
    assert process.stdout is not None
    try:
        config = load(Path(ready["config"]))
        hub = config.hubs[0]
        assert [idp.name for idp in hub.idps] == [idp.name for idp in IDPS]
        assert {idp.name for idp in hub.idps if idp.depth == "login-page"} == {"trustme"}
        assert hub.sp.client_id == clients
        assert hub.issuer == ready["issuer"]
        assert hub.intervals.mire == 2_000_000
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in state.rglob("*") if path.is_file()} == {0o600}
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{ready['control']}/state")).json()["faults"] == []
    finally:
        process.send_signal(signal.SIGTERM)
    rest, errors = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, rest, errors) == (0, b"", b"")


async def test_secrets_are_new_at_each_start(tmp_path: Path) -> None:
    seen = []
    for name in ("a", "b"):
        process, ready = await start_process("--state-dir", str(tmp_path / name))
        process.send_signal(signal.SIGTERM)
        await process.communicate()
        files = [Path(ready["clients"]["sp-es256"]["client_secret_file"]), Path(ready["accounts"]["ameli"]["password_file"])]
        seen.append([path.read_text() for path in files])
    assert all(first != second for first, second in zip(*seen, strict=True))


def test_a_bad_argument_is_told_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--time-scale", "0"]) == 2
    assert "time scale" in capsys.readouterr().err
    for arguments in (["--idps", "lune"], ["--interval", "souvent"], ["--client", "lune"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2


async def test_a_taken_port_is_told_with_status_1() -> None:
    held = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.11", 0)
    port = held.sockets[0].getsockname()[1]
    async with held:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "simulator", "--port-base", str(port), cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.11:{port}" in errors.decode()
