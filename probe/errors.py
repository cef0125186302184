"""Every error that Vigie raises on purpose.

    VigieError              something of ours went wrong; the command line prints it and exits
      +-- ConfigError       the configuration is wrong: every problem at once (exit status 2)
      +-- InputError        what was asked for cannot be done as it was asked: every problem at once (exit status 2)
      +-- LedgerError       the ledger cannot be opened, read or written now
      +-- MustBeMendedError somebody must act before it can go on: no permission, another program's file (`vigie run` exits with 2)

A hub, an IdP or a network that misbehaves is never an exception: it is a value, an `Observation` (house rule 1).
Each text is fit to be printed: it never holds a secret, an account or a persona's value.
"""

import errno
from collections.abc import Iterable
from dataclasses import dataclass

_LASTING = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}
)


class VigieError(Exception):
    """Base of every error raised on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file. `line` counts from 1; `path` is like `hubs[0].idps[2].tile`, empty for the file itself."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"


class ConfigError(VigieError):
    """The configuration cannot be used. `problems` holds all that is wrong, in the order of the file's lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = sorted(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class InputError(VigieError):
    """What a person asked for makes no sense or contradicts the record; nothing was written. One problem a line."""


class LedgerError(VigieError):
    """The ledger cannot be opened, read or written now: a full disk, a locked or missing file, no ledger at all."""


class MustBeMendedError(VigieError):
    """Starting again would meet the same: somebody must act first."""


class UnusableLedgerError(LedgerError, MustBeMendedError):
    """The ledger cannot be used until somebody acts: no permission, another program's file, a newer schema."""


def lasts(error: OSError) -> bool:
    """Whether an error lasts until somebody acts (a permission), rather than passes (a full disk)."""
    return error.errno in _LASTING
