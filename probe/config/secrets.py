"""Reads secrets from files or the environment, never from the configuration (house rule 11).

No text made here ever holds a secret. Errors say where it should have come from,
and `repr` gives their number.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from probe.config.base import SecretRef
from probe.config.models import Config, Hub
from probe.core.whole_words import WholeWord, words_of
from probe.errors import MustBeMendedError

_LARGEST = 65_536  # bytes
MISSING_FILE = "names a file that does not exist"


class SecretError(MustBeMendedError):
    """A secret cannot be read.

    The text completes "<path> ...", and holds neither the secret nor its file's name.
    """


def read_secret(ref: SecretRef) -> str:
    """Return the secret, without the line end that editors add. Raises SecretError."""
    text = _from_environment(ref.env) if ref.env is not None else _from_file(ref.file)
    if not text:
        raise SecretError("is empty")
    return text


def _from_environment(name: str) -> str:
    try:
        return os.environ[name].rstrip("\r\n")
    except KeyError:
        raise SecretError("names an environment variable that is not set") from None


def _from_file(path: Path | None) -> str:
    if path is None:
        raise SecretError("needs exactly one of file: and env:")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SecretError("names something that is not a file")
        with path.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except FileNotFoundError:
        raise SecretError(MISSING_FILE) from None
    except (OSError, ValueError) as error:
        raise SecretError(f"names a file that cannot be read: {getattr(error, 'strerror', None) or 'its name is malformed'}") from None
    if len(content) > _LARGEST:
        raise SecretError(f"names a file of more than {_LARGEST} bytes")
    return _decoded(content)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SecretError("names a file that is not UTF-8 text") from None


def hub_secrets(hub: Hub) -> Iterator[SecretRef]:
    """Yield every secret to which a hub's configuration refers."""
    for sp in (hub.sp, *hub.clients):
        yield from (ref for ref in (sp.client_secret, sp.private_key, sp.decryption_key) if ref)
    for idp in hub.idps:
        if idp.account:
            yield from (idp.account.username, idp.account.password)


def references(config: Config) -> set[SecretRef]:
    """Return every secret to which a configuration refers."""
    return set(_references(config))


def _references(value: object) -> Iterator[SecretRef]:
    if isinstance(value, SecretRef):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _references(getattr(value, name))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _references(inner)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _references(inner)


def store_address(config: Config) -> Path | str:
    """Return the place of the ledger: a path, or a server's URL with its password.

    It must not be printed. Raises SecretError.
    """
    if isinstance(config.store, Path) or config.store_password is None:
        return config.store
    scheme, rest = config.store.split("://", 1)
    user, at, where = rest.rpartition("@")
    return f"{scheme}://{user}:{quote(read_secret(config.store_password), safe='')}{at or '@'}{where}"


class Secrets:
    """All secrets of a configuration, read once at load. `secrets[ref]` is the value."""

    __slots__ = ("_personal", "_values", "_words")

    def __init__(
        self, values: dict[SecretRef, str], personal: frozenset[str] = frozenset(), words: frozenset[WholeWord] = frozenset()
    ) -> None:
        self._values = dict(values)
        self._personal = personal
        self._words = words

    @classmethod
    def read(cls, config: Config) -> "Secrets":
        """Read them all.

        Raises SecretError on the first that cannot be read (`load` has already reported them all).
        """
        public = _public(config)
        texts = {text for hub in config.hubs for persona in _personas(hub) for text in _texts(persona)} - public
        words = frozenset(word for text in texts for word in words_of(text))
        personal = frozenset(texts | set(_contacts(config)) - public)
        return cls({ref: read_secret(ref) for ref in references(config)}, personal, words)

    def __getitem__(self, ref: SecretRef) -> str:
        return self._values[ref]

    def values(self) -> frozenset[str]:
        """Return every secret's text, account names included, for the redactor."""
        return frozenset(self._values.values())

    def personal(self) -> frozenset[str]:
        """Return every text of the personas, and the contacts' data, for the redactor."""
        return self._personal

    def words(self) -> frozenset[WholeWord]:
        """Return the words of the personas' texts, for the redactor."""
        return self._words

    def __repr__(self) -> str:
        return f"<Secrets: {len(self._values)} read>"


def _public(config: Config) -> set[str]:
    """Return what a persona may hold and what is no person's: the uids of the IdPs' tiles, which
    FranceConnect gives as the claim `idp_id`.
    """
    return {idp.tile for hub in config.hubs for idp in hub.idps if idp.tile}


def _personas(hub: Hub) -> Iterator[dict[str, Any] | None]:
    yield from (idp.persona for idp in hub.idps)
    yield from (idp.persona for client in hub.clients for idp in client.idps)


def _contacts(config: Config) -> Iterator[str]:
    people = [*config.support.roles.values(), *(person for hub in config.hubs for idp in hub.idps for person in idp.contacts)]
    for person in people:
        yield from (person.mail, *([person.phone] if person.phone else []))
    yield from (person.name for hub in config.hubs for idp in hub.idps for person in idp.contacts)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
