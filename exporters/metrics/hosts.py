"""Shows how each host is reached: by which family of addresses, how its connections are secured,
and when its certificates end.

The hosts are those of the configuration, and those that a configured target led to.
"""

from collections.abc import Collection, Iterable

from exporters.metrics import names
from exporters.metrics.exposition import CachedPart
from exporters.metrics.readings import TargetReading
from probe.core.judgement.host_families import HostFamilies
from probe.core.judgement.observation import Hop, Observation
from probe.core.plain_text import cleaned_line
from probe.core.times import SECOND_US

_LONGEST_ISSUER = 64  # characters


class HostMeters(CachedPart):
    """The metrics of hosts. A host has one series of each, whatever it shows."""

    def __init__(self) -> None:
        super().__init__()
        self._expiry = self.gauge(names.CERTIFICATE_EXPIRY)
        self._tls = self.gauge(names.HOST_TLS)
        self._family = self.gauge(names.HOST_FAMILY)
        self.host_families = HostFamilies()
        self._secured: dict[str, tuple[str, str, str]] = {}  # by host: version, cipher, issuer
        self._met_by: dict[str, set[TargetReading]] = {}  # host -> the targets that met it

    def configure(self, hosts: Iterable[str], targets: Collection[TargetReading]) -> None:
        """Show these hosts, and those that these targets met."""
        met = {host: left for host, by in self._met_by.items() if (left := by.intersection(targets))}
        for host in self._met_by.keys() - met.keys() - set(hosts):
            self._expiry.remove(host)
            if host in self._secured:
                self._tls.remove(host, *self._secured.pop(host))
            self.host_families.forget(host)
            self._show_families(host)
        self._met_by = {host: met.get(host, set()) for host in (*hosts, *met)}
        for host in self._met_by:
            self._expiry.labels(host)
        self.touch()

    def observed(self, target: TargetReading, observation: Observation) -> None:
        """Show what the hosts of a journey showed."""
        for hop in observation.hops:
            if hop.ip is not None:
                self._met_by.setdefault(hop.host, set()).add(target)
                if self.host_families.note(hop, observation.finished_us):
                    self._show_families(hop.host)
            if hop.certificate_expires_us is not None:
                self._met_by.setdefault(hop.host, set()).add(target)
                self._expiry.labels(hop.host).set(hop.certificate_expires_us / SECOND_US)
                self._show_tls(hop)
                self.touch()

    def _show_tls(self, hop: Hop) -> None:
        if hop.tls is None:
            return
        secured = hop.tls.version, hop.tls.cipher, cleaned_line(hop.tls.issuer, _LONGEST_ISSUER)
        before = self._secured.get(hop.host)
        if secured != before:
            if before is not None:
                self._tls.remove(hop.host, *before)
            self._secured[hop.host] = secured
            self._tls.labels(hop.host, *secured).set(1)

    def _show_families(self, host: str) -> None:
        known = self.host_families.of(host)
        for ip in (4, 6):
            if ip in known:
                self._family.labels(host, str(ip)).set(known[ip])
            else:
                self._family.remove(host, str(ip))
        self.touch()
