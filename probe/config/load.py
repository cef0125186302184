"""Loads a configuration file: it gives a configuration, or every problem, each on its line."""

import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from probe.config import resolve
from probe.config.accounts import find_overspent
from probe.config.base import SecretRef
from probe.config.formats import check_store, parse_address
from probe.config.inherit import inherit
from probe.config.models import ClientIdP, Config, Hub, IdP, PageProfile, Pkce, ServiceProvider
from probe.config.outline import default
from probe.config.rules import Violation, find_rules
from probe.config.secrets import SecretError, Secrets, hub_secrets
from probe.config.source import Path_, Source, read_source
from probe.config.words import say_errors
from probe.config.writable import unwritable
from probe.errors import ConfigError, Problem


def load(path: Path) -> Config:
    """Read, check and type the file. Relative paths in it start from its folder.

    Raises ConfigError with every problem.
    """
    return load_with_warnings(path)[0]


def load_with_warnings(path: Path) -> tuple[Config, list[Problem]]:
    """Load, and return also a warning for each setting that is allowed but unwise."""
    from probe.config.checks import find_problems  # here, as a reader of the ledger looks at no key

    source = _completed(path)
    config = _validated(source, path.absolute().parent, find_problems, _overspent)
    unwise = [*_unwise(config), *unwritable(config)]
    return config, sorted([*source.warnings, *(source.problem(at, message) for at, message in unwise)])


def load_alone(path: Path) -> Config:
    """Load without the files that the configuration names.

    A program that reads the ledger needs none of the secrets.
    """
    return _validated(_completed(path), path.absolute().parent, lambda data, _folder: find_rules(data))


def _completed(path: Path) -> Source:
    source = read_source(path)
    inherit(source)
    return source


def _overspent(config: Config) -> Iterator[Violation]:
    """Yield the budgets that regular journeys exceed; none while a secret cannot be read, which is
    told already.
    """
    with suppress(SecretError):
        yield from find_overspent(config, Secrets.read(config))


def _validated(
    source: Source,
    folder: Path,
    find: Callable[[Any, Path], Iterator[Violation]],
    find_typed: Callable[[Config], Iterator[Violation]] = lambda _: iter(()),
) -> Config:
    """Return the configuration. Raises ConfigError with every problem.

    `find` looks at the raw data, and `find_typed` at the models, where there are any.
    """
    config: Config | None = None
    problems = set(source.problems)
    reported = {problem.path for problem in problems if problem.path}
    try:
        config = Config.model_validate(source.data, context={"folder": folder, "state": _state_folder(source.data, folder)})
    except ValidationError as error:
        problems.update(problem for problem in say_errors(error.errors(include_url=False), source) if problem.path not in reported)
    problems.update(source.problem(at, message) for at, message in find(source.data, folder))
    if config is not None:
        problems.update(source.problem(at, message) for at, message in find_typed(config))
    if config is None or problems:
        told = {problem.path for problem in problems}
        problems.update(warning for warning in source.warnings if warning.path in told)
        raise ConfigError(problems)
    return config


def _state_folder(data: Any, folder: Path) -> Path:
    """Return the folder of the ledger that this prober writes: its store, else its spool."""
    given = data if isinstance(data, dict) else {}
    for key in ("store", "spool"):
        with suppress(ValueError):
            place = check_store(given[key] if given.get(key) is not None else default("Config", key))
            if isinstance(place, Path):
                return (folder / place).parent
    return folder


def _unwise(config: Config) -> Iterator[tuple[Path_, str]]:
    yield from _open_files(config)
    if not config.control.targets:
        yield ("control",), "has no targets: a prober without network would blame the hubs"
    elif len(config.control.targets) == 1:
        yield (
            ("control", "targets"),
            "has one target: once that is gone for good, every failed connection is told as a lost network. Name two, on two networks",
        )
    used = {idp.recipe for hub in config.hubs for idp in _idps(hub) if isinstance(idp.recipe, str)}
    yield from ((("recipes", name), "is used by no IdP") for name in config.recipes if name not in used)
    for index, hub in enumerate(config.hubs):
        yield from _unwise_hub(hub, ("hubs", index))
        profile = resolve.profile(config, hub)
        yield from _refused_request(hub.sp, profile, ("hubs", index, "sp"))
        for number, client in enumerate(hub.clients):
            yield from _refused_request(client, profile, ("hubs", index, "clients", number))


def _idps(hub: Hub) -> Iterator[IdP | ClientIdP]:
    yield from hub.idps
    for client in hub.clients:
        yield from client.idps


def _open_files(config: Config) -> Iterator[tuple[Path_, str]]:
    """Warn of files that others may read or write.

    Vigie makes its files for their owner alone. A file that an operator or an older Vigie opened
    wider stays so.
    """
    ledger: tuple[Path_, Path] = (("store",), config.store) if isinstance(config.store, Path) else (("spool",), config.spool)
    devices = [(("hubs", index, "trusted_device"), hub.trusted_device) for index, hub in enumerate(config.hubs)]
    files = [ledger, *(((*at, "file"), device.file) for at, device in devices if device and device.file)]
    for at, file in files:
        if any(_others_may(part) for part in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm")))):
            yield at, "is a file that other users of this machine may read or write: chmod 600, its -wal and -shm too"


def _unwise_hub(hub: Hub, path: Path_) -> Iterator[tuple[Path_, str]]:
    if hub.issuer.startswith("http:") and not _is_loopback(hub.issuer):
        yield (*path, "issuer"), "is not https: anyone between here and the hub can read and change its answers"
    if all(idp.control for idp in hub.idps):
        yield (*path, "idps"), "are all control IdPs: condition C3 looks at the others only"
    if any(_others_may_read(ref) for ref in hub_secrets(hub)):
        yield path, "has secret files that other users of this machine may read: chmod 600"


def _refused_request(sp: ServiceProvider, profile: PageProfile, path: Path_) -> Iterator[tuple[Path_, str]]:
    """Warn of settings with which, by its profile, this hub refuses the authorization request."""
    if sp.pkce is Pkce.S256 and profile.pkce is Pkce.NONE:
        yield (*path, "pkce"), "is S256, and by its profile this hub refuses PKCE: every journey would fail. Leave it at auto"
    if profile.authorize_parameters is None:
        return
    taken = ", ".join(profile.authorize_parameters) or "none"
    for name in sp.authorize_parameters:
        if name not in profile.authorize_parameters:
            yield (*path, "authorize_parameters", name), f"is not one of the parameters that this hub accepts: {taken}"


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or parse_address(host).host.startswith("127.")


def _others_may_read(ref: SecretRef) -> bool:
    with suppress(OSError):  # the file was read a moment ago, and may be gone now
        return ref.file is not None and bool(ref.file.stat().st_mode & stat.S_IROTH)
    return False


def _others_may(file: Path) -> bool:
    """Tell whether others may read or write the file.

    False when it does not exist, or its folder is closed to them.
    """
    with suppress(OSError):
        inside = file.parent.stat().st_mode & stat.S_IXOTH
        return bool(inside and file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))
    return False
