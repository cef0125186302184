"""`python -m dashboards.rules` writes the rules; `--check` only compares them with the file."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboards.rules.document import document
from dashboards.rules.model import INTERVALS_SECONDS, RuleSettings
from probe.texts.bilingual import Language

COMMITTED = Path("config/prometheus/vigie.rules.yml")
_UNITS = {"s": 1, "m": 60, "h": 3600}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the file.

    Returns the exit status: 0 written or up to date, 1 out of date, 2 bad arguments or an unusable
    file.
    """
    options = _parser().parse_args(arguments)
    text = document(
        RuleSettings(
            language=Language(options.language),
            faster=options.faster,
            job=options.job,
            dashboards=options.dashboards,
            runbooks=options.runbooks,
            intervals_s=INTERVALS_SECONDS | dict(options.interval),
        )
    )
    try:
        return _check(options.output, text) if options.check else _write(options.output, text)
    except OSError as error:
        sys.stderr.write(f"{options.output}: {error.strerror}\n")
        return 2


def _write(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return 0


def _check(path: Path, text: str) -> int:
    if path.read_text("utf-8") == text:
        return 0
    sys.stderr.write(f"{path}: out of date; write it again with python -m dashboards.rules\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    normal = RuleSettings()
    parser = argparse.ArgumentParser("python -m dashboards.rules", description="Write Prometheus's rules for Vigie.")
    parser.add_argument("--output", type=Path, default=COMMITTED, metavar="FILE", help="default: %(default)s")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when the file is out of date")
    parser.add_argument("--language", choices=[*Language], default=normal.language, help="language of all texts; default: %(default)s")
    parser.add_argument(
        "--faster", type=_times, default=normal.faster, metavar="TIMES", help="divide all durations of the rules by this; default: 1"
    )
    parser.add_argument("--job", default=normal.job, help="the scrape job's name; default: %(default)s")
    parser.add_argument("--dashboards", default=normal.dashboards, metavar="URL", help="Grafana's address; default: %(default)s")
    parser.add_argument(
        "--runbooks", default=normal.runbooks, metavar="URL", help="the runbooks' address; default: Prometheus's own, /user"
    )
    parser.add_argument(
        "--interval",
        type=_interval,
        action="append",
        default=[],
        metavar="KIND=DURATION",
        help=f"time between two runs, where it is not the default, as in identity=5m; kinds: {', '.join(INTERVALS_SECONDS)}",
    )
    return parser


def _times(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000")
    return int(text)


def _interval(text: str) -> tuple[str, int]:
    kind, _, length = text.partition("=")
    if kind not in INTERVALS_SECONDS or not length[:-1].isdecimal() or length[-1] not in _UNITS or not int(length[:-1]):
        raise argparse.ArgumentTypeError(f"{text!r} is not KIND=DURATION, as in identity=5m")
    return kind, int(length[:-1]) * _UNITS[length[-1]]


if __name__ == "__main__":
    sys.exit(main())
