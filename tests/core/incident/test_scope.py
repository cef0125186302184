"""What an incident is about: one text for each kind, read by one parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.config.formats import NAME_PATTERN
from probe.core.incident.scope import OF_CLIENTS, OF_IDPS, ScopeKind, ScopeSubject
from probe.core.judgement.subject import CONDITIONS, Subject, journey_of

idps = st.from_regex(NAME_PATTERN, fullmatch=True)
scope_subjects = st.one_of(
    st.tuples(st.just(ScopeKind.CONDITION), st.sampled_from(CONDITIONS)),
    st.tuples(st.sampled_from([ScopeKind.SHARED, ScopeKind.SLOW, ScopeKind.ACCOUNTS, ScopeKind.NONE])),
    st.tuples(st.sampled_from(sorted((OF_IDPS - OF_CLIENTS) | {ScopeKind.CLIENT})), idps),
    st.tuples(st.just(ScopeKind.IDP_AT_CLIENT), idps, idps),
    st.tuples(st.sampled_from([ScopeKind.RULE, ScopeKind.SECURITY]), st.text(min_size=1)),
).map(lambda fields: ScopeSubject(*fields))


@given(scope_subjects)
def test_every_kind_is_read_back_from_its_text(subject: ScopeSubject) -> None:
    assert ScopeSubject.parse(str(subject)) == subject


@given(st.text() | st.builds("{}:{}".format, st.sampled_from(["idp", "client", "slow", "rule", "other"]), st.text("@a:")))
def test_any_text_is_read_and_written_again_as_it_was(text: str) -> None:
    expected = "slow" if text == "slow:" else text
    assert str(ScopeSubject.parse(text)) == expected


@given(idps)
def test_the_ledger_and_the_register_write_an_idp_alike(name: str) -> None:
    assert str(ScopeSubject(ScopeKind.IDP, name)) == journey_of(name) == str(Subject.parse(journey_of(name)))


@pytest.mark.parametrize(
    ("text", "kind", "idp"),
    [
        ("mire_missing", ScopeKind.CONDITION, None),
        ("shared", ScopeKind.SHARED, None),
        ("idp:ameli", ScopeKind.IDP, "ameli"),
        ("intermittent:ameli", ScopeKind.INTERMITTENT, "ameli"),
        ("slow:ameli", ScopeKind.SLOW_IDP, "ameli"),
        ("slow", ScopeKind.SLOW, None),
        ("slow:", ScopeKind.SLOW, None),
        ("accounts", ScopeKind.ACCOUNTS, None),
        ("rule:DiskFull:ameli", ScopeKind.RULE, None),
        ("security:client", ScopeKind.SECURITY, None),
        ("security:", ScopeKind.OTHER, None),
        ("", ScopeKind.NONE, None),
        ("idp:", ScopeKind.OTHER, None),
        ("idp:ameli@eidas2", ScopeKind.IDP_AT_CLIENT, "ameli"),
        ("idp:ameli@", ScopeKind.OTHER, None),
        ("client:eidas2", ScopeKind.CLIENT, None),
        ("client:", ScopeKind.OTHER, None),
        ("hub", ScopeKind.OTHER, None),
    ],
)
def test_each_text_has_one_kind(text: str, kind: ScopeKind, idp: str | None) -> None:
    subject = ScopeSubject.parse(text)
    assert (subject.kind, subject.idp) == (kind, idp)
