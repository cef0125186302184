"""Grafana's dashboards and Prometheus's rules as code, with the files that they generate."""
