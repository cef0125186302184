"""The composition root is the one place that makes the parts of a running watch."""

import ast
from pathlib import Path

import probe

SOURCES = Path(probe.__file__).parent
ROOT = SOURCES / "service" / "build.py"

NO_PARTS = {"ExitStack", "Masker", "TlsContexts", "SystemClock"}
"""They hold nothing of the watch: a stack of what to close, a list of secrets, a cache,
the machine's clock.
"""

MADE_ELSEWHERE = {
    "probe/prober/once.py: Prober",  # `vigie check`, which has no watch
    "probe/prober/once.py: LoginBudgets",  # none of its own, where nobody gives it any
    "probe/incidents/idp_status.py: Automation",  # one look, in the transaction of who asks
    "probe/ledger/shared/spool.py: Reader",  # a function of the spool's own engine
}


def calls(path: Path) -> set[str]:
    """The names that a module calls, of the kind that classes have."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    found = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return {name for name in found if name[0].isupper()}


def defined(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ClassDef)}


def test_only_the_composition_root_and_the_commands_make_the_parts_of_a_watch() -> None:
    parts = calls(ROOT) - NO_PARTS
    assert {"Recorder", "Evaluator", "Outbox", "Scheduler", "IncidentLoop", "Watch"} <= parts
    made = {
        f"{path.relative_to(SOURCES.parent)}: {name}"
        for path in SOURCES.rglob("*.py")
        if path != ROOT and not path.is_relative_to(SOURCES / "cli")
        for name in (calls(path) & parts) - defined(path)
    }
    assert made == MADE_ELSEWHERE
