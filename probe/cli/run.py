"""`vigie run`: the watch itself."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import structlog

from probe.cli.help import Command
from probe.cli.options.paths import OWN, own_config_path
from probe.cli.process.descriptors import raise_limit
from probe.cli.process.loops import loop_factory
from probe.cli.process.signals import ending
from probe.clock import SystemClock
from probe.config.load import load_with_warnings
from probe.config.models import Config
from probe.logs import Masker
from probe.logs import configure as configure_logs
from probe.service.build import build
from probe.service.service_manager import ServiceManager
from probe.transport import KEYS_WERE_ASKED_FOR

log = structlog.get_logger(__name__)


@click.command(cls=Command)
@click.option("--config", "named", type=click.Path(path_type=Path), metavar="FILE", help=OWN)
@click.option(
    "--log-format", type=click.Choice(["json", "logfmt"]), default="json", show_default=True, help="Of the lines on standard error."
)
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True)
def run(named: Path | None, log_format: str, log_level: str) -> None:
    """Watch until SIGTERM or Ctrl-C, then write the observations that still wait, for `drain:` at
    most.

    A second signal ends that at once, and the rest is kept in a file for the next start. SIGHUP
    reads the configuration again; a bad one is refused and the old one stays.

    Exit status: 0 stopped; 1 trouble that may pass (a port in use, another Vigie on the ledger) or
    observations lost at the stop; 2 somebody must act first.
    """
    raise_limit()
    path = own_config_path(named)
    config, warnings = load_with_warnings(path)
    masker = configure_logs(level=log_level, as_json=log_format == "json")
    for warning in warnings:
        log.warning("configuration", problem=str(warning))
    if KEYS_WERE_ASKED_FOR:
        log.warning("sslkeylogfile_ignored")
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        log.info("starting", event_loop=type(runner.get_loop()).__module__)
        runner.run(_watch(config, path, masker))


async def _watch(config: Config, path: Path, masker: Masker) -> None:
    manager = ServiceManager.of(os.environ, os.getpid(), SystemClock())
    watch = build(config, path=path, masker=masker, stacks=sys.stderr, manager=manager)
    stop, hurry = ending()
    reloads: set[asyncio.Task[Sequence[str]]] = set()
    loop = asyncio.get_running_loop()

    def reload() -> None:
        task = loop.create_task(watch.reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGHUP, reload)
    await watch.run(stop, hurry=hurry, bound=lambda port: log.info("listening", address=config.listen, port=port))
    log.info("stopped")
