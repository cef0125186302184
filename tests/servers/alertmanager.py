"""A real Alertmanager on the project's own configuration, what it sends (posts and mails),
and a Prometheus that feeds it.
"""

import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Mailbox

from tests.servers.processes import Server, answers, free_port
from tests.servers.prometheus import Prometheus

_HOST = "127.0.0.1"
TOKEN = "a token of the tests"
_PACES = ("group_wait", "group_interval", "repeat_interval")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def amtool(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run amtool, as in `amtool("check-config", path)`."""
    return subprocess.run(
        [shutil.which("amtool") or "amtool", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


@dataclass(frozen=True)
class Delivery:
    """One alert in one notification: its status and labels, and when it came (Unix seconds)."""

    status: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    at_s: float

    @property
    def name(self) -> str:
        return self.labels["alertname"]


class Receiver:
    """Stands for Vigie's `POST /api/v1/alertmanager`: takes what has the right token, and keeps it.
    A context manager.
    """

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.refused = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                trusted = self.path == "/api/v1/alertmanager" and self.headers["authorization"] == f"Bearer {TOKEN}"
                if trusted:
                    receiver.take(json.loads(body))
                else:
                    receiver.refused += 1
                self.send_response(200 if trusted else 401)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer((_HOST, 0), Handler)
        self.url = f"http://{_HOST}:{self._server.server_address[1]}/api/v1/alertmanager"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def take(self, notification: Mapping[str, Any]) -> None:
        now = time.time()
        self.deliveries += [Delivery(one["status"], one["labels"], one["annotations"], now) for one in notification["alerts"]]

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass(frozen=True)
class Mail:
    """One mail, and when it came (Unix seconds)."""

    to: str
    subject: str
    text: str
    at_s: float


class Mails(Mailbox):
    """A mail server that keeps what it is given. A context manager."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Mail] = []
        self.port = free_port(_HOST)
        self._controller = Controller(self, hostname=_HOST, port=self.port)

    def handle_message(self, message: Message) -> None:
        text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(decode=True)
        assert isinstance(text, bytes)
        self.kept.append(Mail(str(message["To"]), _decoded(message["Subject"]), text.decode(), time.time()))

    def __enter__(self) -> "Mails":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def _decoded(header: str) -> str:
    return str(make_header(decode_header(header)))


def quickened(config: Path, faster: int, *, hook: str, smtp_port: int, directory: Path) -> dict[str, Any]:
    """The project's configuration with its waits shortened, and its receivers on this machine.
    Nothing else of it changes.
    """
    token = directory / "token"
    token.write_text(TOKEN, "utf-8")
    document: dict[str, Any] = yaml.safe_load(config.read_text("utf-8"))
    document["global"] = {
        "resolve_timeout": document["global"]["resolve_timeout"],
        "smtp_smarthost": f"{_HOST}:{smtp_port}",
        "smtp_from": document["global"]["smtp_from"],
        "smtp_require_tls": False,
    }
    for route in (document["route"], *document["route"]["routes"]):
        for pace in _PACES:
            if pace in route:
                route[pace] = _shortened(route[pace], faster)
    for receiver in document["receivers"]:
        for webhook in receiver.get("webhook_configs", ()):
            webhook["url"] = hook
            webhook["http_config"] = {"authorization": {"type": "Bearer", "credentials_file": str(token)}}
    return document


def _shortened(duration: str, faster: int) -> str:
    found = re.fullmatch(r"(\d+)([smhd])", duration)
    assert found, duration
    return f"{int(found[1]) * _UNITS[found[2]] * 1000 // faster}ms"


class Alertmanager:
    """One server with its own storage: a context manager."""

    def __init__(self, directory: Path, config: Mapping[str, Any]) -> None:
        self.port = free_port(_HOST)
        path = directory / "alertmanager.yml"
        path.write_text(yaml.safe_dump(dict(config), allow_unicode=True), "utf-8")
        self.server = Server(
            "alertmanager",
            [
                shutil.which("prometheus-alertmanager") or "prometheus-alertmanager",
                f"--config.file={path}",
                f"--storage.path={directory / 'alertmanager'}",
                f"--web.listen-address={_HOST}:{self.port}",
                "--cluster.listen-address=",
            ],
            ready=answers(f"http://{_HOST}:{self.port}/-/ready"),
            log=directory / "alertmanager.log",
        )

    def __enter__(self) -> "Alertmanager":
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()


class AlertingPrometheus(Prometheus):
    """A Prometheus that sends its alerts to an Alertmanager. A scrape may take two seconds:
    a busy machine is no lost target. It sends a firing alert again after two seconds, not sixty.
    """

    def __init__(self, directory: Path, targets: Mapping[str, Sequence[str]], *, rules: Sequence[Path], alertmanager: int) -> None:
        self._alertmanager = f"{_HOST}:{alertmanager}"
        super().__init__(directory, targets, rules=rules, options=["--rules.alert.resend-delay=2s"])

    def _write(self, targets: Mapping[str, Sequence[str]]) -> None:
        super()._write(targets)
        document = yaml.safe_load(self._config.read_text("utf-8"))
        document["global"]["scrape_interval"] = document["global"]["scrape_timeout"] = "2s"
        document["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [self._alertmanager]}]}]}
        self._config.write_text(yaml.safe_dump(document), "utf-8")
