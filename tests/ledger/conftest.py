"""What the tests of the recorder share."""

import pytest

from tests.fakes.recorder import FakeListener


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked file is an error sooner than in earnest."""
    monkeypatch.setattr("probe.ledger.db.store.BUSY_SECONDS", 0.02)


@pytest.fixture
def ear() -> FakeListener:
    return FakeListener()
