"""Measures `vigie availability`, whole process.

    python benchmarks/availability.py FOLDER [--runs 20]

FOLDER is one that `benchmarks/make_year.py` wrote. It prints the best and the median time, the CPU
time and the peak memory. Beside them it prints those of a bare Python and of importing click alone,
which none of our commands can avoid.
Modules are compiled beforehand, as in an installed package.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    config = ["--config", str(options.folder / "vigie.yml")]
    vigie = [str(Path(sys.executable).with_name("vigie")), "availability", *config]
    for name, command in {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import click": [sys.executable, "-c", "import click"],
        "vigie availability": vigie,
        "vigie availability --json": [*vigie, "--json"],
        "vigie availability --window year=...": [*vigie, "--window", f"year={time.gmtime().tm_year}"],
    }.items():
        print(_measured(name, command, options.runs))


_CACHE = tempfile.TemporaryDirectory()
_COMPILED = {**{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}, "PYTHONPYCACHEPREFIX": _CACHE.name}


def _measured(name: str, command: list[str], runs: int) -> str:
    subprocess.run(command, stdout=subprocess.DEVNULL, cwd=ROOT, env=_COMPILED, check=True)
    walls, cpus, peak = [], [], 0
    for _ in range(runs):
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, env=_COMPILED)
        _, status, used = os.wait4(process.pid, 0)
        walls.append(time.perf_counter() - started)
        cpus.append(used.ru_utime + used.ru_stime)
        peak = max(peak, used.ru_maxrss)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{name}: exit status {process.returncode}")
    best, median, cpu = min(walls) * 1e3, statistics.median(walls) * 1e3, min(cpus) * 1e3
    return f"{name:<40} best {best:5.0f} ms   median {median:5.0f} ms   cpu {cpu:5.0f} ms   peak {peak / 1024:5.1f} MB"


if __name__ == "__main__":
    main()
