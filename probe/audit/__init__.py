"""What the other party checks: verify, replay, export and backup of a ledger."""
