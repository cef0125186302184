"""A configuration with contacts, and its register in a real database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from probe.config.load import load
from probe.config.models import Config
from probe.incidents.service import IncidentService, open_service
from tests.fakes.recorder import new_ledger

# a port on which nobody listens: were it watched, everything would fail, the control target too
NOBODY = 9

CONTACTS = {
    "ameli": [{"name": "Camille Martin", "mail": "camille@ameli.example"}, {"name": "Support Ameli", "mail": "support@ameli.example"}],
    "yris": [{"name": "Alex Roy", "mail": "Alex@Yris.example"}, {"name": "Sam", "mail": "sam@both.example"}],
    "msa": [{"name": "Sam", "mail": "sam@both.example"}],
    "nobodys": [],
}


def configuration(folder: Path, **more: Any) -> Path:
    """A file that loads; `more` replaces its keys. Its ledger is there, and empty."""
    (folder / "secret").write_text("client-secret-of-a-test", "utf-8")
    (folder / "secret").chmod(0o600)
    hub = {
        "name": "fc",
        "issuer": f"http://127.0.0.1:{NOBODY}/api/v2",
        "sp": {"client_id": "abc", "client_secret": {"file": "secret"}, "redirect_uri": f"http://127.0.0.2:{NOBODY}/cb"},
        "idps": [
            {
                "name": name,
                "title": name.capitalize(),
                "tile": f"uid-{name}",
                "hosts": [f"127.0.1.{number}:{NOBODY}"],
                "depth": "login-page",
                "contacts": people,
            }
            for number, (name, people) in enumerate(CONTACTS.items(), start=1)
        ],
    }
    document = {
        "language": "en",
        "control": {"targets": [{"name": "elsewhere", "url": f"http://127.0.0.3:{NOBODY}/"}]},
        "hubs": [hub],
        **more,
    }
    path = folder / "vigie.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    new_ledger(folder / "vigie.db").dispose()
    return path


@contextmanager
def incident_service(path: Path) -> Iterator[tuple[Config, IncidentService]]:
    config = load(path)
    with open_service(config) as found:
        yield config, found
