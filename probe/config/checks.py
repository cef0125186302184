"""Checks the files that the configuration names: secrets and certificates.

`probe.config.rules` has the rules that need no other file.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from pydantic import ValidationError

from probe.config.authorities import SYSTEM, trusted_file
from probe.config.base import DatedSecretRef, SecretRef
from probe.config.formats import check_url
from probe.config.keys import check_private_key, check_signing_key
from probe.config.models import Algorithm
from probe.config.rules import Violation, find_rules, mapping, mappings
from probe.config.secrets import MISSING_FILE, SecretError, read_secret
from probe.config.source import Path_, show

_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_WORD = re.compile(r"\.{0,2}[a-z][a-z_.-]*[0-9]{0,4}(?:[._-][a-z]+)*|\.\.")


def find_problems(data: Any, folder: Path) -> Iterator[Violation]:
    """Yield every problem of the configuration and of the files that it names.

    `folder` is where relative paths start.
    """
    yield from find_rules(data)
    yield from _files(mapping(data), folder)


def _files(root: dict[str, Any], folder: Path) -> Iterator[Violation]:
    yield from _incoming_secrets(root, folder)
    yield from _tickets(root.get("tickets"), folder)
    yield from _heartbeat(mapping(root.get("heartbeat")), folder)
    for path, target in mappings(mapping(root.get("control")).get("targets"), ("control", "targets")):
        yield from _ca_file(target, path, folder)
    for path, hub in mappings(root.get("hubs"), ("hubs",)):
        yield from _ca_file(hub, path, folder)
        yield from _sp_secrets(mapping(hub.get("sp")), (*path, "sp"), folder)
        for at, client in mappings(hub.get("clients"), (*path, "clients")):
            yield from _sp_secrets(client, at, folder)
        for at, idp in mappings(hub.get("idps"), (*path, "idps")):
            yield from _idp(idp, at, folder)


def _idp(idp: dict[str, Any], path: Path_, folder: Path) -> Iterator[Violation]:
    account = mapping(idp.get("account"))
    for key in ("username", "password"):
        yield from _secret(account.get(key), (*path, "account", key), folder)
    yield from _ca_file(idp, path, folder)
    yield from _ca_file(mapping(idp.get("direct")), (*path, "direct"), folder)


def _incoming_secrets(root: dict[str, Any], folder: Path) -> Iterator[Violation]:
    api = mapping(root.get("api"))
    for name, ref in mapping(api.get("tokens")).items():
        yield from _secret(ref, ("api", "tokens", name), folder)
    for key in ("token", "password"):
        yield from _secret(mapping(api.get("alertmanager")).get(key), ("api", "alertmanager", key), folder)
    webhook = mapping(mapping(root.get("deactivation")).get("webhook"))
    yield from _secret(webhook.get("secret"), ("deactivation", "webhook", "secret"), folder)


def _tickets(entries: Any, folder: Path) -> Iterator[Violation]:
    for path, system in mappings(entries, ("tickets",)):
        for key in ("token", "password", "app_token", "secret"):
            yield from _secret(system.get(key), (*path, key), folder)
        for name, ref in mapping(system.get("secret_headers")).items():
            yield from _secret(ref, (*path, "secret_headers", name), folder)
        yield from _certificates(system, path, folder)


def _heartbeat(heartbeat: dict[str, Any], folder: Path) -> Iterator[Violation]:
    yield from _secret(heartbeat.get("secret_url"), ("heartbeat", "secret_url"), folder, _check_address)
    yield from _secret(heartbeat.get("token"), ("heartbeat", "token"), folder)
    yield from _certificates(heartbeat, ("heartbeat",), folder)


def _check_address(text: str) -> None:
    """Refuse what is no URL, without a word of it. Raises SecretError."""
    try:
        check_url(text)
    except ValueError:
        raise SecretError("does not hold an http or https URL") from None


def _sp_secrets(sp: dict[str, Any], path: Path_, folder: Path) -> Iterator[Violation]:
    algorithm = sp.get("private_key_alg", "ES256")
    known = isinstance(algorithm, str) and algorithm in list(Algorithm)
    signs = partial(check_signing_key, algorithm=algorithm) if known else check_private_key
    yield from _secret(sp.get("client_secret"), (*path, "client_secret"), folder)
    yield from _secret(sp.get("private_key"), (*path, "private_key"), folder, signs)
    yield from _secret(sp.get("decryption_key"), (*path, "decryption_key"), folder, check_private_key)


def _secret(value: Any, path: Path_, folder: Path, check: Callable[[str], None] | None = None) -> Iterator[Violation]:
    if not isinstance(value, dict):
        return
    try:
        ref: SecretRef = DatedSecretRef.model_validate(value, context={"folder": folder})
    except ValidationError:
        return
    try:
        text = read_secret(ref)
        if check:
            check(text)
    except SecretError as error:
        yield (*path, "file" if ref.file else "env"), f"{error}{_where(value, ref, error, folder)}"


def _where(value: dict[str, Any], ref: SecretRef, error: SecretError, folder: Path) -> str:
    """Return which variable or file was looked for, and where.

    A secret that was written in the place of its name is not repeated.
    """
    if ref.file is None:
        return f": {show(ref.env)}" if _VARIABLE.fullmatch(ref.env or "") else ""
    named = str(value.get("file"))
    if _is_surely_a_path(named, folder) or _looks_like_a_path(named):
        return f": {show(ref.file.absolute())}"
    return f" in {ref.file.absolute().parent}" if str(error) == MISSING_FILE else ""


def _looks_like_a_path(named: str) -> bool:
    """Tell whether a relative name is made of words, as no secret is."""
    parts = Path(named).parts
    return len(parts) > 1 and all(_WORD.fullmatch(part) for part in parts)


def _is_surely_a_path(named: str, folder: Path) -> bool:
    """Tell whether a name is no secret that was written in the place of its file's name: the folder
    that it begins with is there.
    """
    parts = Path(named).parts
    first = parts[:2] if Path(named).is_absolute() else parts[:1]
    return len(parts) > len(first) and os.path.isdir(folder.joinpath(*first))


def _ca_file(owner: dict[str, Any], path: Path_, folder: Path) -> Iterator[Violation]:
    yield from _certificates(mapping(owner.get("network")), (*path, "network"), folder)


def _certificates(owner: dict[str, Any], path: Path_, folder: Path) -> Iterator[Violation]:
    name = owner.get("ca_file")
    if not isinstance(name, str) or not name:
        return
    try:
        problem = _bad_certificates(trusted_file(SYSTEM) if name == str(SYSTEM) else folder / name)
    except FileNotFoundError as error:
        problem = str(error)
    if problem:
        yield (*path, "ca_file"), f"{problem}: {show(name)}"


def _bad_certificates(file: Path) -> str | None:
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return "is not a file"
        x509.load_pem_x509_certificates(file.read_bytes())
    except FileNotFoundError:
        return "is a file that does not exist"
    except OSError as error:
        return f"is a file that cannot be read ({error.strerror})"
    except ValueError:
        return "is not a file of PEM certificates"
    return None
