"""Runs mutmut on the core with tests that are collected once, not once for each mutant.

    .venv/bin/python scripts/mutation_run.py [MUTANT ...]

A mutant is a pattern such as `probe.core.sla*`;
without one, every mutant that has no result yet is run.
mutmut forks a process for each mutant, and each process would import and collect all tests anew
(seconds), to run a few of them (milliseconds).
Here the processes inherit the tests from their parent.
Results stand where mutmut keeps them:
`mutmut show MUTANT` and scripts/mutation_report.py read them.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from _pytest.config import _prepareconfig
from _pytest.main import Session
from mutmut import __main__ as mutmut_main
from mutmut.configuration import config
from mutmut.runners.harness import PytestRunner
from mutmut.utils.file_utils import change_cwd
from mutmut.workers.isolation import ForkRunner, run_in_fork

CHILDREN = 2


class Unchanged(ForkRunner):
    """Runs mutants, after the tests have passed in a forked process that has no mutant."""

    def startup(self) -> None:
        """Raises SystemExit when they fail there: each mutant would seem to be killed."""
        super().startup()
        if run_in_fork(self._run_in_silence):
            sys.exit("The tests fail in a forked process without any mutant.")

    def _run_in_silence(self) -> int:
        """Run every test as mutmut runs those of a mutant. Return 1 when one fails, else 0."""
        sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - as mutmut does
        return self.test_runner.run_tests(mutant_name=None, tests=[])


class CollectedOnce(PytestRunner):
    """Runs tests of one collection, which forked processes share."""

    session: Session | None = None

    def collected(self) -> Session:
        """Return the session with every test of the selection, and collect it at the first call."""
        if self.session is None:
            selection = [*config().pytest_add_cli_args, *config().pytest_add_cli_args_test_selection]
            # mutmut silences a forked process by another `sys.stdout`. Python warns of the one that
            # it closes, and pytest would make an error of that in the first test.
            silenced = ["-p", "no:unraisableexception"]
            prepared = _prepareconfig(["--rootdir=.", "--tb=native", "-q", *silenced, *selection])
            prepared._do_configure()
            self.session = Session.from_config(prepared)
            prepared.hook.pytest_sessionstart(session=self.session)
            prepared.hook.pytest_collection(session=self.session)
        return self.session

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """Run the tests (node ids; none for all) up to the first failure.

        Returns 1 when one fails, else 0.
        """
        del mutant_name  # mutmut has set it in this process
        with change_cwd("mutants"):
            session = self.collected()
            session.testsfailed = 0  # mutmut makes them fail once, in this process
            by_id = {item.nodeid: item for item in session.items}
            items = [by_id[test] for test in tests] or session.items
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.testsfailed:
                    # Otherwise its module stays set up, here and in all processes that are forked
                    # from here, and pytest refuses to run a test of another module there: every
                    # mutant would seem to be killed.
                    session._setupstate.teardown_exact(None)
                    return 1
        return 0


def main(mutants: list[str]) -> None:
    """Make the mutants and run those that match a pattern.

    Raises SystemExit when the tests fail without a mutant.
    """
    os.environ["VIGIE_HYPOTHESIS"] = "mutation"
    mutmut_main.get_mutant_runner = lambda children=CHILDREN: Unchanged(
        max_workers=children, test_runner=CollectedOnce(), debug=config().debug
    )
    mutmut_main._run(mutants, CHILDREN)


if __name__ == "__main__":
    main(sys.argv[1:])
