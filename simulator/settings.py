"""The settings of a federation. Durations are seconds (float) unless the name says otherwise."""

from dataclasses import dataclass, field
from pathlib import Path

from simulator.parties import LoginShape


class SettingsError(ValueError):
    """A setting that cannot be used. The message names it and its value."""


OWN_LOGINS = (LoginShape.ONE_PAGE.value, LoginShape.TWO_PAGES.value)


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
    # The shape of the hub's own login, `one-page` or `two-pages`; empty: it has none, but a mire.
    own_login: str = ""
    # IdPs excluded by an SP's filter are greyed (True) or absent (False).
    show_excluded: bool = True
    sso: bool = True
    lifetimes: Lifetimes = field(default_factory=Lifetimes)

    def __post_init__(self) -> None:
        if self.time_scale <= 0:
            raise SettingsError(f"time scale {self.time_scale}: must be above 0")
        if self.own_login not in ("", *OWN_LOGINS):
            raise SettingsError(f"own login {self.own_login!r}: must be one of {', '.join(OWN_LOGINS)}")
        if self.own_login and (self.idps or self.unwatched or self.login_page or self.control_idp):
            raise SettingsError(f"own login {self.own_login}: such a hub has no IdP to name")
        if self.own_login and self.profile != "franceconnect":
            raise SettingsError(f"own login {self.own_login}: not with the paths of {self.profile}")
        if not 0 <= self.port_base <= 65_000:
            raise SettingsError(f"port base {self.port_base}: must be 0 (free ports) or 1 to 65000")
