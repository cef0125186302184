"""Marks that tests share."""

import pytest

in_a_file = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""The test is about the ledger's file: what it asks of `engine` does not run on a server."""

unmeasured = pytest.mark.unmeasured
"""The test starts processes that do a lot of work, of which quicker tests measure every line."""
