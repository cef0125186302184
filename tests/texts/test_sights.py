"""What citizens see is told of all that an incident can be about."""

import pytest

from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.judgement.subject import C1, CONDITIONS
from probe.texts.sights import sight

UNSAID = {ScopeKind.RULE, ScopeKind.NONE, ScopeKind.OTHER}
"""Of which a person or an alerting rule says what it is."""


@pytest.mark.parametrize("kind", [kind for kind in ScopeKind if kind is not ScopeKind.CONDITION])
def test_every_kind_of_incident_says_what_citizens_see(kind: ScopeKind) -> None:
    subject = ScopeSubject.parse(str(ScopeSubject(kind, "ameli", "other" if kind is ScopeKind.IDP_AT_CLIENT else "")))
    assert (sight(subject, "Ameli.fr").fr == "") is (kind in UNSAID)


def test_each_condition_says_it_and_c1_of_a_hub_without_a_chooser_says_something_else() -> None:
    assert len({sight(ScopeSubject.parse(each), "").fr for each in CONDITIONS} - {""}) == len(CONDITIONS)
    assert sight(ScopeSubject.parse(C1), "", own_login=True).fr.startswith("La page de connexion du hub")
