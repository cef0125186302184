"""The HTTP port: /metrics, /probe, the page for people, and the API."""
