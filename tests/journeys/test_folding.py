"""Texts that people read alike are folded alike, and what is found stands where it is said to."""

from hypothesis import given
from hypothesis import strategies as st

from probe.journeys.folding import Folded, fold

TEXTS = st.text("aeÀé\u0301œŒß\u0130\u0131\u212aﬁ½ -\u2019Я한", max_size=30)


@given(TEXTS, st.data())
def test_what_is_found_in_the_folded_text_stands_where_it_is_said_to(raw: str, data: st.DataObject) -> None:
    folded = Folded(raw)
    assert folded.text == fold(raw) == fold(folded.text)
    if folded.text:
        start = data.draw(st.integers(0, len(folded.text) - 1))
        end = data.draw(st.integers(start + 1, len(folded.text)))
        first, last = folded.span(start, end)
        assert folded.text[start:end] in fold(raw[first:last])
        assert len(fold(raw[:first])) <= start
        narrower = [raw[first + 1 : last], raw[first:last].rstrip("\u0301")[:-1]]
        assert all(len(fold(each)) < len(fold(raw[first:last])) for each in narrower), "no letter too many"


def test_letters_that_unicode_does_not_decompose_are_folded_as_they_are_transcribed() -> None:
    assert fold("L\u2019Œuvre d\u2019Ægir, Søren Łódź, STRAẞE \u2013 \u0130\u0131 ﬁn") == "l'oeuvre d'aegir, soren lodz, strasse - ii fin"
