"""Measures how fast `vigie replay` folds.

    python benchmarks/replay.py FOLDER

FOLDER is one that `benchmarks/make_year.py --days N` wrote. It prints the rate beside that of
`sqlite3` itself fetching every row of the same table, as a ratio, and the peak memory of each.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_SCAN = """
import sqlite3, sys
rows = 0
for _ in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM observation ORDER BY id"):
    rows += 1
print(rows)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    scan, scanned, scan_peak = _timed([sys.executable, "-c", _SCAN, str(asked.folder / "vigie.db")])
    observations = int(scanned)
    vigie = str(Path(sys.executable).with_name("vigie"))
    replay, output, peak = _timed([vigie, "replay", "--config", str(asked.folder / "vigie.yml")])
    print(output.strip())
    print(f"sqlite3's own scan   {observations / scan:9.0f} rows/s           peak {scan_peak:5.1f} MB")
    print(f"vigie replay         {observations / replay:9.0f} observations/s   peak {peak:5.1f} MB   {replay / scan:.1f} times the scan")
    print(f"10 million observations would take {10_000_000 / (observations / replay) / 60:.0f} min")


def _timed(command: list[str]) -> tuple[float, str, float]:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]}: exit status {process.returncode}\n{output}")
    return time.perf_counter() - started, output, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
