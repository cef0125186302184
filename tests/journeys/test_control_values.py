"""What a control makes of its value. Chromium makes the same (tests/browser)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.journeys.control_values import sanitised, text_direction


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("hidden", " a\n", " a\n"),
        ("text", " a\r\nb ", " ab "),
        ("email", " a@b \n", "a@b"),
        ("url", "\t//x ", "//x"),
        ("number", "-.5", "-.5"),
        ("number", "1e999", ""),
        ("number", "1.", ""),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "2026-02-29", ""),
        ("date", "0000-01-01", ""),
        ("month", "2026-13", ""),
        ("month", "2026-12", "2026-12"),
        ("week", "2026-W53", "2026-W53"),
        ("week", "2025-W53", ""),
        ("time", "24:00", ""),
        ("time", "23:59:59.123", "23:59:59.123"),
        ("datetime-local", "2026-02-28 10:00:00", "2026-02-28T10:00"),
        ("datetime-local", "2026-02-28T10:00:05", "2026-02-28T10:00:05"),
        ("datetime-local", "2026-02-30T10:00", ""),
        ("color", " #ABC ", "#aabbcc"),
        ("color", "#12345", "#000000"),
        ("range", "", "50"),
        ("range", "150", "100"),
    ],
)
def test_a_value_is_what_its_control_may_hold(kind: str, value: str, sent: str) -> None:
    assert sanitised(kind, value, {}) == sent


def test_a_slider_stands_on_a_step_between_its_ends() -> None:
    assert sanitised("range", "5", {"min": "0", "max": "10", "step": "3"}) == "6"
    assert sanitised("range", "8", {"min": "5", "step": "2"}) == "9"
    assert sanitised("range", ".3", {"step": "any"}) == "0.3"
    assert sanitised("range", "x", {"min": "-10", "max": "-20"}) == "-10"


def test_of_several_addresses_each_is_stripped() -> None:
    assert sanitised("email", " a@b , c\n", {"multiple": None}) == "a@b,c"


@pytest.mark.parametrize(("text", "direction"), [("", "ltr"), ("1 ש x", "rtl"), ("x ש", "ltr"), ("()", "ltr")])
def test_a_text_goes_where_its_first_letter_goes(text: str, direction: str) -> None:
    assert text_direction(text) == direction


@given(st.sampled_from(("number", "range", "date", "week", "month", "time", "datetime-local", "color", "email")), st.text(max_size=20))
def test_what_was_made_fit_stays_as_it_is(kind: str, value: str) -> None:
    once = sanitised(kind, value, {})
    assert sanitised(kind, once, {}) == once
