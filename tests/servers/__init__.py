"""Real servers for the tests: an independent OpenID Connect federation and a Prometheus.

Nothing here is Vigie's: the hub is LemonLDAP::NG, the identity providers are npm's oidc-provider,
each on its own loopback address (cookies ignore ports, so one address would mix the parties'
sessions) and on a port the system gave.
"""
