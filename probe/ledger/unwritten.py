"""A file beside the ledger for the observations that a watch could not write before it ended.

The next start writes them. The first line says what the file is and how many observations follow;
then comes one line for each observation, in the order of submission:

    <check sum> {"format": "vigie unwritten", "version": 1, "observations": 2}
    <check sum> {"source": "4f0c...", "number": 17, "observation": {...}}

The check sum is the first 16 hexadecimal digits of the SHA-256 of the JSON text behind it. A line
that was torn or altered is reported and not believed. The file takes its name in one step, once it
is on the disk, so it is there whole or not at all.

`source` and `number` are written to the ledger with the observation, in the same transaction. So
the next start knows which of the observations the ledger took after all, even when the process was
killed between a commit and the removal of the file.
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
    """An observation with its name: the recorder that it was submitted to, and its number there.

    The name stays the same for ever.
    """

    source: str
    number: int
    observation: Observation


@dataclass(frozen=True, slots=True)
class Found:
    """The contents of a file. `damaged`: how many of its lines are wrong or missing."""

    observations: Sequence[Submitted]
    damaged: int


class Unwritten:
    """The file beside one ledger, and the new one that is written before it takes that name."""

    def __init__(self, ledger: Path) -> None:
        self.path = Path(f"{ledger}-unwritten")
        self._fresh = Path(f"{self.path}-new")

    def save(self, observations: Iterable[Submitted]) -> list[Submitted]:
        """Replace the file's contents by these observations, durably, or change nothing.

        Return those that the file holds now. One that cannot be written as JSON (a mistake of
        ours) is left out. Raises LedgerError when the file cannot be written.
        """
        worded = [(submitted, line) for submitted in observations if (line := _worded(submitted)) is not None]
        lines = [line for _, line in worded]
        with self._telling("written"):
            try:
                _write(self._fresh, [_line({"format": FORMAT, "version": VERSION, "observations": len(lines)}), *lines])
                self._fresh.replace(self.path)
            except OSError:
                with suppress(OSError):
                    self._fresh.unlink(missing_ok=True)
                raise
            self._sync_folder()
        return [submitted for submitted, _ in worded]

    def read(self) -> Found | None:
        """Return the file's contents; None when there is no file.

        A new file that was being written when the process was killed counts too, as far as its
        lines go; no observation comes twice. Raises LedgerError when a file is there and cannot be
        read.
        """
        with self._telling("read"):
            contents = [path.read_bytes() for path in (self.path, self._fresh) if path.exists()]
        files = [_found(content) for content in contents]
        if not files:
            return None
        known = {(submitted.source, submitted.number): submitted for each in files for submitted in each.observations}
        return Found(tuple(known.values()), sum(each.damaged for each in files))

    def held(self) -> int:
        """Return how many observations the file holds, by its first line alone.

        0 when there is no file or its first line is damaged. Raises LedgerError when it is there
        and cannot be read.
        """
        with self._telling("read"):
            if not self.path.exists():
                return 0
            with self.path.open("rb") as lines:
                return _count(_parsed(lines.readline(_FIRST_LINE_BYTES).rstrip(b"\n")) or {})

    def remove(self) -> None:
        """Remove the file, durably. The ledger must have all of it. Raises LedgerError."""
        with self._telling("removed"):
            self.path.unlink(missing_ok=True)
            self._fresh.unlink(missing_ok=True)
            self._sync_folder()

    def set_aside(self) -> list[Path]:
        """Rename the files, so that only people look at them. Return the new names.

        Raises LedgerError.
        """
        moved = []
        with self._telling("set aside"):
            for path in (self.path, self._fresh):
                if path.exists():
                    aside = next(name for number in count(1) if not (name := Path(f"{path}-damaged-{number}")).exists())
                    moved.append(path.replace(aside))
            self._sync_folder()
        return moved

    @contextmanager
    def _telling(self, failed_to_be: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LedgerError(f"{self.path}: cannot be {failed_to_be}: {error.strerror or error}") from error

    def _sync_folder(self) -> None:
        """Write the folder's changed names to the disk."""
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


def _worded(submitted: Submitted) -> bytes | None:
    try:
        return _line({"source": submitted.source, "number": submitted.number, "observation": asdict(submitted.observation)})
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
    head = _parsed(first)
    if head is None or head.get("format") != FORMAT:
        lines = [first, *lines]  # each line is checked by itself
        head = {}
    elif head.get("version") != VERSION:
        return Found((), max(1, len(lines)))
    observations = [submitted for submitted in map(_submitted, lines) if submitted is not None]
    missing = max(0, _count(head) - len(lines))
    return Found(observations, len(lines) - len(observations) + missing)


def _count(head: dict[str, Any]) -> int:
    count = head.get("observations", 0)
    return count if isinstance(count, int) else 0


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a line; None when the line is not as it was written."""
    check_sum, _, text = line.partition(b" ")
    if check_sum != _sum(text):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _submitted(line: bytes) -> Submitted | None:
    data = _parsed(line)
    if data is None:
        return None
    source, number = data.get("source"), data.get("number")
    if not isinstance(source, str) or not isinstance(number, int):
        return None
    try:
        return Submitted(source, number, _observation.validate_python(data.get("observation")))
    except ValidationError:
        return None
