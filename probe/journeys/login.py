"""Logs in at an IdP by its recipe, and comes back through the hub to the SP.

The account's password is typed once in a journey, whatever the pages ask for: an IdP counts tries.
"""

from collections.abc import Generator
from dataclasses import dataclass, field

from probe.config.models import LoginRecipe, Press
from probe.core.judgement.attribution import Party
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Reason
from probe.journeys import details
from probe.journeys.account_pages import asked_of_the_account
from probe.journeys.details import Trusted
from probe.journeys.exchange import UNAUTHORIZED, Answer, Ask, Verdict
from probe.journeys.forms import Submission
from probe.journeys.login_page import HubPassage, appearance
from probe.journeys.mire import closest
from probe.journeys.pages import Page
from probe.journeys.presses import Misfit, press, what_is_missing
from probe.journeys.walk import Arrival, Callback, Going, Symptom, Walk


@dataclass(frozen=True, slots=True)
class _Pressed:
    """A page of the recipe that was sent, and how the page looked."""

    how: Press
    looks: tuple[str, ...] = field(repr=False)


class LoginProgress:
    """The progress of a login: the recipe's pages before `done` were passed, or passed over.

    `password_sent`: a page on which the password was typed was sent.
    """

    def __init__(self, recipe: LoginRecipe, username: str, password: str) -> None:
        self.recipe = recipe
        self.done = 0
        self.pressed: _Pressed | None = None
        self.password_sent = False
        self._username, self._password = username, password

    def next_press(self, page: Page) -> Submission | Misfit:
        """Return what the recipe sends from this page, or why it sends nothing.

        Optional pages may be passed over. A page that would type the password again is not sent.
        """
        fitting = self._fitting(page)
        if isinstance(fitting, Misfit):
            return fitting
        index, submission = fitting
        how = self.recipe.pages[index]
        if how.types_password and self.password_sent:
            return Misfit(DetailKind.PASSWORD_ASKED_AGAIN, (_name_of(how),))
        self.password_sent = self.password_sent or how.types_password
        self.done, self.pressed = index + 1, _Pressed(how, appearance(page))
        return submission

    def _fitting(self, page: Page) -> tuple[int, Submission] | Misfit:
        """Return the number of the recipe's next page that this page is, and what it sends."""
        misfits = list[Misfit]()
        for index in range(self.done, len(self.recipe.pages)):
            made = self._press(page, self.recipe.pages[index])
            if isinstance(made, Submission):
                return index, made
            misfits.append(made)
            if not self.recipe.pages[index].optional:
                break
        return closest(misfits) if misfits else Misfit(DetailKind.PAGE_NOT_IN_RECIPE, ())

    @property
    def is_over(self) -> bool:
        """Whether every page of the recipe that is not optional was sent."""
        return all(how.optional for how in self.recipe.pages[self.done :])

    def refusal(self, page: Page) -> DetailKind | None:
        """Return what shows that the IdP refused the credentials, or None.

        The recipe's selector shows it; or the page on which the account was typed comes back, and
        it asks for the password again or looks as it did. Where the recipe says how a refusal
        looks, a form with the password may also be the recipe's next page.
        """
        if self.pressed is None:
            return None
        if page.has(self.recipe.refused):
            return DetailKind.REFUSAL_SHOWN
        how = self.pressed.how
        if not how.types_account or not isinstance(self._press(page, how), Submission):
            return None
        if self.came_back(page):
            return DetailKind.PASSWORD_ASKED_AGAIN if how.types_password else DetailKind.PAGE_CAME_BACK
        is_next = self.recipe.refused is not None and not isinstance(self._fitting(page), Misfit)
        return DetailKind.PASSWORD_ASKED_AGAIN if how.types_password and not is_next else None

    def came_back(self, page: Page) -> bool:
        """Tell whether this is the page that was sent last, as it was then."""
        return self.pressed is not None and self.pressed.looks == appearance(page)

    @property
    def types_account(self) -> bool:
        """Whether the page that was pressed last types the account's name or password."""
        return self.pressed is not None and self.pressed.how.types_account

    @property
    def last(self) -> str:
        """The name of what was pressed last: a selector of the recipe, or the fields filled."""
        return _name_of(self.pressed.how) if self.pressed else ""

    def _press(self, page: Page, how: Press) -> Submission | Misfit:
        return press(page, how, how.filled(self._username, self._password), how.added(self._username, self._password))


def _name_of(how: Press) -> str:
    return how.press or how.form or how.page or ", ".join(how.fill)


def log_in_and_return(walk: Walk, arrival: Arrival, recipe: LoginRecipe) -> Generator[Ask, Answer, Callback | Verdict]:
    """Walk from the IdP's first page to the SP's callback. The walk's limits end endless logins."""
    login, passage = LoginProgress(recipe, walk.site.username, walk.site.password), HubPassage(walk)
    while isinstance(arrival, Page):
        if walk.at_login and _is_accepted(walk, arrival, login):
            walk.accepted_here()
        if walk.at_login:
            arrival = yield from _at_idp(walk, arrival, login)
        else:
            arrival = yield from passage.through(arrival)
    return arrival


def _is_accepted(walk: Walk, page: Page, login: LoginProgress) -> bool:
    """Tell whether a hub that logs in itself shows a page of its own after the login."""
    if walk.party is Party.IDP or not login.is_over or login.refusal(page) is not None:
        return False
    hub_page = walk.hub_page(page)
    return any(isinstance(press(page, how, how.fill), Submission) for how in hub_page.consent())


def _at_idp(walk: Walk, page: Page, login: LoginProgress) -> Going:
    if walk.party is Party.HUB and walk.hub_page(page).error:
        return walk.stop(Symptom(page=page))
    if (refusal := login.refusal(page)) is not None:
        return walk.stop(Symptom(check=Reason.CREDENTIALS_REFUSED, page=page, detail=_of_refusal(walk, page, login, refusal)))
    if page.has(login.recipe.error):
        detail = walk.detail(DetailKind.ERROR_SHOWN, (Trusted(login.recipe.error),))
        return walk.stop(Symptom(check=Reason.IDP_ERROR, page=page, detail=detail))
    if page.answer.status == UNAUTHORIZED and login.password_sent:
        detail = walk.detail(DetailKind.STATUS, (str(UNAUTHORIZED),), ("200",))
        return walk.stop(Symptom(check=Reason.CREDENTIALS_REFUSED, page=page, detail=detail))
    if page.answer.status >= 500:
        return walk.stop(Symptom(check=Reason.HTTP_STATUS, page=page))
    made = login.next_press(page)
    if not isinstance(made, Submission) and page.answer.status != 200:
        return walk.stop(Symptom(check=Reason.HTTP_STATUS, page=page))
    if isinstance(made, Submission):
        if login.types_account and not walk.site.may_log_in:
            return walk.stop(Symptom(check=Reason.LOGIN_BUDGET, page=page))
        return (yield from walk.submit(page, made))
    if made.kind is DetailKind.PASSWORD_ASKED_AGAIN:
        return walk.stop(Symptom(check=Reason.CREDENTIALS_REFUSED, page=page, detail=_of_refusal(walk, page, login, made.kind)))
    if login.password_sent and (asked := asked_of_the_account(page)) is not None:
        return walk.stop(Symptom(check=Reason.CREDENTIALS_REFUSED, page=page, detail=_of_refusal(walk, page, login, asked)))
    missing = what_is_missing(page) if login.pressed is None else Reason.IDP_ERROR
    return walk.stop(Symptom(check=missing, page=page, detail=_of_misfit(walk, page, login, made)))


def _of_refusal(walk: Walk, page: Page, login: LoginProgress, kind: DetailKind) -> Detail:
    if kind is DetailKind.REFUSAL_SHOWN:
        return walk.detail(kind, (Trusted(login.recipe.refused or ""),))
    return walk.detail(kind, (Trusted(login.last),), details.forms(page))


def _of_misfit(walk: Walk, page: Page, login: LoginProgress, misfit: Misfit) -> Detail:
    """Return the detail of a page that the recipe cannot press."""
    if login.came_back(page):
        return walk.detail(DetailKind.PAGE_CAME_BACK, (Trusted(login.last),), details.buttons(page, labels=walk.quotes_buttons))
    return walk.misfit(page, misfit)
