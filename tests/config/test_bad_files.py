"""One bad file per rule in bad/, and in bad/expected.txt every message that it must give,
no more and no less.
"""

import shutil
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from probe.config.load import load
from probe.errors import ConfigError

BAD = Path(__file__).parent / "bad"


def _expected() -> dict[str, list[str]]:
    sections = BAD.joinpath("expected.txt").read_text("utf-8").removeprefix("== ").split("\n== ")
    return {name: lines for name, *lines in (section.rstrip("\n").split("\n") for section in sections)}


EXPECTED = _expected()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, with a real key that the repository must not hold."""
    copy = tmp_path_factory.mktemp("bad") / "bad"
    shutil.copytree(BAD, copy)
    (copy / "good" / "p256.pem").write_bytes(ECKey.generate_key("P-256").as_pem(private=True))
    return copy


def test_every_bad_file_has_its_messages_and_the_other_way_round() -> None:
    assert {path.stem for path in BAD.glob("*.yml")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_bad_file_is_refused_with_exactly_these_messages(name: str, folder: Path) -> None:
    """FOLDER stands for the folder of the file, from which relative paths start."""
    file = folder / f"{name}.yml"
    with pytest.raises(ConfigError) as refused:
        load(file)
    told = [str(problem).removeprefix(f"{file}:").replace(str(folder), "FOLDER") for problem in refused.value.problems]
    assert told == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_no_message_repeats_a_secret(name: str, folder: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(folder / f"{name}.yml")
    assert "s3cr3t" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_the_error_as_text_is_its_problems_one_a_line_in_the_order_of_the_file(folder: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(folder / "many_at_once.yml")
    lines = str(refused.value).splitlines()
    assert lines == [str(problem) for problem in refused.value.problems]
    assert [problem.line for problem in refused.value.problems] == sorted(problem.line for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"vantage: caf\xe9\n", "1: is not UTF-8: byte 0xe9"),
        (b"a: b\nvantage: \xff\n", "2: is not UTF-8: byte 0xff"),
        (b"a: b\nc: \x01\n", "2: holds the character U+0001, which YAML does not allow"),
        (b"#" * 1_048_577, "1: is larger than 1048576 bytes"),
        (b"\xef\xbb\xbf", "1: is empty"),
    ],
)
def test_bytes_that_are_no_text_are_refused(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "vigie.yml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        load(file)
    assert str(refused.value) == f"{file}:{message}"


def test_a_folder_a_missing_file_and_a_device_are_refused(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path, "is a folder, not a file"),
        (tmp_path / "none.yml", "no such file"),
        (tmp_path / "none.yml" / "x", "no such file"),
        (Path("/dev/null"), "is not a file"),
        (tmp_path / "nul\0", "cannot be read: its name is malformed"),
        (tmp_path / ("x" * 300), "cannot be read: File name too long"),
    ):
        with pytest.raises(ConfigError) as refused:
            load(path)
        assert str(refused.value) == f"{path}:1: {message}"
