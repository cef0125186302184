"""Every error that Vigie raises on purpose.

    VigieError              our own trouble; the command line prints it and exits
      +-- ConfigError       the configuration is wrong: every problem at once (exit status 2)
      +-- InputError        the request is impossible: every problem at once (exit status 2)
      +-- LedgerError       the ledger cannot be opened, read or written now
      +-- MustBeMendedError somebody must act first: no permission, another program's file
                            (`vigie run` exits with status 2)

A hub, an IdP or a network that misbehaves is never an exception. It is a value, an `Observation`
(house rule 1). Each text may be printed: it never holds a secret, an account or a persona's value.
"""

import errno
from collections.abc import Iterable
from dataclasses import dataclass

_LASTING = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}
)


class VigieError(Exception):
    """The base of every error that is raised on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem in a file.

    `line` counts from 1. `path` is like `hubs[0].idps[2].tile`, and empty for the file itself.
    """

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"


class ConfigError(VigieError):
    """The configuration cannot be used. `problems` has every problem, in the order of the lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = sorted(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class InputError(VigieError):
    """A person's request makes no sense or contradicts the record. Nothing was written.

    The text has one problem a line.
    """


class NoneSuchError(InputError):
    """The ledger has no observation or outage of that name."""


class GoneError(NoneSuchError):
    """The observation was deleted when its retention time was over."""


class LedgerError(VigieError):
    """The ledger cannot be opened, read or written now: a full disk, a locked or missing file."""


class MustBeMendedError(VigieError):
    """A new start would fail in the same way: somebody must act first."""


class UnusableLedgerError(LedgerError, MustBeMendedError):
    """The ledger is unusable until somebody acts: no permission, a foreign file, a newer schema."""


def lasts(error: OSError) -> bool:
    """Tell whether an error lasts until somebody acts (a permission), or passes (a full disk)."""
    return error.errno in _LASTING
