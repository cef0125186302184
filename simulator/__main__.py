"""`python -m simulator`: runs the federation until SIGTERM or Ctrl-C.

When it is ready it prints one line of JSON on stdout (see `Federation.describe`).
Exit status: 0 when stopped, 2 for a bad argument, 1 when an address or the state folder cannot be
used.
"""

import argparse
import asyncio
import json
import logging
import re
import signal
import sys
from pathlib import Path

from simulator.clients import make_clients
from simulator.faults import markdown
from simulator.federation import Federation
from simulator.parties import BY_NAME
from simulator.settings import OWN_LOGINS, Settings, SettingsError

_DURATION = re.compile(r"\d+(\.\d+)?(us|ms|s|m|h|d)?")


def _duration(value: str) -> str:
    """Accept seconds, or a number with a unit, as Vigie writes durations."""
    if not value:
        return ""  # the default: nothing given
    if not _DURATION.fullmatch(value):
        raise argparse.ArgumentTypeError(f"{value!r} is not a duration: write seconds, or as in 500ms, 30s, 5m")
    return value if value[-1].isalpha() else f"{value}s"


def _idps(value: str) -> tuple[str, ...]:
    names = tuple(name for name in value.split(",") if name)
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise argparse.ArgumentTypeError(f"no IdP {', '.join(unknown)}; there are: {', '.join(BY_NAME)}")
    return names


def _clients(value: str) -> tuple[str, ...]:
    names, known = tuple(name for name in value.split(",") if name), make_clients()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"no client {', '.join(unknown)}; there are: {', '.join(known)}")
    return names


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's options. docs/simulator.md has each of them."""
    about = "A hub, seven IdPs and a civil registry, with faults on command."
    parser = argparse.ArgumentParser(prog="python -m simulator", description=about)
    flavours = ["franceconnect", "franceconnect-v1"]
    parser.add_argument("--port-base", type=int, default=0, metavar="N", help="use ports N, N+1, ...; 0 (default): free ones")
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="the folder of secrets and vigie.yml (default: a temporary one)")
    parser.add_argument("--time-scale", type=float, default=1.0, metavar="X", help="multiply the federation's delays and time-outs by X")
    parser.add_argument("--tls", action="store_true", help="let hub and IdPs speak HTTPS, with certificates of a new CA")
    parser.add_argument(
        "--interval", type=_duration, default="10s", metavar="SECONDS", help="the interval of mire and journeys in vigie.yml"
    )
    parser.add_argument("--deadline", type=_duration, default="", metavar="SECONDS", help="the deadline of each journey in vigie.yml")
    parser.add_argument("--idps", type=_idps, default=(), metavar="A,B", help="the IdPs of mire and vigie.yml (default: all seven)")
    parser.add_argument("--unwatched", type=_idps, default=(), metavar="A,B", help="IdPs that the mire offers beside those of --idps")
    parser.add_argument("--login-page", type=_idps, default=(), metavar="A,B", help="the IdPs of vigie.yml at depth login-page")
    parser.add_argument("--control-idp", choices=sorted(BY_NAME), help="the IdP that vigie.yml marks as the operator's own")
    parser.add_argument("--own-login", choices=OWN_LOGINS, default="", help="let the hub log citizens in itself, without a mire and IdPs")
    parser.add_argument("--client", default="sp-es256", choices=sorted(make_clients()), help="the SP that vigie.yml uses")
    parser.add_argument("--further-clients", type=_clients, default=(), metavar="A,B", help="those that vigie.yml has beside it")
    parser.add_argument("--profile", default="franceconnect", choices=flavours, help="the flavour of the hub's paths in vigie.yml")
    parser.add_argument("--list-faults", action="store_true", help="print the table of faults in Markdown and exit")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


async def _run(settings: Settings) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with Federation(settings) as federation:
        _say(json.dumps(federation.describe(), ensure_ascii=False) + "\n")
        await ended.wait()


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    if options.list_faults:
        _say(markdown())
        return 0
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="simulator: %(levelname)s %(message)s")
    try:
        settings = Settings(
            port_base=options.port_base,
            state_dir=options.state_dir,
            time_scale=options.time_scale,
            tls=options.tls,
            interval=options.interval,
            deadline=options.deadline,
            idps=options.idps,
            unwatched=options.unwatched,
            login_page=options.login_page,
            control_idp=options.control_idp,
            own_login=options.own_login,
            client=options.client,
            further_clients=options.further_clients,
            profile=options.profile,
        )
        asyncio.run(_run(settings))
    except SettingsError as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
