"""A ledger in the tests' hands: what a recorder would write, without a recorder."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from probe.core.judgement.fold import HubState, begin, fold, respec
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, Step, Tile
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.judgement.timeline import LedgerRow
from probe.ledger.db import schema
from probe.ledger.db.store import open_store
from probe.ledger.memory import HubMemory, remembered
from probe.ledger.writer import Entry, Writer

SECOND = 1_000_000
BEGUN = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z
SPEC = HubSpec("fc", (IdpSpec("ameli"), IdpSpec("yris")), grace_us=20 * SECOND)

HOPS = (
    Hop(Step.AUTHORIZE, "GET", "hub.example", "/api/v2/authorize", 303, 0, 10, 20, None, 300, 40, 400),
    Hop(Step.MIRE, "GET", "hub.example", "/interaction/*", None, error=Reason.RESET, certificate_expires_us=BEGUN),
)


def seen(kind: Kind, at: float, outcome: Outcome = Outcome.OK, idp: str | None = None, **more: Any) -> Observation:
    """An observation that started `at` seconds after the beginning and lasted one, probed every 10 s."""
    start = BEGUN + int(at * SECOND)
    hub = "" if kind is Kind.CONTROL else "fc"
    made = Observation(hub, kind, start, start + SECOND, 10 * SECOND, outcome, idp=idp)
    return replace(made, **more)


def mire(at: float, **more: Any) -> Observation:
    return seen(Kind.MIRE, at, tiles=(Tile("uid-1", True), Tile("uid-2", False)), hops=HOPS, extract="Choisissez un compte — é", **more)


def no_mire(at: float, **more: Any) -> Observation:
    return replace(seen(Kind.MIRE, at, Outcome.FAILED, fault=Fault.HUB, reason=Reason.HTTP_STATUS, step=Step.MIRE, on_hub=True), **more)


def journey(idp: str, at: float, **more: Any) -> Observation:
    return seen(Kind.IDENTITY, at, idp=idp, **more)


def idp_down(idp: str, at: float) -> Observation:
    return seen(Kind.IDENTITY, at, Outcome.FAILED, idp, fault=Fault.IDP, reason=Reason.CONNECT, step=Step.IDP_LOGIN_PAGE)


UNWRITABLE = {
    "half a character": replace(mire(10), extract="\ud800"),
    "a number beyond 64 bits": replace(mire(10), lag_us=2**63),
    "a time beyond all time": replace(mire(10), started_us=-(2**70)),
    "a hub nobody configured": replace(mire(10), hub="elsewhere"),
    "no hub at all": replace(mire(10), hub=None),  # type: ignore[arg-type]
    "a path that is no text": replace(mire(10), hops=(Hop(Step.MIRE, "GET", "hub.example", "/\udcff"),)),
}
"""By what is wrong with it: observations that no ledger takes."""


def a_day() -> list[Observation]:
    """An IdP goes down and comes back, the mire goes and comes back, and time passes between."""
    found = [mire(at) for at in range(0, 60, 10)] + [journey("yris", at) for at in range(1, 60, 10)]
    found += [journey("ameli", 2), idp_down("ameli", 12), idp_down("ameli", 13), idp_down("ameli", 22), journey("ameli", 32)]
    found += [journey("ameli", 33), journey("ameli", 42), no_mire(60), no_mire(61), no_mire(70), mire(80), mire(81)]
    return sorted(found, key=lambda one: one.finished_us)


class Keeper:
    """Folds and writes, one transaction an observation, as the recorder does."""

    def __init__(self, engine: Engine, spec: HubSpec = SPEC, at_us: int = BEGUN) -> None:
        self.writer = Writer(engine)
        self.rows: list[LedgerRow] = []
        self.state: HubState
        self.state, rows = begin(spec, at_us)
        self._write(rows, settings=[(spec, at_us)])

    def keep(self, observations: Iterable[Observation]) -> None:
        for one in observations:
            self._write([] if one.kind is Kind.CONTROL else fold(self.state, one), observation=one)

    def respec(self, spec: HubSpec, at_us: int) -> None:
        self._write(respec(self.state, spec, at_us), settings=[(spec, at_us)])

    def _write(self, rows: list[LedgerRow], **more: Any) -> None:
        self.rows += rows
        self.writer.write(Entry(rows, {self.state.spec.name: remembered(HubMemory(self.state))}, **more))


@contextmanager
def ledger(path: Path, *, create: bool = True) -> Iterator[Engine]:
    engine = open_store(path, create=create)
    try:
        yield engine
    finally:
        engine.dispose()


def in_memory() -> Engine:
    """The tables alone, without a file: for properties over many ledgers."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    schema.metadata.create_all(engine)
    return engine
