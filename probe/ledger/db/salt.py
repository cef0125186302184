"""The salt of a store: the secret with which digests of accounts are made.

A digest of a citizen's account must tell whether it is the same one, and must not be found by
trying values. So it is keyed with random bytes that the store has alone, and that no export, log or
answer gives. All vantages of a shared store use the store's salt. A backup takes it along: accounts
are recognised after a restore.
"""

import secrets

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import DBAPIError

from probe.errors import LedgerError
from probe.ledger.db import schema
from probe.ledger.db.store import reason, writing

_BYTES = 32


def store_salt(engine: Engine) -> bytes:
    """Return the store's salt; it is made at the first call, and never changed.

    Raises LedgerError when the store cannot be read or written.
    """
    table = schema.salt
    try:
        with writing(engine) as connection:
            found = connection.scalar(select(table.c.content))
            if found is None:
                found = secrets.token_bytes(_BYTES)
                connection.execute(insert(table), {"id": 1, "content": found})
            return bytes(found)
    except DBAPIError as error:
        raise LedgerError(f"the store's salt could not be read: {reason(error)}") from error
