"""Odd inputs for the readers of strangers' data, made of the corpus beside this module.

The corpus has an example a file, in a folder for each kind of input. A mutation is made by a seed:
the same seed gives the same bytes, whatever ran before.
"""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.growth import DOCUMENTS, KEY_SETS, LINES, PAGES, READERS, TOKENS

CORPUS = Path(__file__).with_name("corpus")
HANGS_SECONDS = 5
LONGEST = 100_000  # bytes of a mutation
_MOST_CHANGES = 6
_PIECES = (
    *(b"<", b">", b"</", b"<!--", b"-->", b"<!", b"<?", b"&", b";", b"'", b'"', b"=", b"/", b"\\", b"\0"),
    *(b"\xff", b"\xed\xa0\x80", b"\xcc\x81", b"\r\n", b" ", b"\t", b"%", b"%zz", b"?", b"#", b"@", b".", b".."),
    *(b"{", b"}", b"[", b"]", b",", b":", b"1e999", b"-0", b"NaN", b"null", b"\\ud800"),
    *(b'"keys"', b'"kty"', b'"n"', b'"x"', b'"alg"', b'"kid"', b"eyJhbGciOiJub25lIn0", b"=."),
    *(b"//", b"http://", b"[::1]", b"xn--", b"0", b"99999999999999999999", b"url=", b"charset="),
    *(b"<form>", b"</form>", b"<input name=a>", b"<noscript>", b"</noscript>", b"<select><option>", b"<table>", b"<svg>"),
    *(b"<template>", b"<base href='", b"<meta http-equiv=refresh content='", b"expires=", b"Max-Age=", b"Domain="),
)

_KINDS: dict[str, dict[str, Any]] = {"page": PAGES, "document": DOCUMENTS | KEY_SETS, "token": TOKENS, "line": LINES}
"""By folder of the corpus: the shapes of the benchmark that its inputs begin with, too."""
_OF_DOCUMENTS = ("document", "metadata", "claims", "hidden", "keys")


class HangError(BaseException):
    """A reader took more than `HANGS_SECONDS` of CPU. No reader catches it: it is no Exception."""


def kind_of(reader: str, shapes: dict[str, Any]) -> str | None:
    """Return the folder of the corpus whose inputs a reader takes; None for none."""
    if reader in _OF_DOCUMENTS:
        return "document"
    return next((kind for kind, its in _KINDS.items() if shapes is its), None)


def readers() -> dict[str, tuple[str, Callable[[bytes], object]]]:
    """Return by its name the kind and the function of each reader, which takes bytes."""
    found: dict[str, tuple[str, Callable[[bytes], object]]] = {}
    for reader in READERS:
        kind = kind_of(reader.name, reader.shapes)
        if kind in ("page", "document"):
            found[reader.name] = kind, reader.read
        elif kind is not None:
            found[reader.name] = kind, _of_text(reader.read)
    return found


def _of_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda given: read(given.decode("latin-1"))


def corpus(kind: str) -> list[bytes]:
    """Return the examples of a kind: the files, and small ones of the benchmark's shapes."""
    shapes = [shape(300) for shape in _KINDS[kind].values()]
    files = [path.read_bytes() for path in sorted((CORPUS / kind).iterdir())]
    return files + [made if isinstance(made, bytes) else made.encode("latin-1", "replace") for made in shapes]


def mutated(examples: list[bytes], seed: int) -> bytes:
    """Return an example with some changes."""
    chance = random.Random(seed)
    made = chance.choice(examples)
    for _ in range(chance.randint(1, _MOST_CHANGES)):
        made = _changed(made, examples, chance)[:LONGEST]
    return made


def _changed(made: bytes, examples: list[bytes], chance: random.Random) -> bytes:
    start, end = sorted(chance.randint(0, len(made)) for _ in range(2))
    match chance.randrange(6):
        case 0:
            return made[:start] + made[min(end, start + 20) :]
        case 1:
            return made[:start] + chance.choice(_PIECES) + made[start:]
        case 2:
            return made[:start] + made[start : start + 40] * chance.choice((2, 3, 100, 2_000)) + made[start:]
        case 3:
            return made[:start] + chance.choice(_PIECES) * chance.choice((1, 50, 5_000)) + made[start:]
        case 4:
            other = chance.choice(examples)
            cut = chance.randint(0, len(other))
            return made[:start] + other[cut:]
    return made[:start] + bytes([chance.randrange(256)]) + made[start + 1 :]


@contextmanager
def no_hang() -> Iterator[None]:
    """Raise HangError where what is within takes more than `HANGS_SECONDS` of CPU; main thread."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise HangError

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, HANGS_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
