"""When a trouble began and ended, as people say it."""

import pytest

from probe.errors import InputError
from probe.incidents.trouble_instants import check_trouble

NOW = 100


@pytest.mark.parametrize(
    ("data", "began", "why"),
    [
        ({"began_us": NOW}, None, None),
        ({"began_us": NOW + 1}, None, "the beginning of the trouble is in the future"),
        ({"ended_us": NOW}, None, None),
        ({"ended_us": NOW + 1}, 50, "the end of the trouble is in the future"),
        ({"ended_us": 49}, 50, "the trouble cannot end before it began"),
        ({"ended_us": 50}, 50, None),
        ({"ended_us": 49}, None, None),
        ({"ended_us": None, "began_us": None}, 50, None),
        ({"text": "repaired"}, 50, None),
    ],
)
def test_a_trouble_is_neither_in_the_future_nor_over_before_it_began(
    data: dict[str, int | str | None], began: int | None, why: str | None
) -> None:
    if why is None:
        check_trouble(data, began, NOW)
    else:
        with pytest.raises(InputError, match=f"^{why}$"):
            check_trouble(data, began, NOW)
