"""Writes docs/mutation.md from the last `make mutation`, and keeps people's notes on survivors.

    .venv/bin/python scripts/mutation_report.py DATE

A survivor is a change of the code that no test noticed. Its note says `equivalent` (the change
has no effect that can be seen) or `test missing`; one without a note is `not looked at yet`.
A note is found again by module, function and changed line, so that it outlives
other changes of the module. Modules that were not run to their end keep their lines of the page.
"""

import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from importlib.metadata import version
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "mutation.md"
MUTMUT = ROOT / ".venv" / "bin" / "mutmut"
UNSEEN = "not looked at yet"
KINDS = ("killed", "survived", "no tests", "timeout", "suspicious")

HEAD = """\
# Mutation of the core

`make mutation` changes the core in every small way that mutmut knows.
Against each change it runs those tests of `tests/core` that reach the changed function.
The properties, which compare with an oracle, take too long for that,
and so do the tests that count calls or read the sources (`tool.mutmut` in `pyproject.toml`).
A change that no test notices *survived*.

`scripts/mutation_run.py` collects the tests once and forks a process for each change,
two at a time; a property that stands beside other tests stops at its first failing example.
Before the first change all tests must pass in such a process.
All 10,000 changes take 50 minutes on two processors that others use too;
`make mutation ARGS="probe.core.sla*"` runs some, and a run that was stopped goes on where it was.
`scripts/mutation_report.py` writes this page; the notes are people's, and are kept.

Last run: {date}, mutmut {mutmut}, Python {python}.

| module | mutants | killed | survived | reached by no test | timed out |
|---|---|---|---|---|---|
{counts}

A module that the last run did not end keeps the lines of a run before,
or is not in the table.

## Survivors

{survivors}
"""


def results() -> list[tuple[str, str]]:
    """Return each mutant of the modules that were run to their end, with its result.

    Raises CalledProcessError when mutmut has no results.
    """
    command = [MUTMUT, "results", "--all", "true"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    pairs = re.findall(r"^\s*(\S+): (.+)$", done.stdout, re.MULTILINE)
    unfinished = {parts(mutant)[0] for mutant, kind in pairs if kind not in KINDS}
    return [(mutant, kind) for mutant, kind in pairs if parts(mutant)[0] not in unfinished]


def parts(mutant: str) -> tuple[str, str]:
    """Return the module and the function of a mutant.

    `probe.core.a.xǁSeenǁof__mutmut_4` is a mutant of `Seen.of` in `probe.core.a`.
    """
    module, _, name = mutant.rpartition(".")
    return module, re.sub(r"^x[_ǁ]|__mutmut_\d+$", "", name).replace("ǁ", ".")


def change(mutant: str) -> str:
    """Return the changed line, before and after, in a form that fits a cell of a table."""
    lines = get_diff_for_mutant(mutant).splitlines()
    sides = [" ".join(line[1:].strip() for line in lines if re.match(rf"\{sign}(?!{re.escape(sign * 2)})", line)) for sign in "-+"]
    before, after = sides
    start = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), min(map(len, sides)))
    start = max(0, start - 30)
    return " → ".join("`" + ("…" if start else "") + side[start : start + 90].replace("|", "¦").replace("`", "'") + "`" for side in sides)


def old_page() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return three parts of the old page: counts and survivors by module, and notes.

    The notes are keyed by module, function and change.
    """
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    counts = {row[1]: row[0] for row in re.finditer(r"^\| `([\w.]+)` \| \d.*$", text, re.MULTILINE)}
    sections, notes = {}, {}
    for module, body in re.findall(r"^### `([\w.]+)`\n\n(.*?)(?=\n### |\Z)", text, re.MULTILINE | re.DOTALL):
        sections[module] = body.strip()
        for function, changed, note in re.findall(r"^\| `([^`]+)` \| (.*?) \| ([^|]+) \|$", body, re.MULTILINE):
            notes[f"{module} {function} {changed}"] = note.strip()
    return counts, sections, notes


def main(date: str) -> None:
    os.chdir(ROOT)  # mutmut looks for its results in the current folder
    counts, sections, notes = old_page()
    totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for mutant, kind in results():
        module, function = parts(mutant)
        totals[module][kind] += 1
        if kind != "killed":
            changed = change(mutant)
            note = notes.get(f"{module} {function} {changed}", UNSEEN if kind == "survived" else f"test missing ({kind})")
            rows[module].append(f"| `{function}` | {changed} | {note} |")
    for module, kinds in totals.items():
        figures = (kinds.total(), kinds["killed"], kinds["survived"], kinds["no tests"], kinds["timeout"] + kinds["suspicious"])
        counts[module] = f"| `{module}` | {' | '.join(map(str, figures))} |"
        sections[module] = "\n".join(("| function | change | note |\n|---|---|---|", *rows[module])) if rows[module] else "None."
    survivors = "\n\n".join(f"### `{module}`\n\n{sections[module]}" for module in sorted(sections))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    listed = "\n".join(counts[module] for module in sorted(counts))
    PAGE.write_text(HEAD.format(date=date, mutmut=version("mutmut"), python=python, counts=listed, survivors=survivors), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
