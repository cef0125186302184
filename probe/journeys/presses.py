"""Presses what a recipe says on a page, or says why the page does not fit it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode

from probe.config.models import Press
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Reason
from probe.journeys.forms import Submission, default_button, submit
from probe.journeys.pages import Page
from probe.journeys.script_pages import is_built_by_scripts


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a page is not the one that a press is about, or cannot be pressed as it says.

    `kind` is one of the details of recipes, `names` what is missing. `form` is the form that was
    looked into, if any. `certain`: this is the page, since the selector of `page` matches or some
    of the fields are there; else it is probably another page.
    """

    kind: DetailKind
    names: tuple[str, ...]
    form: LexborNode | None = None
    certain: bool = False


MISSING: Final = frozenset({Reason.RECIPE_UNFIT, Reason.SCRIPT_NEEDED, Reason.LOGIN_PAGE_MISSING})
"""What `what_is_missing` returns."""


def what_is_missing(page: Page) -> Reason:
    """Return what a page that no recipe fits lacks: the login page, or our knowledge of it.

    A page that asks for a password is a login page, whatever its fields are called. One that a
    script builds may be a login page, or not.
    """
    if page.has("input[type=password i]"):
        return Reason.RECIPE_UNFIT
    return Reason.SCRIPT_NEEDED if is_built_by_scripts(page) else Reason.LOGIN_PAGE_MISSING


def press(page: Page, how: Press, fill: Mapping[str, str], add: Mapping[str, str] | None = None) -> Submission | Misfit:
    """Return the request that doing `how` on this page sends, or why it cannot be done.

    `fill` and `add` are those of `how`, with their placeholders replaced. What the page has in
    `noscript` alone, as the button of a form that a script sends, is pressed where the page has
    nothing else that `how` fits.
    """
    made = _press(page, how, fill, add)
    if isinstance(made, Misfit) and page.unscripted is not None:
        unscripted = _press(page.unscripted, how, fill, add)
        return made if isinstance(unscripted, Misfit) else unscripted
    return made


def _press(page: Page, how: Press, fill: Mapping[str, str], add: Mapping[str, str] | None) -> Submission | Misfit:
    if how.page and not page.has(how.page):
        return Misfit(DetailKind.PAGE_NOT_IN_RECIPE, (how.page,))
    told = how.page is not None
    button = page.first(how.press) if how.press else None
    form = _form(page, how, button)
    if form is None and how.press and button is None:
        return Misfit(DetailKind.BUTTON_MISSING, (how.press,), certain=told)
    if form is None:
        return Misfit(DetailKind.FORM_MISSING, (how.form,) if how.form else tuple(how.fill), certain=told)
    absent = tuple(sorted(set(how.fill) - _named(page, form)))
    if absent:
        return Misfit(DetailKind.FIELD_MISSING, absent, form, told or how.form is not None or len(absent) < len(how.fill))
    if how.press and button is None:
        return Misfit(DetailKind.BUTTON_MISSING, (how.press,), form, told or bool(how.fill))
    return submit(page, form, button if how.press else default_button(page, form), {**fill, **(add or {})})


def _form(page: Page, how: Press, button: LexborNode | None) -> LexborNode | None:
    """Return the form that is named, else the one with most of the fields, else the button's."""
    if how.form:
        node = page.first(how.form)
        return node if node is None or node.tag == "form" else page.form_of(node)
    if how.fill:
        forms = page.all("form")
        return max(forms, key=lambda form: len(_named(page, form) & how.fill.keys())) if forms else None
    if how.press:
        return page.form_of(button) if button is not None else None
    return page.first("form")


def _named(page: Page, form: LexborNode) -> set[str]:
    return {name for node in page.controls(form) if (name := node.attributes.get("name"))}
