"""Completes the values of options and arguments: hubs, IdPs, clients, incidents and outages.

The names come from the configuration that the command line has so far, and from its ledger, without
pydantic and without SQLAlchemy where the ledger is a file. Whatever is wrong, nothing is offered:
a shell that waits for a word has no place for an error.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from probe.cli.options.paths import config_path
from probe.cli.options.quick_settings import glance
from probe.core.judgement.past import OutageName
from probe.core.judgement.subject import HUB, State, Subject
from probe.errors import VigieError
from probe.ledger.figures.tracks import Run, subjects

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Names = Iterable[tuple[str, str]]
"""What is offered, each with the text that a shell may show beside it."""

_MOST = 50  # outages or incidents that are offered, the newest
_OPTIONS_OF_A_FILE = ("config", "settings", "named", "path")  # as the commands call `--config`
_INTERVALS = "SELECT start_us, state FROM interval WHERE hub = :hub AND subject = :subject ORDER BY start_us DESC LIMIT 500"
_INCIDENTS = "SELECT number, hub, idp, state, severity FROM incident ORDER BY number DESC LIMIT 50"


def _completing(names: Callable[[click.Context, Path], Names]) -> Complete:
    """Make the completion that offers those names that begin with what was typed."""

    def complete(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
        try:
            given = (context.params.get(name) for name in _OPTIONS_OF_A_FILE)
            path = config_path(next((each for each in given if isinstance(each, Path)), None))
            return [CompletionItem(name, help=told or None) for name, told in names(context, path) if name.startswith(typed)]
        except (VigieError, OSError, ValueError, TypeError, LookupError, AttributeError):
            return []

    return complete


def _hubs(_context: click.Context, path: Path) -> Names:
    return {str(hub["name"]): str(hub.get("title") or "") for hub in _configured(path)}.items()


def _idps(context: click.Context, path: Path) -> Names:
    found = {str(idp["name"]): str(idp.get("title") or "") for hub in _chosen(context, path) for idp in hub.get("idps") or ()}
    return found.items()


def _clients(context: click.Context, path: Path) -> Names:
    return {str(each["name"]): str(each.get("title") or "") for hub in _chosen(context, path) for each in hub.get("clients") or ()}.items()


def _outages(_context: click.Context, path: Path) -> Names:
    with _ledger(path) as run:
        begun = [
            OutageName(hub, subject, start_us)
            for hub, every in subjects(run).items()
            for subject in every
            if subject != HUB
            for start_us in _beginnings(run, hub, subject)
        ]
    newest = sorted(begun, key=lambda name: name.at_us, reverse=True)[:_MOST]
    return [(str(name), Subject.parse(name.subject).label) for name in newest]


def _incidents(_context: click.Context, path: Path) -> Names:
    with _ledger(path) as run:
        found = list(run(_INCIDENTS, {}))
    return [(str(number), f"{hub} {idp or ''} {state} ({severity})".replace("  ", " ")) for number, hub, idp, state, severity in found]


def _beginnings(run: Run, hub: str, subject: str) -> Iterator[int]:
    """Yield the starts of the latest outages: unknown time does not end one."""
    begun = False
    for start_us, state in reversed(list(run(_INTERVALS, {"hub": hub, "subject": subject}))):
        if state == State.DOWN and not begun:
            yield int(start_us)
        begun = state == State.DOWN or (begun and state == State.UNKNOWN)


def _ledger(path: Path) -> Any:
    from probe.ledger.figures.annual import reading

    return reading(glance(path).store)


def _configured(path: Path) -> list[Any]:
    from probe.config.inherit import inherit
    from probe.config.source import read_source

    source = read_source(path)
    inherit(source)
    return list(source.data.get("hubs") or ())


def _chosen(context: click.Context, path: Path) -> list[Any]:
    """Return the hub that `--hub` names, or all of them."""
    wanted = context.params.get("hub")
    return [hub for hub in _configured(path) if wanted in (None, hub["name"])]


hub_names = _completing(_hubs)
idp_names = _completing(_idps)
client_names = _completing(_clients)
outage_names = _completing(_outages)
incident_numbers = _completing(_incidents)
