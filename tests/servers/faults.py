"""Faults that the servers of the federation act out on chosen paths,
switched by a file each of them reads at every request.

A file rather than a request: it works on a server that hangs, survives a restart,
and needs no port of its own.
One line a fault: the path, a space, the action.
"""

from enum import StrEnum
from pathlib import Path


class Action(StrEnum):
    """What a server does instead of answering on that path."""

    HANG = "hang"  # no answer until the fault is lifted
    ERROR = "error"  # status 500, plain text
    # status 503, an HTML page, as an edge answers for a server that is gone
    UNAVAILABLE = "unavailable"
    GARBAGE = "garbage"  # status 200, JSON announced, something else sent
    BLANK = "blank"  # status 200, an HTML page with nothing on it
    REFUSED = "refused"  # status 429: too many requests, from this address
    HIDDEN = "hidden"  # of `idp:NAME`: the hub's chooser does not offer it


class FaultSwitch:
    """The faults of one server."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._faults: dict[str, Action] = {}
        self._write()

    def set(self, path: str, action: Action) -> None:
        """From now on, requests of `path` get `action`."""
        self._faults[path] = action
        self._write()

    def clear(self) -> None:
        """Every path works again; hanging requests go on at once."""
        self._faults.clear()
        self._write()

    def _write(self) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_text("".join(f"{path} {action}\n" for path, action in self._faults.items()), "utf-8")
        draft.replace(self.path)  # a reader never sees half of it
