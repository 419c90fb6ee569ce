"""The ledger: our SQLite database. One module per record kind; functions take a connection and return rows."""
