"""The accounts are read out of a stored memory by themselves, as the whole memory says them."""

import pytest

from probe.core.judgement.accounts import remember_account
from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.fold import begin
from probe.errors import LedgerError
from probe.ledger.accounts import KnownAccounts, accounts_of
from probe.ledger.memory import HubMemory, recall, remembered
from tests.builders import BEGUN, SPEC
from tests.ledger.test_accounts import got


def test_the_accounts_are_those_of_the_whole_memory() -> None:
    near = Neighbours(passed={})
    for at, account in enumerate("aab"):
        remember_account(near.accounts, got(account, at))
    content = remembered(HubMemory(begin(SPEC, BEGUN)[0], near))
    assert accounts_of(content) == recall(content).near.accounts == near.accounts
    known = KnownAccounts()
    assert known.of("fc", content) is known.of("fc", content)
    assert known.of("fc", content) == near.accounts
    without = remembered(HubMemory(begin(SPEC, BEGUN)[0]))
    assert known.of("fc", without) == {}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"near": null}', b'{"near": {"accounts": {"ameli": [{}]}}}', b"\xff"])
def test_what_is_no_memory_cannot_be_read(content: bytes) -> None:
    with pytest.raises(LedgerError, match="memory"):
        accounts_of(content)


def test_a_memory_of_0_1_0_has_none() -> None:
    assert accounts_of(b'{"near": {"controls": {}}}') == {}
