"""Reads odd inputs until the time is over: nothing may raise, and nothing may hang.

    make fuzz                          an hour
    make fuzz ARGS="--seconds 60"      a minute
    python -m tests.fuzz --seed 4711 --reader token --seconds 0      one input again

It goes on where the last run ended (`.hypothesis/fuzz`). An input that a reader does not take is
written into the corpus, and the exit status is 1.
"""

import argparse
import hashlib
import os
import sys
import time
import traceback
from pathlib import Path

from tests.fuzz.mutation import CORPUS, HangError, corpus, mutated, no_hang, readers

PROGRESS = Path(".hypothesis/fuzz")
_SAVED_EVERY = 1_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=3_600.0)
    parser.add_argument("--seed", type=int, help="begin with this one")
    parser.add_argument("--reader", choices=readers(), action="append", help="by default all of them")
    options = parser.parse_args()
    os.nice(19)
    chosen = {name: found for name, found in readers().items() if not options.reader or name in options.reader}
    examples = {kind: corpus(kind) for kind, _ in chosen.values()}
    seed = options.seed if options.seed is not None else int(PROGRESS.read_text()) if PROGRESS.exists() else 0
    until, first, bad = time.monotonic() + options.seconds, seed, 0
    while True:
        for name, (kind, read) in chosen.items():
            given = mutated(examples[kind], seed)
            try:
                with no_hang():
                    read(given)
            except (Exception, HangError):  # noqa: BLE001 - whatever it raises is a finding
                bad += 1
                saved = CORPUS / kind / f"found-{hashlib.sha256(given).hexdigest()[:12]}"
                saved.write_bytes(given)
                sys.stdout.write(f"{name}: seed {seed}, {len(given)} bytes, in {saved}\n{traceback.format_exc(limit=-4)}")
                sys.stdout.flush()
        seed += 1
        if options.seed is None and seed % _SAVED_EVERY == 0:
            PROGRESS.parent.mkdir(exist_ok=True)
            PROGRESS.write_text(str(seed))
        if time.monotonic() >= until or bad >= 20:
            sys.stdout.write(f"{seed - first} seeds from {first}, {len(chosen)} readers, {bad} inputs that were not read\n")
            return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
