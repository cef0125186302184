"""Play the situations and print what is told of each, beside what would be right:
`make cases ARGS="C D1"`.

Arguments are beginnings of names. The exit status is 1 when something is told wrongly that the
table does not list.
"""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from tests.cases.all import SITUATIONS
from tests.cases.federation import Federation, told
from tests.cases.told_wrongly import TOLD_WRONGLY
from tests.fakes.peers import Authority


async def play(beginnings: tuple[str, ...]) -> int:
    """Returns how many are told otherwise than is known."""
    wrong = news = 0
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        for one in SITUATIONS:
            if not one.name.startswith(beginnings):
                continue
            observation = await one.play(Federation(authority))
            right = one.right.holds(observation)
            known = right is not (one.name in TOLD_WRONGLY)
            wrong, news = wrong + (not right), news + (not known)
            verdict = ("right" if right else "WRONG") + ("" if known else ", NEW")
            sys.stdout.write(f"{verdict:10}  {one.severity:6}  {one.name:48}  right: {one.right.words} | told: {told(observation)}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{wrong} told wrongly, {news} otherwise than tests/cases/told_wrongly.py says\n")
    return news


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(1 if asyncio.run(play(tuple(sys.argv[1:]) or ("",))) else 0)
