"""Reads from the ledger what the annual figure is computed from."""
