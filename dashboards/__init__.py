"""Dashboards and alerting rules as code, and what they generate. They know the metrics' names and nothing else of Vigie."""
