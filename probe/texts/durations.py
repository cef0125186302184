"""Writes durations for people: `8 h 45 min 36 s`, the same in commands, pages, tickets and reports.

    below a minute      seconds with one decimal: 6,4 s
    from a minute on    days, hours, minutes and seconds, without those that are 0: 1 h, 8 h 36 s
    below zero          the same behind a minus sign: -3 min 2 s
    rounding            toward zero, to the tenth below a minute and to the second from there on,
                        so that what is left of a budget is never told too long
    a day               24 hours, as the budgets count them; months and years do not occur;
                        working time has hours and no days, as a working day is shorter

Dashboards have Grafana's own units, in which the nearest is `dthms`. Machines get integer
microseconds, or seconds.
"""

from probe.core.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from probe.texts.bilingual import Text
from probe.texts.columns import DECIMAL

_UNITS = ((DAY_US, Text("j", "d")), (HOUR_US, Text("h", "h")), (MINUTE_US, Text("min", "min")), (SECOND_US, Text("s", "s")))


def duration(us: int, language: str, *, days: bool = True) -> str:
    """Write a duration in microseconds by the rules above."""
    sign, rest = "-" if us < 0 else "", abs(us)
    if rest < MINUTE_US:
        tenths = rest * 10 // SECOND_US
        return f"{sign if tenths else ''}{tenths // 10}{DECIMAL.in_language(language)}{tenths % 10} s"
    parts = list[str]()
    for unit_us, unit in _UNITS if days else _UNITS[1:]:
        count, rest = divmod(rest, unit_us)
        if count:
            parts.append(f"{count} {unit.in_language(language)}")
    return sign + " ".join(parts)
