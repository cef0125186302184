"""The file of what a watch could not write: whole or not at all,
and no line of it believed that is not as it was written.
"""

import hashlib
import stat
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.errors import LedgerError
from probe.ledger.unwritten import Submitted, Unwritten
from tests.builders import HOPS, a_day, mire, no_mire
from tests.core.judgement.strategies import Scenario, scenarios

DAY = [Submitted("0123456789abcdef", number, one) for number, one in enumerate(a_day(), start=41)]


@pytest.fixture
def file(tmp_path: Path) -> Unwritten:
    return Unwritten(tmp_path / "vigie.db")


def test_what_is_kept_is_read_again_in_its_order_and_nobody_else_may_read_it(file: Unwritten) -> None:
    assert file.read() is None
    assert file.held() == 0
    assert file.save(DAY) == DAY
    found = file.read()
    assert found is not None
    assert (list(found.observations), found.damaged) == (DAY, 0)
    assert file.held() == len(DAY)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["vigie.db-unwritten"]


def test_what_is_kept_later_takes_the_place_of_what_was(file: Unwritten) -> None:
    file.save(DAY)
    file.save(DAY[5:])
    found = file.read()
    assert found is not None
    assert list(found.observations) == DAY[5:]


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios())
def test_every_observation_is_kept_as_it_is(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = Unwritten(tmp_path_factory.mktemp("any") / "vigie.db")
    wanted = [Submitted("a", number, replace(one, hops=HOPS)) for number, one in enumerate(scenario.observations)]
    file.save(wanted)
    found = file.read()
    assert found is not None
    assert (list(found.observations), found.damaged) == (wanted, 0)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_byte_that_changed_costs_its_line_only(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = Unwritten(tmp_path_factory.mktemp("any") / "vigie.db")
    file.save(DAY[:6])
    whole = file.path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    file.path.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
    found = file.read()
    assert found is not None
    assert found.damaged >= 1
    line = whole[:at].count(b"\n")
    # without its end a line is one with the next
    gone = {line - 1, line} if whole[at : at + 1] == b"\n" else {line - 1}
    assert list(found.observations) == [one for number, one in enumerate(DAY[:6]) if number not in gone]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_of_a_torn_file_the_whole_lines_are_believed_and_what_is_missing_is_counted(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = Unwritten(tmp_path_factory.mktemp("any") / "vigie.db")
    file.save(DAY[:6])
    whole = file.path.read_bytes()
    ends = [at for at, byte in enumerate(whole) if byte == ord("\n")]
    kept = data.draw(st.integers(ends[0] + 1, len(whole) - 2))
    file.path.write_bytes(whole[:kept])
    found = file.read()
    assert found is not None
    lines = sum(end <= kept for end in ends[1:])  # one that lacks its end only is whole
    assert list(found.observations) == DAY[:lines]
    assert found.damaged == 6 - lines


def test_a_file_of_another_version_is_not_guessed_at(file: Unwritten) -> None:
    file.save(DAY[:3])
    whole = file.path.read_bytes()
    head, *others = whole.splitlines(keepends=True)
    text = head.partition(b" ")[2].strip().replace(b'"version": 1', b'"version": 2')
    file.path.write_bytes(hashlib.sha256(text).hexdigest()[:16].encode() + b" " + text + b"\n" + b"".join(others))
    found = file.read()
    assert found is not None
    assert (list(found.observations), found.damaged) == ([], 3)


@pytest.mark.parametrize("content", [b"", b"\n", b"\n\n\n", b"what is this?\n", b"\xff\xfe\x00", b"{}\n", b" \n", b"e3b0c44298fc1c14 \n"])
def test_what_is_no_such_file_is_damaged_and_nothing_else(file: Unwritten, content: bytes) -> None:
    file.path.write_bytes(content)
    found = file.read()
    assert found is not None
    assert list(found.observations) == []
    assert found.damaged >= 1
    assert file.held() == 0


def test_one_that_was_being_written_when_the_process_was_killed_is_believed_as_far_as_it_goes(file: Unwritten) -> None:
    file.save(DAY[2:])
    later = file.path.read_bytes()
    file.save(DAY[:8])
    Path(f"{file.path}-new").write_bytes(later[:-30])
    found = file.read()
    assert found is not None
    assert list(found.observations) == DAY[:-1]
    assert found.damaged == 1
    assert len(file.set_aside()) == 2
    assert file.read() is None
    assert len(list(file.path.parent.glob("*-damaged-*"))) == 2


def test_what_is_set_aside_takes_the_place_of_nothing(file: Unwritten) -> None:
    kept: set[Path] = set()
    for number in range(1, 4):
        file.save(DAY[:number])
        kept |= set(file.set_aside())
    assert sorted(len(path.read_bytes().splitlines()) for path in kept) == [2, 3, 4]


def test_what_is_removed_is_gone_and_may_be_removed_again(file: Unwritten) -> None:
    file.save(DAY)
    file.remove()
    file.remove()
    assert list(file.path.parent.iterdir()) == []


def test_a_folder_that_takes_no_file_is_a_clear_error_and_the_file_before_stays(file: Unwritten) -> None:
    file.save(DAY[:3])
    Path(f"{file.path}-new").mkdir()
    with pytest.raises(LedgerError, match=r"vigie\.db-unwritten: cannot be written: Is a directory"):
        file.save(DAY)
    Path(f"{file.path}-new").rmdir()
    found = file.read()
    assert found is not None
    assert list(found.observations) == DAY[:3]


def test_one_that_cannot_be_put_into_words_costs_the_others_nothing(file: Unwritten) -> None:
    odd = [mire(0), replace(mire(1), code=object()), no_mire(2)]  # type: ignore[arg-type]
    held = file.save(Submitted("a", number, one) for number, one in zip(count(1), odd, strict=False))
    assert [one.number for one in held] == [1, 3]
    found = file.read()
    assert found is not None
    assert [one.number for one in found.observations] == [1, 3]


def test_one_that_the_ledger_can_never_take_is_kept_all_the_same(file: Unwritten) -> None:
    """Whether it can be written is the ledger's to say."""
    odd = [Submitted("a", 1, replace(mire(0), extract="\ud800", lag_us=2**70)), Submitted("a", 2, mire(1))]
    file.save(odd)
    found = file.read()
    assert found is not None
    assert list(found.observations) == odd
