"""The database of the ledger: SQLite or PostgreSQL, its tables, migrations and hash chain."""
