"""What a good file becomes: types, paths, warnings."""

from pathlib import Path

import pytest

from probe.config.load import load, load_with_warnings
from probe.config.models import Depth
from probe.core.judgement.observation import NEGATIVES_WITH_LOGIN, Negative
from tests.config.conftest import EXAMPLES, SECRET, VALID, write_secret


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_shipped_files_load_without_a_warning_once_their_secrets_exist(shipped: Path, name: str) -> None:
    config, warnings = load_with_warnings(shipped / name)
    assert config.hubs
    assert warnings == []


def test_the_generic_example_merges_one_idp_into_the_other(shipped: Path) -> None:
    first, second = load(shipped / "examples/generic.yml").hubs[0].idps
    assert (first.tile, second.tile) == ("idp1", "idp2")
    assert first.account == second.account
    assert first.recipe == second.recipe == "oidc-provider"
    assert first.persona == {"sub": None, "email": None, "family_name": None}


def test_the_manual_gives_the_types_that_it_says(shipped: Path) -> None:
    config = load(shipped / "vigie.yml")
    hub = config.hubs[0]
    assert (hub.intervals.mire, hub.intervals.negative, hub.deadlines.direct) == (30_000_000, 600_000_000, 15_000_000)
    assert [idp.depth for idp in hub.idps] == [Depth.IDENTITY, Depth.LOGIN_PAGE]
    assert hub.negative == [each for each in Negative if each not in NEGATIVES_WITH_LOGIN]
    assert hub.idps[0].persona == {"sub": None, "given_name": "Angela Claire Louise", "family_name": "DUBOIS", "birthdate": "1962-08-24"}


def test_relative_paths_start_from_the_folder_of_the_file(valid: Path) -> None:
    write_secret(valid.parent / "sub" / "deep", SECRET)
    valid.write_text("store: data/x.db\n" + VALID.replace("{file: secret}", "{file: sub/deep}"), "utf-8")
    config = load(valid)
    assert config.store == valid.parent / "data/x.db"
    assert config.hubs[0].sp.client_secret is not None
    assert config.hubs[0].sp.client_secret.file == valid.parent / "sub/deep"


def test_the_ledgers_default_place_is_beside_the_file_and_absolute_paths_stay(valid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(valid.parent)
    assert load(Path(valid.name)).store == valid.parent / "vigie.db"
    valid.write_text("store: /srv/x.db\n" + VALID, "utf-8")
    assert load(valid).store == Path("/srv/x.db")


def test_a_relative_trusted_device_stands_beside_the_ledger_unless_an_older_vigie_made_one(valid: Path) -> None:
    """Beside the file it could not be written where /etc is closed to the service."""

    def device(top: str) -> Path | None:
        valid.write_text(top + VALID.replace("    sp:", "    trusted_device: {file: device}\n    sp:"), "utf-8")
        found = load(valid).hubs[0].trusted_device
        return found.file if found else None

    (state := valid.parent / "state").mkdir()
    assert device("") == valid.parent / "device"
    assert device("store: state/x.db\n") == device(f"store: {state}/x.db\n") == state / "device"
    assert device(f"store: postgresql://vigie@db.example/vigie\nspool: {state}/spool.db\n") == state / "device"
    (valid.parent / "device").touch()
    assert device(f"store: {state}/x.db\n") == valid.parent / "device"
    (state / "device").touch()
    assert device(f"store: {state}/x.db\n") == state / "device"


ONE_TARGET = "has one target: once that is gone for good, every failed connection is told as a lost network. Name two, on two networks"
CONTROLS = """  targets: [{name: elsewhere, url: "https://elsewhere.example/"},
            {name: further, url: "https://further.example/"}]"""


def _warnings(path: Path, text: str) -> list[str]:
    path.write_text(text, "utf-8")
    return [f"{problem.line}: {problem.path}: {problem.message}" for problem in load_with_warnings(path)[1]]


def test_what_is_allowed_but_not_wise_is_a_warning(valid: Path) -> None:
    (valid.parent / "secret").chmod(0o644)
    text = VALID.replace("https://hub.", "http://hub.").replace(CONTROLS, "  targets:\n    []")
    assert _warnings(valid, text + "recipes: {unused: {pages: [{}]}}\n") == [
        "1: control: has no targets: a prober without network would blame the hubs",
        "5: hubs[0]: has secret files that other users of this machine may read: chmod 600",
        "6: hubs[0].issuer: is not https: anyone between here and the hub can read and change its answers",
        "16: recipes.unused: is used by no IdP",
    ]
    assert _warnings(valid, VALID.replace(CONTROLS, "  targets:\n    - {name: one, url: 'https://one.example/'}")) == [
        f"2: control.targets: {ONE_TARGET}",
        "5: hubs[0]: has secret files that other users of this machine may read: chmod 600",
    ]


def test_what_the_hub_would_refuse_in_every_request_is_a_warning(valid: Path) -> None:
    refused = VALID.replace("client_id: abc", "client_id: abc\n      pkce: S256\n      authorize_parameters: {max_age: 60, prompt: login}")
    assert _warnings(valid, refused) == [
        "9: hubs[0].sp.pkce: is S256, and by its profile this hub refuses PKCE: every journey would fail. Leave it at auto",
        "10: hubs[0].sp.authorize_parameters.max_age: is not one of the parameters that this hub accepts: prompt, claims, ui_locales",
    ]
    own = "profiles: {own: {mire: {page: body, tile: a, uid: attribute id}}}\n"
    assert _warnings(valid, own + refused.replace("issuer:", "profile: own\n    issuer:")) == []


@pytest.mark.parametrize("host", ["127.0.0.2:8080", "localhost", "[::1]:80"])
def test_plain_http_on_this_machine_needs_no_warning(valid: Path, host: str) -> None:
    assert _warnings(valid, VALID.replace("https://hub.example", f"http://{host}")) == []


def test_a_hub_whose_idps_are_all_control_idps_is_a_warning(valid: Path) -> None:
    identity = "control: true\n        recipe: {pages: [{}]}\n        account: {username: {file: secret}, password: {file: secret}}"
    assert _warnings(valid, VALID.replace("depth: login-page", identity)) == [
        "11: hubs[0].idps: are all control IdPs: condition C3 looks at the others only"
    ]
