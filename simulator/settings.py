"""The settings of a federation. Durations are seconds (float) unless the name says otherwise."""

from dataclasses import dataclass, field
from pathlib import Path


class SettingsError(ValueError):
    """A setting that cannot be used. The message names it and its value."""


@dataclass(slots=True)
class Lifetimes:
    """The hub's lifetimes in seconds (docs/hub.md, "The journey, hop by hop").

    They are never scaled; the control API changes them.
    """

    code: float = 30.0
    token: float = 60.0
    interaction: float = 1800.0
    session: float = 1800.0  # sliding


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a federation.

    `time_scale` multiplies every delay and time-out (1.0: as the real hub; 0.02: quick tests).
    But the hub's time-out towards IdPs and registry is never under a second,
    and lifetimes are never scaled.
    `port_base` 0 asks the system for free ports; N gives N, N+1, ... in the order of the parties.
    Without `state_dir` a temporary folder is used, and removed at the end.
    """

    port_base: int = 0
    state_dir: Path | None = None
    time_scale: float = 1.0
    tls: bool = False
    # Of mire and journeys in the written configuration, as Vigie writes durations.
    interval: str = "10s"
    # Total deadline of each journey in the written configuration; empty: 45 s,
    # less for short intervals.
    deadline: str = ""
    hub_name: str = "fc"
    profile: str = "franceconnect"  # or `franceconnect-v1`: the legacy paths
    client: str = "sp-es256"  # which of the hub's clients the written configuration uses
    # Those that it has beside, under `clients:`; each asks for the mire only.
    further_clients: tuple[str, ...] = ()
    # Names written to the configuration, and offered on the mire; empty: all seven.
    idps: tuple[str, ...] = ()
    unwatched: tuple[str, ...] = ()  # offered beside `idps`, and not written to the configuration
    login_page: tuple[str, ...] = ()  # of these, the ones probed at depth login-page
    control_idp: str | None = None
    # IdPs excluded by an SP's filter are greyed (True) or absent (False).
    show_excluded: bool = True
    sso: bool = True
    lifetimes: Lifetimes = field(default_factory=Lifetimes)

    def __post_init__(self) -> None:
        if self.time_scale <= 0:
            raise SettingsError(f"time scale {self.time_scale}: must be above 0")
        if not 0 <= self.port_base <= 65_000:
            raise SettingsError(f"port base {self.port_base}: must be 0 (free ports) or 1 to 65000")
