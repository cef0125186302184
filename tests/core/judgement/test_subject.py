"""Subjects of the ledger: one text for each, read by one parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.config.formats import NAME_PATTERN
from probe.core.judgement.subject import C1, C2, C3, CONDITIONS, HUB, NUMBERED, Subject, SubjectKind, journey_of

idps = st.from_regex(NAME_PATTERN, fullmatch=True)
subjects = st.one_of(
    st.just(Subject(SubjectKind.HUB, HUB)),
    st.sampled_from([Subject(SubjectKind.CONDITION, name) for name in CONDITIONS]),
    st.builds(Subject, st.just(SubjectKind.IDP), idps),
)


@given(subjects)
def test_every_subject_is_read_back_from_its_text(subject: Subject) -> None:
    assert Subject.parse(str(subject)) == subject


@given(subjects)
def test_two_subjects_never_share_a_text_and_what_people_write_names_one(subject: Subject) -> None:
    assert (str(subject) in (HUB, *CONDITIONS)) == (subject.kind is not SubjectKind.IDP)
    assert Subject.named(str(subject)) == subject


@given(idps.filter(lambda name: name.upper() not in NUMBERED and name not in (HUB, *CONDITIONS)))
def test_an_idp_is_named_by_itself_alone(name: str) -> None:
    assert Subject.named(name) == Subject(SubjectKind.IDP, name) == Subject.parse(journey_of(name))
    assert (Subject.named(name).label, Subject.named(name).idp) == (name, name)


def test_the_text_is_what_stored_ledgers_hold() -> None:
    assert [str(Subject.parse(text)) for text in (HUB, C1, C2, C3, "idp:ameli")] == [
        "hub", "mire_missing", "identity_not_returned", "all_idps_unavailable", "idp:ameli",
    ]  # fmt: skip


def test_people_call_conditions_by_the_contracts_numbers() -> None:
    """docs/contract.md, section 3: the three conditions, in this order."""
    assert [Subject.parse(text).label for text in CONDITIONS] == ["C1", "C2", "C3"]
    assert [str(Subject.named(text)) for text in ("C1", "c2", "C3", "hub")] == [C1, C2, C3, HUB]


def test_an_idp_that_is_called_like_a_condition_is_named_by_its_full_text() -> None:
    assert Subject.named("idp:C1") == Subject(SubjectKind.IDP, "C1")
    assert Subject.parse("idp:C1").label == "C1"
    assert Subject.parse("idp:mire_missing").label == "mire_missing"


@pytest.mark.parametrize("text", ["", "ameli", "IDP:ameli", "slow:ameli", "direct:ameli", "C1", "Hub"])
def test_a_text_that_is_no_subject_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no subject"):
        Subject.parse(text)
