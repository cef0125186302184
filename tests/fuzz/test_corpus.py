"""No reader of strangers' data raises or hangs over any example, or over a few mutations of them.

`make fuzz` goes on with others.
"""

from collections.abc import Callable

import pytest

from tests.fuzz.mutation import corpus, mutated, no_hang, readers


@pytest.mark.parametrize(("kind", "read"), readers().values(), ids=readers())
def test_every_example_is_read(kind: str, read: Callable[[bytes], object]) -> None:
    examples = corpus(kind)
    with no_hang():
        for given in [*examples, *(mutated(examples, seed) for seed in range(40))]:
            read(given)


def test_a_seed_gives_the_same_input_each_time() -> None:
    examples = corpus("page")
    assert [mutated(examples, seed) for seed in range(20)] == [mutated(examples, seed) for seed in range(20)]
