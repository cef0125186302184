"""What the annual figure is computed from, read from the ledger."""
