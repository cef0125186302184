"""Says of each host with IPv4 and IPv6 addresses by which of them it does not answer.

Journeys take one family and, once a minute, the other is connected to beside them. One that is dead
while the other serves is no failure of a journey, and opens no outage.
"""

from collections.abc import Mapping

from probe.core.judgement.observation import Hop
from probe.core.times import MINUTE_US

OLD_US = 10 * MINUTE_US
"""After this time without a look at both, a host has one family left: its name has no other."""


class HostFamilies:
    """What the latest exchanges with each host say of its families of addresses."""

    def __init__(self) -> None:
        self._tried_us: dict[str, int] = {}  # by host: when both were looked at last
        self._answers: dict[str, dict[int, bool]] = {}  # by host, for 4 and 6

    def note(self, hop: Hop, at_us: int) -> bool:
        """Take in one exchange, of an observation that finished at `at_us`.

        Return whether it said anything of a family.
        """
        if hop.also_ip is not None or hop.dead_ip is not None:
            known = self._answers.setdefault(hop.host, {})
            known.update({ip: ip != hop.dead_ip for ip in (hop.ip, hop.also_ip, hop.dead_ip) if ip is not None})
            self._tried_us[hop.host] = at_us
            return True
        if hop.host not in self._answers:
            return False
        if at_us - self._tried_us[hop.host] > OLD_US:
            self.forget(hop.host)
            return True
        if hop.ip is None or self._answers[hop.host].get(hop.ip):
            return False
        self._answers[hop.host][hop.ip] = True  # a journey went this way
        return True

    def of(self, host: str) -> Mapping[int, bool]:
        """Return whether each family (4, 6) of the host answers; empty where both are not known."""
        return self._answers.get(host, {})

    def forget(self, host: str) -> None:
        """Forget a host."""
        self._answers.pop(host, None)
        self._tried_us.pop(host, None)

    @property
    def dead(self) -> dict[str, int]:
        """By host, the family (4 or 6) that does not answer."""
        return {host: ip for host, answers in self._answers.items() for ip, answer in answers.items() if not answer}
