"""Reads the name of an outage as people give it to a command."""

from probe.cli.options.instants import parse_instant
from probe.core.judgement.past import OutageName
from probe.core.judgement.subject import Subject
from probe.errors import InputError


def read_name(text: str) -> OutageName:
    """Read `HUB/SUBJECT@START`; the seconds of START may be left out. Raises InputError."""
    place, _, start = text.rpartition("@")
    hub, _, subject = place.partition("/")
    if not (hub and subject and start):
        raise InputError(f"{text!r} names no outage: write it as `vigie outages` does, HUB/SUBJECT@START")
    try:
        return OutageName(hub, str(Subject.named(subject)), parse_instant(start))
    except ValueError as error:
        raise InputError(str(error)) from error
