"""French public holidays and own closing days, for `probe.core.business_hours.Calendar`.

They are those of the `holidays` library (Code du travail, L3133-1; Alsace-Moselle: L3134-13;
overseas: L3422-2 and the commemorations of the abolition of slavery). A region is written as in
ISO 3166-2: `FR`, `FR-57`, `FR-971`, ...
"""

from collections.abc import Collection
from datetime import date
from typing import Final

from probe.config.formats import HOLIDAY_REGIONS
from probe.core.business_hours import IsHoliday

NONE: Final = "none"
_SUBDIVISIONS = {f"FR-{code}": code for code in HOLIDAY_REGIONS} | {"FR-67": "6AE", "FR-68": "6AE"}
REGIONS: tuple[str, ...] = ("FR", *_SUBDIVISIONS, NONE)
"""The values of `support.holidays`."""


def french(region: str = "FR", closed: Collection[date] = ()) -> IsHoliday:
    """Make the test whether a day is a public holiday of a region, or one of our own closing days.

    The region `none` has no public holidays.

    Raises ValueError for a region that is not French.
    """
    import holidays  # here, as whoever only reads states asks for no calendar

    own = frozenset(closed)
    if region == NONE:
        return own.__contains__
    if region not in REGIONS:
        raise ValueError(f"{region!r} is not a region whose public holidays are known: write one of {', '.join(REGIONS)}")
    public = holidays.country_holidays("FR", subdiv=_SUBDIVISIONS.get(region))
    return lambda day: day in own or day in public
