"""Which form owns a control, where the tree does not say (WHATWG HTML, "form element pointer")."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.journeys.exchange import Answer
from probe.journeys.form_owners import NUMBER, with_owners
from probe.journeys.pages import Page
from probe.transport.answer import PAGE_LIMIT


def page(body: str) -> Page:
    return Page(Answer("https://site.test/", 200, {"content-type": "text/html"}, body.encode()))


@pytest.mark.parametrize(
    ("body", "owned"),
    [
        ("<table><form id=f><tr><td><input name=a></td></tr><tr><td><button name=b></table>", {"f": "ab"}),
        ("<table><form id=f><tr><td><input name=a></form></td></tr></table><input name=b>", {"f": "a"}),
        ("<div><form id=f></div><input name=a><select name=b></select><textarea name=c></textarea>", {"f": "abc"}),
        (
            "<table><tr><form id=f><td><input name=a></td></form></tr><tr><form id=g><td><input name=b></td></form></tr></table>",
            {"f": "a", "g": "b"},
        ),
        ("<table><form id=f><form id=g><tr><td><input name=a></table>", {"f": "a"}),  # a form within a form is none
        ("<table><form id=f><tr><td><input name=a form=g></table></form><form id=g></form>", {"g": "a"}),
        ("<table><form id=f><!-- </form> --><tr><td title='</form>'><script>'</form>'</script><input name=a></table>", {"f": "a"}),
        ("<table><form id=f><template></form><input name=x></template><tr><td><input name=a></table>", {"f": "a"}),
        ("<form id=f><p></form><input name=a><table><form id=g><tr><td><textarea></form></textarea><input name=b></table>", {"g": "b"}),
        ("<FORM ID=f></P><DIV></FORM><table><Form id=g><tr><td><INPUT NAME=a></table>", {"g": "a"}),
    ],
)  # fmt: skip
def test_a_control_belongs_to_the_form_that_was_open(body: str, owned: dict[str, str]) -> None:
    shown = page(body)
    forms = {form.attributes.get("id") or "": form for form in shown.all("form")}
    found = {name: "".join(node.attributes.get("name") or "" for node in shown.controls(form)) for name, form in forms.items()}
    assert {name: controls for name, controls in found.items() if controls} == owned


def test_a_page_whose_controls_are_inside_their_forms_is_left_as_it_is() -> None:
    assert page("<form><input name=a></form>").first("input").attributes == {"name": "a"}


@given(st.text(st.sampled_from("<>/!-'\" =afomrinputscle\n"), max_size=80), st.text(max_size=40))
def test_whatever_a_page_holds_it_only_gains_numbers(soup: str, text: str) -> None:
    html = f"<form>{soup}<input name=a>{text}"
    marked = with_owners(html)
    for number in range(9):
        marked = marked.replace(f' {NUMBER}="{number}"', "")
    assert marked == html


@pytest.mark.parametrize("shape", ["<a '", "<!--", "<!--a>", "<form><input name=a>", "<x y='"])
def test_the_work_grows_with_the_length(shape: str) -> None:
    def least(size: int) -> float:
        html, times = "<table><form>" + shape * size + "<tr><td><input>", []
        for _ in range(3):
            began = time.process_time()
            with_owners(html)
            times.append(time.process_time() - began)
        return min(times)

    size = 2_000
    while least(size) < 0.02:
        size *= 2
        if size * len(shape) > PAGE_LIMIT:
            return  # no page is so large
    assert least(2 * size) < 2.6 * least(size)
