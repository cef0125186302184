"""A machine that has run out of descriptors."""

import gc
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def none_left() -> Iterator[Callable[[int], None]]:
    """This process may open no more files. What is yielded gives some back."""
    gc.collect()  # what earlier tests left must not give a descriptor back meanwhile
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(10)]
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))

    def give(count: int) -> None:
        for _ in range(count):
            os.close(taken.pop())

    try:
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        yield give
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        give(len(taken))
