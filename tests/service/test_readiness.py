"""What the watch waits for before it is ready."""

from dataclasses import replace

import pytest

from exporters.http.texts import Pending
from probe.core.judgement.observation import Kind, Outcome
from probe.prober.targets import Watched
from probe.service.readiness import BEHIND_US, Readiness
from tests.builders import SECOND, seen
from tests.fakes.clock import FakeClock

AMELI = Watched(Kind.IDENTITY, "fc", "ameli")
MIRE = Watched(Kind.MIRE, "fc")
BOX = Watched(Kind.CONTROL, name="box")
NEGATIVE = Watched(Kind.NEGATIVE, "fc", "client")


class WaitingRecorder:
    """As much of a recorder as the readiness asks."""

    waiting = 0
    late_us = 0


class Ready(Readiness):
    def __init__(self, *targets: Watched) -> None:
        self.recorder, self.clock = WaitingRecorder(), FakeClock()
        super().__init__(self.recorder, self.clock)  # type: ignore[arg-type]  # it asks for two numbers
        self.expect({target.key: target for target in targets})


def test_it_is_ready_when_every_target_was_seen_once() -> None:
    ready = Ready(AMELI, MIRE)
    ready.recorded(seen(Kind.MIRE, 0))
    assert ready.pending() == [Pending.FIRST_ROUND]
    ready.recorded(seen(Kind.IDENTITY, 0, Outcome.FAILED, "ameli"))
    assert ready.pending() == []


def test_another_hub_another_idp_and_another_backend_are_other_targets() -> None:
    ready = Ready(AMELI)
    for other in (
        replace(seen(Kind.IDENTITY, 0, idp="ameli"), hub="fc2"),
        seen(Kind.IDENTITY, 0, idp="yris"),
        seen(Kind.IDENTITY, 0, idp="ameli", backend="b1"),
    ):
        ready.recorded(other)
    assert ready.pending() == [Pending.FIRST_ROUND]


def test_a_login_page_stands_for_the_identity_of_an_account_that_is_stopped() -> None:
    ready = Ready(AMELI)
    ready.recorded(seen(Kind.LOGIN_PAGE, 0, idp="ameli"))
    assert ready.pending() == []


def test_a_direct_probe_does_not_stand_for_an_identity() -> None:
    ready = Ready(AMELI)
    ready.recorded(seen(Kind.DIRECT, 0, idp="ameli"))
    assert ready.pending() == [Pending.FIRST_ROUND]


def test_a_control_target_is_of_no_hub() -> None:
    ready = Ready(BOX)
    ready.recorded(seen(Kind.CONTROL, 0, idp="box"))
    assert ready.pending() == []


def test_a_journey_that_must_fail_is_not_waited_for() -> None:
    assert Ready(NEGATIVE).pending() == []


def test_after_a_reload_only_new_targets_are_waited_for() -> None:
    ready = Ready(MIRE)
    ready.recorded(seen(Kind.MIRE, 0))
    ready.expect({target.key: target for target in (MIRE, AMELI)})
    assert ready.pending() == [Pending.FIRST_ROUND]
    ready.expect({MIRE.key: MIRE})
    assert ready.pending() == [], "a target that is gone is not waited for"


def test_a_ledger_that_refuses_is_told_until_it_takes_something() -> None:
    ready = Ready(MIRE)
    ready.write_failed()
    assert ready.pending() == [Pending.LEDGER_NOT_WRITABLE, Pending.FIRST_ROUND]
    ready.recorded(seen(Kind.MIRE, 0))
    assert ready.pending() == []


def test_a_shared_store_that_is_away_is_told_whatever_the_ledger_takes() -> None:
    ready = Ready()
    ready.store_away(away=True)
    ready.recorded(seen(Kind.MIRE, 0))
    assert ready.pending() == [Pending.LEDGER_NOT_WRITABLE]
    ready.store_away(away=False)
    assert ready.pending() == []


@pytest.mark.parametrize(("late_us", "pending"), [(BEHIND_US, []), (BEHIND_US + 1, [Pending.LEDGER_BEHIND])])
def test_it_is_behind_when_an_observation_has_waited_for_more_than_a_minute(late_us: int, pending: list[Pending]) -> None:
    ready = Ready()
    ready.recorder.late_us = late_us
    assert ready.pending() == pending


def test_what_waits_for_the_shared_store_waits_too() -> None:
    ready = Ready()
    ready.recorder.waiting = 2
    ready.undelivered(3, ready.clock.now_us() - 90 * SECOND)
    assert (ready.waiting, ready.late_us()) == (5, 90 * SECOND)
    ready.undelivered(0, 0)
    assert (ready.waiting, ready.late_us()) == (2, 0)


def test_a_clock_that_was_set_back_makes_nothing_late() -> None:
    ready = Ready()
    ready.undelivered(1, ready.clock.now_us() + 90 * SECOND)
    assert ready.late_us() == 0
