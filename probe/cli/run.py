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
from probe.cli.log_lines import LogLines, colour_wanted
from probe.cli.options.paths import OWN, own_config_path
from probe.cli.process.descriptors import raise_limit
from probe.cli.process.loops import loop_factory
from probe.cli.process.signals import ending
from probe.clock import SystemClock
from probe.config.load import load_with_warnings
from probe.config.models import Config
from probe.core.judgement.observation import Kind
from probe.logs import Masker
from probe.logs import configure as configure_logs
from probe.service.build import build
from probe.service.service_manager import ServiceManager
from probe.service.telling import watched_in_words
from probe.transport import KEYS_WERE_ASKED_FOR

log = structlog.get_logger(__name__)


@click.command(cls=Command)
@click.option("--config", "named", type=click.Path(path_type=Path), metavar="FILE", help=OWN)
@click.option(
    "--log-format",
    type=click.Choice(["auto", "text", "json", "logfmt"]),
    default="auto",
    envvar="VIGIE_LOG_FORMAT",
    show_default=True,
    help="Of the lines on standard error; VIGIE_LOG_FORMAT says it too. auto: text for people at a terminal, else json.",
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
    masker = _log(log_format, log_level, config)
    for warning in warnings:
        log.warning("configuration", problem=str(warning))
    if KEYS_WERE_ASKED_FOR:
        log.warning("sslkeylogfile_ignored")
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        _tell_start(config, path, type(runner.get_loop()).__module__)
        runner.run(_watch(config, path, masker))


def _log(log_format: str, level: str, config: Config) -> Masker:
    """Begin to log: for people at a terminal, for machines elsewhere, unless a format is named."""
    if log_format == "auto":
        log_format = "text" if sys.stderr.isatty() else "json"
    lines = LogLines(config.timezone, colour=colour_wanted(sys.stderr)) if log_format == "text" else None
    return configure_logs(level=level, as_json=log_format == "json", lines=lines)


def _tell_port(config: Config, port: int) -> None:
    host = config.listen.rpartition(":")[0]
    log.info("listening", address=config.listen, port=port, told=f"listening on http://{host}:{port}/")


def _tell_start(config: Config, path: Path, event_loop: str) -> None:
    """Log which configuration and ledger are used, and what is watched."""
    configuration, store = str(path.absolute()), str(config.store)
    told = f"starting: configuration {configuration}, ledger {store}, vantage {config.vantage}"
    log.info("starting", configuration=configuration, store=store, vantage=config.vantage, event_loop=event_loop, told=told)
    for hub in config.hubs:
        log.info(
            "watching", hub=hub.name, issuer=hub.issuer, mire_seconds=config.interval(hub, Kind.MIRE) / 1_000_000,
            idps=[idp.name for idp in hub.idps], told=watched_in_words(config, hub),
        )  # fmt: skip


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
    await watch.run(stop, hurry=hurry, bound=lambda port: _tell_port(config, port))
    log.info("stopped")
