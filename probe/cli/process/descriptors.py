"""Raises the number of files that the watch may open."""

import resource
from contextlib import suppress


def raise_limit() -> None:
    """Raise the soft limit of open files to the hard one, where that is permitted.

    The soft limit is 1,024 on most systems, for programs that use select(2). Vigie does not.
    """
    with suppress(ValueError, OSError):  # where it is not permitted the limit stays
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
