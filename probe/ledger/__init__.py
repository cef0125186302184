"""The durable ledger: schema and its migrations, the writer, the reader."""
