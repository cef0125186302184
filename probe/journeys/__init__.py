"""The citizen's journeys: generators that yield requests and judge the answers.

There is no I/O, no clock and no transport here. `probe.journeys.plan` makes a journey:
`plan(config, secrets, hub, kind, idp, backend) -> Plan`, then
`Plan.start(memory, entropy, now_us) -> Journey`.
`probe.journeys.site.Memory` holds what a run leaves for the next ones.
This package imports nothing, since the transport needs `exchange` and `redact` only.
"""
