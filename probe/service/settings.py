"""The settings in force: the configuration, its secrets, and everything derived from them alone."""

from collections.abc import Mapping

from probe.config.credentials import credentials, validities
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.credentials import Credential, Validity
from probe.core.judgement.observation import Kind
from probe.core.judgement.retry import RetryTarget
from probe.core.sla.availability import UnknownTime
from probe.incidents.policy import policy_of
from probe.journeys.plan import Plan, plan
from probe.logs import Masker
from probe.prober.targets import Watched, asked_as, watched


class WatchSettings:
    """One configuration at a time, which `adopt` replaces as a whole.

    The parts of the watch read it here at every use, and keep no copy.
    """

    def __init__(self, config: Config, secrets: Secrets, masker: Masker) -> None:
        """`masker` gets the values that the logs must not show."""
        self._masker = masker
        self.adopt(config, secrets)

    def adopt(self, config: Config, secrets: Secrets) -> None:
        """Put this configuration in force."""
        self.config, self.secrets = config, secrets
        self._masker.replace([*secrets.values(), *secrets.personal()])
        self.targets = {target.key: target for target in watched(config)}
        self.policy = policy_of(config)
        self._credentials = credentials(config, secrets.__getitem__)
        self._keys = {(target.hub, target.client, name): target.key for target in self.targets.values() if (name := asked_as(target))}
        self._plans: dict[tuple[str, Kind], Plan] = {}  # made at first use: keys are parsed once

    @property
    def unknown_time(self) -> UnknownTime:
        """The way in which the figures count unknown time."""
        return self.config.unknown_time

    def credentials(self, now_us: int) -> Mapping[Credential, Validity]:
        """Return the credentials whose end is known, and how near that is."""
        return validities(self._credentials, self.config.expiry, now_us)

    def plan(self, target: Watched, kind: Kind) -> Plan:
        """Return the plan of a target's journey, or of a shallower one (`kind`) in its place."""
        known = self._plans.get((target.key, kind))
        if known is None:
            hub = target.hub or self.config.hubs[0].name
            asked = plan(self.config, self.secrets, hub, kind, target.name, target.backend, target.client)
            known = self._plans[target.key, kind] = asked
        return known

    def key_of(self, hub: str, asked: RetryTarget, client: str = "") -> str | None:
        """Return the key of the target that the judgement asks for again; None when it is not
        watched.
        """
        return self._keys.get((hub, client, asked))
