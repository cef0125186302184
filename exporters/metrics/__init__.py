"""The metrics: their names, and what each one shows."""
