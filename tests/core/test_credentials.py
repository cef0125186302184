"""How near the end of a credential is."""

from hypothesis import given
from hypothesis import strategies as st

from probe.core.credentials import Validity, validity

instants = st.integers(-50, 50)
spans = st.integers(0, 30)


@given(instants, instants, spans, spans)
def test_validity_is_the_number_of_thresholds_that_have_passed(ends: int, now: int, soon: int, very_soon: int) -> None:
    """Beside a count instant by instant, of the thresholds in their order."""
    soon, very_soon = max(soon, very_soon), min(soon, very_soon)
    passed = sum(any(instant + lead == ends for instant in range(-200, now + 1)) for lead in (soon, very_soon, 0))
    assert validity(ends, now, soon, very_soon) == passed


def test_a_credential_has_ended_from_its_end_on() -> None:
    assert [validity(10, now, 5, 2) for now in (4, 5, 8, 9, 10, 11)] == [
        Validity.VALID,
        Validity.ENDS_SOON,
        Validity.ENDS_VERY_SOON,
        Validity.ENDS_VERY_SOON,
        Validity.ENDED,
        Validity.ENDED,
    ]
