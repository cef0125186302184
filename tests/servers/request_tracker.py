"""Request Tracker 5 (Debian's) on SQLite in a temporary folder,
as the user www-data when the tests run as root.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import httpx

from tests.servers.processes import Server, free_port

_HOST = "127.0.0.1"
_SERVER = "/usr/share/request-tracker5/libexec/rt-server"
_USER = "www-data"

QUEUE = "Supervision"
CLOSED_QUEUE = "Direction"  # the probe's user may not make tickets there
LOGIN = "sonde"
PASSWORD = "sonde-rt-4f81"

_SITE = """
Set($rtname, 'rt.test'); Set($Organization, 'rt.test'); Set($WebDomain, '{host}'); Set($WebPort, {port});
Set($WebBaseURL, 'http://{host}:{port}'); Set($WebPath, ''); Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{folder}/rt.db');
Set($WebSessionClass, 'Apache::Session::File'); Set($WebSecureCookies, 0); Set($LogToSyslog, undef); Set($LogToSTDERR, 'warning');
Set($MailCommand, 'testfile'); Set($RestrictReferrer, 0); Set($Timezone, 'Europe/Paris'); 1;
"""
_DATA = """
@Queues = ( {{ Name => '{queue}' }}, {{ Name => '{closed}' }} );
@CustomFields = ( {{ Name => 'Etape', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => '{queue}' }} );
@Users = ( {{ Name => '{login}', Password => '{password}', Privileged => 1, EmailAddress => 'sonde@rt.test' }} );
@Final = ( sub {{
  my $user = RT::User->new(RT->SystemUser); $user->Load('{login}');
  my $queue = RT::Queue->new(RT->SystemUser); $queue->Load('{queue}');
  $user->PrincipalObj->GrantRight(Right => $_, Object => $queue)
    for qw(CreateTicket CommentOnTicket SeeQueue ShowTicket ShowTicketComments ModifyTicket SeeCustomField ModifyCustomField);
  my ($made, $said, $text) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $user->Id, Description => 'tests');
  open(my $out, '>', '{folder}/token') or die $!; print $out $text; close $out;
}} ); 1;
"""


class RequestTracker:
    """A server (a context manager) with a queue that `LOGIN` may work in.
    Its tickets last as long as it.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="vigie-rt-"))
        self._port = free_port(_HOST)
        self.url = f"http://{_HOST}:{self._port}"
        self._env = {"RT_SITE_CONFIG": str(self._folder / "RT_SiteConfig.pm"), "RT_SITE_CONFIG_DIR": str(self._folder / "site.d")}
        argv = [_SERVER, "--host", _HOST, "--port", str(self._port), "--workers", "2"]
        self.server = Server("request-tracker", _as_user(argv), ready=self._ready, log=self._folder / "log", env=self._env, cwd=Path("/"))

    def __enter__(self) -> "RequestTracker":
        for name in ("site.d", "mason", "sessions"):
            (self._folder / name).mkdir()
        site = _SITE.format(host=_HOST, port=self._port, folder=self._folder)
        (self._folder / "RT_SiteConfig.pm").write_text(site, "utf-8")
        (self._folder / "data.pl").write_text(
            _DATA.format(folder=self._folder, queue=QUEUE, closed=CLOSED_QUEUE, login=LOGIN, password=PASSWORD), "utf-8"
        )
        self._folder.chmod(0o755)
        if os.geteuid() == 0:
            for path in (self._folder, *self._folder.rglob("*")):
                shutil.chown(path, _USER)
        self._set_up("--action", "init")
        self._set_up("--action", "insert", "--datafile", str(self._folder / "data.pl"))
        self.server.start(60.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _set_up(self, *arguments: str) -> None:
        argv = _as_user(["/usr/sbin/rt-setup-database-5", *arguments])
        done = subprocess.run(
            argv, env={**os.environ, **self._env}, capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{argv}: {done.stdout}{done.stderr}")

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/REST/2.0/rt", auth=(LOGIN, PASSWORD), timeout=5.0, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def token(self) -> str:
        """An authentication token of `LOGIN`'s."""
        return (self._folder / "token").read_text("utf-8")

    def client(self) -> httpx.Client:
        """As the administrator. Close it."""
        return httpx.Client(base_url=f"{self.url}/REST/2.0", auth=("root", "password"), timeout=30.0, trust_env=False)

    def tickets(self, subject: str) -> list[int]:
        """The numbers of the tickets whose subject holds a text, the oldest first."""
        with self.client() as client:
            found = client.get("/tickets", params={"query": f"Subject LIKE '{subject}'", "per_page": 100, "orderby": "id"}).json()
            return [int(item["id"]) for item in found["items"]]

    def ticket(self, number: int) -> dict[str, object]:
        with self.client() as client:
            answer: dict[str, object] = client.get(f"/ticket/{number}").json()
            return answer

    def history(self, number: int) -> list[str]:
        """The subjects of what was written to a ticket, in their order,
        from the ticket's own on.
        """
        with self.client() as client:
            found = client.get(f"/ticket/{number}/attachments", params={"fields": "Subject", "per_page": 100, "orderby": "id"}).json()
            return [item["Subject"] for item in sorted(found["items"], key=lambda item: int(item["id"])) if item["Subject"]]


def _as_user(argv: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return argv
    return ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", "--", *argv]
