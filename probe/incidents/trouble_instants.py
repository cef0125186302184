"""Checks when a trouble began and ended, as people say it.

An end in the future would make every outage to come a part of that incident. Instants are UTC
microseconds.
"""

from probe.core.incident.model import Data
from probe.errors import InputError


def check_trouble(data: Data, began_us: int | None, now_us: int) -> None:
    """Check the instants of an act that opens or resolves an incident.

    `began_us`: when the trouble began, as far as is told before. Raises InputError.
    """
    begun, ended = data.get("began_us"), data.get("ended_us")
    if isinstance(begun, int) and begun > now_us:
        raise InputError("the beginning of the trouble is in the future")
    if isinstance(ended, int) and ended > now_us:
        raise InputError("the end of the trouble is in the future")
    if isinstance(ended, int) and began_us is not None and ended < began_us:
        raise InputError("the trouble cannot end before it began")
