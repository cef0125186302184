"""`vigie journey IDP --learn`: walks a login as far as it gets, and prints the recipe that fits.

A form into which the account would be typed is sent only after a person has confirmed that very
form: its host and its fields. The login begins anew for each page, with what was confirmed so far;
so one try types the password once at most. Each try counts in the account's login budget.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import click
import yaml

from probe.cli.options.budgets import spending
from probe.cli.output.texts import CommandTexts
from probe.cli.questions import agree
from probe.clock import SystemClock
from probe.config.models import Config, Depth, Hub, IdP, LoginRecipe, Press
from probe.config.secrets import Secrets
from probe.core.judgement.observation import Kind, Observation, Outcome, Reason
from probe.core.login_budget import Run
from probe.core.plain_text import visible
from probe.errors import InputError
from probe.journeys.login_forms import LoginForm, login_form
from probe.journeys.observed import JourneyView, observed, stopped_at_host
from probe.journeys.plan import plan
from probe.logs import configure as configure_logs
from probe.prober.logins import logged_in
from probe.prober.run import Prober
from probe.texts.bilingual import Text
from probe.texts.details import sentence
from probe.texts.judgement import reason_of

_MOST_PAGES = 6
_MOST_HOSTS = 8


class LearnTexts(CommandTexts):
    """Of `vigie journey IDP --learn`."""

    form = Text("Page {number} : un formulaire de {host} ({method} {action})", "Page {number}: a form of {host} ({method} {action})")
    shown_field = Text("  champ {name} ({kind}) {label}", "  field {name} ({kind}) {label}")
    typed_field = Text("  champ {name} ({kind}) {label} <- {value}", "  field {name} ({kind}) {label} <- {value}")
    pressed = Text("  bouton : {button} (boutons : {buttons})", "  button: {button} (buttons: {buttons})")
    ask_form = Text("Envoyer ce formulaire à {host} ?", "Send this form to {host}?")
    not_confirmed = Text(
        "Rien n'est envoyé : ce formulaire n'est pas confirmé. Sans terminal, le confirmer par : --confirm '{confirmation}'",
        "Nothing is sent: this form is not confirmed. Without a terminal, confirm it by: --confirm '{confirmation}'",
    )
    ask_host = Text(
        "La connexion mène à {host}, que la configuration ne nomme pas. Le suivre (GET) ?",
        "The login leads to {host}, which the configuration does not name. Follow it (GET)?",
    )
    host_stop = Text(
        "La connexion mène à {host}, que la configuration ne nomme pas : l'ajouter à hosts: s'il est au fournisseur d'identité",
        "The login leads to {host}, which the configuration does not name: add it to hosts: if it is the identity provider's",
    )
    asks_more = Text(
        "La page demande ce que le compte n'a pas : {fields}. La surveiller avec depth: login-page",
        "The page asks for what the account does not have: {fields}. Watch it with depth: login-page",
    )
    came_back = Text(
        "La même page revient : le compte est refusé, ou un autre bouton est le bon (boutons : {buttons}).",
        "The same page comes back: the account is refused, or another button is right (buttons: {buttons}).",
    )
    no_form = Text("La page n'a pas de formulaire de connexion. Son titre : {title}", "The page has no login form. Its title: {title}")
    ended = Text("Fin du parcours : {why}", "End of the journey: {why}")
    passed = Text(
        "Le parcours a réussi avec cette recette : l'identité est revenue.", "The journey passed with this recipe: the identity came back."
    )
    not_passed = Text("Le parcours n'a pas encore réussi avec cette recette.", "The journey has not passed with this recipe yet.")
    paste = Text("À copier sous le fournisseur d'identité {name} :", "To paste under the identity provider {name}:")
    paste_refused = Text(
        "Recette essayée. Le compte de {name} est refusé : corriger son nom et son mot de passe avant tout autre essai, car le fournisseur "
        "d'identité peut le bloquer ; puis recommencer.",
        "The recipe that was tried. The account of {name} is refused: correct its user name and password before any other try, as the "
        "identity provider may lock it; then begin again.",
    )
    logins = Text(
        "Parcours où le nom ou le mot de passe du compte a été saisi : {count}",
        "Journeys in which the account's user name or password was typed: {count}",
    )


@dataclass(slots=True)
class _Learned:
    """What is known of a login so far."""

    pages: list[Press] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    passed: bool = False
    refused: bool = False
    logins: int = 0

    @property
    def password_typed(self) -> bool:
        return any("{password}" in text for page in self.pages for text in page.fill.values())


class LoginTeacher:
    """Asks a person about each form of a login, and tries what was confirmed."""

    def __init__(self, config: Config, hub: Hub, idp: IdP, said: LearnTexts, confirmed: Sequence[str]) -> None:
        """`confirmed`: the forms that `--confirm` names. Raises InputError without an account."""
        if idp.account is None:
            raise InputError(f"{idp.name} has no account: in the configuration, with which it could log in")
        self._config, self._hub, self._idp, self._said = config, hub, idp, said
        self._confirmed = {_normal(each) for each in confirmed}
        self._asks = _at_a_terminal()
        self.learned = _Learned(hosts=list(idp.hosts))

    async def learn(self) -> bool:
        """Walk the login. Return whether the journey passed."""
        secrets = Secrets.read(self._config)
        configure_logs(level="error").replace([*secrets.values(), *secrets.personal()])
        trying = self._trying()
        async with spending(trying, secrets, clock := SystemClock()) as budgets:
            for _ in range(_MOST_PAGES + _MOST_HOSTS):
                kind = Kind.IDENTITY if self.learned.pages else Kind.LOGIN_PAGE
                planned = observed(plan(trying, secrets, self._hub, kind, self._one()))
                told = await budgets.run(planned, Run.DEMAND, lambda it: Prober(trying, clock).run(it, on_record=False))
                self.learned.logins += logged_in(told)
                if kind is Kind.IDENTITY and told.outcome is Outcome.OK:
                    self.learned.passed = True
                    return True
                if not self._goes_on(told, planned.seen):
                    return False
        return False

    def _one(self) -> IdP:
        """Return the IdP with what is known of its login so far."""
        learned = self.learned
        recipe = LoginRecipe(pages=learned.pages) if learned.pages else None
        depth = Depth.IDENTITY if learned.pages else Depth.LOGIN_PAGE
        return self._idp.model_copy(update={"hosts": learned.hosts, "recipe": recipe, "depth": depth})

    def _trying(self) -> Config:
        """Return the configuration with this IdP logging in, so that its logins are counted."""
        idps = [self._idp.model_copy(update={"depth": Depth.IDENTITY}) if each.name == self._idp.name else each for each in self._hub.idps]
        hubs = [self._hub.model_copy(update={"idps": idps}) if each.name == self._hub.name else each for each in self._config.hubs]
        return self._config.model_copy(update={"hubs": hubs})

    def _goes_on(self, told: Observation, seen: JourneyView) -> bool:
        """Look at where the journey ended, and say whether there is one step more to try."""
        if (host := stopped_at_host(told.reason, seen)) is not None:
            return self._adds_host(host)
        self.learned.refused = told.reason is Reason.CREDENTIALS_REFUSED
        page = seen.page
        at_login = not told.authenticated and (not told.on_hub or self._idp.tile is None)
        over = told.reason in (Reason.CREDENTIALS_REFUSED, Reason.LOGIN_BUDGET) or not at_login
        form = login_form(page, logged_in=self.learned.password_typed) if page is not None and not over else None
        if form is None or page is None:
            _say(self._said.ended.format(why=_why(told, self._said)))
            if page is not None and not over:
                _say(self._said.no_form.format(title=visible(page.title or page.heading)))
            return False
        return self._adds_page(form)

    def _adds_host(self, host: str) -> bool:
        if not (self._asks and agree(self._said.ask_host.format(host=host), self._said, default=False)):
            _say(self._said.host_stop.format(host=host))
            return False
        self.learned.hosts.append(host)
        return len(self.learned.hosts) <= len(self._idp.hosts) + _MOST_HOSTS

    def _adds_page(self, form: LoginForm) -> bool:
        said, pages = self._said, self.learned.pages
        for line in _lines_of(form, len(pages) + 1, said):
            _say(line)
        if pages and form.press == pages[-1]:
            _say(said.came_back.format(buttons=", ".join(map(visible, form.buttons)) or "-"))
            return False
        if form.asks_more:
            _say(said.asks_more.format(fields=", ".join(map(visible, form.unfilled))))
            return False
        if _normal(form.confirmation) not in self._confirmed and not (
            self._asks and agree(said.ask_form.format(host=form.host), said, default=False)
        ):
            _say(said.not_confirmed.format(confirmation=form.confirmation))
            return False
        if form.host not in self.learned.hosts and self._idp.tile is not None:
            self.learned.hosts.append(form.host)
        pages.append(form.press)
        return len(pages) <= _MOST_PAGES


def tell(teacher: LoginTeacher, idp: IdP, said: LearnTexts) -> None:
    """Print the recipe that was learned, ready to paste, and whether the journey passed with it."""
    learned = teacher.learned
    if learned.pages:
        _say((said.paste_refused if learned.refused else said.paste).format(name=idp.name))
        click.echo(yaml_of(learned.pages, learned.hosts, passed=learned.passed), nl=False)
        _say(said.logins.format(count=learned.logins))
    _say(said.passed if learned.passed else said.not_passed)


def yaml_of(pages: Sequence[Press], hosts: Sequence[str], *, passed: bool) -> str:
    """Return what to write at the IdP: depth, hosts, and the recipe, without defaults."""
    recipe = {"pages": [page.model_dump(exclude_defaults=True) for page in pages]}
    document: dict[str, object] = {"depth": "identity"} if passed else {}
    document |= {"hosts": list(hosts)} if hosts else {}
    return str(yaml.safe_dump(document | {"recipe": recipe}, sort_keys=False, allow_unicode=True, width=10_000))


def _lines_of(form: LoginForm, number: int, said: LearnTexts) -> Iterator[str]:
    yield said.form.format(number=number, host=form.host, method=form.method, action=visible(form.action))
    for each in form.fields:
        value = form.press.fill.get(each.name)
        pattern = said.shown_field if value is None else said.typed_field
        yield pattern.format(name=visible(each.name), kind=each.kind, label=f'"{visible(each.label)}"' if each.label else "", value=value)
    yield said.pressed.format(button=visible(form.button) or "-", buttons=", ".join(map(visible, form.buttons)) or "-")


def _normal(confirmation: str) -> str:
    """Return `HOST:FIELD,FIELD` with its fields in one order."""
    host, _, fields = confirmation.strip().rpartition(":")
    return f"{host.lower()}:{','.join(sorted(each.strip() for each in fields.split(',')))}"


def _why(told: Observation, said: LearnTexts) -> str:
    if told.reason is None:
        return said.outcomes[told.outcome]
    texts = [reason_of(told), *([sentence(told.detail)] if told.detail else [])]
    return "; ".join(each.in_language(said.language) for each in texts)


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _say(text: str) -> None:
    click.echo(text, err=True)
