"""Recording and alerting rules as code.

`python -m dashboards.rules` writes them to `config/prometheus/vigie.rules.yml`.
"""
