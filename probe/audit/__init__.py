"""Verifies, replays, exports and backs up a ledger, so that the other party can check it."""
