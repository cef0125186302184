"""What a watch could not write to its ledger before it ended, kept in a file beside it until the next start.

One line an observation, in the order in which they were submitted, after a line that says what the file is and how many follow:

    <check sum> {"format": "vigie unwritten", "version": 1, "observations": 2}
    <check sum> {"source": "4f0c...", "number": 17, "observation": {...}}

The check sum is the first 16 hexadecimal digits of the SHA-256 of the JSON text behind it: a line that was torn or altered is told, not
believed. The file takes its name in one step, once it is on the disk, so it is there whole or not at all.

`source` and `number` are written to the ledger with the observation, in the same transaction. So whoever reads the file knows which of its
observations the ledger took after all, however the process ended between a commit and the removal of the file.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from probe.core.judgement.observation import Observation
from probe.errors import LedgerError

FORMAT = "vigie unwritten"
VERSION = 1
_SUM_DIGITS = 16
_FIRST_LINE_BYTES = 200

_observation = TypeAdapter(Observation)


class Submitted(NamedTuple):
    """An observation, and what names it for ever: the how-many-th it is of the recorder that it was submitted to."""

    source: str
    number: int
    observation: Observation


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds. `damaged`: how many of its lines cannot be believed or are missing."""

    observations: Sequence[Submitted]
    damaged: int


class Unwritten:
    """The file beside one ledger, and the one that is written before it takes that name."""

    def __init__(self, ledger: Path) -> None:
        self.path = Path(f"{ledger}-unwritten")
        self._fresh = Path(f"{self.path}-new")

    def keep(self, observations: Iterable[Submitted]) -> list[Submitted]:
        """Put these in the place of what the file holds, durably, or change nothing. Returns what it holds: one that cannot be put into
        words (a mistake of ours) is left out.

        Raises LedgerError when the file cannot be written.
        """
        worded = [(one, line) for one in observations if (line := _worded(one)) is not None]
        lines = [line for _, line in worded]
        with self._telling("written"):
            try:
                _write(self._fresh, [_line({"format": FORMAT, "version": VERSION, "observations": len(lines)}), *lines])
                self._fresh.replace(self.path)
            except OSError:
                with suppress(OSError):
                    self._fresh.unlink(missing_ok=True)
                raise
            self._settle()
        return [one for one, _ in worded]

    def read(self) -> Found | None:
        """What the file holds; None when there is none. Raises LedgerError when it is there and cannot be read.

        One that was being written when the process was killed is believed as far as its lines go: none of them can be doubled.
        """
        with self._telling("read"):
            contents = [path.read_bytes() for path in (self.path, self._fresh) if path.exists()]
        found = [_found(content) for content in contents]
        if not found:
            return None
        known = {(one.source, one.number): one for each in found for one in each.observations}
        return Found(tuple(known.values()), sum(each.damaged for each in found))

    def held(self) -> int:
        """How many observations the file says that it holds, by its first line alone; 0 when there is none, or it says nothing.

        Raises LedgerError when it is there and cannot be read.
        """
        with self._telling("read"):
            if not self.path.exists():
                return 0
            with self.path.open("rb") as lines:
                return _count(_said(lines.readline(_FIRST_LINE_BYTES).rstrip(b"\n")) or {})

    def remove(self) -> None:
        """Remove the file, durably: the ledger holds what it held. Raises LedgerError."""
        with self._telling("removed"):
            self.path.unlink(missing_ok=True)
            self._fresh.unlink(missing_ok=True)
            self._settle()

    def set_aside(self) -> list[Path]:
        """Give what there is other names, which only people look for. Returns them. Raises LedgerError."""
        moved = []
        with self._telling("set aside"):
            for path in (self.path, self._fresh):
                if path.exists():
                    aside = next(name for number in count(1) if not (name := Path(f"{path}-damaged-{number}")).exists())
                    moved.append(path.replace(aside))
            self._settle()
        return moved

    @contextmanager
    def _telling(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LedgerError(f"{self.path}: cannot be {done}: {error.strerror or error}") from error

    def _settle(self) -> None:
        """Put what was done to names in the folder on the disk."""
        handle = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write(path: Path, lines: Iterable[bytes]) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as out:
        out.writelines(lines)
        out.flush()
        os.fsync(handle)


def _worded(one: Submitted) -> bytes | None:
    try:
        return _line({"source": one.source, "number": one.number, "observation": asdict(one.observation)})
    except (TypeError, ValueError, RecursionError):
        return None


def _line(data: dict[str, Any]) -> bytes:
    text = json.dumps(data).encode("ascii")
    return _sum(text) + b" " + text + b"\n"


def _sum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:_SUM_DIGITS].encode("ascii")


def _found(content: bytes) -> Found:
    first, *lines = content.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    head = _said(first)
    if head is None or head.get("format") != FORMAT:
        lines = [first, *lines]  # whatever it was: the lines speak for themselves
        head = {}
    elif head.get("version") != VERSION:
        return Found((), max(1, len(lines)))
    told = [one for one in map(_submitted, lines) if one is not None]
    missing = max(0, _count(head) - len(lines))
    return Found(told, len(lines) - len(told) + missing)


def _count(head: dict[str, Any]) -> int:
    found = head.get("observations", 0)
    return found if isinstance(found, int) else 0


def _said(line: bytes) -> dict[str, Any] | None:
    """What a line says; None when it is not as it was written."""
    told, _, text = line.partition(b" ")
    if told != _sum(text):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _submitted(line: bytes) -> Submitted | None:
    data = _said(line)
    if data is None:
        return None
    source, number = data.get("source"), data.get("number")
    if not isinstance(source, str) or not isinstance(number, int):
        return None
    try:
        return Submitted(source, number, _observation.validate_python(data.get("observation")))
    except ValidationError:
        return None
