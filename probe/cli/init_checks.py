"""Refuses what the options of `vigie init` say wrong, by the rules of the configuration itself."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from probe.cli.init_hub import GivenHub
from probe.config.checks import find_problems
from probe.config.models import Config
from probe.config.source import Source, say_path
from probe.config.words import say_errors
from probe.errors import InputError

_OPTIONS = {
    "hosts": "--hub-host", "proxy": "--proxy", "ca_file": "--ca-file", "name": "--name", "url": "--control", "profile": "--profile",
    "client_id": "--client-id", "issuer": "--issuer", "redirect_uri": "--redirect-uri", "scope": "--scope", "acr_values": "--acr",
}  # fmt: skip
"""The option that says a key of the configuration."""


def refuse_wrong(given: GivenHub, profile: str, name: str, controls: Sequence[str], folder: Path) -> None:
    """Raise InputError with every option whose value the configuration would not take."""
    told = list(dict.fromkeys(_problems(given, profile, name, controls, folder)))
    if told:
        raise InputError("\n".join(told))


def _problems(given: GivenHub, profile: str, name: str, controls: Sequence[str], folder: Path) -> Iterator[str]:
    hub = given.hub(profile or "franceconnect", [{"name": "login", "tile": "login", "depth": "login-page", "hosts": ["idp.example"]}])
    hub |= {"name": name or "hub"}
    targets = [{"name": f"control-{number}", "url": url} for number, url in enumerate(controls)]
    data = {"control": {"targets": targets}, "hubs": [hub]}
    try:
        Config.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        for problem in say_errors(error.errors(include_url=False), Source("", data)):
            yield from _of_option(problem.path, problem.message)
    for path, message in find_problems(data, folder):
        yield from _of_option(say_path(path), message)


def _of_option(path: str, message: str) -> Iterator[str]:
    """Yield the problem under the name of its option; what no option says is none here."""
    keys = [part.partition("[")[0] for part in path.split(".")]
    option = next((_OPTIONS[key] for key in reversed(keys) if key in _OPTIONS), None)
    if option is not None:
        yield f"{option}: {message}"
