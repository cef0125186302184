"""How many files the watch may open: as many as the system lets it."""

import resource
from contextlib import suppress


def raise_limit() -> None:
    """Raise the soft limit of open files to the hard one, where that is permitted.

    The soft one is 1,024 on most systems for programs that cannot take more; Vigie can.
    """
    with suppress(ValueError, OSError):  # what cannot be raised stays as it is
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
