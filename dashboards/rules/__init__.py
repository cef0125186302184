"""Recording and alerting rules as code: `python -m dashboards.rules` writes `config/prometheus/vigie.rules.yml`."""
