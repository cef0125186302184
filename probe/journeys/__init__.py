"""Citizen journeys: generators that yield requests and judge answers. No I/O, no clock, no transport in here.

`plan(config, secrets, hub, kind, idp, backend) -> Plan` and `Plan.start(memory, entropy, now_us) -> Journey` are in
`probe.journeys.plan`, what runs remember in `probe.journeys.site.Memory`. Only the transport needs `exchange` and
`redact`, so nothing is imported here.
"""
