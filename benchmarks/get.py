"""Measures the CPU time of one GET on a new connection: Vigie's whole prober against its peers.

    python benchmarks/get.py [--rounds 7] [--requests 300]

It needs Debian's packages nginx-light and prometheus-blackbox-exporter. nginx serves a small page
on loopback, over TLS (a P-256 certificate) and plain. Three contenders ask for it, each in a
process of its own that runs for the whole measurement, in turn in each round, 16 at once:

- `vigie`: journey `direct` through the prober, up to the observation
- `blackbox_exporter`: module `http`, asked by a minimal client of another process
- `httpx`: a client for each request, with one SSL context for all

It prints the CPU time (user and system) of the contender's process for each request, and the ratio
to blackbox_exporter. Both are medians of the rounds. Vigie runs on asyncio's own event loop, and
where uvloop is installed on that too, which is a contender of its own.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import multiprocessing
import multiprocessing.connection
import os
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from probe.cli.process.loops import loop_factory

AT_ONCE = 16
Pipe = multiprocessing.connection.Connection
Get = Callable[[str], Awaitable[bool]]
Loop = Callable[[], asyncio.AbstractEventLoop] | None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=300, help="the number of requests of each contender in a round")
    asked = parser.parse_args()
    for program in ("nginx", "prometheus-blackbox-exporter", "openssl"):
        if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
            sys.stderr.write(f"{program} is not installed (Debian: nginx-light, prometheus-blackbox-exporter, openssl)\n")
            return 2
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        plain, tls = _free_port(), _free_port()
        stack.enter_context(_nginx(folder, plain, tls))
        uvloop = [stack.enter_context(_process("vigie on uvloop", _vigie, folder, loop_factory()))] if loop_factory() else []
        contenders = [
            stack.enter_context(_process("vigie", _vigie, folder)),
            *uvloop,
            stack.enter_context(_process("httpx", _httpx, folder)),
            stack.enter_context(_exporter(folder)),
        ]
        for what, url in (("TLS", f"https://127.0.0.1:{tls}/"), ("plain", f"http://127.0.0.1:{plain}/")):
            _measure(what, url, contenders, asked.rounds, asked.requests)
    return 0


class Contender:
    """Answers how many CPU seconds it used for so many GETs of a URL."""

    def __init__(self, name: str, ask: Callable[[str, int], float]) -> None:
        self.name = name
        self.ask = ask


def _measure(what: str, url: str, contenders: list[Contender], rounds: int, requests: int) -> None:
    for contender in contenders:
        contender.ask(url, AT_ONCE * 3)  # warm
    used: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for turn in range(rounds):
        shift = turn % len(contenders)
        for contender in contenders[shift:] + contenders[:shift]:
            used[contender.name].append(contender.ask(url, requests) / requests * 1e3)
    for name, values in used.items():
        ratios = sorted(mine / theirs for mine, theirs in zip(values, used["blackbox_exporter"], strict=True))
        spread = f"({ratios[0]:.2f}-{ratios[-1]:.2f})"
        print(f"{what:6} {name:18} {statistics.median(values):7.3f} ms CPU   {statistics.median(ratios):.2f} of blackbox_exporter {spread}")


def _vigie(folder: Path) -> Get:
    from probe.clock import SystemClock
    from probe.config.base import DatedSecretRef
    from probe.config.models import Config, Depth, Direct, Hub, IdP, Network, Politeness, ServiceProvider
    from probe.config.secrets import Secrets
    from probe.core.judgement.observation import Kind, Outcome
    from probe.journeys.plan import plan
    from probe.prober.run import Prober

    network = Network(ca_file=folder / "ca.pem")
    sp = ServiceProvider(client_id="vigie", client_secret=DatedSecretRef(env="NONE"), redirect_uri="https://sp.example/callback")
    os.environ["NONE"] = "none"
    probers: list[Prober] = []

    def config(url: str) -> Config:
        idp = IdP(name="one", tile="one", depth=Depth.LOGIN_PAGE, direct=Direct(url=url), network=network)
        hub = Hub(name="hub", issuer="https://hub.example", sp=sp, idps=[idp])
        return Config(hubs=[hub], politeness=Politeness(requests=10_000, period=1_000))

    plans: dict[str, object] = {}

    async def get(url: str) -> bool:
        if url not in plans:
            configured = config(url)
            plans[url] = plan(configured, Secrets.read(configured), "hub", Kind.DIRECT, "one")
            probers[:] = [Prober(configured, SystemClock())]
        observation = await probers[0].run(plans[url])  # type: ignore[arg-type]
        return observation.outcome is Outcome.OK

    return get


def _httpx(folder: Path) -> Get:
    context = ssl.create_default_context(cafile=folder / "ca.pem")

    async def get(url: str) -> bool:
        async with httpx.AsyncClient(verify=context, trust_env=False) as client:
            return (await client.get(url)).status_code == 200

    return get


@contextlib.contextmanager
def _process(name: str, make: Callable[[Path], Get], folder: Path, loop: Loop = None):
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, make, folder, loop), daemon=True)
    process.start()
    theirs.close()  # so that `recv` ends when the process dies

    def ask(url: str, count: int) -> float:
        ours.send((url, count))
        answer = ours.recv()
        if isinstance(answer, str):
            raise RuntimeError(f"{name}: {answer}")
        return float(answer)

    yield Contender(name, ask)
    ours.send(None)
    process.join(5)


def _serve(pipe: Pipe, make: Callable[[Path], Get], folder: Path, loop: Loop) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        get = make(folder)
        gc.freeze()
        gc.enable()  # as `vigie run` does; importing probe.cli has disabled it
        if make is _httpx:
            gc.set_threshold(700)  # Python's own
        while (task := pipe.recv()) is not None:
            before = time.process_time()
            good = runner.run(_gets(get, *task))
            pipe.send(time.process_time() - before if good else "a request failed")


async def _gets(get: Get, url: str, count: int) -> bool:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one() -> bool:
        async with turns:
            return await get(url)

    return all(await asyncio.gather(*(one() for _ in range(count))))


@contextlib.contextmanager
def _exporter(folder: Path):
    port = _free_port()
    module = {
        "prober": "http",
        "timeout": "10s",
        "http": {"tls_config": {"ca_file": str(folder / "ca.pem")}, "preferred_ip_protocol": "ip4"},
    }
    (folder / "blackbox.yml").write_text(json.dumps({"modules": {"http": module}}))
    command = [
        "prometheus-blackbox-exporter",
        f"--config.file={folder}/blackbox.yml",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with _program(command, port) as process:

        async def get(url: str) -> bool:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /probe?module=http&target={url} HTTP/1.0\r\n\r\n".encode())
            text = await reader.read()
            writer.close()
            return b"probe_success 1" in text

        def ask(url: str, count: int) -> float:
            before = _cpu(process.pid)
            if not asyncio.run(_gets(get, url, count)):
                raise RuntimeError("blackbox_exporter: a request failed")
            return _cpu(process.pid) - before

        yield Contender("blackbox_exporter", ask)


def _cpu(pid: int) -> float:
    """Return the CPU seconds of another process. Its clock has this number (clock_getcpuclockid);
    /proc counts in ticks of 10 ms, a tenth of a round.
    """
    return time.clock_gettime(~pid << 3 | 2)


@contextlib.contextmanager
def _nginx(folder: Path, plain: int, tls: int):
    key = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=benchmark", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/ca.pem"]
    subprocess.run([*key, *names], check=True, capture_output=True)
    parts = " ".join(f"{part}_temp_path {folder};" for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
        daemon off; master_process off; pid {folder}/nginx.pid; error_log /dev/null;
        events {{ worker_connections 1024; }}
        http {{
          access_log off; {parts}
          server {{
            listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl;
            ssl_certificate {folder}/ca.pem; ssl_certificate_key {folder}/key.pem;
            location / {{ return 200 'ok'; }}
          }}
        }}""")
    with _program(["/usr/sbin/nginx", "-c", f"{folder}/nginx.conf", "-p", str(folder)], plain):
        yield


@contextlib.contextmanager
def _program(command: list[str], port: int):
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
