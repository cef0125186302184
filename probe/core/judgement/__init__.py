"""From observations to states, pure: attribution, signals, comparison, conditions, and rows of
the ledger.
"""
