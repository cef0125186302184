"""Writes the configuration of `vigie init`: what differs from the defaults, a comment a key."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import yaml

from probe.cli.init_hub import GUESSED, GivenHub, Profile
from probe.cli.init_texts import InitTexts
from probe.journeys.login_forms import LoginForm
from probe.texts.bilingual import Language

_COMMENT_AT = 60  # the column at which comments begin, where there is room
SECRET_AUTHS = frozenset({"client_secret_post", "client_secret_basic"})


@dataclass(frozen=True, slots=True)
class ChosenIdp:
    """An IdP to watch. Without a `tile` it is the login of a hub without a chooser."""

    name: str
    title: str
    tile: str | None
    hosts: tuple[str, ...] = ()
    account: bool = False
    form: LoginForm | None = None


@dataclass(frozen=True, slots=True)
class NewConfiguration:
    """Everything that the file says."""

    asked: GivenHub
    name: str
    profile: Profile
    auth: str
    idps: tuple[ChosenIdp, ...]
    controls: tuple[str, ...] = ()
    title: str = ""
    secrets: dict[str, str] = field(default_factory=dict)


def secrets_of(made: NewConfiguration, said: InitTexts) -> Iterator[tuple[str, str]]:
    """Yield each secret that is still to be put: its file, and what it is."""
    client = made.asked.client_id
    if made.auth in SECRET_AUTHS:
        yield "secrets/client_secret", said.what_secret.format(client=client)
    else:
        yield "secrets/client_key.pem", said.what_key.format(client=client)
    for idp in made.idps:
        if idp.account:
            yield f"secrets/{idp.name}_username", said.what_username.format(title=idp.title or idp.name)
            yield f"secrets/{idp.name}_password", said.what_password


def text_of(made: NewConfiguration, said: InitTexts) -> str:
    """Return the file's text."""
    lines = [f"# {said.c_head}", ""]
    lines += [_line(0, "vantage", "local", said.c_vantage)]
    if said.language is not Language.FR:
        lines += [_line(0, "language", said.language.value, said.c_language)]
    lines += ["", *_control(made, said), ""]
    if isinstance(made.profile, Mapping):
        lines += [f"profiles:  # {said.c_profiles}", f"  {GUESSED}:", *_block(made.profile, 4), ""]
    lines += ["hubs:", *_hub(made, said), *_sp(made, said), "", f"    idps:  # {said.c_idps}"]
    for idp in made.idps:
        lines += _idp(idp, said)
    return "\n".join(lines) + "\n"


def _control(made: NewConfiguration, said: InitTexts) -> Iterator[str]:
    if not made.controls:
        yield f"# control:  # {said.c_control}"
        yield "#   targets:"
        yield "#     - {name: one, url: https://one.example/}"
        yield "#     - {name: two, url: https://two.example/}"
        return
    yield f"control:  # {said.c_control}"
    yield "  targets:"
    for number, url in enumerate(made.controls, 1):
        yield f"    - {{name: {_scalar(slug(urlsplit(url).hostname or '', f'control-{number}'))}, url: {json.dumps(url)}}}"


def _hub(made: NewConfiguration, said: InitTexts) -> Iterator[str]:
    yield _line(2, "- name", made.name, said.c_hub)
    yield _line(4, "issuer", made.asked.issuer, said.c_issuer)
    profile = GUESSED if isinstance(made.profile, Mapping) else made.profile
    if profile != "franceconnect":
        yield _line(4, "profile", profile, said.c_profile)
    if made.asked.hub_hosts:
        yield _line(4, "hosts", list(made.asked.hub_hosts), said.c_hosts_hub)
    if made.asked.network:
        yield _line(4, "network", dict(made.asked.network), said.c_network)


def _sp(made: NewConfiguration, said: InitTexts) -> Iterator[str]:
    yield f"    sp:  # {said.c_sp}"
    yield f"      client_id: {_scalar(made.asked.client_id)}"
    if made.auth != "client_secret_post":
        yield _line(6, "client_auth", made.auth, said.c_auth)
    key, file = ("client_secret", "secrets/client_secret") if made.auth in SECRET_AUTHS else ("private_key", "secrets/client_key.pem")
    yield _line(6, key, {"file": file}, said.c_secret)
    yield _line(6, "redirect_uri", made.asked.redirect_uri, said.c_redirect)
    if made.asked.scope != "openid":
        yield _line(6, "scope", made.asked.scope, said.c_scope)
    if made.asked.acr:
        yield _line(6, "acr_values", made.asked.acr, said.c_acr)


def _idp(idp: ChosenIdp, said: InitTexts) -> Iterator[str]:
    yield f"      - name: {_scalar(idp.name)}"
    if idp.title and idp.title != idp.name:
        yield _line(8, "title", idp.title, said.c_title)
    if idp.tile is not None:
        yield _line(8, "tile", idp.tile, said.c_tile)
    yield _line(8, "depth", "login-page", said.c_depth)
    if idp.hosts:
        yield _line(8, "hosts", list(idp.hosts), said.c_hosts)
    if idp.form is not None and idp.form.press.page is not None:
        yield f"        recipe:  # {said.c_recipe_page}"
        yield f"          pages: [{{page: {json.dumps(idp.form.press.page, ensure_ascii=False)}}}]"
    if idp.account:
        yield f"        # {said.c_recipe.format(name=idp.name)}"
        yield f"        account:  # {said.c_account}"
        for key in ("username", "password"):
            yield f"          {key}: {{file: secrets/{idp.name}_{key}}}"


def _line(indent: int, key: str, value: Any, comment: str) -> str:
    text = f"{' ' * indent}{key}: {_scalar(value)}"
    return f"{text:<{_COMMENT_AT}}  # {comment}"


def _scalar(value: Any) -> str:
    """Write a value on one line, in quotes where YAML needs them."""
    written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False)
    return str(written.removesuffix("...\n").strip())


def _block(value: Mapping[str, Any], indent: int) -> Iterator[str]:
    written = yaml.safe_dump(dict(value), default_flow_style=False, allow_unicode=True, width=10_000, sort_keys=False)
    yield from (" " * indent + line for line in written.rstrip("\n").split("\n"))


def slug(text: str, otherwise: str) -> str:
    """Return a name for the configuration: small letters, digits and dashes of a title."""
    from unicodedata import normalize

    ascii_only = normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:40].strip("-") or otherwise
