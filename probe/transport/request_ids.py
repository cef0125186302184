"""Numbers a journey's requests, so that each can be found in the log of the host that got it.

An id has the form of a UUID (version 4, RFC 9562), which every server and proxy that knows such a
header takes. All ids of one journey are the same but for their last three digits, which are the
number of the exchange, as the trace counts them:

    5f0c2a8e-91d3-4c7b-a6e2-0d9b7c41e001    the journey's first request
    5f0c2a8e-91d3-4c7b-a6e2-0d9b7c41e002    its second

So a search for all but the last three finds the whole journey. The rest is random and says nothing.
"""

from collections.abc import Callable
from uuid import UUID

from probe.core.judgement.observation import NUMBER_DIGITS


class RequestIds:
    """The ids of one journey's requests."""

    def __init__(self, entropy: bytes, header: Callable[[str], str]) -> None:
        """`entropy`: 16 random bytes. `header` returns the header's name for a host (`host`, or
        `host:port` where the port is not the scheme's own); "" for a host that gets none.
        """
        self._journey = str(UUID(bytes=entropy, version=4))[:-NUMBER_DIGITS]
        self._header = header

    def of(self, host: str, number: int) -> tuple[str, str] | None:
        """Return the header's name and the id of exchange `number`, from 1; None for no header.

        An empty `host` is of an address that cannot be asked.
        """
        name = self._header(host) if host else ""
        return (name, f"{self._journey}{number:0{NUMBER_DIGITS}}") if name else None
