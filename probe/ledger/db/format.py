"""What tells a ledger from any other database, and one schema from another. No library is needed to read this."""

APPLICATION_ID = 0x56494749  # "VIGI", in a SQLite file's header
VERSION = "0005"  # of the newest migration: what this Vigie writes and reads
BUSY_SECONDS = 5.0
"""How long a locked file is waited for, before it is an error."""
