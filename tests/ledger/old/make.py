"""How `schema-0002.db.gz` was made: a ledger as Vigie wrote it before several vantages could share
one, killed in mid-outage.

Run with that Vigie (commit f07fac0, the last of schema 0002) on the path,
and its tests' keeping.py:

    git archive f07fac0 probe tests/history/keeping.py | tar -x -C /tmp/old
    cd /tmp/old && PYTHONPATH=/tmp/old python <here>/make.py <here>/schema-0002.db.gz
"""

import gzip
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from probe.history import writer
from tests.history.keeping import BEGUN, SECOND, SPEC, Keeper, a_day, idp_down, journey, ledger, mire

vars(writer)["CHECKPOINT_EVERY"] = 7  # so that there are some

with TemporaryDirectory() as folder:
    path = Path(folder) / "vigie.db"
    with ledger(path) as engine:
        keeper = Keeper(engine)
        keeper.keep(a_day())
        keeper.respec(replace(SPEC, vouches=4), BEGUN + 83 * SECOND)
        keeper.keep([mire(90), idp_down("ameli", 91), journey("yris", 92), idp_down("ameli", 93), mire(100), idp_down("yris", 101)])
    Path(sys.argv[1]).write_bytes(gzip.compress(path.read_bytes(), mtime=0))
