"""The syntax of percentages, as `probe.config.formats` has that of other values."""

import re
from decimal import Decimal
from typing import Any

PERCENT_PATTERN = r"^\s*([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%?\s*$"
HUNDRED_PERCENT = 100_000_000  # a percentage has six decimals at most


def parse_percent(value: Any) -> int:
    """Parse `99.9%` or `99.9` to 99_900_000 millionths of a percent. An int is taken for those.

    Raises ValueError on anything else, and over 100 %.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        millionths = value
    else:
        match = re.fullmatch(PERCENT_PATTERN, value) if isinstance(value, str) else None
        if not match:
            raise ValueError("is not a percentage: write a number of at most six decimals, as in 99.9% or 99.9")
        millionths = int(Decimal(match[1]) * 1_000_000)
    if not 0 <= millionths <= HUNDRED_PERCENT:
        raise ValueError("is not between 0 and 100 %")
    return millionths


def parse_goal(value: Any) -> int:
    """Parse the least availability, as `parse_percent` does.

    Raises ValueError also on 0 %, which everything meets, and on 100 %, which leaves no budget.
    """
    millionths = parse_percent(value)
    if not 0 < millionths < HUNDRED_PERCENT:
        raise ValueError("is no goal: it must be above 0 and below 100 %")
    return millionths


def say_percent(millionths: int) -> str:
    """Write 99_900_000 millionths of a percent as `99.9%`."""
    whole, part = divmod(millionths, 1_000_000)
    return f"{whole}.{part:06}".rstrip("0").rstrip(".") + "%"
