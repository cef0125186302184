"""What tickets and pages say to do, and the runbooks that they lead to."""

from pathlib import Path

from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.judgement.subject import CONDITIONS
from probe.texts.what_to_do import Advice, advice

RUNBOOKS = Path(__file__).parents[2] / "docs/runbooks"
OWN_OR_NONE = {ScopeKind.RULE, ScopeKind.NONE, ScopeKind.OTHER}


def every_advice() -> list[Advice | None]:
    kinds = [ScopeSubject(kind, "x") for kind in ScopeKind if kind not in {ScopeKind.CONDITION, *OWN_OR_NONE}]
    return [advice(each) for each in (*map(ScopeSubject.parse, CONDITIONS), *kinds)]


def test_all_that_the_machine_opens_an_incident_about_has_an_advice_and_a_runbook_that_exists() -> None:
    for found in every_advice():
        assert found is not None
        assert (RUNBOOKS / f"{found.runbook}.md").is_file()
        assert found.link("https://x.example/user") == f"https://x.example/user/{found.runbook}.md"
        assert found.link("") == ""


def test_what_has_a_runbook_of_its_own_or_none_gets_no_advice() -> None:
    assert {advice(ScopeSubject(kind, "x")) for kind in OWN_OR_NONE} == {None}
