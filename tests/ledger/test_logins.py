"""Logins are counted by day in the ledger, on either store."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from probe.core.login_budget import Run
from probe.errors import LedgerError
from probe.ledger.db import schema
from probe.ledger.db.store import open_store
from probe.ledger.logins import KEPT_DAYS, Claimed, CountedLogin, LoginRegister
from tests.fakes.recorder import ledger

DAY = "2026-03-29"
MEMBERS = [("fc", "ameli"), ("fc", "impots")]


def login(idp: str = "ameli", run: Run = Run.REGULAR, day: str = DAY, hub: str = "fc") -> CountedLogin:
    return CountedLogin(hub, idp, day, run)


def claim(register: LoginRegister, one: CountedLogin, most: int = 10) -> Claimed:
    return register.claim(one, MEMBERS, lambda used: used < most, {})


def test_the_logins_of_all_members_count_for_the_account_and_no_others(engine: Engine) -> None:
    register = LoginRegister(engine)
    assert claim(register, login("ameli")) == Claimed(True, 1)
    assert claim(register, login("impots", Run.RETRY)) == Claimed(True, 2)
    register.claim(login("yris"), [("fc", "yris")], lambda _: True, {})
    register.claim(login("ameli", hub="other"), [("other", "ameli")], lambda _: True, {})
    assert claim(register, login("ameli", day="2026-03-30")) == Claimed(True, 1), "each day begins anew"
    assert register.used(MEMBERS, DAY) == 2
    assert register.used([], DAY) == 0


def test_a_login_that_is_not_admitted_is_not_counted(engine: Engine) -> None:
    register = LoginRegister(engine)
    assert [claim(register, login(), most=2).granted for _ in range(4)] == [True, True, False, False]
    assert LoginRegister(engine).used(MEMBERS, DAY) == 2, "and the count outlives whoever counted"


def test_a_login_that_was_not_made_is_given_back(engine: Engine) -> None:
    register = LoginRegister(engine)
    claim(register, login())
    register.write({login(): -1})
    assert register.used(MEMBERS, DAY) == 0


def test_logins_that_the_ledger_could_not_take_are_counted_later(engine: Engine) -> None:
    register = LoginRegister(engine)
    owed = {login("impots", Run.RETRY): 3, login("impots", day="2026-03-28"): 1}
    assert register.claim(login(), MEMBERS, lambda used: used < 4, owed) == Claimed(True, 4)
    assert register.used(MEMBERS, "2026-03-28") == 1


def test_days_long_past_are_deleted(engine: Engine) -> None:
    register = LoginRegister(engine)
    claim(register, login(day="2020-01-01"))
    claim(register, login())
    with engine.connect() as connection:
        assert [row.day for row in connection.execute(select(schema.login))] == [DAY]
    assert KEPT_DAYS > 366


def test_two_processes_never_spend_the_same_login(tmp_path: Path) -> None:
    with ledger(tmp_path / "vigie.db") as engine:
        other = open_store(tmp_path / "vigie.db")
        registers = [LoginRegister(engine), LoginRegister(other)]
        granted: list[bool] = []

        def spend(register: LoginRegister) -> None:
            granted.extend(claim(register, login(), most=25).granted for _ in range(20))

        threads = [threading.Thread(target=spend, args=(register,)) for register in registers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        other.dispose()
        assert (len(granted), sum(granted)) == (40, 25)


def test_a_ledger_that_refuses_is_our_own_trouble(tmp_path: Path, quick: None) -> None:
    with ledger(tmp_path / "vigie.db") as engine:
        other = open_store(tmp_path / "vigie.db")
        refused = pytest.raises(LedgerError, match="could not be counted: database is locked")
        with other.connect().execution_options(writes=True) as connection, connection.begin(), refused:
            claim(LoginRegister(engine), login())
        other.dispose()
        assert claim(LoginRegister(engine), login()) == Claimed(True, 1)
