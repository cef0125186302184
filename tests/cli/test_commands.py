"""Every command: what it prints where, its exit status, and what it says to bad input."""

import json
import os
import re
import signal
import subprocess
import time
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from jsonschema import Draft202012Validator

from probe.cli.main import COMMANDS
from probe.cli.options.paths import config_path, demo_folder, own_config_path
from probe.cli.output.folding import folded, packed
from probe.cli.status import exit_status
from probe.clock import SystemClock
from probe.core.incident.acts import Opened
from probe.core.incident.model import MACHINE, Origin, Severity
from probe.core.judgement.condition import State, SubjectStatus
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, SetupPart, Step, Tile
from probe.core.judgement.spec import RULES
from probe.core.login_budget import Run, day_of
from probe.core.times import rfc3339
from probe.errors import InputError
from probe.incidents.store import register
from probe.ledger.db.store import open_store, writing
from probe.ledger.logins import CountedLogin, LoginRegister
from probe.texts.bilingual import Language
from probe.texts.families import DEAD_FAMILY
from probe.texts.judgement import STEPS
from tests.builders import BEGUN, SECOND, SPEC, a_day, journey, mire, seen
from tests.cli.conftest import Call
from tests.fakes.recorder import FakeListener, ImmediateRecorder, ledger, recording
from tests.service.running import VIGIE, Simulator, vigie

ESCAPE = "\x1b"
READING = (("status",), ("outages",), ("check",), ("journey", "ameli"), ("run",), ("config", "check"))
"""The commands that read a configuration."""


# --- help


@pytest.mark.parametrize("command", ["", *COMMANDS, "config check", "config schema"])
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself(call: Call, command: str, option: str) -> None:
    done = call(*command.split(), option)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: vigie {command}".rstrip())
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 110


def test_the_list_of_commands_says_what_each_one_says_of_itself(call: Call) -> None:
    """The list is written apart, so that commands are imported only when called."""
    listed = call("--help").stdout
    for name, words in COMMANDS.items():
        assert f"  {name} " in listed
        own = call(name, "--help").stdout.split("\n\n")[1].strip()
        assert own.partition(" ")[0] == words.partition(" ")[0], f"{name}: the same verb"


def test_the_version_is_told(call: Call) -> None:
    assert re.fullmatch(r"vigie, version \d+\.\d+\.\d+\n", call("--version").stdout)


@pytest.mark.parametrize(
    "wrong", [["nonsense"], ["status", "--nonsense"], ["journey"], ["config", "nonsense"], ["demo", "--scenario", "x"]]
)
def test_a_wrong_command_line_is_told_on_stderr_with_status_2(call: Call, wrong: list[str]) -> None:
    done = call(*wrong)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Usage: vigie" in done.stderr
    assert "Error: " in done.stderr


# --- bad configuration


@pytest.mark.parametrize("command", READING, ids=" ".join)
@pytest.mark.parametrize("kind", ["missing", "folder", "wrong", "no YAML", "binary"])
def test_a_configuration_that_cannot_be_used_is_told_on_stderr_with_status_2(
    call: Call, tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    path = tmp_path / "bad.yml"
    match kind:
        case "folder":
            path.mkdir()
        case "wrong":
            path.write_text("vantage: here\nhubs: []\nnonsense: 1\n")
        case "no YAML":
            path.write_text("hubs: [\n")
        case "binary":
            path.write_bytes(os.urandom(64) + b"\0\xff")
    done = call(*command, "--config", path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert all(re.match(rf"{re.escape(str(path))}:\d+: ", line) for line in done.stderr.splitlines()), done.stderr
    assert done.stderr
    if kind == "wrong":
        assert len(done.stderr.splitlines()) >= 2, "every problem at once"


# --- which configuration


def test_the_option_wins_then_the_environment_then_here_then_the_demo(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = demo_folder() / "vigie.yml"
    with pytest.raises(InputError, match="vigie init"):
        config_path(None)
    demo.parent.mkdir(parents=True)
    demo.touch()
    assert config_path(None) == demo
    with pytest.raises(InputError, match="vigie init"):
        own_config_path(None)
    (alone / "vigie.yml").touch()
    assert config_path(None) == Path("vigie.yml")
    monkeypatch.setenv("VIGIE_CONFIG", "/etc/vigie.yml")
    assert config_path(None) == Path("/etc/vigie.yml")
    assert config_path(Path("mine.yml")) == Path("mine.yml")
    monkeypatch.setenv("VIGIE_CONFIG", "")
    assert config_path(None) == Path("vigie.yml"), "an empty variable is none"


def test_commands_take_the_configuration_of_the_environment(call: Call, history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_CONFIG", str(history))
    assert call("outages").exit_code == 0
    monkeypatch.setenv("VIGIE_CONFIG", "absent.yml")
    done = call("outages")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("absent.yml:")


def test_commands_take_the_file_here(call: Call, history: Path, alone: Path) -> None:
    (alone / "vigie.yml").write_text(history.read_text())
    assert "idp:ameli" in call("outages", "--json").stdout


@pytest.mark.parametrize("odd", [None, "", "relative/path", "~", "~nobody-of-this-name/x", "."])
def test_a_state_folder_that_is_no_absolute_path_counts_for_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, odd: str | None
) -> None:
    """XDG Base Directory Specification: "All paths set in these environment variables must be
    absolute"; a relative one is ignored.
    """
    monkeypatch.setenv("HOME", str(tmp_path))
    if odd is None:
        monkeypatch.delenv("XDG_STATE_HOME")
    else:
        monkeypatch.setenv("XDG_STATE_HOME", odd)
    assert demo_folder() == tmp_path / ".local/state/vigie/demo"


def test_a_state_folder_is_taken_as_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/var/lib/a b")
    assert demo_folder() == Path("/var/lib/a b/vigie/demo")


# --- status and outages


def test_outages_as_json_are_alone_on_stdout_with_exact_edges(call: Call, history: Path) -> None:
    done = call("outages", "--config", history, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert [(one["condition"], one["subject"], one["idp"]) for one in found] == [("C1", "mire_missing", None), (None, "idp:ameli", "ameli")]
    mire, ameli = found
    assert (ameli["start"], ameli["end"]) == ("2026-01-01T00:00:12.000000Z", "2026-01-01T00:00:32.000000Z")
    assert (ameli["end_us"] - ameli["start_us"], ameli["duration_seconds"], ameli["unknown_seconds"]) == (20_000_000, 20.0, 0.0)
    assert (ameli["fault"], ameli["reason"], ameli["step"]) == ("idp", "connect", "idp-login-page")
    assert (mire["start"], mire["end"], mire["fault"], mire["reason"]) == (
        "2026-01-01T00:01:00.000000Z",
        "2026-01-01T00:01:20.000000Z",
        "hub",
        "http_status",
    )


def test_status_as_json_is_alone_on_stdout(call: Call, history: Path) -> None:
    done = call("status", "--config", history, "--json")
    assert (done.exit_code, done.stderr) == (3, ""), "nothing is known to be down, and the hub is unknown"
    (hub,) = json.loads(done.stdout)["hubs"]
    assert (hub["hub"], hub["state"]) == ("fc", "unknown"), "nothing vouches for that day's end any more"
    assert set(hub["conditions"]) == {"C1", "C2", "C3"}
    assert set(hub["idps"]) == {"ameli", "yris"}


REFUSED_CLIENT = Detail(DetailKind.CLIENT_REFUSED, ("client_secret_post",))
LOGIN = {"fault": Fault.IDP, "reason": Reason.LOGIN_PAGE_MISSING, "step": Step.IDP_LOGIN_PAGE}


async def told_by_status(call: Call, config: Path, *seen_ones: Observation) -> tuple[str, dict[str, Any]]:
    """What `vigie status` says, for people and as JSON, after these observations of now."""
    shift = SystemClock().now_us() - 60 * SECOND - BEGUN
    with ledger(config.with_suffix(".db")) as engine:
        async with recording(engine, FakeListener(), specs=[replace(SPEC, rules=RULES)], at_us=BEGUN + shift) as recorder:
            for one in seen_ones:
                recorder.submit(
                    replace(one, started_us=one.started_us + shift, finished_us=one.finished_us + shift, interval_us=60 * SECOND)
                )
            await recorder.drain()
    return call("status", "--config", config).stdout, json.loads(call("status", "--config", config, "--json").stdout)


async def test_a_secret_that_is_wrong_is_told_with_what_to_look_at(call: Call, config: Path) -> None:
    """A newcomer sees `unknown` only, and needs the reason."""
    ours = {"fault": Fault.SP, "reason": Reason.SP_CONFIGURATION, "step": Step.TOKEN, "detail": REFUSED_CLIENT, "authenticated": True}
    met = [seen(Kind.IDENTITY, at, Outcome.INCONCLUSIVE, idp, **ours) for at, idp in ((1, "ameli"), (2, "yris"))]
    text, told = await told_by_status(call, config, mire(0), *met)
    (line,) = [line for line in text.splitlines() if "client_secret_post" in line]  # once, not once an IdP
    assert line.startswith("fc Ameli.fr, YRIS: inconclusive journeys: ")
    each, _ = told["inconclusive"]
    assert (each["idp"], each["reason"], each["detail"]["kind"]) == ("ameli", "sp_configuration", "client_refused")


async def test_a_suspended_account_is_told_with_why_and_what_lifts_it_and_not_twice(call: Call, config: Path) -> None:
    refused = {"fault": Fault.SP, "reason": Reason.CREDENTIALS_REFUSED, "step": Step.IDP_LOGIN}
    met = [seen(Kind.IDENTITY, at, Outcome.INCONCLUSIVE, "ameli", **refused) for at in (1, 2, 3)]
    text, told = await told_by_status(call, config, mire(0), journey("yris", 1), *met, seen(Kind.LOGIN_PAGE, 4, idp="ameli"))
    (line,) = [line for line in text.splitlines() if line.startswith(("! fc Ameli.fr", "fc Ameli.fr:"))]
    assert "refused 3 times in a row since " in line
    assert "`systemctl reload vigie`, or SIGHUP to `vigie run`" in line
    (each,) = told["suspended"]
    assert (each["hub"], each["idp"], each["refused"]) == ("fc", "ameli", 3)
    assert each["since"] is not None
    assert "(test account suspended)" in call("idp", "list", "--config", config).stdout
    (ameli, _) = json.loads(call("idp", "list", "--config", config, "--json").stdout)
    assert ameli["suspended"] == {"refused": 3, "since": each["since"]}


async def test_settings_that_never_passed_are_told_with_what_came_instead(call: Call, config: Path) -> None:
    detail = Detail(DetailKind.FORM_MISSING, ("#login",), ("form#other",))
    wrong = seen(Kind.IDENTITY, 1, Outcome.FAILED, "ameli", **LOGIN, detail=detail, part=SetupPart.LOGIN_PAGE, setup="login-page:1")
    text, _ = await told_by_status(call, config, mire(0), wrong)
    (line,) = [line for line in text.splitlines() if line.startswith("fc Ameli.fr: never passed yet")]
    assert "form#other" in line


async def test_an_outage_is_shown_by_its_most_telling_cause_and_not_by_the_latest(call: Call, config: Path) -> None:
    slow = {"fault": Fault.IDP, "reason": Reason.TIMEOUT, "step": Step.IDP_LOGIN_PAGE}
    failures = [seen(Kind.IDENTITY, at, Outcome.FAILED, "ameli", **(LOGIN if at < 12 else slow)) for at in (10, 11, 20, 30)]
    _, told = await told_by_status(call, config, mire(0), *failures, mire(31))
    assert told["hubs"][0]["idps"]["ameli"]["state"] == "down"
    assert told["hubs"][0]["idps"]["ameli"]["reason"] == "login_page_missing"


async def test_what_an_idp_does_that_is_asked_without_the_hub_stands_beside_what_the_hub_says(call: Call, config: Path) -> None:
    by_hub = {"fault": Fault.IDP, "reason": Reason.IDP_DISCOVERY, "step": Step.REDIRECT_TO_IDP, "on_hub": True}
    itself = {"fault": Fault.IDP, "reason": Reason.CONNECT, "step": Step.DIRECT}
    failures = [seen(Kind.IDENTITY, at, Outcome.FAILED, "ameli", **by_hub) for at in (10, 11)]
    asked = [seen(Kind.DIRECT, at, Outcome.FAILED, "ameli", **itself) for at in (10, 11)]
    text, told = await told_by_status(call, config, mire(0), journey("yris", 9), *failures, *asked, journey("yris", 12))
    ameli = told["hubs"][0]["idps"]["ameli"]
    assert (ameli["state"], ameli["reason"], ameli["direct"]["reason"]) == ("down", "idp_discovery", "connect")
    beside = "; direct call: the identity provider refuses the connection or cannot be reached"
    assert beside in next(line for line in text.splitlines() if "Ameli.fr" in line)
    (outage,) = json.loads(call("outages", "--config", config, "--json").stdout)
    assert (outage["reason"], outage["direct"]) == ("idp_discovery", "connect")
    assert beside in call("outages", outage["id"], "--config", config).stdout
    assert json.loads(call("outages", outage["id"], "--config", config, "--json").stdout)["direct"] == "connect"


async def test_a_tile_that_keeps_anybody_from_telling_is_named(call: Call, config: Path) -> None:
    failures = [seen(Kind.IDENTITY, at, Outcome.FAILED, idp, **LOGIN) for at in (10, 11) for idp in ("ameli", "yris")]
    text, told = await told_by_status(call, config, replace(mire(0), tiles=(Tile("a-stranger", selectable=True),)), *failures)
    assert told["hubs"][0]["conditions"]["C3"]["state"] == "unknown"
    assert told["unwatched_tiles"] == {"fc": ["a-stranger"]}
    assert "a-stranger" in text


def test_a_first_check_tells_no_outage_of_what_never_passed(call: Call, simulator: Simulator, config: Path) -> None:
    """docs/domain.md, "Never passed yet": without a ledger nothing has passed."""
    simulator.set("ameli", "login_missing")
    done = call("check", "--config", config, "--plugin")
    assert (done.exit_code, done.stdout.startswith("VIGIE UNKNOWN - ")) == (3, True), done.stdout
    assert "not counted as an outage" in call("check", "--config", config).stdout


async def test_a_control_target_that_never_answered_is_named(call: Call, config: Path) -> None:
    told = {"fault": Fault.NETWORK, "reason": Reason.DNS, "step": Step.CONTROL, "setup": "control:1"}
    with ledger(config.with_suffix(".db")) as engine:
        async with recording(engine, FakeListener()) as recorder:
            recorder.submit(seen(Kind.CONTROL, 1, Outcome.FAILED, "mistyped", **told))
            await recorder.drain()
    assert "mistyped: never passed yet with these settings (the control target)" in call("status", "--config", config).stdout
    assert json.loads(call("status", "--config", config, "--json").stdout)["never_answered"] == ["mistyped"]


async def test_a_family_of_addresses_that_is_dead_is_named(call: Call, config: Path) -> None:
    now_us = SystemClock().now_us()
    hop = Hop(Step.MIRE, "GET", "hub.example", "/", 200, ip=4, dead_ip=6)
    with ledger(config.with_suffix(".db")) as engine:
        async with recording(engine, FakeListener()) as recorder:
            recorder.submit(replace(seen(Kind.MIRE, 1), started_us=now_us - 1_000_000, finished_us=now_us, hops=(hop,)))
            await recorder.drain()
    assert DEAD_FAMILY.in_language(Language.EN).format(host="hub.example", ip=6) in call("status", "--config", config).stdout
    assert json.loads(call("status", "--config", config, "--json").stdout)["dead_families"] == {"hub.example": 6}


def test_what_the_hub_accepts_and_must_refuse_is_told_with_its_incident(call: Call, config: Path) -> None:
    about = Opened(
        hub="fc", subject="security:code", origin=Origin.SECURITY, severity=Severity.CRITICAL, title="a code twice", began_us=BEGUN
    )
    with ledger(config.with_suffix(".db")) as engine:
        ImmediateRecorder(engine)
        with writing(engine) as connection:
            register.write(connection, [about.act(register.NEW, BEGUN, MACHINE)], BEGUN)
    table = call("status", "--config", config).stdout
    assert "fc: the hub accepts what it must refuse: code used twice (VIGIE-1, since " in table
    told = json.loads(call("status", "--config", config, "--json").stdout)["accepted"]
    assert told == [{"hub": "fc", "negative": "code", "incident": "VIGIE-1", "since": rfc3339(BEGUN)}]


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", {"outages": ("Début", "12", "20,0 s", "le fournisseur d'identité"), "status": ("Objet", "Depuis", "inconnu")}),
     ("en", {"outages": ("Start", "20.0 s", "identity provider"), "status": ("Subject", "Since", "unknown")})],
)  # fmt: skip
@pytest.mark.parametrize("command", ["outages", "status"])
def test_tables_speak_the_configured_language_without_colours(
    call: Call, history: Path, language: str, words: dict[str, tuple[str, ...]], command: str
) -> None:
    history.write_text(history.read_text().replace("language: en", f"language: {language}"))
    done = call(command, "--config", history)
    assert (done.exit_code, done.stderr) == (3 if command == "status" else 0, "")
    assert ESCAPE not in done.stdout
    for word in words[command]:
        assert word in done.stdout


@pytest.mark.parametrize("command", ["status", "outages", "incidents list"])
def test_a_secret_that_is_gone_hides_nothing_of_the_ledger(call: Call, history: Path, command: str) -> None:
    told = call(*command.split(), "--config", history).stdout
    text, count = re.subn(r"/[^\s\"'}]+\.secret", "/nowhere/secret", history.read_text("utf-8"))
    assert count, "a secret's file is named"
    history.write_text(text, "utf-8")
    assert call("config", "check", "--config", history).exit_code == 2
    done = call(*command.split(), "--config", history)
    assert (done.exit_code, done.stderr) == (3 if command == "status" else 0, "")
    assert done.stdout.splitlines()[0] == told.splitlines()[0]


def test_outages_of_one_hub_only(call: Call, history: Path) -> None:
    assert len(json.loads(call("outages", "--config", history, "--json", "--hub", "fc").stdout)) == 2
    done = call("outages", "--config", history, "--hub", "nope")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "'nope' is not in the ledger, which knows: fc" in done.stderr


@pytest.mark.parametrize("command", ["status", "outages"])
def test_without_a_ledger_there_is_a_clear_error(call: Call, config: Path, command: str) -> None:
    done = call(command, "--config", config, "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"vigie: {config.with_suffix('.db')}: there is no ledger here")
    assert not config.with_suffix(".db").exists()


@pytest.mark.parametrize("command", ["status", "outages"])
def test_a_file_that_is_no_ledger_is_a_clear_error(call: Call, config: Path, command: str) -> None:
    config.with_suffix(".db").write_bytes(b"not a ledger " * 1000)
    done = call(command, "--config", config)
    assert (done.exit_code, done.stdout) == (1, "")
    assert re.fullmatch(r"vigie: .*\n", done.stderr)


def test_an_empty_ledger_says_so(call: Call, config: Path) -> None:
    open_store(config.with_suffix(".db")).dispose()
    assert "empty" in call("status", "--config", config).stdout
    assert json.loads(call("status", "--config", config, "--json").stdout)["hubs"] == []
    assert "No outage was seen" in call("outages", "--config", config).stdout
    assert json.loads(call("outages", "--config", config, "--json").stdout) == []


# --- config


def test_a_good_configuration_is_summed_up(call: Call, config: Path) -> None:
    for arguments in (("config", "check", config), ("config", "check", "--config", config)):
        done = call(*arguments)
        assert done.exit_code == 0
        assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == ["warning"]
        assert "control.targets: has one target" in done.stderr
        assert f"{config}: valid configuration\n1 hub(s), 2 identity provider(s), " in done.stdout
        assert "account of ameli: 86400 logins a day, 950400 at most with everything that is asked again\n" in done.stdout


def limited(config: Path, budget: int) -> Path:
    """The configuration, with a budget for the account of each IdP that logs in."""
    config.write_text(re.sub(r"account:\n( +)", rf"account:\n\1budget: '{budget}'\n\1", config.read_text()))
    return config


def test_the_ends_of_credentials_are_shown_where_they_matter(call: Call, history: Path) -> None:
    text = history.read_text()
    history.write_text(re.sub(r"password:\n( +)", r"password:\n\1expires: 2999-01-01\n\1", text))
    assert "fc ameli: password of the test account, valid (end: 01/01/2999 00:00:00)" in call("config", "check", history).stdout
    assert "password" not in call("status", "--config", history).stdout
    history.write_text(re.sub(r"password:\n( +)", r"password:\n\1expires: 2020-01-01\n\1", text))
    said = " ".join(call("status", "--config", history).stdout.split())
    assert "fc Ameli.fr: password of the test account, has ended (end: 01/01/2020 00:00:00)" in said
    checked = call("config", "check", history)
    assert "warning: fc ameli: password of the test account, has ended" in checked.stderr
    assert "has ended" not in checked.stdout
    told = json.loads(call("status", "--config", history, "--json").stdout)["credentials"]
    assert [each for each in told if each["idp"] == "ameli"] == [
        {"hub": "fc", "client": None, "idp": "ameli", "which": "password", "ends": "2019-12-31T23:00:00.000000Z", "state": "ended"}
    ]


def test_a_budget_is_summed_up_with_the_part_of_this_vantage(call: Call, config: Path) -> None:
    assert "; budget: 200000\n" in call("config", "check", limited(config, 200_000)).stdout
    lines = [line for line in config.read_text().splitlines() if not line.startswith("store:")]
    config.write_text("\n".join(["vantages: 2", "store: postgresql://vigie@db.example/vigie", *lines]))
    assert "86400 logins a day, 100000 at most" in call("config", "check", config).stdout
    assert "; budget: 200000, 100000 of it from here\n" in call("config", "check", config).stdout


def test_journeys_on_demand_keep_to_the_budget_from_one_command_to_the_next(call: Call, config: Path) -> None:
    assert call("journey", "ameli", "--config", config).exit_code == 0
    assert not config.with_suffix(".db").exists(), "without a budget nothing need be counted"
    day = day_of(time.time_ns() // 1000, ZoneInfo("Europe/Paris"))
    assert call("journey", "ameli", "--config", limited(config, 100_000)).exit_code == 0
    with ledger(config.with_suffix(".db")) as engine:
        assert LoginRegister(engine).used([("fc", "ameli")], day.name) == 1
        LoginRegister(engine).write({CountedLogin("fc", "ameli", day.name, Run.REGULAR): 99_999})
    done = call("journey", "ameli", "--config", config)
    assert done.exit_code == 1
    assert "the test account has made all logins of its day" in " ".join(done.stdout.split())
    checked = json.loads(call("check", "--idp", "ameli", "--json", "--config", config).stdout)
    assert [one["reason"] for one in checked["observations"] if one["kind"] == "identity"] == ["login_budget"]
    assert "! login budget spent: 100000 of 100000 (account of Ameli.fr)" in " ".join(call("status", "--config", config).stdout.split())
    told = json.loads(call("status", "--config", config, "--json").stdout)["logins"]
    assert [(one["idps"], one["used"], one["budget"]) for one in told if one["used"]] == [
        ([{"hub": "fc", "idp": "ameli"}], 100_000, 100_000)
    ]


def test_a_budget_that_cannot_be_counted_lets_nobody_log_in(call: Call, config: Path) -> None:
    limited(config, 100_000).with_suffix(".db").write_text("another program's file, and no ledger at all " * 30)
    done = call("journey", "ameli", "--config", config)
    assert done.exit_code != 0
    assert "the ledger cannot be opened" in done.stderr


def test_what_is_unwise_is_a_warning_on_stderr(call: Call, config: Path) -> None:
    text = config.read_text()
    config.write_text(re.sub(r"(?ms)^control:.*?^(?=\w)", "", text))
    done = call("config", "check", config)
    assert done.exit_code == 0
    assert "has no targets" in done.stderr
    assert "valid configuration" in done.stdout


def test_the_schema_is_a_schema(call: Call) -> None:
    done = call("config", "schema")
    assert (done.exit_code, done.stderr) == (0, "")
    Draft202012Validator.check_schema(json.loads(done.stdout))


# --- check

PERFDATA = re.compile(r"'[\w.-]+'=\d+\.\d{3}s;;;0")


def test_a_round_on_a_healthy_federation(call: Call, simulator: Simulator, config: Path) -> None:
    done = call("check", "--config", config, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["status"] == "OK"
    assert {one["outcome"] for one in told["observations"]} == {"ok"}
    assert {(one["kind"], one.get("idp")) for one in told["observations"]} == {
        ("mire", None), ("control", "outside"), *(("negative", name) for name in ("client", "idp", "redirect_uri", "state", "secret")),
        *product(("identity", "direct"), ("ameli", "yris")),
    }  # fmt: skip
    assert told["hubs"][0]["state"] == "up"
    table = call("check", "--config", config)
    assert table.exit_code == 0
    assert ESCAPE not in table.stdout
    assert not config.with_suffix(".db").exists(), "nothing is recorded"


def test_the_negative_journeys_that_log_in_are_run_when_asked_for(call: Call, simulator: Simulator, config: Path) -> None:
    document = yaml.safe_load(config.read_text("utf-8"))
    document["hubs"][0]["negative"] = ["client", "code"]
    config.write_text(yaml.safe_dump(document), "utf-8")

    def negatives(*options: str) -> dict[str, str]:
        told = json.loads(call("check", "--config", config, "--json", *options).stdout)
        return {one["idp"]: one["outcome"] for one in told["observations"] if one["kind"] == "negative"}

    assert negatives() == {"client": "ok"}
    assert negatives("--with-logins") == {"client": "ok", "code": "ok"}


@pytest.mark.parametrize(
    ("faults", "status", "line"),
    [
        ([], 0, r"VIGIE OK - \d+ journeys passed"),
        ([("ameli", "front_error")], 1, r"VIGIE WARNING - fc idp:ameli \(idp: idp_error at idp-login-page\)"),
        ([("hub", "edge_error")], 2, r"VIGIE CRITICAL - fc C1 \(hub: http_status at authorize\)"),
        ([("registry", "bad_xml")], 2, r"VIGIE CRITICAL - fc C2 \(hub: registry_error at verify\)"),
        ([("hub", "accepts_any_client")], 2, r"VIGIE CRITICAL - negative client negative_passed"),
        ([("outside", "down")], 1, r"VIGIE WARNING - control outside connect$"),
        ([("all", "down")], 3, r"VIGIE UNKNOWN - no control target answers \(outside\): this machine has no network$"),
    ],
)
def test_a_round_as_a_plugin(call: Call, simulator: Simulator, config: Path, faults: list[Any], status: int, line: str) -> None:
    """Monitoring Plugins Development Guidelines: one line, status, text, `|`, performance data;
    exit 0, 1, 2, 3.
    """
    for party, fault in faults:
        simulator.set(party, fault)
    done = call("check", "--config", config, "--plugin")
    assert done.exit_code == status, done.stdout
    text, _, data = done.stdout.rstrip("\n").partition(" | ")
    assert re.match(line, text), text
    assert done.stdout.count("\n") == 1
    assert done.stdout.count("|") == 1
    assert all(PERFDATA.fullmatch(one) for one in data.split(" ")), data
    assert done.stderr == ""


def test_a_round_that_finds_something_ends_with_1(call: Call, simulator: Simulator, config: Path) -> None:
    simulator.set("ameli", "front_error")
    done = call("check", "--config", config, "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["status"] == "WARNING"
    assert told["hubs"][0]["idps"]["ameli"]["state"] == "down"


def test_a_round_of_one_idp(call: Call, simulator: Simulator, config: Path) -> None:
    simulator.set("ameli", "front_error")
    done = call("check", "--config", config, "--idp", "yris", "--json")
    assert done.exit_code == 0
    assert {one.get("idp") for one in json.loads(done.stdout)["observations"]} == {None, "yris", "outside"}


@pytest.mark.parametrize(("option", "said"), [("--hub", "'x' is none of: fc"), ("--idp", "'x' is none of: ameli, yris")])
def test_a_round_of_somebody_unknown(call: Call, config: Path, option: str, said: str) -> None:
    done = call("check", "--config", config, option, "x")
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    plugin = call("check", "--config", config, option, "x", "--plugin")
    assert plugin.exit_code == 3
    assert plugin.stdout.startswith("VIGIE UNKNOWN - ")
    assert said in plugin.stdout


def test_a_plugin_without_a_configuration_is_unknown(call: Call, tmp_path: Path) -> None:
    done = call("check", "--config", tmp_path / "absent.yml", "--plugin")
    assert done.exit_code == 3
    assert re.fullmatch(r"VIGIE UNKNOWN - .*absent\.yml.*\n", done.stdout)


def test_a_hub_without_a_chooser_is_read_without_c3(call: Call, config: Path) -> None:
    """The tables, their JSON, the figure and the register all cope."""
    with ledger(config.with_suffix(".db")) as engine:
        ImmediateRecorder(engine, replace(SPEC, chooser=False)).keep(a_day())
    (hub,) = json.loads(call("status", "--config", config, "--json").stdout)["hubs"]
    assert list(hub["conditions"]) == ["C1", "C2"]
    assert "C3" not in call("status", "--config", config).stdout
    assert {outage["condition"] for outage in json.loads(call("outages", "--config", config, "--json").stdout)} == {"C1", None}
    figure = call("availability", "--config", config, "--json", "--at", "2026-01-01T00:02:00Z")
    assert figure.exit_code == 0
    assert call("availability", "--config", config, "--at", "2026-01-01T00:02:00Z").exit_code == 0
    assert call("incidents", "list", "--config", config).exit_code == 0


# --- journey


def test_a_journey_that_passes(call: Call, simulator: Simulator, config: Path) -> None:
    plain = call("journey", "ameli", "--config", config)
    assert (plain.exit_code, plain.stderr) == (0, "")
    assert "whole login Ameli.fr" in plain.stdout
    traced = call("journey", "ameli", "--config", config, "--trace")
    assert traced.exit_code == 0
    for step in (Step.AUTHORIZE, Step.REDIRECT_TO_IDP, Step.IDP_LOGIN, Step.OIDC_CALLBACK, Step.VERIFY, Step.TOKEN, Step.USERINFO):
        assert f"  {STEPS.label(step, 'en')}  " in traced.stdout
    told = json.loads(call("journey", "ameli", "--config", config, "--json").stdout)
    assert (told["outcome"], told["step"], told["authenticated"]) == ("ok", "claims", True)


def test_a_journey_that_fails_ends_with_1(call: Call, simulator: Simulator, config: Path) -> None:
    simulator.set("yris", "down")
    done = call("journey", "yris", "--config", config, "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert (told["outcome"], told["fault"]) == ("failed", "idp")


def test_what_is_ours_by_the_round_is_ours_by_the_journey(call: Call, simulator: Simulator, config: Path) -> None:
    """Nothing has passed yet: a page that is not the mire may be our own mistake."""
    simulator.set("hub", "another_page")
    told = json.loads(call("journey", "yris", "--config", config, "--json").stdout)
    checked = json.loads(call("check", "--idp", "yris", "--config", config, "--json").stdout)
    (round_says,) = [one for one in checked["observations"] if one["kind"] == "identity"]
    for one in (told, round_says):
        assert (one["outcome"], one["fault"]) == ("inconclusive", "sp")
    assert "Nothing has passed yet with these settings" in call("journey", "yris", "--config", config).stdout


def test_no_command_logs_in_by_a_suspended_account(call: Call, simulator: Simulator, config: Path) -> None:
    refused = {"fault": Fault.SP, "reason": Reason.CREDENTIALS_REFUSED, "step": Step.IDP_LOGIN}
    with ledger(config.with_suffix(".db")) as engine:
        recorder = ImmediateRecorder(engine)
        recorder.near.passed = {}
        recorder.keep([seen(Kind.IDENTITY, at, Outcome.INCONCLUSIVE, "ameli", **refused) for at in (1, 2, 3)])
    done = call("journey", "ameli", "--config", config, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["kind"] == "login-page"
    assert "test account suspended: its credentials were refused 3 times in a row since " in done.stderr
    checked = call("check", "--idp", "ameli", "--with-logins", "--config", config, "--json")
    told = json.loads(checked.stdout)
    assert (checked.exit_code, told["status"]) == (1, "UNKNOWN")
    assert [(one["hub"], one["idp"], one["refused"]) for one in told["suspended"]] == [("fc", "ameli", 3)]
    assert {one["kind"] for one in told["observations"] if one.get("idp") == "ameli"} == {"login-page", "direct"}
    assert "VIGIE UNKNOWN - identity ameli account_suspended | " in call("check", "--idp", "ameli", "--config", config, "--plugin").stdout
    assert ": test account suspended: its credentials were refused 3 times" in call("check", "--config", config).stdout.replace("\n", " ")
    assert call("journey", "yris", "--config", config).exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("username: '{username}'", "user_name: '{username}'", "the form has no field user_name (its fields: username"),
        ("'#submit-login'", "'#login-button'", "the page has no button #login-button (buttons: button#submit-login "),
        (
            "form#login-form",
            "form.login",
            "the page is not the one that the recipe expects, form.login (forms on the page: form#login-form (",
        ),
        ("birthdate:", "date_of_birth:", "claims missing: date_of_birth (received: "),
        ("acr_values: eidas1", "acr_values: eidas9", "level (acr) received: eidas1 (accepted: eidas9)"),
        ("client_id: sp-es256", "client_id: nobody", "parameter refused: client_id=nobody"),
        ("/sp-es256/callback", "/elsewhere", "parameter refused: "),
    ],
)
def test_a_mistake_in_the_recipe_or_the_client_is_named_with_what_there_is(
    old: str, new: str, said: str, call: Call, simulator: Simulator, config: Path
) -> None:
    written = config.read_text(encoding="utf-8")
    assert old in written
    config.write_text(written.replace(old, new), encoding="utf-8")
    done = call("journey", "yris", "--config", config)
    assert done.exit_code == 1
    assert said in done.stdout
    assert said in call("journey", "yris", "--config", config, "--trace").stdout


def test_a_journey_through_somebody_unknown(call: Call, config: Path) -> None:
    for arguments in (("journey", "nobody"), ("journey", "ameli", "--hub", "nowhere")):
        done = call(*arguments, "--config", config)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "is none of: " in done.stderr


def test_a_journey_that_several_hubs_offer_needs_to_know_which(call: Call, simulator: Simulator, tmp_path: Path) -> None:
    def twice(document: dict[str, Any]) -> None:
        document["hubs"].append(document["hubs"][0] | {"name": "second", "trusted_device": {"file": str(tmp_path / "second")}})

    config = simulator.config(tmp_path / "two.yml", twice)
    done = call("journey", "ameli", "--config", config)
    assert done.exit_code == 2
    assert "several hubs offer ameli: choose one with --hub (fc, second)" in done.stderr
    assert call("journey", "ameli", "--hub", "second", "--config", config).exit_code == 0


# --- a terminal, a pipe, another encoding


def test_the_reader_of_a_pipe_may_leave(history: Path) -> None:
    for arguments in (["outages"], ["outages", "--json"], ["status"], ["config", "check"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [VIGIE, *arguments, "--config", history], stdout=writing, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
        os.close(writing)
        assert [line for line in done.stderr.splitlines() if not line.startswith("warning: ")] == [], arguments
        assert done.returncode == -signal.SIGPIPE


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_a_terminal_of_another_encoding_gets_what_it_can_show(history: Path, encoding: str) -> None:
    text = history.read_text().replace("language: en", "language: fr")
    history.write_text(text)
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for arguments in (["status"], ["outages"], ["status", "--json"]):
        done = vigie(*arguments, config=history, env=environment, encoding=encoding)
        assert done.returncode == (3 if arguments[0] == "status" else 0), done.stderr
        assert done.stdout


def test_a_path_that_is_no_text_is_no_traceback(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.yml"
    done = subprocess.run([VIGIE, "config", "check", path], capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_the_watch_does_not_take_up_the_demonstration(call: Call, tmp_path: Path, config: Path) -> None:
    """A reader may fall back on the demonstration's ledger; a watch must be told what to watch."""
    demo = tmp_path / "state" / "vigie" / "demo"
    demo.mkdir(parents=True)
    (demo / "vigie.yml").write_text(config.read_text())
    read = call("change", "list", "--json")
    assert f"the demo's is read, {demo / 'vigie.yml'} (ledger: {config.with_suffix('.db')})" in read.stderr
    assert "demo" not in read.stdout
    for arguments in (
        ["run"], ["check"], ["journey", "ameli"], ["store", "migrate"], ["incidents", "outbox"],
        ["idp", "approve", "ameli", "--author", "x"],
        ["exclude", "--hub", "h", "--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z", "--author", "x", "--reason", "y"],
        ["import", "past.csv", "--source", "s", "--author", "x"],
    ):  # fmt: skip
        done = call(*arguments)
        assert (done.exit_code, done.stdout, done.stderr.partition(":")[0]) == (2, "", "there is no ./vigie.yml")
    assert [file.name for file in demo.iterdir()] == ["vigie.yml"], "nothing was made"


@pytest.mark.parametrize(
    ("arguments", "french"),
    [
        (("status", "--hubs"), "Erreur : Il n'y a pas d'option '--hubs'. Voulait-on dire '--hub' ?"),
        (("status", "--hub", "fcc"), "'fcc' ne fait pas partie de : fc (voulait-on dire 'fc' ?)"),
        (("incidents", "show", "abc"), "'abc' ne désigne pas d'incident : écrire 12 ou VIGIE-12"),
        (("incidents", "show", "77"), "il n'y a pas d'incident VIGIE-77"),
        (("outages", "--hub", "nowhere"), "'nowhere' n'est pas dans l'historique, qui connaît : fc"),
    ],
)
def test_a_refusal_is_in_the_language_of_the_configuration(call: Call, history: Path, arguments: tuple[str, ...], french: str) -> None:
    history.write_text(history.read_text().replace("language: en", "language: fr"))
    done = call(*arguments, "--config", history)
    assert done.exit_code == 2
    assert french in done.stderr.replace("\N{NO-BREAK SPACE}", " ")


def test_a_configuration_s_problems_are_in_its_language_and_else_in_french(
    call: Call, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = config.read_text().replace("language: en", "language: fr\nvantagee: here")
    config.write_text(text)
    french = call("config", "check", config).stderr.replace("\N{NO-BREAK SPACE}", " ")
    assert "vantagee: est une clé inconnue (voulait-on dire 'vantage' ?)" in french
    config.write_text(text.replace("language: fr\n", ""))
    assert "is an unknown key" in call("config", "check", config).stderr  # the tests' VIGIE_LANG
    monkeypatch.delenv("VIGIE_LANG")
    assert "est une clé inconnue" in call("config", "check", config).stderr


@pytest.mark.parametrize(
    ("states", "accepted", "status"),
    [
        ({}, False, 3),
        ({"hub": State.UP, "idp:a": State.UNKNOWN}, False, 0),
        ({"hub": State.BLIP, "idp:a": State.BLIP}, False, 0),
        ({"hub": State.UNKNOWN, "idp:a": State.UP}, False, 3),
        ({"hub": State.UNKNOWN, "idp:a": State.DOWN}, False, 1),
        ({"hub": State.DOWN}, False, 1),
        ({"hub": State.UP, "client:b": State.DOWN}, False, 1),
        ({"hub": State.UP}, True, 1),
    ],
)
def test_the_exit_status_of_status_says_whether_all_is_well(states: dict[str, State], accepted: bool, status: int) -> None:
    """README: 0 nothing is down, 1 something is, 3 a hub's state is unknown."""
    assert exit_status({("fc", subject): (0, SubjectStatus(state)) for subject, state in states.items()}, accepted=accepted) == status


def test_a_sentence_is_folded_and_parts_are_packed_at_80_columns() -> None:
    words = "les métadonnées et les clés sont lues avec la première mire réussie une heure après le démarrage de la veille"
    lines = folded(words, 6).splitlines()
    assert all(line.startswith("      ") and len(line) <= 80 for line in lines)
    assert " ".join(line.strip() for line in lines) == words
    assert list(packed(["a" * 30, "b" * 30, "c" * 90, "d"], 70)) == ["a" * 30 + "   " + "b" * 30, "c" * 90, "d"]


async def test_a_ledger_that_no_watch_writes_any_more_says_so(call: Call, config: Path) -> None:
    passed = [mire(0), journey("ameli", 1), journey("yris", 2)]
    with ledger(config.with_suffix(".db")) as engine:
        ImmediateRecorder(engine).keep(passed)
    assert "no watch (vigie run) writes into this ledger any more" in call("status", "--config", config).stdout
    text, _ = await told_by_status(call, config, *passed)
    assert "no watch" not in text
