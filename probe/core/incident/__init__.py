"""Incidents, pure: their acts, rules and clocks, when one opens, and when an IdP is flagged for
deactivation.
"""
