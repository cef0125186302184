"""What is in a `noscript` is not on the page of a citizen whose browser runs scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.config.models import Press
from probe.core.judgement.detail import DetailKind
from probe.journeys.exchange import Answer
from probe.journeys.forms import Submission
from probe.journeys.noscript import without_noscript
from probe.journeys.pages import Page
from probe.journeys.presses import Misfit, press


def page(body: str) -> Page:
    return Page(Answer("https://idp.test/login", 200, {"content-type": "text/html; charset=utf-8"}, body.encode()))


def sent(body: str, **how: object) -> Submission | Misfit:
    told = Press.model_validate(how)
    return press(page(body), told, told.fill, told.add)


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("<p>a</p>", "<p>a</p>"),
        ("a<noscript>b</noscript>c", "a<noscript></noscript>c"),
        ("a<NoScript class='>'><form></NOSCRIPT >c", "a<NoScript class='>'></NOSCRIPT >c"),
        ("<noscript>never ended <form>", "<noscript>"),
        ("<!--<noscript>--><input><!--</noscript>-->", "<!--<noscript>--><input><!--</noscript>-->"),
        ("<script>'<noscript>'</script><input></noscript>", "<script>'<noscript>'</script><input></noscript>"),
        ("<noscript><!--</noscript><input>-->", "<noscript></noscript><input>-->"),  # it is text: a comment hides no end of it
        ("<svg><noscript><g></noscript></svg>", "<svg><noscript><g></noscript></svg>"),
        ("<svg><p><noscript>x</noscript>", "<svg><p><noscript></noscript>"),
        ("<svg><title><noscript>x</noscript></title>", "<svg><title><noscript></noscript></title>"),
        ("<a title='<noscript>'>x</a>", "<a title='<noscript>'>x</a>"),
        ("<noscripts>x</noscripts>", "<noscripts>x</noscripts>"),
    ],
)  # fmt: skip
def test_the_content_of_noscript_is_text(body: str, left: str) -> None:
    """WHATWG HTML, "The noscript element": as where the scripting flag is enabled."""
    assert without_noscript(body) == left


@given(
    st.lists(
        st.sampled_from(["<noscript>", "</noscript>", "<p>", "x", "<!--", "-->", "<script>", "</script>", "<svg>", "é", "\ud800", "<"])
    )
)
def test_a_page_without_the_content_has_none_to_take_out(parts: list[str]) -> None:
    left = without_noscript("".join(parts))
    assert without_noscript(left) == left
    assert "<noscript>" in parts or left == "".join(parts)


FORM = "<form id=f action=/send><input name=login><input type=hidden name=a value=1>{}</form>"


def test_no_field_of_it_is_sent() -> None:
    body = FORM.format("<noscript><input type=hidden name=nojs value=1><button name=no value=2></noscript><button name=go value=3>")
    made = sent(body, fill={"login": "camille"})
    assert isinstance(made, Submission)
    assert made.fields == (("login", "camille"), ("a", "1"), ("go", "3"))


def test_a_form_that_a_script_sends_goes_without_the_button_for_those_without_scripts() -> None:
    body = (
        "<body onload='document.forms[0].submit()'><form method=post action=/acs><input type=hidden name=SAMLResponse value=x>"
        "<noscript><button name=go value=1>Continue</button></noscript></form>"
    )
    by_form, by_button = sent(body, form="form"), sent(body, press="button")
    assert isinstance(by_form, Submission)
    assert isinstance(by_button, Submission)
    assert by_form.fields == (("SAMLResponse", "x"),)
    assert by_button.fields == (("SAMLResponse", "x"), ("go", "1"))


def test_what_is_pressed_is_looked_for_in_the_page_first() -> None:
    body = "<noscript><form action=/without><input name=login><button id=go></form></noscript>" + FORM.format("<button id=go>")
    made = sent(body, press="#go", fill={"login": "camille"})
    assert isinstance(made, Submission)
    assert made.url == "https://idp.test/send"
    only = sent(body.replace(FORM.format("<button id=go>"), ""), press="#go", fill={"login": "camille"})
    assert isinstance(only, Submission)
    assert only.url == "https://idp.test/without"


def test_a_form_of_it_neither_begins_nor_ends_one_of_the_page() -> None:
    body = "<noscript><form action=/x></noscript>" + FORM.format("<noscript></form></noscript><button name=go value=1>")
    made = sent(body, fill={"login": "camille"})
    assert isinstance(made, Submission)
    assert made.fields == (("login", "camille"), ("a", "1"), ("go", "1"))


def test_what_neither_has_is_told_of_the_page() -> None:
    missing = sent("<noscript><button id=a></noscript>" + FORM.format(""), press="#other", fill={"login": "camille"})
    assert isinstance(missing, Misfit)
    assert missing.kind is DetailKind.BUTTON_MISSING
