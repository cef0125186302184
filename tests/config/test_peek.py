"""One configuration has one meaning: the quick reading gives up, refuses with the same words, or
says what the full one says.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.cli.options.quick_settings import glance
from probe.config import profiles
from probe.config.announced import announced_kinds
from probe.config.goals import other_goals
from probe.config.load import load, load_alone
from probe.config.outline import default, is_plain, keys
from probe.config.outliner import document
from probe.config.peek import Peek, peek
from probe.config.source import read_source
from probe.core.judgement.subject import journey_of
from probe.core.radar.notice import ANNOUNCED
from probe.core.sla.availability import UnknownTime
from probe.errors import ConfigError, Problem

ROOT = Path(__file__).parents[2]
BAD = Path(__file__).parent / "bad"
HUB = """
  - &hub
    name: fc
    title: FranceConnect
    issuer: https://fc.example/api/v2
    sp: &sp {client_id: abc, client_secret: {file: secret}, redirect_uri: "https://sp.example/cb"}
    idps:
      - &idp {name: ameli, title: Assurance maladie, tile: uid-ameli, depth: login-page, hosts: [ameli.example]}
"""


@pytest.fixture(autouse=True)
def in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file says no language, whoever reads does."""
    monkeypatch.setenv("VIGIE_LANG", "fr")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("peek")
    (made / "secret").write_text("a secret of a test", "utf-8")
    return made


def written(folder: Path, top: str = "", hub: str = HUB, *, before: str = "", after: str = "") -> Path:
    path = folder / "vigie.yml"
    path.write_text(f"{before}{top}\nhubs:{hub}{after}", "utf-8", newline="")
    return path


def whole(path: Path) -> Peek:
    """What the full reading says, which looks at no file that this one names."""
    config = load_alone(path)
    titles = {(hub.name, ""): hub.title for hub in config.hubs if hub.title}
    titles |= {(hub.name, journey_of(idp.name)): idp.title for hub in config.hubs for idp in hub.idps if idp.title}
    goals, announced = other_goals(config.hubs), announced_kinds(config.hubs)
    said = "language" in config.model_fields_set
    return Peek(config.store, config.language.value, config.unknown_time, titles, goals, announced, says_language=said)


def asked(read: Callable[[Path], Peek | None], path: Path) -> Peek | list[Problem] | None:
    """What a reading says, or why it refuses."""
    try:
        found = read(path)
    except ConfigError as error:
        return error.problems
    # a hub that is left out announces the default
    return found and found._replace(announced={hub: kinds for hub, kinds in found.announced.items() if kinds != ANNOUNCED})


def compare(path: Path) -> Peek | None:
    """What the quick reading says, which is what the full one says. None where it gives up or
    refuses.
    """
    found, expected = asked(peek, path), asked(whole, path)
    assert found in (None, expected)
    return found if isinstance(found, Peek) else None


def test_the_outline_is_drawn_from_the_models() -> None:
    drawn = (ROOT / "probe" / "config" / "outline.json").read_text("utf-8")
    assert drawn == document(), "python -m probe.config.outliner > /tmp/outline.json, and put it in its place"
    assert '"is": "unknown"' not in drawn, "the outline has no word for something that the models ask for"
    assert (default("Config", "language"), default("Thresholds", "vouches")) == ("fr", 3)
    assert "mire" in keys("Intervals")


@pytest.mark.parametrize("path", [ROOT / "config" / "vigie.yml", *(ROOT / "config" / "examples").glob("*.yml")], ids=lambda path: path.name)
def test_our_own_files_are_read_quickly(path: Path) -> None:
    assert is_plain(read_source(path).data)


@pytest.mark.parametrize("name", profiles.names())
def test_a_built_in_profile_says_where_every_endpoint_is(name: str) -> None:
    found = profiles.built_in(name)
    assert found.discovery or {"authorization", "token", "userinfo"} <= {one.value for one in found.paths}


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yml")), ids=lambda path: path.stem)
def test_what_the_full_reading_refuses_for_its_shape_gives_no_figure(path: Path) -> None:
    problems = asked(whole, path)
    assert asked(glance, path) == problems
    if isinstance(problems, Peek):  # only what it names is wrong
        with pytest.raises(ConfigError) as refused:
            load(path)
        last = {problem.path.rpartition(".")[2] for problem in refused.value.problems}
        assert last <= {"file", "env", "ca_file", "budget"}


PLAIN = {
    "nothing written": ("", Peek(Path("vigie.db"))),
    "all written": ("store: a.db\nlanguage: en\nunknown_time: down", Peek(Path("a.db"), "en", UnknownTime.DOWN)),
    "merged": ("<<: {unknown_time: down, store: merged.db}", Peek(Path("merged.db"), "fr", UnknownTime.DOWN)),
    "written wins over merged": ("<<: {unknown_time: down}\nunknown_time: up", Peek(Path("vigie.db"), "fr", UnknownTime.UP)),
    "the first merged wins": (
        "<<: [{unknown_time: down}, {unknown_time: up, language: en}]",
        Peek(Path("vigie.db"), "en", UnknownTime.DOWN),
    ),
    "a file by its URL": ("store: sqlite:///a.db", Peek(Path("a.db"))),
    "a file whose name begins with ~": ("store: ./~a.db", Peek(Path("~a.db"))),
    "quoted": ("store: 'a.db'\nunknown_time: \"down\"", Peek(Path("a.db"), "fr", UnknownTime.DOWN)),
    "folded": ("store: >-\n  a.db", Peek(Path("a.db"))),
}


@pytest.mark.parametrize("name", PLAIN)
def test_the_few_settings_are_read_at_once(folder: Path, name: str) -> None:
    top, expected = PLAIN[name]
    found = compare(written(folder, top))
    assert found is not None
    titles = {("fc", ""): "FranceConnect", ("fc", "identity:ameli"): "Assurance maladie"}
    assert found._replace(titles=None) == expected._replace(store=folder / expected.store, says_language="language" in top)
    assert set((found.titles or {}).values()) == set(titles.values())


REFUSED = {
    "given twice": "unknown_time: down\nunknown_time: up",
    "given twice alike": "language: en\nlanguage: en",
    "merged from a text": "<<: text",
    "a null": "unknown_time: null",
    "a null store": "store: null",
    "an empty store": "store: ''",
    "a store of nothing": "store:",
    "a home": "store: ~/vigie.db",
    "another's home": "store: ~vigie/vigie.db",
    "a home by URL": "store: sqlite:///~/vigie.db",
    "a tag": "store: !env STORE",
    "a tag of Python": "store: !!python/name:os.system",
    "a tagged key": "!x store: a.db",
    "a tagged mapping": "thresholds: !!set {a}",
    "another word": "unknown_time: Down",
    "another language": "language: de",
    "a list": "store: [a.db]",
    "an unknown key": "unknwon_time: down",
    "a key by its alias": "x: &k unknown_time\n*k : down",
    "a wrong value elsewhere": "retention: never",
    "a wrong key elsewhere": "support: {hour: 1}",
    "a name that ends in a line feed": 'vantage: "a\\n"',
    "a control character": 'store: "a\\u0007.db"',
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_by_every_command_in_the_same_words(folder: Path, name: str) -> None:
    path = written(folder, REFUSED[name])
    with pytest.raises(ConfigError) as full:
        load(path)
    with pytest.raises(ConfigError) as quick:
        glance(path)
    assert quick.value.problems == full.value.problems
    assert not any(word in str(full.value) for word in ("Input should", "valid string", "instance of")), str(full.value)


def test_a_hub_that_merges_another_is_read_as_it_is_written(folder: Path) -> None:
    path = written(folder, after="  - <<: *hub\n    name: second\n    idps:\n      - {<<: *idp, title: Autre}\n")
    found = compare(path)
    assert found is not None
    assert found.titles == {
        ("fc", ""): "FranceConnect", ("fc", journey_of("ameli")): "Assurance maladie",
        ("second", ""): "FranceConnect", ("second", journey_of("ameli")): "Autre",
    }  # fmt: skip


def test_a_secret_that_is_gone_hides_no_figure(tmp_path: Path) -> None:
    path = written(tmp_path, "unknown_time: down\napi: {tokens: {ada: {file: nowhere}}}\nretention: '1_0d'")
    with pytest.raises(ConfigError):
        glance(path)
    path = written(tmp_path, "unknown_time: down\napi: {tokens: {ada: {file: nowhere}}}\npoliteness: {requests: 1_0}")
    assert peek(path) is None, "the whole is loaded"
    assert glance(path).unknown_time is UnknownTime.DOWN
    with pytest.raises(ConfigError, match="does not exist"):
        load(path)


def test_enough_to_read_a_ledger_is_enough_and_no_more(tmp_path: Path) -> None:
    path = written(tmp_path, "unknown_time: down", "\n  - name: fc\n    idps: [{name: ameli}]\n")
    assert glance(path) == Peek(tmp_path / "vigie.db", "fr", UnknownTime.DOWN, {}, says_language=False)
    for wrong in (
        "\n  - name: fc\n    issuer: https://fc.example/\n    idps: [{name: ameli}]\n",
        "\n  - name: fc\n    idps: [{name: a}, {name: a}]\n",
        " []\n",
    ):
        with pytest.raises(ConfigError):
            glance(written(tmp_path, "", wrong))


WORDS = st.sampled_from(
    [
        "down",
        "up",
        "ignore",
        "null",
        "~",
        "",
        "Down",
        "'down'",
        "!!str up",
        "!env X",
        "[down]",
        "{a: b}",
        "0x10",
        "&a down",
        "*top",
        "|\n  down",
        "no",
    ]
)
STORES = st.sampled_from(
    [
        "a.db",
        "null",
        "''",
        "~/a.db",
        "./~a.db",
        "sqlite:///b.db",
        "sqlite://",
        "postgresql://u@h/d",
        "mysql://x",
        "[a]",
        "/abs/c.db",
        ".",
        "!env X",
        '"a\\tb.db"',
        '"\\u202e.db"',
        "é.db",
        "18:00",
    ]
)
LINES = st.one_of(
    WORDS.map(lambda word: f"unknown_time: {word}"),
    STORES.map(lambda word: f"store: {word}"),
    st.sampled_from(["language: en", "language: fr", "language: FR", "'language': en", "? language\n: en", '"\\x6canguage": en']),
    st.tuples(st.sampled_from(["<<: {%s}", "<<: [{%s}, {store: m.db}]", "<<: &top {%s}", "'<<': {%s}", "<<: [[{%s}]]"]), WORDS).map(
        lambda pair: pair[0] % f"unknown_time: {pair[1]}"
    ),
    st.sampled_from(
        [
            "listen: 127.0.0.1:1",
            "unknown: 1",
            "retention: 30d",
            "retention: 1",
            "vantage: a b",
            "# unknown_time: down",
            "---",
            "...",
            "%YAML 1.1",
            "\t",
            "store_password: {env: HOME}",
            "spool: ~/x",
        ]
    ),
)
BEFORE = st.sampled_from(["", "\ufeff", "---\n", "# a comment\r\n", "\ufeff---\n", "%YAML 1.1\n---\n", "--- !!map\n", "--- !x\n", "\x00"])
AFTER = st.sampled_from(
    [
        "",
        "---\na: b\n",
        "...\n",
        "    title: Again\n",
        "  - *hub\n",
        "  - <<: *hub\n    name: b\n",
        "  - <<: [*hub, *idp]\n    name: ~\n",
        "\x85",
        "  - {name: fc}\n",
        "unknown_time: down\n",
    ]
)
EDITS = st.sampled_from(
    [
        ("title: FranceConnect", "title: ~"),
        ("title: FranceConnect", "title: 'no'"),
        ("name: fc", "name: !!str fc"),
        ("name: fc", "name: f c"),
        ("name: fc", 'name: "fc\\n"'),
        ("name: fc", "name: fc\n    goal: {availability: 99.5, year: {coverage: 80%}}"),
        ("name: fc", "name: fc\n    goal: {availability: 100%}"),
        ("name: ameli", "name: ameli, goal: {rolling: {availability: 99.95 %}}"),
        ("name: ameli", "name: |\n        ameli"),
        ("tile: uid-ameli", "tile: "),
        ("issuer:", "issuers:"),
        ("  idps:", "  idps: &i"),
        ("depth: login-page", "depth: identity"),
        ("secret: {file: secret}", "secret: {file: none}"),
        ("", ""),
    ]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=4), BEFORE, AFTER, EDITS)
def test_the_quick_reading_never_differs_from_the_full_one(
    folder: Path, lines: list[str], before: str, after: str, edit: tuple[str, str]
) -> None:
    compare(written(folder, "\n".join(lines), HUB.replace(*edit, 1), before=before, after=after))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=2), BEFORE)
def test_what_is_for_reading_alone_means_what_it_would_in_a_whole_file(folder: Path, lines: list[str], before: str) -> None:
    def read(hub: str) -> Peek | None:
        try:
            return peek(written(folder, "\n".join(lines), hub, before=before))
        except ConfigError:
            return None

    few = read("\n  - name: fc\n    title: FranceConnect\n    idps: [{name: ameli, title: Assurance maladie}]\n")
    full = read(HUB)
    assert few is None or few == full


def test_the_outline_is_json() -> None:
    assert json.loads(document())["root"] == {"is": "model", "name": "Config"}
