"""What the tests of the recorder share."""

import pytest

from tests.fakes.recorder import FakeListener


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked file is an error sooner, and tried again sooner, than in earnest."""
    monkeypatch.setattr("probe.ledger.db.store.BUSY_SECONDS", 0.02)
    monkeypatch.setattr("probe.ledger.recorder.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("probe.ledger.recorder.LONGEST_PAUSE_SECONDS", 0.05)


@pytest.fixture
def ear() -> FakeListener:
    return FakeListener()
