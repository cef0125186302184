"""Logs in at an IdP by its recipe, and comes back through the hub to the SP."""

from collections.abc import Generator

from probe.config import formats
from probe.config.models import LoginRecipe, Press
from probe.core.judgement.attribution import Party
from probe.core.judgement.observation import Reason
from probe.journeys.exchange import Answer, Ask, Verdict
from probe.journeys.login_page import judge_hub_page, pass_hub_page
from probe.journeys.pages import Page, Submission, press
from probe.journeys.walk import Arrival, Callback, Going, Symptom, Walk


class LoginProgress:
    """The progress of a login: the recipe's pages before `done` were passed, or passed over."""

    def __init__(self, recipe: LoginRecipe, username: str, password: str) -> None:
        self.recipe = recipe
        self.done = 0
        self.pressed: Press | None = None
        self._username, self._password = username, password

    def next_press(self, page: Page) -> Submission | None:
        """Return what the recipe sends from this page. Optional pages may be passed over."""
        for index in range(self.done, len(self.recipe.pages)):
            page_of_recipe = self.recipe.pages[index]
            submission = self._press(page, page_of_recipe)
            if submission is not None:
                self.done, self.pressed = index + 1, page_of_recipe
                return submission
            if not page_of_recipe.optional:
                return None
        return None

    def refused(self, page: Page) -> bool:
        """Tell whether the IdP refused the credentials.

        The recipe's selector shows it. Without one, the form with the password is displayed again.
        """
        if self.pressed is None:
            return False
        if self.recipe.refused:
            return page.has(self.recipe.refused)
        asks_password = any("{password}" in text for text in self.pressed.fill.values())
        return asks_password and self._press(page, self.pressed) is not None

    def _press(self, page: Page, how: Press) -> Submission | None:
        return press(page, how, {name: formats.fill(text, self._username, self._password) for name, text in how.fill.items()})


def log_in_and_return(walk: Walk, arrival: Arrival, recipe: LoginRecipe) -> Generator[Ask, Answer, Callback | Verdict]:
    """Walk from the IdP's first page to the SP's callback. The walk's limits end endless logins."""
    login = LoginProgress(recipe, walk.site.username, walk.site.password)
    while isinstance(arrival, Page):
        if walk.party is Party.IDP:
            arrival = yield from _at_idp(walk, arrival, login)
        else:
            following = yield from pass_hub_page(walk, arrival)
            arrival = judge_hub_page(walk, arrival) if following is None else following
    return arrival


def _at_idp(walk: Walk, page: Page, login: LoginProgress) -> Going:
    if login.refused(page):
        return walk.stop(Symptom(check=Reason.CREDENTIALS_REFUSED, page=page))
    if page.has(login.recipe.error):
        return walk.stop(Symptom(check=Reason.IDP_ERROR, page=page))
    if page.answer.status != 200:
        return walk.stop(Symptom(check=Reason.HTTP_STATUS, page=page))
    submission = login.next_press(page)
    if submission is not None:
        return (yield from walk.submit(page, submission))
    if page.refresh:
        return (yield from walk.refresh(page.refresh))
    missing = Reason.LOGIN_PAGE_MISSING if login.pressed is None else Reason.IDP_ERROR
    return walk.stop(Symptom(check=missing, page=page))
