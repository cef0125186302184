"""`heartbeat:` of the configuration: the address that is called while the watch really watches."""

from typing import Literal

from pydantic import model_validator

from probe.config.base import CaFile, Duration, Model, SecretRef, Url

_SHORTEST = 5_000_000


class Heartbeat(Model):
    """A service that raises an alarm when it is not called any more (a dead man's switch).

    Absent: nobody is called. The address of many of these services is a secret of its own.
    """

    url: Url | None = None
    secret_url: SecretRef | None = None
    token: SecretRef | None = None  # sent as `Authorization: Bearer`
    method: Literal["GET", "POST"] = "GET"
    interval: Duration = 60_000_000
    ca_file: CaFile | None = None

    @model_validator(mode="after")
    def _one_address(self) -> "Heartbeat":
        if (self.url is None) == (self.secret_url is None):
            raise ValueError("needs either url: or secret_url:")
        if self.interval < _SHORTEST:
            raise ValueError("is too frequent: interval: at least 5s")
        return self
