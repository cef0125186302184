"""A narrower trouble is part of a wider one; nothing is part of itself, or of each other."""

from itertools import product

from probe.core.incident.model import Scope
from probe.core.incident.wider_scope import is_wider
from probe.core.judgement.subject import C1, C2, C3

SUBJECTS = (C1, C2, C3, "shared", "idp:ameli", "intermittent:ameli", "slow:ameli", "slow", "rule:shared", "rule:idp", "", "free text")


def test_an_idp_is_part_of_several_which_are_part_of_all_and_a_slow_one_of_a_slow_hub() -> None:
    scopes = [Scope("fc", subject) for subject in SUBJECTS]
    found = {(narrow.subject, wide.subject) for narrow, wide in product(scopes, scopes) if is_wider(narrow, wide)}
    assert found == {("idp:ameli", "shared"), ("idp:ameli", C3), ("shared", C3), ("slow:ameli", "slow")}
