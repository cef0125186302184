"""A journey on demand by the names of the Go exporter (blackbox_exporter, its `http` prober).

Its dashboards and alerts read /probe by these names. Several exchanges stand for its one: times are
sums, the status, the version and the address are those of the last answer, the certificate is the
one that ends first. What a journey has no sense for (`probe_failed_due_to_regex`) is left out.
"""

from collections.abc import Sequence

from prometheus_client import Gauge

from exporters.metrics.exposition import CachedPart
from exporters.metrics.live import lasted_us, phase_us, seconds
from probe.core.judgement.observation import Hop, Observation, Outcome

_PHASES = {"resolve": "dns", "connect": "connect", "tls": "tls", "processing": "first_byte", "transfer": "transfer"}
"""The Go exporter's names of the phases, with ours."""


def go_names(made: CachedPart, observation: Observation) -> None:
    """Add the gauges of one journey, by the Go exporter's names, to a page."""

    def gauge(name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(name, text, labels, registry=made.registry)

    spent = phase_us(observation)
    gauge("probe_success", "Whether the journey was successful.").set(observation.outcome is Outcome.OK)
    gauge("probe_duration_seconds", "Duration of the journey.").set(seconds(lasted_us(observation)))
    gauge("probe_dns_lookup_time_seconds", "Time of the lookups of names.").set(seconds(spent["dns"]))
    phases = gauge("probe_http_duration_seconds", "Time of all exchanges by phase.", ["phase"])
    for theirs, ours in _PHASES.items():
        phases.labels(theirs).set(seconds(spent[ours]))
    answered = [hop for hop in observation.hops if hop.status is not None]
    gauge("probe_http_status_code", "Status of the last answer, 0 without one.").set(_last_status(answered))
    gauge("probe_http_redirects", "Redirects of the journey.").set(sum(300 <= (hop.status or 0) < 400 for hop in answered))
    if answered:
        gauge("probe_http_version", "Version of the last answer's protocol.").set(answered[-1].http or 1.1)
    addresses = [hop.ip for hop in observation.hops if hop.ip is not None]
    if addresses:
        gauge("probe_ip_protocol", "4 or 6: IPv4 or IPv6, of the last connection.").set(addresses[-1])
    ends = [hop.certificate_expires_us for hop in observation.hops if hop.certificate_expires_us is not None]
    gauge("probe_http_ssl", "Whether a connection was secured by TLS.").set(bool(ends))
    if ends:
        gauge("probe_ssl_earliest_cert_expiry", "When the first certificate expires, in Unix time.").set(seconds(min(ends)))


def _last_status(answered: Sequence[Hop]) -> int:
    return (answered[-1].status or 0) if answered else 0
