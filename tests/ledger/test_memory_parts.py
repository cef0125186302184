"""Parts of a stored memory are read out of it by themselves, as the whole memory says them."""

from dataclasses import replace

import pytest

from probe.core.judgement.accounts import remember_account
from probe.core.judgement.corroboration import Neighbours, NeverPassed
from probe.core.judgement.fold import begin
from probe.core.judgement.observation import SetupPart
from probe.errors import LedgerError
from probe.ledger.memory import HubMemory, recall, remembered
from probe.ledger.memory_parts import KnownParts, parts_of
from tests.builders import BEGUN, SECOND, SPEC
from tests.ledger.test_accounts import got


def test_the_accounts_are_those_of_the_whole_memory() -> None:
    near = Neighbours(passed={})
    for at, account in enumerate("aab"):
        remember_account(near.accounts, got(account, at))
    content = remembered(HubMemory(begin(SPEC, BEGUN)[0], near))
    assert parts_of(content).accounts == recall(content).near.accounts == near.accounts
    known = KnownParts()
    assert known.of("fc", content) is known.of("fc", content)
    assert known.of("fc", content).accounts == near.accounts
    without = remembered(HubMemory(begin(SPEC, BEGUN)[0]))
    assert known.of("fc", without).accounts == {}


def test_failures_with_settings_that_never_passed_are_told_by_their_latest() -> None:
    failures = NeverPassed(SetupPart.LOGIN, "new", BEGUN, BEGUN + SECOND)
    near = Neighbours(never_passed={"ameli": failures}, unproven={"impots": replace(failures, latest_us=BEGUN)})
    assert parts_of(remembered(HubMemory(begin(SPEC, BEGUN)[0], near))).unproven == {"ameli": BEGUN + SECOND, "impots": BEGUN}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"near": null}', b'{"near": {"accounts": {"ameli": [{}]}}}', b"\xff"])
def test_what_is_no_memory_cannot_be_read(content: bytes) -> None:
    with pytest.raises(LedgerError, match="memory"):
        parts_of(content)


def test_a_memory_of_0_1_0_has_none() -> None:
    assert parts_of(b'{"near": {"controls": {}}}') == ({}, {})
