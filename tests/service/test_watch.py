"""`vigie run` as an operator meets it: reloads, stops, refusals, a network that is gone,
a target that hangs, a disk that is full.
"""

import json
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from probe.audit.replay import first_difference
from probe.core.judgement.condition import C1
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason
from probe.core.login_budget import Run, day_of, regular_runs
from probe.core.times import SECOND_US
from probe.ledger.logins import CountedLogin, LoginRegister
from probe.ledger.reader import Reader
from probe.prober.logins import logged_in
from tests.fakes.recorder import ledger
from tests.service.running import Running, Simulator, integrity, small_files, until, vigie


def edit(config: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = yaml.load(config.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - strings only
    change(document)
    config.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")


def whole(config: Path) -> bool:
    path = config.with_suffix(".db")
    with ledger(path, create=False) as engine:
        reader = Reader(engine)
        return integrity(path) == "ok" and reader.first_altered() is None and first_difference(reader) is None


def seen_by(config: Path) -> list[Any]:
    with ledger(config.with_suffix(".db"), create=False) as engine:
        return [one for _, one in Reader(engine).observations()]


@contextmanager
def asking(watch: Running) -> Iterator[None]:
    """Somebody waits for a journey on demand that will not end."""
    with socket.create_connection(("127.0.0.1", watch.port() or 0)) as opened:
        opened.sendall(b"GET /probe?hub=fc HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        yield


# --- begin and end


def test_it_is_ready_after_a_first_round_and_ends_within_seconds_with_nothing_lost(config: Path) -> None:
    with Running(config) as watch:
        early = watch.get("/readyz")
        assert early.status_code == 200 or "first_round" in early.text
        assert watch.get("/healthz").status_code == 200
        watch.wait(Running.ready, "ready")
        for kind in ("mire", "identity", "direct", "control"):
            assert min(watch.values("vigie_runs_total", kind=kind)) >= 1
        before = watch.total("vigie_runs_total")
        began = time.monotonic()
        assert watch.stop() == 0
        assert time.monotonic() - began < 8
        assert watch.lines("stopped")
        assert not [line for line in watch.lines() if line["level"] in ("error", "critical")]
        assert {line["logger"] for line in watch.lines()} <= {
            "probe.service.events",
            "probe.service.watch",
            "probe.ledger.drain",
            "probe.cli.run",
        }, "nobody else has anything to say"
    assert len(seen_by(config)) >= before
    assert whole(config)
    assert not config.with_suffix(".db-wal").exists(), "the last to leave folds the log into the file"


def test_ctrl_c_is_a_clean_end_too(config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.port, "it listens")
        assert watch.stop(signal.SIGINT) == 0
    assert "Traceback" not in watch.log.read_text()


def test_it_ends_in_time_while_everything_hangs(simulator: Simulator, config: Path) -> None:
    simulator.set("all", "hang")
    with Running(config) as watch:
        watch.wait(Running.port, "it listens")
        watch.reload()
        watch.wait(lambda one: one.lines("reloaded"), "reloaded")
        assert "first_round" in watch.get("/readyz").text, "a reload does not make it ready"
        with asking(watch):
            began = time.monotonic()
            assert watch.stop() == 0
            assert time.monotonic() - began < 10
    assert "Traceback" not in watch.log.read_text()


# --- what cannot be


def test_a_port_in_use_is_a_clear_error(simulator: Simulator, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        config = simulator.config(tmp_path / "vigie.yml", lambda document: document.update(listen=address))
        done = vigie("run", config=config)
    assert done.returncode == 1
    assert f"vigie: cannot listen on {address}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"not a database, whatever its name says " * 30, "file is not a database"), (None, "unable to open database file")],
)
def test_a_ledger_that_cannot_be_used_is_a_clear_error(simulator: Simulator, tmp_path: Path, content: bytes | None, said: str) -> None:
    config = simulator.config(tmp_path / "vigie.yml")
    store = config.with_suffix(".db")
    store.mkdir() if content is None else store.write_bytes(content)
    done = vigie("run", config=config)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"vigie: {store}: the ledger cannot be opened: {said}"
    assert "Traceback" not in done.stderr


def test_a_second_watch_on_the_same_ledger_is_refused(config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.port, "it listens")
        done = vigie("run", config=config)
        assert done.returncode == 1
        assert "another Vigie is writing it" in done.stderr
        watch.wait(Running.ready, "the first goes on")
        assert watch.stop() == 0


# --- reload


def test_a_bad_file_is_refused_the_old_one_stays_and_the_next_good_one_is_taken(config: Path) -> None:
    good = config.read_text("utf-8")
    with Running(config) as watch:
        watch.wait(Running.ready, "ready")
        first = watch.values("vigie_config_last_reload_success_timestamp_seconds")
        for number, bad in enumerate((good.replace("vantage:", "vantages:"), "hubs: [", ""), start=1):
            config.write_text(bad, "utf-8")
            watch.reload()
            until(lambda number=number: watch.total("vigie_config_reload_failures_total") == number, "the refusal is counted")  # type: ignore[misc]
            assert watch.values("vigie_config_last_reload_successful") == [0.0]
            assert watch.values("vigie_config_last_reload_success_timestamp_seconds") == first
        problems = [line["problems"] for line in watch.lines("reload_refused")]
        assert f"{config}:" in problems[0][0]
        assert "vantages" in problems[0][0]
        runs = watch.total("vigie_runs_total")
        watch.wait(lambda one: one.total("vigie_runs_total") > runs + 5, "it goes on")

        config.write_text(good, "utf-8")
        watch.reload()
        watch.wait(lambda one: one.values("vigie_config_last_reload_successful") == [1.0], "taken")
        assert watch.values("vigie_config_last_reload_success_timestamp_seconds") > first
        assert watch.stop() == 0
    assert whole(config)


def test_an_idp_leaves_and_comes_back_with_its_series_and_its_time_away_is_unknown(config: Path) -> None:
    good = config.read_text("utf-8")

    def without_msa(document: dict[str, Any]) -> None:
        document["hubs"][0]["idps"] = [idp for idp in document["hubs"][0]["idps"] if idp["name"] != "msa"]
        del document["recipes"]["msa"]

    with Running(config) as watch:
        watch.wait(lambda one: one.values("vigie_idp_available", idp="msa") == [1.0], "msa is well")
        edit(config, without_msa)
        watch.reload()
        watch.wait(lambda one: not [line for line in one.page() if 'idp="msa"' in line], "its series are gone")
        assert watch.values("vigie_idp_available", idp="yris") == [1.0], "the others stay as they were"
        told = json.loads(vigie("status", "--json", config=config).stdout)["hubs"][0]["idps"]
        assert told["msa"]["state"] == "unknown"
        assert told["yris"]["state"] == "up"
        config.write_text(good, "utf-8")
        watch.reload()
        watch.wait(lambda one: one.values("vigie_idp_available", idp="msa") == [1.0], "msa is back")
        assert watch.stop() == 0
    with ledger(config.with_suffix(".db"), create=False) as engine:
        intervals = Reader(engine).intervals("fc", "idp:msa", 2**62)
        states = [interval.status.state.value for interval in intervals]
    assert states[:4] == ["unknown", "up", "unknown", "up"]
    assert whole(config)


def test_settings_that_need_a_restart_say_so(config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.port, "it listens")
        edit(config, lambda document: document.update(store=str(config.with_name("other.db"))))
        watch.reload()
        (line,) = watch.wait(lambda one: one.lines("needs_a_restart"), "it says so")
        assert line["setting"] == "store"
        assert not config.with_name("other.db").exists()
        assert watch.stop() == 0


def test_many_reloads_at_once_are_taken_one_after_the_other(config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.port, "it listens")
        for vantage in ("un", "deux", "trois"):
            edit(config, lambda document, vantage=vantage: document.update(vantage=vantage))  # type: ignore[misc]
            watch.reload()
        watch.wait(lambda one: one.values("vigie_build_info", vantage="trois"), "the last one holds")
        watch.wait(Running.ready, "ready")
        assert watch.stop() == 0
    assert "Traceback" not in watch.log.read_text()


# --- what happens to journeys


def test_without_a_network_nothing_is_anybodys_outage(simulator: Simulator, config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.ready, "ready")
        # first: what the hub's own end looks like from here, for an instant,
        # is not this test's matter
        simulator.set("outside", "down")
        simulator.set("all", "down")
        watch.wait(lambda one: one.total("vigie_inconclusive_total", kind="mire", reason="connect") >= 3, "the mire is inconclusive")
        watch.wait(lambda one: one.values("vigie_hub_unknown") == [1.0], "after three intervals the hub is unknown")
        assert watch.total("vigie_failed_runs_total", fault="hub") == 0
        assert watch.total("vigie_failed_runs_total", fault="idp") == 0
        assert set(watch.values("vigie_condition_active")) == {0.0}
        back = time.time_ns() // 1000
        simulator.clear()
        watch.wait(lambda one: one.values("vigie_hub_available") == [1.0], "well again")
        assert watch.stop() == 0
    assert json.loads(vigie("outages", "--json", config=config).stdout) == []
    lost = [one for one in seen_by(config) if one.reason is Reason.CONNECT and one.kind is not Kind.CONTROL and one.finished_us < back]
    assert {(one.outcome, one.fault) for one in lost} == {(Outcome.INCONCLUSIVE, Fault.NETWORK)}
    assert whole(config)


def test_a_target_that_hangs_does_not_delay_the_others(simulator: Simulator, config: Path) -> None:
    # its own page: the browser waits until the journey's deadline, 2 s
    simulator.set("ameli", "hang", path="/authorize")
    with Running(config) as watch:
        watch.wait(Running.port, "it listens")
        watch.wait(lambda one: one.total("vigie_skipped_total", idp="ameli") >= 1, "ameli misses its turn")
        before = {idp: watch.total("vigie_runs_total", kind="identity", idp=idp) for idp in ("ameli", "yris", "msa")}
        time.sleep(4)
        after = {idp: watch.total("vigie_runs_total", kind="identity", idp=idp) - runs for idp, runs in before.items()}
        assert after["yris"] >= 3
        assert after["msa"] >= 3
        assert after["ameli"] < after["yris"]
        assert watch.total("vigie_skipped_total", idp="yris") == 0
        assert watch.stop() == 0


def test_a_journey_on_demand_is_answered_with_its_trace_and_recorded_nowhere(config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.ready, "ready")
        answer = watch.get("/probe?hub=fc&idp=ameli")
        assert "vigie_probe_success 1.0" in answer.text
        traced = watch.get("/probe?hub=fc&idp=yris&debug=true")
        assert traced.status_code == 200
        assert "return to the hub" in traced.text
        assert "whole login [identity]" in traced.text
        again = watch.get("/probe?hub=fc&idp=ameli")
        assert again.status_code == 429
        assert 1 <= int(again.headers["retry-after"]) <= 10
        assert watch.total("vigie_demands_total") == 2
        assert watch.get("/probe?hub=fc&idp=nobody").status_code == 400
        assert watch.stop() == 0
    assert whole(config)


def test_credentials_refused_three_times_stop_the_account_until_a_reload(simulator: Simulator, config: Path) -> None:
    simulator.set("ameli", "refuse_credentials")
    with Running(config) as watch:
        watch.wait(lambda one: one.values("vigie_idp_account_suspended", idp="ameli") == [1.0], "suspended")
        runs = watch.total("vigie_runs_total", idp="ameli")
        watch.wait(lambda one: one.total("vigie_runs_total", idp="ameli") >= runs + 3, "its login page is still watched")
        assert watch.stop() == 0
    tries = [one for one in seen_by(config) if one.reason is Reason.CREDENTIALS_REFUSED]
    assert len(tries) == 3
    with Running(config) as watch:
        watch.wait(lambda one: one.values("vigie_idp_account_suspended", idp="ameli") == [1.0], "still, after a restart")
        simulator.clear()
        watch.reload()
        watch.wait(lambda one: one.values("vigie_idp_account_suspended", idp="ameli") == [0.0], "released")
        watch.wait(lambda one: one.total("vigie_last_success_timestamp_seconds", kind="identity", idp="ameli") > 0, "it logs in again")
        assert watch.stop() == 0
    assert json.loads(vigie("outages", "--json", config=config).stdout) == []


def test_a_login_budget_is_kept_by_everything_that_logs_in_and_over_a_restart(simulator: Simulator, config: Path) -> None:
    """Both accounts are near the end of their budget when the watch starts: of one nothing is left,
    of the other what its regular journeys still need.
    """
    day = day_of(time.time_ns() // 1000, ZoneInfo("UTC"))
    before = 100_000 - regular_runs([SECOND_US], day.end_us - time.time_ns() // 1000) + 60

    def limited(document: dict[str, Any]) -> None:
        document["support"] = {**document["support"], "timezone": "UTC"}
        for idp in document["hubs"][0]["idps"]:
            idp["account"]["budget"] = "100000"

    edit(config, limited)
    with ledger(config.with_suffix(".db")) as engine:
        spent = {CountedLogin("fc", "ameli", day.name, Run.RETRY): 100_000, CountedLogin("fc", "yris", day.name, Run.RETRY): before}
        LoginRegister(engine).write(spent)
    with Running(config) as watch:
        watch.wait(Running.ready, "ready")
        withheld = "vigie_account_logins_withheld_total"
        watch.wait(lambda one: one.total(withheld, idp="ameli", run="regular") >= 1, "its regular journeys are withheld")
        simulator.set("yris", "login_error")
        watch.wait(lambda one: one.total(withheld, idp="yris", run="retry") > 0, "a retry is withheld")
        assert "login_budget" in watch.get("/probe?hub=fc&idp=ameli").text
        assert watch.values("vigie_idp_unknown", idp="ameli") == [1.0]
        assert watch.total("vigie_account_logins_today", idp="ameli") == 100_000
        assert watch.stop() == 0
    seen = seen_by(config)
    assert {one.reason for one in seen if one.idp == "ameli" and one.kind is Kind.IDENTITY} == {Reason.LOGIN_BUDGET}
    assert not any(logged_in(one) for one in seen if one.idp == "ameli" or (one.idp == "yris" and one.retry))
    assert any(logged_in(one) for one in seen if one.idp == "yris")
    with ledger(config.with_suffix(".db"), create=False) as engine:
        made = sum(logged_in(one) for one in seen if one.idp == "yris")
        assert LoginRegister(engine).used([("fc", "yris")], day.name) == before + made
    assert whole(config)


# --- a ledger that refuses for a while


def test_a_locked_ledger_stops_nobody_and_all_is_written_afterwards(simulator: Simulator, config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.ready, "ready")
        other = sqlite3.connect(config.with_suffix(".db"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        # an outage begins that nobody can write down
        simulator.set("hub", "edge_error", status=503)
        watch.wait(lambda one: one.total("vigie_ledger_errors_total") >= 1, "the error is counted")
        assert watch.get("/readyz").status_code == 503
        assert "ledger_not_writable" in watch.get("/readyz").text
        waiting = watch.total("vigie_ledger_backlog")
        assert watch.wait(lambda one: one.total("vigie_ledger_backlog") > waiting + 3, "the watch goes on")
        assert "database is locked" in watch.lines("ledger_write_failed")[0]["error"]
        other.execute("ROLLBACK")
        other.close()
        watch.wait(lambda one: one.total("vigie_ledger_backlog") <= 2, "all is written")
        watch.wait(Running.ready, "ready again")
        watch.wait(lambda one: one.values("vigie_condition_active", condition=C1) == [1.0], "the outage is known")
        assert watch.total("vigie_ledger_dropped_total") == 0
        assert watch.stop() == 0
    assert whole(config)
    times = [(one.kind, one.idp, one.started_us) for one in seen_by(config)]
    assert len(times) == len(set(times))


def test_a_full_disk_stops_nobody_and_all_is_written_afterwards(config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.ready, "ready")
        with small_files(watch.process.pid, 1):
            watch.wait(lambda one: one.total("vigie_ledger_errors_total") >= 2, "the errors are counted")
            runs = watch.total("vigie_ledger_backlog")
            watch.wait(lambda one: one.total("vigie_ledger_backlog") > runs + 3, "the watch goes on")
            assert watch.get("/readyz").status_code == 503
        watch.wait(lambda one: one.total("vigie_ledger_backlog") <= 2, "all is written")
        assert watch.total("vigie_ledger_dropped_total") == 0
        assert watch.stop() == 0
    assert whole(config)


def test_readers_are_not_disturbed_by_the_watch_nor_the_watch_by_them(config: Path) -> None:
    answers: list[int] = []
    with Running(config) as watch:
        watch.wait(Running.ready, "ready")

        def ask() -> None:
            answers.extend(vigie("status", "--json", config=config, forked=False).returncode for _ in range(2))

        readers = [threading.Thread(target=ask) for _ in range(2)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert watch.total("vigie_ledger_errors_total") == 0
        assert watch.stop() == 0
    assert len(answers) == 4
    assert set(answers) <= {0, 3}  # 3: a hub is not judged yet
    assert until(lambda: whole(config), "whole")
