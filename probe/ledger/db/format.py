"""The marks of a ledger file: the application id and the schema's version.

This module imports nothing, so that quick commands can read it at once.
"""

APPLICATION_ID = 0x56494749  # "VIGI", in a SQLite file's header
VERSION = "0006"  # of the newest migration: what this Vigie writes and reads
BUSY_SECONDS = 5.0
"""How long to wait for a locked file before that is an error."""
